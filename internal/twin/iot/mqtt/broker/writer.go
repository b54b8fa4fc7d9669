package broker

import (
	"errors"
	"net"
	"sync"
	"time"

	"connectedcar/internal/twin/iot/mqtt/packet"
)

const (
	// endTime is the time for the client to read the reason for the connection's end.
	endTime = 300 * time.Millisecond
	// batch is the number of bytes per write: the largest TLS record.
	batch = 16 << 10
	// mostAnswers is the number of unsent bytes of responses at which reading from the client stops.
	mostAnswers = 16 << 10
	// keptBuffer is the largest buffer that an idle connection keeps, in bytes.
	keptBuffer = 256
)

func (w *writer) init(c *Client) {
	w.client, w.room.L, w.closed = c, &w.mu, make(chan struct{})
}

// speak sets the protocol version, and the largest packet that the client accepts.
func (w *writer) speak(v packet.Version, most uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.version, w.most = v, most
}

// control adds a response to a packet of the client.
func (w *writer) control(add func([]byte) []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers = add(w.answers)
	w.wakeLocked()
}

// wake makes the writer check for messages.
func (w *writer) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wakeLocked()
}

func (w *writer) wakeLocked() {
	w.again = true
	if !w.running && !w.isClosed() {
		w.running = true
		go w.run()
	}
}

func (w *writer) isClosed() bool {
	select {
	case <-w.closed:
		return true
	default:
		return false
	}
}

// waitForRoom waits while too many responses are unsent, so that no more is read from a client that does not read them.
func (w *writer) waitForRoom() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.answers) > mostAnswers && w.cause == nil {
		w.room.Wait()
	}
}

func (w *writer) ended() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cause != nil
}

// end makes the writer send the reason for the end and close the connection. Only the first cause counts. The rest of the present write
// must finish within endTime.
func (w *writer) end(cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cause != nil {
		return
	}
	w.cause = cause
	_ = w.client.conn.SetWriteDeadline(time.Now().Add(endTime))
	w.room.Broadcast()
	w.wakeLocked()
}

// buffers are the buffers of writers that have packets to write.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 2*batch); return &b }}

func (w *writer) run() {
	pooled := buffers.Get().(*[]byte)
	defer buffers.Put(pooled)
	for {
		out, cause := w.take((*pooled)[:0])
		if cause != nil {
			w.finish(out, cause)
			return
		}
		out = w.client.session.fill(w.client, out)
		if len(out) == 0 {
			if w.rest() {
				return
			}
			continue
		}
		if err := w.write(out); err != nil {
			w.gaveUp(err)
		}
		if cap(out) <= 4*batch {
			*pooled = out
		}
	}
}

// take moves the responses into the buffer.
func (w *writer) take(out []byte) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out = append(out, w.answers...)
	w.answers = w.answers[:0]
	if cap(w.answers) > mostAnswers {
		w.answers = nil
	}
	w.again = false
	w.room.Broadcast()
	return out, w.cause
}

// rest ends the goroutine, unless there is more to write.
func (w *writer) rest() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.again {
		return false
	}
	w.running = false
	if cap(w.answers) > keptBuffer {
		w.answers = nil
	}
	return true
}

// write writes in pieces, so that the client has WriteTime for each piece and not for all together.
func (w *writer) write(b []byte) error {
	for len(b) > 0 {
		w.allowTime()
		n := min(len(b), batch)
		if _, err := w.client.conn.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// allowTime sets the deadline for the next piece, unless the connection is to end.
func (w *writer) allowTime() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cause == nil {
		_ = w.client.conn.SetWriteDeadline(time.Now().Add(w.client.broker.config.WriteTime))
	}
}

// ErrSlow is the cause of the end of a connection whose client does not read.
var ErrSlow = errors.New("client takes nothing that is sent to it")

func (w *writer) gaveUp(err error) {
	w.broken = true
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		if !w.ended() {
			w.client.broker.config.Counts.Slow(w.client.ID())
		}
		err = ErrSlow
	}
	w.end(err)
}

// finish writes the last responses and the reason for the end, and closes the connection.
func (w *writer) finish(out []byte, cause error) {
	w.mu.Lock()
	version, most := w.version, w.most
	w.mu.Unlock()
	var reason packet.Reason
	if version == packet.V5 && errors.As(cause, &reason) && !errors.As(cause, new(errClientEnds)) {
		out = packet.AppendDisconnect(out, reason, most)
	}
	if !w.broken {
		_, err := w.client.conn.Write(out)
		w.broken = err != nil
	}
	abandon(w.client.conn, w.broken)
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.closed)
}

// abandon closes the connection. It does not use TLS's own close, which waits seconds for a client that does not read.
func abandon(conn net.Conn, broken bool) {
	if c, ok := conn.(interface{ CloseWrite() error }); ok && !broken {
		_ = c.CloseWrite()
	}
	if c, ok := conn.(interface{ NetConn() net.Conn }); ok {
		_ = c.NetConn().Close()
		return
	}
	_ = conn.Close()
}

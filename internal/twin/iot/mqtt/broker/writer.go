package broker

import (
	"errors"
	"net"
	"sync"
	"time"

	"connectedcar/internal/twin/iot/mqtt/packet"
)

const (
	// endTime is the time that a client has to take why its connection ends.
	endTime = 300 * time.Millisecond
	// batch is the number of bytes that are written at once: a TLS record's most.
	batch = 16 << 10
	// mostAnswers is the number of bytes of answers that may wait before the client is read no further.
	mostAnswers = 16 << 10
	// keptBuffer is the largest buffer that an idle connection keeps.
	keptBuffer = 256
)

func (w *writer) init(c *Client) {
	w.client, w.room.L, w.closed = c, &w.mu, make(chan struct{})
}

// speak sets the protocol's version, and the size of packets that the client takes.
func (w *writer) speak(v packet.Version, most uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.version, w.most = v, most
}

// control adds an answer to what the client sent.
func (w *writer) control(add func([]byte) []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers = add(w.answers)
	w.wakeLocked()
}

// wake makes the writer look for messages.
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

// waitForRoom waits while many answers wait: a client that does not take them is read no further.
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

// end makes the writer say why the connection ends, and close it. Only the first cause counts. What is being written has little
// time left.
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

// buffers are those that writers use while they have something to write.
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

// take moves the answers into the buffer.
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

// rest ends the goroutine if nothing came meanwhile.
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

// write writes piece by piece, so that a client has the time for each and not for all.
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

// allowTime gives the client its time for the next piece, unless the connection is to end.
func (w *writer) allowTime() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cause == nil {
		_ = w.client.conn.SetWriteDeadline(time.Now().Add(w.client.broker.config.WriteTime))
	}
}

// ErrSlow is why a connection ends whose client takes nothing.
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

// finish writes the last answers and why the connection ends, and closes it.
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

// abandon closes the connection. TLS would wait seconds for its goodbye to be taken by a client that takes nothing.
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

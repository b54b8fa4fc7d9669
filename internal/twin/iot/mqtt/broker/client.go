package broker

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"connectedcar/internal/twin/iot/mqtt/packet"
)

// readBuffer is small because most connections are idle most of the time.
const readBuffer = 2 << 10

// Client is a client's connection.
type Client struct {
	broker    *Broker
	conn      net.Conn
	reader    *bufio.Reader
	connect   *packet.Connect
	peer      Peer
	session   *session
	keepAlive time.Duration
	out       writer
}

func newClient(b *Broker, conn net.Conn) *Client {
	c := &Client{
		broker: b, conn: conn, reader: bufio.NewReaderSize(conn, readBuffer), connect: &packet.Connect{Version: packet.V311},
	}
	c.out.init(c)
	return c
}

// ID is the client id.
func (c *Client) ID() string { return c.connect.ClientID }

// Version is the MQTT version of the connection.
func (c *Client) Version() packet.Version { return c.connect.Version }

// Conn is the network connection that was passed to Serve.
func (c *Client) Conn() net.Conn { return c.conn }

// Subscribed returns the number of subscriptions that the session would have with these filters added.
func (c *Client) Subscribed(filters []packet.Filter) int {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	n := len(c.session.filters)
	added := map[string]bool{}
	for _, f := range filters {
		if _, ok := c.session.filters[f.Topic]; !ok && !added[f.Topic] {
			added[f.Topic] = true
			n++
		}
	}
	return n
}

// Filters returns the topic filters of the session's subscriptions.
func (c *Client) Filters() []string {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	return slices.Collect(maps.Keys(c.session.filters))
}

// Acknowledge sends the PUBACK of a QoS 1 message.
func (c *Client) Acknowledge(id uint16) {
	c.out.control(func(b []byte) []byte { return packet.AppendPuback(b, id) })
}

// End ends the connection with that reason. It does not wait for the end.
func (c *Client) End(r packet.Reason) { c.end(r) }

func (c *Client) end(cause error) {
	if cause == nil {
		cause = packet.Success
	}
	c.out.end(cause)
}

// readConnect reads the first packet. The caller has set a deadline.
func (c *Client) readConnect() (*packet.Connect, error) {
	raw, err := packet.Read(c.reader, c.broker.config.MaximumPacket)
	if err != nil {
		return nil, err
	}
	if raw.Kind != packet.KindConnect {
		return nil, fmt.Errorf("%w: first packet of type %d: allowed is CONNECT [MQTT-3.1.0-1]", errSilent, raw.Kind)
	}
	c.connect, err = packet.DecodeConnect(raw.Body)
	if err != nil {
		return nil, err
	}
	if c.connect.AuthMethod != "" {
		return nil, &packet.Error{Reason: packet.BadAuthMethod, Why: "enhanced authentication is not supported"}
	}
	if c.connect.ClientID == "" {
		return c.connect, c.assignID()
	}
	return c.connect, nil
}

// errSilent marks errors for which the connection ends without a packet.
var errSilent = errors.New("protocol error")

func (c *Client) assignID() error {
	if c.connect.Version == packet.V311 && !c.connect.CleanStart {
		return &packet.Error{Reason: packet.ClientIDNotValid, Why: "empty client id without Clean Session [MQTT-3.1.3-8]"}
	}
	c.connect.ClientID = rand.Text()
	c.out.assigned = c.connect.ClientID
	return nil
}

// refuse sends the CONNACK for a refused CONNECT, if the packet could be decoded.
func (c *Client) refuse(err error) {
	var reason packet.Reason
	if errors.As(err, &reason) && !errors.Is(err, errSilent) && reason.Failure() {
		_ = c.conn.SetWriteDeadline(time.Now().Add(endTime))
		_, _ = c.conn.Write(packet.AppendConnack(nil, c.connect.Version, packet.Connack{
			Reason: reason, Text: reason.String(), ClientMaximum: c.connect.MaximumPacket,
		}))
	}
	c.broker.config.Counts.Refused(c, err)
}

func (c *Client) accept(p *packet.Connect, a Accepted) {
	c.peer = a.Peer
	c.keepAlive = time.Duration(a.KeepAlive) * time.Second
	limit := uint32(c.broker.config.SessionExpiry / time.Second)
	if p.Version == packet.V311 && !p.CleanStart {
		p.SessionExpiry = limit
	}
	p.SessionExpiry = min(p.SessionExpiry, limit)
	c.out.keepAlive = 0
	if a.KeepAlive != p.KeepAlive {
		c.out.keepAlive = a.KeepAlive
	}
}

// connack returns the CONNACK for the accepted CONNECT.
func (c *Client) connack(present bool) packet.Connack {
	return packet.Connack{
		SessionPresent: present, SessionExpiry: c.connect.SessionExpiry, ServerKeepAlive: c.out.keepAlive, AssignedClientID: c.out.assigned,
		ReceiveMaximum: c.broker.config.ReceiveMaximum, TopicAliases: c.broker.config.TopicAliases, MaximumPacket: uint32(c.broker.config.MaximumPacket),
	}
}

// read handles packets until the connection ends.
func (c *Client) read() error {
	for {
		c.out.waitForRoom()
		if c.out.ended() {
			return nil
		}
		_ = c.conn.SetReadDeadline(time.Now().Add(c.keepAlive + c.keepAlive/2)) // one and a half keep-alive intervals [MQTT-3.1.2-22]
		raw, err := packet.Read(c.reader, c.broker.config.MaximumPacket)
		if err != nil {
			return keepAliveError(err)
		}
		if c.out.ended() { // packets that arrive after the decision to end are ignored
			return nil
		}
		if err := c.handle(raw); err != nil {
			return err
		}
	}
}

func keepAliveError(err error) error {
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return packet.KeepAliveTimeout
	}
	return err
}

func (c *Client) handle(raw packet.Raw) error {
	switch raw.Kind {
	case packet.KindPublish:
		p, err := packet.DecodePublish(raw, c.Version())
		if err != nil {
			return err
		}
		return c.peer.Publish(p)
	case packet.KindPuback:
		id, err := packet.DecodePuback(raw.Body, c.Version())
		if err != nil {
			return err
		}
		c.session.acknowledged(c, id)
		return nil
	case packet.KindSubscribe:
		return c.subscribe(raw.Body)
	case packet.KindUnsubscribe:
		return c.unsubscribe(raw.Body)
	case packet.KindPingreq:
		c.out.control(packet.AppendPingresp)
		return packet.DecodePingreq(raw.Body)
	case packet.KindDisconnect:
		return c.disconnect(raw.Body)
	case packet.KindConnect:
		return &packet.Error{Reason: packet.ProtocolError, Why: "second CONNECT [MQTT-3.1.0-2]"}
	}
	return &packet.Error{Reason: packet.ProtocolError, Why: fmt.Sprintf("packet of type %d from a client", raw.Kind)}
}

// disconnect handles a DISCONNECT packet. With Success, the last will is not published.
func (c *Client) disconnect(body []byte) error {
	p, err := packet.DecodeDisconnect(body, c.Version())
	if err != nil {
		return err
	}
	if p.HasSessionExpiry {
		if c.connect.SessionExpiry == 0 && p.SessionExpiry > 0 {
			return &packet.Error{Reason: packet.ProtocolError, Why: "DISCONNECT gives a session an expiry that had none [MQTT5 3.14.2.2.2]"}
		}
		c.session.setExpiry(min(p.SessionExpiry, uint32(c.broker.config.SessionExpiry/time.Second)))
	}
	if p.Reason == packet.Success {
		c.session.forgetWill(c)
	}
	return errClientEnds{p.Reason}
}

// errClientEnds is the end of a connection by the client's DISCONNECT. Nothing is sent in response.
type errClientEnds struct{ reason packet.Reason }

func (e errClientEnds) Error() string { return "client disconnected: " + e.reason.String() }

func (e errClientEnds) Unwrap() error { return e.reason }

func (c *Client) subscribe(body []byte) error {
	p, err := packet.DecodeSubscribe(body, c.Version())
	if err != nil {
		return err
	}
	if p.Identifier != 0 {
		return &packet.Error{Reason: packet.SubscriptionIDUnsupported, Why: "SUBSCRIBE with a subscription identifier"}
	}
	err = c.peer.Subscribe(p.Filters)
	if errors.Is(err, ErrUnanswered) {
		return nil
	}
	if err != nil {
		return err
	}
	reasons, made, err := c.makeSubscriptions(p.Filters)
	if err != nil {
		return err
	}
	c.out.control(func(b []byte) []byte { return packet.AppendSuback(b, c.Version(), p.ID, reasons) })
	topics := make([]string, len(made))
	for i, m := range made {
		topics[i] = m.filter.Topic
		c.session.sendRetained(m.filter, m.existed) // also for a replaced subscription, by its Retain Handling [MQTT-3.8.4-3]
	}
	if len(made) > 0 {
		c.peer.Changed(true, topics)
	}
	return nil
}

// subscription is a subscription that was just made or replaced.
type subscription struct {
	filter  packet.Filter
	existed bool
}

// makeSubscriptions subscribes to the valid filters, and waits until the subscriptions are stored.
func (c *Client) makeSubscriptions(filters []packet.Filter) (reasons []packet.Reason, made []subscription, err error) {
	reasons = make([]packet.Reason, len(filters))
	var kept Kept
	for i, f := range filters {
		if !packet.ValidFilter(f.Topic) {
			reasons[i] = packet.TopicFilterInvalid
			if c.Version() == packet.V311 {
				reasons[i] = packet.UnspecifiedError // the only failure code in a SUBACK of MQTT 3.1.1
			}
			continue
		}
		reasons[i] = packet.Reason(f.QoS)
		mark, existed := c.session.subscribe(f)
		made, kept = append(made, subscription{f, existed}), mark
	}
	if err := kept.Wait(context.Background()); err != nil { // a short wait, for the file's next transaction
		return nil, nil, fmt.Errorf("keep the subscriptions of %s: %w", c.ID(), err)
	}
	return reasons, made, nil
}

func (c *Client) unsubscribe(body []byte) error {
	p, err := packet.DecodeUnsubscribe(body, c.Version())
	if err != nil {
		return err
	}
	reasons := make([]packet.Reason, len(p.Filters))
	for i, f := range p.Filters {
		if !c.session.unsubscribe(f) {
			reasons[i] = packet.NoSubscriptionExisted
		}
	}
	c.out.control(func(b []byte) []byte { return packet.AppendUnsuback(b, c.Version(), p.ID, reasons) })
	c.peer.Changed(false, p.Filters)
	return nil
}

// writer writes the packets of a connection. It has a goroutine only while there are packets to write.
type writer struct {
	client    *Client
	assigned  string // client id that CONNACK assigns
	keepAlive uint16 // in CONNACK; 0: as the client requested

	mu      sync.Mutex
	room    sync.Cond // signalled when the answers were taken, and at the end
	answers []byte    // encoded responses to the client's packets
	running bool
	again   bool           // more to write arrived while the goroutine ran
	cause   error          // reason for the end; nil: the connection is open
	closed  chan struct{}  // closed when no more is written
	version packet.Version // set when CONNACK is to be written
	most    uint32         // largest packet that the client accepts, in bytes; 0: any
	broken  bool           // a write was incomplete; only the goroutine uses it
}

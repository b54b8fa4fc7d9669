package mqtt

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho/session"
	"github.com/eclipse/paho.golang/paho/session/state"
)

// trackedSession is paho's session state that also informs the outbox of the outcome of each publication.
type trackedSession struct {
	*state.State
	outbox *outbox
	failed func(error)
}

var _ session.SessionManager = (*trackedSession)(nil)

// ConAckReceived starts a connection. If the broker has no session, all messages in flight are queued again.
func (s *trackedSession) ConAckReceived(w io.Writer, cp *packets.Connect, ca *packets.Connack) error {
	if err := s.State.ConAckReceived(w, cp, ca); err != nil {
		return err
	}
	if !ca.SessionPresent {
		s.outbox.sessionLost()
	}
	if ca.Properties != nil && ca.Properties.ReceiveMaximum != nil {
		s.outbox.limitWindow(int(*ca.Properties.ReceiveMaximum))
	}
	return nil
}

// AddToSession gives a packet its identifier, just before it is written.
func (s *trackedSession) AddToSession(ctx context.Context, p session.Packet, resp chan<- packets.ControlPacket) error {
	if err := s.State.AddToSession(ctx, p, resp); err != nil {
		return err
	}
	if pub, ok := p.(*packets.Publish); ok {
		s.outbox.sent(pub.PacketID)
	}
	return nil
}

// PacketReceived passes every acknowledgement on to the outbox.
func (s *trackedSession) PacketReceived(cp *packets.ControlPacket, publications chan<- *packets.Publish) error {
	if ack, ok := cp.Content.(*packets.Puback); ok {
		s.acknowledged(ack)
	}
	return s.State.PacketReceived(cp, publications)
}

// retryRefused is the pause before the next send after a temporary refusal.
const retryRefused = time.Second

func (s *trackedSession) acknowledged(ack *packets.Puback) {
	switch {
	case ack.ReasonCode < 0x80:
		if err := s.outbox.settled(ack.PacketID, false); err != nil {
			s.failed(err)
		}
	case ack.ReasonCode == packets.PubackQuotaExceeded || ack.ReasonCode == packets.PubackUnspecifiedError || ack.ReasonCode == packets.PubackImplementationSpecificError:
		s.failed(fmt.Errorf("broker cannot take a message now: %s", ack.Reason()))
		s.outbox.again(ack.PacketID, retryRefused)
	default:
		s.failed(fmt.Errorf("broker refused a message: %s", ack.Reason()))
		if err := s.outbox.settled(ack.PacketID, true); err != nil {
			s.failed(err)
		}
	}
}

package testcar

import (
	"context"
	"fmt"
	"strings"

	"github.com/eclipse/paho.golang/paho"
)

// ReportShadow reports a document to the named shadow, in a separate session, and waits until AWS IoT accepts it.
// https://docs.aws.amazon.com/iot/latest/developerguide/device-shadow-mqtt.html
func (c *Car) ReportShadow(ctx context.Context, shadow, reported string) error {
	answers := make(chan *paho.Publish, 2)
	if err := c.connect(ctx, c.gateway.Issuer, func(p *paho.Publish) {
		select {
		case answers <- p:
		default: // only the first answer counts
		}
	}); err != nil {
		return err
	}
	defer c.Leave()
	update := "$aws/things/" + c.VIN.ThingName() + "/shadow/name/" + shadow + "/update"
	if _, err := c.session.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{
		{Topic: update + "/accepted", QoS: 1}, {Topic: update + "/rejected", QoS: 1},
	}}); err != nil {
		return fmt.Errorf("subscribe to the answers of shadow %s: %w", shadow, err)
	}
	if err := c.publish(ctx, update, []byte(`{"state":{"reported":`+reported+`}}`)); err != nil {
		return err
	}
	select {
	case p := <-answers:
		if strings.HasSuffix(p.Topic, "/rejected") {
			return fmt.Errorf("shadow %s rejects the report: %s", shadow, p.Payload)
		}
		return nil
	case <-c.ended:
		return fmt.Errorf("shadow %s: the gateway ended the session", shadow)
	case <-ctx.Done():
		return fmt.Errorf("shadow %s does not answer: %w", shadow, context.Cause(ctx))
	}
}

package mqtt

import (
	"context"
	"fmt"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"
)

// maxFilters is the largest number of topic filters of one SUBSCRIBE (AWS IoT Core quotas).
// https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
const maxFilters = 8

// againAfter is the pause before a refused subscription is tried again.
const againAfter = time.Second

// received passes a message to the listener. The message is acknowledged when the listener has returned.
func (c *Client) received(p paho.PublishReceived) (bool, error) {
	c.mu.Lock()
	c.heard++
	c.mu.Unlock()
	if c.cfg.Receive != nil {
		c.cfg.Receive(p.Packet.Topic, p.Packet.Payload)
	}
	return true, nil
}

// listen subscribes to the car's topic filters. It does so at every connection, because the broker may have lost the session. It retries
// until it succeeds or the connection ends.
func (c *Client) listen(manager *autopaho.ConnectionManager) {
	if len(c.cfg.Listen) == 0 {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.mu.Lock()
	if c.stopListening != nil {
		c.stopListening()
	}
	c.stopListening = cancel
	c.mu.Unlock()
	go func() {
		for ctx.Err() == nil {
			err := c.subscribe(ctx, manager)
			if err == nil {
				return
			}
			if ctx.Err() == nil {
				c.failed(err)
			}
			timer := time.NewTimer(againAfter)
			select {
			case <-ctx.Done():
				timer.Stop()
			case <-timer.C:
			}
		}
	}()
}

func (c *Client) subscribe(ctx context.Context, manager *autopaho.ConnectionManager) error {
	for from := 0; from < len(c.cfg.Listen); from += maxFilters {
		var s paho.Subscribe
		for _, filter := range c.cfg.Listen[from:min(from+maxFilters, len(c.cfg.Listen))] {
			s.Subscriptions = append(s.Subscriptions, paho.SubscribeOptions{Topic: filter, QoS: 1})
		}
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		_, err := manager.Subscribe(ctx, &s)
		cancel()
		if err != nil {
			return fmt.Errorf("subscribe: %w", err)
		}
	}
	if c.cfg.Listening != nil {
		c.cfg.Listening()
	}
	return nil
}

// PublishQoS0 publishes at QoS 0 without the queue: it fails without a connection, and a message is lost if the connection breaks. Use it
// for messages that are repeated at the next connection.
func (c *Client) PublishQoS0(ctx context.Context, topic string, payload []byte) error {
	if _, err := c.manager.Publish(ctx, &paho.Publish{Topic: topic, Payload: payload}); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

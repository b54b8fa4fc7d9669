package gateway

import (
	"fmt"
	"slices"
	"strings"

	"connectedcar/internal/twin/iot/gateway/rules"
	"connectedcar/internal/twin/iot/mqtt/broker"
	"connectedcar/internal/twin/iot/mqtt/packet"
	"connectedcar/internal/twin/iot/policy"
)

// violation is the error for a packet that ends the connection.
type violation struct {
	code packet.Reason
	why  string
}

func (v *violation) Error() string { return v.why }

func (v *violation) Unwrap() error { return v.code }

func violated(code packet.Reason, format string, args ...any) error {
	return &violation{code, fmt.Sprintf(format, args...)}
}

// Limits of AWS IoT Core's message broker.
const (
	maxPayload       = 128 << 10 // bytes
	maxTopic         = 256       // bytes, without the prefix of Basic Ingest
	maxSlashes       = 7
	maxSubscriptions = 50 // per connection
	maxFilters       = 8  // per SUBSCRIBE packet
	maxTopicAlias    = 8
)

// admitPublish checks a PUBLISH packet and replaces a topic alias by its topic.
func (s *session) admitPublish(p *packet.Publish) error {
	if p.QoS > 1 {
		return violated(packet.QoSNotSupported, "publish with QoS 2: allowed are 0 and 1")
	}
	if len(p.Payload) > maxPayload {
		return violated(packet.PacketTooLarge, "payload of %d bytes: allowed are %d", len(p.Payload), maxPayload)
	}
	if err := s.resolveAlias(p); err != nil {
		return err
	}
	topic := p.Topic
	if err := checkTopic(topic); err != nil {
		return violated(packet.TopicNameInvalid, "publish: %v", err)
	}
	if err := s.checkReserved(p); err != nil {
		return err
	}
	if !s.publishes.AllowN(s.gateway.now(), 1) {
		return violated(packet.MessageRateTooHigh, "more than %d publications a second", s.gateway.config.PublishRate)
	}
	resource := s.gateway.arns.Topic(topic)
	if d := s.may(policy.Publish, resource); !d.Allowed {
		return violated(packet.NotAuthorized, "%s %s is not allowed: %s", policy.Publish, topic, d.Reason())
	}
	if p.Retain {
		if d := s.may(policy.RetainPublish, resource); !d.Allowed {
			return violated(packet.NotAuthorized, "%s %s is not allowed: %s", policy.RetainPublish, topic, d.Reason())
		}
	}
	return nil
}

// checkReserved refuses publications by clients on reserved topics, which begin with $.
func (s *session) checkReserved(p *packet.Publish) error {
	if !strings.HasPrefix(p.Topic, "$") {
		return nil
	}
	if p.Retain {
		return violated(packet.RetainNotSupported, "publish %s: messages of reserved topics cannot be retained", p.Topic)
	}
	if err := checkReserved(p.Topic); err != nil {
		return violated(packet.TopicNameInvalid, "publish: %v", err)
	}
	return nil
}

// resolveAlias replaces an alias by its topic, so that later code handles topics only.
func (s *session) resolveAlias(p *packet.Publish) error {
	alias := p.Alias
	if !p.HasAlias {
		return nil
	}
	if alias == 0 || alias > maxTopicAlias {
		return violated(packet.TopicAliasInvalid, "topic alias %d: allowed are 1 to %d", alias, maxTopicAlias)
	}
	if p.Topic == "" {
		topic, ok := s.aliases[alias]
		if !ok {
			return violated(packet.ProtocolError, "topic alias %d stands for no topic yet", alias)
		}
		p.Topic = topic
	} else {
		if s.aliases == nil {
			s.aliases = map[uint16]string{}
		}
		s.aliases[alias] = p.Topic
	}
	return nil
}

// checkTopic checks length, depth and characters of the topic of a publication.
func checkTopic(topic string) error {
	if strings.ContainsAny(topic, "+#\x00") {
		return fmt.Errorf("topic %q: wildcards are not allowed", topic)
	}
	if _, rest, ok := rules.SplitBasicIngest(topic); ok {
		topic = rest
	}
	return checkSize(topic)
}

func checkSize(topic string) error {
	if topic == "" {
		return fmt.Errorf("the topic is empty")
	}
	if len(topic) > maxTopic {
		return fmt.Errorf("topic of %d bytes: allowed are %d", len(topic), maxTopic)
	}
	if n := strings.Count(topic, "/"); n > maxSlashes {
		return fmt.Errorf("topic with %d slashes: allowed are %d", n, maxSlashes)
	}
	return nil
}

// admitSubscribe checks a SUBSCRIBE packet.
func (s *session) admitSubscribe(filters []packet.Filter) error {
	if len(filters) > maxFilters {
		return violated(packet.QuotaExceeded, "subscribe to %d topic filters at once: allowed are %d", len(filters), maxFilters)
	}
	if slices.ContainsFunc(filters, func(f packet.Filter) bool { return f.QoS > 1 }) {
		// https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt-qos
		s.gateway.log.Warn("subscription without SUBACK: QoS 2, allowed are 0 and 1", "client_id", s.clientID)
		return broker.ErrUnanswered
	}
	for _, f := range filters {
		if err := s.admitFilter(f.Topic); err != nil {
			return err
		}
	}
	if n := s.client.Subscribed(filters); n > maxSubscriptions {
		return violated(packet.QuotaExceeded, "%d subscriptions: allowed are %d", n, maxSubscriptions)
	}
	return nil
}

// admitFilter checks one topic filter. For a shared subscription, policies decide on the filter without the prefix $share/{group}/.
func (s *session) admitFilter(filter string) error {
	_, shared, _ := packet.SplitShared(filter)
	if err := checkSize(shared); err != nil {
		return violated(packet.TopicFilterInvalid, "subscribe: %v", err)
	}
	if strings.HasPrefix(shared, "$") && !strings.HasPrefix(shared, "$aws/") || strings.HasPrefix(shared, rules.BasicIngest) {
		return violated(packet.TopicFilterInvalid, "subscribe to %s: the topic is reserved", filter)
	}
	if d := s.may(policy.Subscribe, s.gateway.arns.TopicFilter(shared)); !d.Allowed {
		return violated(packet.NotAuthorized, "%s %s is not allowed: %s", policy.Subscribe, filter, d.Reason())
	}
	return nil
}

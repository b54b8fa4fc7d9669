package gateway

import (
	"fmt"
	"strings"

	"github.com/mochi-mqtt/server/v2/packets"

	"connectedcar/internal/twin/iot/gateway/rules"
	"connectedcar/internal/twin/iot/policy"
)

// violation is a packet that ends the connection.
type violation struct {
	code packets.Code
	why  string
}

func (v *violation) Error() string { return v.why }

func violated(code packets.Code, format string, args ...any) error {
	return &violation{code, fmt.Sprintf(format, args...)}
}

// Limits of AWS IoT Core's message broker.
const (
	maxPayload         = 128 << 10 // bytes
	maxTopic           = 256       // bytes, without the prefix of Basic Ingest
	maxSlashes         = 7
	maxSubscriptions   = 50 // a connection
	maxFilters         = 8  // a SUBSCRIBE packet
	maxTopicAlias      = 8
	sharedSubscription = "$share/"
)

// admitPublish checks a PUBLISH packet and gives it the topic that its alias stands for.
func (s *session) admitPublish(pk *packets.Packet) error {
	if pk.FixedHeader.Qos > 1 {
		return violated(packets.ErrQosNotSupported, "publish with QoS 2: allowed are 0 and 1")
	}
	if len(pk.Payload) > maxPayload {
		return violated(packets.ErrPacketTooLarge, "payload of %d bytes: allowed are %d", len(pk.Payload), maxPayload)
	}
	if err := s.resolveAlias(pk); err != nil {
		return err
	}
	topic := pk.TopicName
	if err := checkTopic(topic); err != nil {
		return violated(packets.ErrTopicNameInvalid, "publish: %v", err)
	}
	if err := s.checkReserved(pk); err != nil {
		return err
	}
	if !s.publishes.AllowN(s.gateway.now(), 1) {
		return violated(packets.ErrMessageRateTooHigh, "more than %d publications a second", s.gateway.config.PublishRate)
	}
	resource := s.gateway.arns.Topic(topic)
	if d := s.may(policy.Publish, resource); !d.Allowed {
		return violated(packets.ErrNotAuthorized, "%s %s is not allowed: %s", policy.Publish, topic, d.Reason())
	}
	if pk.FixedHeader.Retain {
		if d := s.may(policy.RetainPublish, resource); !d.Allowed {
			return violated(packets.ErrNotAuthorized, "%s %s is not allowed: %s", policy.RetainPublish, topic, d.Reason())
		}
	}
	return nil
}

// checkReserved refuses what clients may not publish on topics that begin with $.
func (s *session) checkReserved(pk *packets.Packet) error {
	if !strings.HasPrefix(pk.TopicName, "$") {
		return nil
	}
	if pk.FixedHeader.Retain {
		return violated(packets.ErrRetainNotSupported, "publish %s: messages of reserved topics cannot be retained", pk.TopicName)
	}
	if strings.HasPrefix(pk.TopicName, rules.BasicIngest) || strings.HasPrefix(pk.TopicName, thingTopics) {
		return nil
	}
	return violated(packets.ErrTopicNameInvalid, "publish %s: the topic is reserved", pk.TopicName)
}

// thingTopics is the prefix of the topics of device shadows.
const thingTopics = "$aws/things/"

// resolveAlias replaces an alias by its topic, so that everything after it sees one form.
func (s *session) resolveAlias(pk *packets.Packet) error {
	alias := pk.Properties.TopicAlias
	if !pk.Properties.TopicAliasFlag {
		return nil
	}
	if alias == 0 || alias > maxTopicAlias {
		return violated(packets.ErrTopicAliasInvalid, "topic alias %d: allowed are 1 to %d", alias, maxTopicAlias)
	}
	if pk.TopicName == "" {
		topic, ok := s.aliases[alias]
		if !ok {
			return violated(packets.ErrProtocolViolation, "topic alias %d stands for no topic yet", alias)
		}
		pk.TopicName = topic
	} else {
		if s.aliases == nil {
			s.aliases = map[uint16]string{}
		}
		s.aliases[alias] = pk.TopicName
	}
	pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = 0, false
	return nil
}

// checkTopic checks length, depth and characters of a topic that is published to.
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
func (s *session) admitSubscribe(pk *packets.Packet) error {
	if len(pk.Filters) > maxFilters {
		return violated(packets.ErrQuotaExceeded, "subscribe to %d topic filters at once: allowed are %d", len(pk.Filters), maxFilters)
	}
	held, more := s.client.State.Subscriptions, 0
	for _, f := range pk.Filters {
		if err := s.admitFilter(f.Filter); err != nil {
			return err
		}
		if _, ok := held.Get(f.Filter); !ok {
			more++
		}
	}
	if n := held.Len() + more; n > maxSubscriptions {
		return violated(packets.ErrQuotaExceeded, "%d subscriptions: allowed are %d", n, maxSubscriptions)
	}
	s.expectSubscription(pk.Filters)
	return nil
}

// admitFilter checks one topic filter. Of a shared subscription, policies see the filter that is shared.
func (s *session) admitFilter(filter string) error {
	shared := filter
	if rest, ok := strings.CutPrefix(filter, sharedSubscription); ok {
		_, shared, _ = strings.Cut(rest, "/")
	}
	if err := checkSize(shared); err != nil {
		return violated(packets.ErrTopicFilterInvalid, "subscribe: %v", err)
	}
	if strings.HasPrefix(shared, "$") && !strings.HasPrefix(shared, "$aws/") || strings.HasPrefix(shared, rules.BasicIngest) {
		return violated(packets.ErrTopicFilterInvalid, "subscribe to %s: the topic is reserved", filter)
	}
	if d := s.may(policy.Subscribe, s.gateway.arns.TopicFilter(shared)); !d.Allowed {
		return violated(packets.ErrNotAuthorized, "%s %s is not allowed: %s", policy.Subscribe, filter, d.Reason())
	}
	return nil
}

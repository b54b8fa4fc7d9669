package rules

import (
	"encoding/json"
	"fmt"
	"strings"
)

const (
	maxShadow      = 8 << 10
	maxShadowDepth = 8 // the quotas say 8, the page of error messages 6: the larger one is checked
	maxPublish     = 128 << 10
	maxTopic       = 256
	maxSlashes     = 7
)

// iotData are rules of AWS IoT's data plane.
var iotData = []Rule{
	{"a shadow's document has at most 8 KB", "iot-data", []string{"UpdateThingShadow"}, iotGuide + "diagnosing-shadows.html", "RequestEntityTooLargeException", 413,
		stateless(func(m members) string {
			return unless(m.bytes("payload") <= maxShadow, "The payload exceeds the maximum size allowed")
		})},
	{"a shadow's state is at most 8 levels deep", "iot-data", []string{"UpdateThingShadow"}, iotQuotas, "InvalidRequestException", 0,
		stateless(func(m members) string {
			payload, _ := m["payload"].([]byte)
			var document struct{ State map[string]any }
			if json.Unmarshal(payload, &document) != nil {
				return "" // the shadow service refuses it with its own error
			}
			for _, section := range document.State {
				if depth(section) > maxShadowDepth {
					return fmt.Sprintf("JSON contains too many levels of nesting; maximum is %d", maxShadowDepth)
				}
			}
			return ""
		})},
	{"a shadow's client token has at most 64 bytes", "iot-data", []string{"UpdateThingShadow"}, iotGuide + "device-shadow-error-messages.html", "InvalidRequestException", 0,
		stateless(func(m members) string {
			payload, _ := m["payload"].([]byte)
			var document struct{ ClientToken string }
			if json.Unmarshal(payload, &document) != nil {
				return ""
			}
			return unless(len(document.ClientToken) <= 64, "Invalid clientToken")
		})},
	{"a message has at most 128 KB", "iot-data", []string{"Publish"}, iotQuotas, "InvalidRequestException", 0,
		stateless(func(m members) string {
			return unless(m.bytes("payload") <= maxPublish, "The payload has %d bytes; at most %d are allowed", m.bytes("payload"), maxPublish)
		})},
	{"a topic has at most 256 bytes", "iot-data", []string{"Publish"}, iotQuotas, "InvalidRequestException", 0,
		stateless(func(m members) string {
			topic := unreserved(m.text("topic"))
			return unless(len(topic) <= maxTopic, "The topic has %d bytes; at most %d are allowed", len(topic), maxTopic)
		})},
	{"a topic has at most 7 slashes", "iot-data", []string{"Publish"}, iotQuotas, "InvalidRequestException", 0,
		stateless(func(m members) string {
			n := strings.Count(unreserved(m.text("topic")), "/")
			return unless(n <= maxSlashes, "The topic has %d slashes; at most %d are allowed", n, maxSlashes)
		})},
	{"a message goes to a topic without wildcards", "iot-data", []string{"Publish"}, iotGuide + "topics.html", "InvalidRequestException", 0,
		stateless(func(m members) string {
			return unless(!strings.ContainsAny(m.text("topic"), "+#"), "Topic %s has a wildcard", m.text("topic"))
		})},
}

// unreserved returns the topic without its Basic Ingest prefix $aws/rules/NAME/, which does not count towards limits.
func unreserved(topic string) string {
	rest, basic := strings.CutPrefix(topic, "$aws/rules/")
	if !basic {
		return topic
	}
	_, own, _ := strings.Cut(rest, "/")
	return own
}

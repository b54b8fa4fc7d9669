package packet

import "strings"

// SharePrefix begins the filters of shared subscriptions: $share/{group}/{filter}.
const SharePrefix = "$share/"

// SplitShared takes a filter apart: the group is empty where the subscription is not shared. Ok is false for a shared
// subscription whose group or filter is not valid. [MQTT-4.8.2-1] [MQTT-4.8.2-2]
func SplitShared(filter string) (group, topic string, ok bool) {
	rest, shared := strings.CutPrefix(filter, SharePrefix)
	if !shared {
		return "", filter, true
	}
	group, topic, ok = strings.Cut(rest, "/")
	return group, topic, ok && group != "" && topic != "" && !strings.ContainsAny(group, "+#")
}

// ValidFilter tells whether wildcards of a topic filter stand alone in their levels, and # in the last.
// [MQTT-4.7.1-1] [MQTT-4.7.1-2]
func ValidFilter(filter string) bool {
	_, topic, ok := SplitShared(filter)
	if !ok || topic == "" { // [MQTT-4.7.3-1]
		return false
	}
	for level := range strings.SplitSeq(topic, "/") {
		if len(level) > 1 && strings.ContainsAny(level, "+#") {
			return false
		}
	}
	i := strings.IndexByte(topic, '#')
	return i < 0 || i == len(topic)-1
}

// Wildcards tells whether a topic filter has any.
func Wildcards(filter string) bool { return strings.ContainsAny(filter, "+#") }

package packet

import "strings"

// SharePrefix is the prefix of the filters of shared subscriptions: $share/{group}/{filter}.
const SharePrefix = "$share/"

// SplitShared splits a filter into group and filter. The group is empty if the subscription is not shared. ok is false for a shared
// subscription with an invalid group or filter. [MQTT-4.8.2-1] [MQTT-4.8.2-2]
func SplitShared(filter string) (group, topic string, ok bool) {
	rest, shared := strings.CutPrefix(filter, SharePrefix)
	if !shared {
		return "", filter, true
	}
	group, topic, ok = strings.Cut(rest, "/")
	return group, topic, ok && group != "" && topic != "" && !strings.ContainsAny(group, "+#")
}

// ValidFilter reports whether a topic filter is valid: each wildcard fills a level, and # is only in the last level. [MQTT-4.7.1-1]
// [MQTT-4.7.1-2]
func ValidFilter(filter string) bool {
	_, topic, ok := SplitShared(filter)
	if !ok || topic == "" { // a filter must not be empty [MQTT-4.7.3-1]
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

// Wildcards reports whether a topic filter contains wildcards.
func Wildcards(filter string) bool { return strings.ContainsAny(filter, "+#") }

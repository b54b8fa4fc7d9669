package sql

import (
	"errors"
	"strings"
)

// checkFilter returns an error for an invalid topic filter.
func checkFilter(filter string) error {
	if filter == "" {
		return errors.New("it is empty: expected a topic or topic filter, such as 'dt/cars/+/event'")
	}
	levels := strings.Split(filter, "/")
	for i, l := range levels {
		if strings.Contains(l, "#") && (l != "#" || i < len(levels)-1) {
			return errors.New("# must be the last level, alone")
		}
		if strings.Contains(l, "+") && l != "+" {
			return errors.New("+ must be a level alone")
		}
	}
	return nil
}

// matchTopic reports whether an MQTT topic filter matches a topic.
func matchTopic(filter, topic string) bool {
	if strings.HasPrefix(topic, "$") && (filter[0] == '+' || filter[0] == '#') {
		return false
	}
	for {
		f, filterRest, filterMore := strings.Cut(filter, "/")
		if f == "#" {
			return true
		}
		t, topicRest, topicMore := strings.Cut(topic, "/")
		if f != "+" && f != t {
			return false
		}
		if !filterMore || !topicMore {
			return filterMore == topicMore || !topicMore && filterRest == "#"
		}
		filter, topic = filterRest, topicRest
	}
}

// level returns the n-th level of a topic, from 1.
func level(topic string, n int64) (string, bool) {
	for ; n > 1; n-- {
		i := strings.IndexByte(topic, '/')
		if i < 0 {
			return "", false
		}
		topic = topic[i+1:]
	}
	if n < 1 {
		return "", false
	}
	if i := strings.IndexByte(topic, '/'); i >= 0 {
		topic = topic[:i]
	}
	return topic, true
}

package gateway

import (
	"fmt"
	"strings"

	"connectedcar/internal/twin/iot/gateway/rules"
)

// thingTopics is the prefix of the topics of device shadows and jobs.
const thingTopics = "$aws/things/"

// checkReserved refuses publications on topics that begin with $, except those for which AWS lists the operation Publish. Only the services
// publish responses and events, so that a client cannot forge them.
// https://docs.aws.amazon.com/iot/latest/developerguide/reserved-topics.html
func checkReserved(topic string) error {
	if !strings.HasPrefix(topic, "$") || strings.HasPrefix(topic, rules.BasicIngest) {
		return nil
	}
	if rest, ok := strings.CutPrefix(topic, thingTopics); ok && requestTopic(strings.Split(rest, "/")) {
		return nil
	}
	return fmt.Errorf("topic %s is reserved: allowed are $aws/rules/... and requests to shadows and jobs of things", topic)
}

// requestTopic reports whether a topic is a request, not a response or a notification. The first level is the thing's name.
func requestTopic(levels []string) bool {
	if len(levels) < 3 || levels[0] == "" {
		return false
	}
	switch last := levels[len(levels)-1]; levels[1] {
	case "shadow":
		named := levels[2] == "name"
		return (len(levels) == 3 && !named || len(levels) == 5 && named) && (last == shadowGet || last == shadowUpdate || last == shadowDelete)
	case "jobs":
		return last == "get" || last == "update" || last == "start-next"
	case "defender":
		return len(levels) == 4 && levels[2] == "metrics"
	case "streams":
		return last == "describe" || last == "get" || last == "create"
	}
	return false
}

package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"connectedcar/internal/twin/iot/gateway/jobs"
)

// Jobs stores the executions of jobs.
type Jobs interface {
	Pending(ctx context.Context, thing string) (jobs.Object, error)
	StartNext(ctx context.Context, thing string, request jobs.Object) (jobs.Object, error)
	Describe(ctx context.Context, thing, job string, request jobs.Object) (jobs.Object, error)
	Update(ctx context.Context, thing, job string, request jobs.Object) (jobs.Object, error)
}

// jobCall is a device's request: $aws/things/{thing}/jobs/get, .../start-next, .../{job}/get or .../{job}/update.
// https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html
type jobCall struct{ thing, job, operation string }

const (
	jobsGet       = "get"
	jobsStartNext = "start-next"
	jobsUpdate    = "update"
)

func jobTopic(topic string) (c jobCall, ok bool) {
	rest, ok := strings.CutPrefix(topic, thingTopics)
	if !ok {
		return c, false
	}
	levels := strings.Split(rest, "/")
	switch {
	case len(levels) == 3 && levels[1] == "jobs" && (levels[2] == jobsGet || levels[2] == jobsStartNext):
		return jobCall{thing: levels[0], operation: levels[2]}, true
	case len(levels) == 4 && levels[1] == "jobs" && (levels[3] == jobsGet || levels[3] == jobsUpdate):
		return jobCall{thing: levels[0], job: levels[2], operation: levels[3]}, true
	}
	return c, false
}

// jobRequest handles a message on a jobs topic and publishes the response, in the background because the jobs are in another service.
func (g *Gateway) jobRequest(topic string, payload []byte) {
	c, ok := jobTopic(topic)
	if !ok || g.config.Jobs == nil {
		return
	}
	g.working.start(func() {
		ctx, cancel := context.WithTimeout(g.work, maxLookup)
		defer cancel()
		request, answer := jobs.Object{}, jobs.Object{}
		var err error
		if len(payload) > 0 && json.Unmarshal(payload, &request) != nil {
			err = &jobs.Rejection{Code: "InvalidJson", Message: "the payload is no JSON object"}
		}
		if err == nil {
			answer, err = g.jobDo(ctx, c, request)
		}
		g.answerJob(topic, request, answer, err)
		if c.operation == jobsUpdate && err == nil {
			g.notifyJobs(ctx, c.thing)
		}
	})
}

func (g *Gateway) jobDo(ctx context.Context, c jobCall, request jobs.Object) (jobs.Object, error) {
	switch {
	case c.operation == jobsStartNext:
		return g.config.Jobs.StartNext(ctx, c.thing, request)
	case c.operation == jobsUpdate:
		return g.config.Jobs.Update(ctx, c.thing, c.job, request)
	case c.job != "":
		return g.config.Jobs.Describe(ctx, c.thing, c.job, request)
	}
	return g.config.Jobs.Pending(ctx, c.thing)
}

func (g *Gateway) answerJob(topic string, request, answer jobs.Object, err error) {
	suffix := "/accepted"
	if err != nil {
		var r *jobs.Rejection
		if !errors.As(err, &r) {
			g.log.Warn("job request", "topic", topic, "error", err)
			r = &jobs.Rejection{Code: "InternalError", Message: "the jobs service does not answer"}
		}
		suffix, answer = "/rejected", jobs.Object{"code": r.Code, "message": r.Message}
	}
	overMQTT(answer)
	answer["timestamp"] = g.now().Unix()
	if token, ok := request["clientToken"]; ok {
		answer["clientToken"] = token
	}
	g.announceJSON(g.work, topic+suffix, answer)
}

// overMQTT converts a response from its HTTP form to its MQTT form: the job document becomes an object instead of a text, and the thing's
// name, which is in the topic, is removed.
func overMQTT(answer jobs.Object) {
	execution, _ := answer["execution"].(jobs.Object)
	delete(execution, "thingName")
	for _, o := range []jobs.Object{answer, execution} {
		text, ok := o["jobDocument"].(string)
		if ok && json.Valid([]byte(text)) {
			o["jobDocument"] = json.RawMessage(text)
		}
	}
}

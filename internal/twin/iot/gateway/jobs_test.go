package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/gateway"
	"connectedcar/internal/twin/iot/gateway/jobs"
)

// answer reads the next message, which must be on that topic.
func (d *device) answer(topic string) map[string]any {
	d.t.Helper()
	pk := d.expect(packets.Publish)
	require.Equal(d.t, topic, pk.TopicName, string(pk.Payload))
	d.puback(pk.PacketID)
	var out map[string]any
	require.NoError(d.t, json.Unmarshal(pk.Payload, &out))
	return out
}

// executions fakes the jobs service for one thing. A started job stays the first one.
type executions struct {
	mu      sync.Mutex
	queued  []string
	started string
	failing error
	reads   int
}

func (e *executions) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.reads
}

func (e *executions) set(queued ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.queued = queued
}

func (e *executions) do(f func() (jobs.Object, error)) (jobs.Object, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reads++
	if e.failing != nil {
		return nil, e.failing
	}
	return f()
}

func (e *executions) Pending(context.Context, string) (jobs.Object, error) {
	return e.do(func() (jobs.Object, error) {
		out := jobs.Object{"inProgressJobs": []any{}, "queuedJobs": []any{}}
		for _, id := range e.queued {
			member := "queuedJobs"
			if id == e.started {
				member = "inProgressJobs"
			}
			out[member] = append(out[member].([]any), jobs.Object{"jobId": id})
		}
		return out, nil
	})
}

func (e *executions) StartNext(_ context.Context, _ string, request jobs.Object) (jobs.Object, error) {
	return e.do(func() (jobs.Object, error) {
		e.started = e.queued[0]
		return jobs.Object{"execution": jobs.Object{"jobId": e.started, "statusDetails": request["statusDetails"]}}, nil
	})
}

func (e *executions) Describe(_ context.Context, thing, job string, _ jobs.Object) (jobs.Object, error) {
	return e.do(func() (jobs.Object, error) {
		if job == "$next" && len(e.queued) == 0 {
			return jobs.Object{}, nil
		}
		if job == "$next" {
			job = e.queued[0]
		}
		return jobs.Object{"execution": jobs.Object{"jobId": job, "thingName": thing, "jobDocument": `{"do":1}`}}, nil
	})
}

func (e *executions) Update(_ context.Context, _, job string, _ jobs.Object) (jobs.Object, error) {
	return e.do(func() (jobs.Object, error) {
		if job != e.started {
			return nil, &jobs.Rejection{Code: "InvalidStateTransition", Message: "not started"}
		}
		e.queued = e.queued[1:]
		return jobs.Object{}, nil
	})
}

const jobsPrefix = "$aws/things/CAR1/jobs/"

// jobsListener makes a car with these executions that subscribes to its jobs notifications.
func jobsListener(t *testing.T, e *executions, filters ...string) (*world, *device) {
	t.Helper()
	w := newWorld(t, func(c *gateway.Config) { c.Jobs = e })
	w.registry.setPolicy(t, "car", anyPolicy)
	require.NoError(t, w.gateway.Refresh(t.Context()))
	d := w.joined(5, "CAR1")
	for _, f := range filters {
		require.Equal(t, byte(1), d.subscribe(jobsPrefix+f, 1))
	}
	return w, d
}

func TestRequestsForJobsAreAnswered(t *testing.T) {
	e := &executions{queued: []string{"one"}}
	w, d := jobsListener(t, e, "+/accepted", "+/rejected", "+/+/accepted", "+/+/rejected")
	for _, tc := range []struct {
		topic, payload, suffix, member string
		want                           any
	}{
		{"get", `{"clientToken":"a"}`, "/accepted", "clientToken", "a"},
		{"get", ``, "/accepted", "queuedJobs", []any{map[string]any{"jobId": "one"}}},
		{"get", `[]`, "/rejected", "code", "InvalidJson"},
		{"one/update", `{"clientToken":"b"}`, "/rejected", "code", "InvalidStateTransition"},
		{"start-next", `{"statusDetails":{"k":"v"}}`, "/accepted", "execution", map[string]any{"jobId": "one", "statusDetails": map[string]any{"k": "v"}}},
		{"one/get", `{}`, "/accepted", "execution", map[string]any{"jobId": "one", "jobDocument": map[string]any{"do": 1.0}}},
		{"$next/get", `{}`, "/accepted", "execution", map[string]any{"jobId": "one", "jobDocument": map[string]any{"do": 1.0}}},
		{"one/update", `{"status":"SUCCEEDED"}`, "/accepted", "code", nil},
	} {
		w.publish(jobsPrefix+tc.topic, tc.payload)
		got := d.answer(jobsPrefix + tc.topic + tc.suffix)
		assert.Equal(t, tc.want, got[tc.member], tc.topic)
		assert.NotZero(t, got["timestamp"])
	}
	e.mu.Lock()
	e.failing = errors.New("refused")
	e.mu.Unlock()
	w.publish(jobsPrefix+"get", `{}`)
	got := d.answer(jobsPrefix + "get/rejected")
	assert.Equal(t, "InternalError", got["code"])
	assert.NotContains(t, got["message"], "refused")
}

func TestListenersAreToldOfJobs(t *testing.T) {
	e := &executions{}
	_, d := jobsListener(t, e, "notify", "notify-next")
	told := func() map[string]any { return d.answer(jobsPrefix + "notify")["jobs"].(map[string]any) }
	e.set("one")
	assert.Len(t, told()["QUEUED"], 1)
	assert.Equal(t, map[string]any{"jobId": "one", "jobDocument": map[string]any{"do": 1.0}}, d.answer(jobsPrefix + "notify-next")["execution"])
	e.set("one", "two") // the first job is unchanged: no notify-next
	assert.Len(t, told()["QUEUED"], 2)
	e.set("two")
	assert.Len(t, told()["QUEUED"], 1)
	assert.Equal(t, "two", d.answer(jobsPrefix + "notify-next")["execution"].(map[string]any)["jobId"])
	e.set()
	assert.Empty(t, told())
	assert.NotContains(t, d.answer(jobsPrefix+"notify-next"), "execution")
}

func TestRefusedReadOfJobsIsNoOutage(t *testing.T) {
	e := &executions{}
	w, d := jobsListener(t, e, "notify")
	e.mu.Lock()
	e.failing = &jobs.Rejection{Code: "ResourceNotFound", Message: "no thing CAR1"}
	e.mu.Unlock()
	w.publish(jobsPrefix+"get", `{}`)
	w.eventually(func() bool { return e.count() > 3 }, "the executions are read again and again")
	assert.NotContains(t, w.log.text(), "service does not answer")
	d.quiet()
}

func TestJobsThatWereThereAreNoNews(t *testing.T) {
	e := &executions{queued: []string{"old"}}
	_, d := jobsListener(t, e, "#")
	e.set("old", "new")
	assert.Len(t, d.answer(jobsPrefix + "notify")["jobs"].(map[string]any)["QUEUED"], 2, "the first that it hears of")
	d.quiet()
}

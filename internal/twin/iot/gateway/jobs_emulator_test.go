//go:build integration

package gateway_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/gateway"
	"connectedcar/internal/twin/iot/gateway/jobs"
)

func TestJobsOfTheEmulator(t *testing.T) {
	e := newEmulator(t)
	cfg := e.config()
	control := iot.NewFromConfig(cfg)
	thing, err := control.CreateThing(t.Context(), &iot.CreateThingInput{ThingName: aws.String("CAR1")})
	require.NoError(t, err)
	w := newWorld(t, func(c *gateway.Config) { c.Jobs = jobs.NewClient(cfg) })
	w.registry.setPolicy(t, "car", anyPolicy)
	require.NoError(t, w.gateway.Refresh(t.Context()))
	d := w.joined(5, "CAR1")
	const prefix = "$aws/things/CAR1/jobs/"
	for _, f := range []string{"notify", "notify-next", "+/accepted", "+/rejected", "+/+/accepted", "+/+/rejected"} {
		require.Equal(t, byte(1), d.subscribe(prefix+f, 1))
	}
	for _, id := range []string{"first", "second"} {
		_, err = control.CreateJob(t.Context(), &iot.CreateJobInput{JobId: &id, Targets: []string{*thing.ThingArn}, Document: aws.String(`{"do":"` + id + `"}`)})
		require.NoError(t, err)
		queued := d.answer(prefix + "notify")["jobs"].(map[string]any)["QUEUED"].([]any)
		assert.Equal(t, id, queued[len(queued)-1].(map[string]any)["jobId"])
		if id == "first" {
			next := d.answer(prefix + "notify-next")["execution"].(map[string]any)
			assert.Equal(t, map[string]any{"do": "first"}, next["jobDocument"])
			assert.NotContains(t, next, "thingName")
		}
	}
	d.acknowledged(d.publish(prefix+"get", 1, `{"clientToken":"a"}`))
	got := d.answer(prefix + "get/accepted")
	assert.Equal(t, "a", got["clientToken"])
	assert.Len(t, got["queuedJobs"], 2)

	d.acknowledged(d.publish(prefix+"start-next", 1, ``))
	started := d.answer(prefix + "start-next/accepted")["execution"].(map[string]any)
	assert.Equal(t, "IN_PROGRESS", started["status"])
	assert.Equal(t, map[string]any{"do": "first"}, started["jobDocument"])

	d.acknowledged(d.publish(prefix+"first/update", 1, `{"status":"SUCCEEDED","expectedVersion":77}`))
	assert.Equal(t, "VersionMismatch", d.answer(prefix + "first/update/rejected")["code"])
	d.acknowledged(d.publish(prefix+"first/update", 1, `{"status":"SUCCEEDED","includeJobExecutionState":true}`))
	state := d.answer(prefix + "first/update/accepted")["executionState"].(map[string]any)
	assert.Equal(t, "SUCCEEDED", state["status"])
	assert.Len(t, d.answer(prefix + "notify")["jobs"].(map[string]any)["QUEUED"], 1)
	assert.Equal(t, "second", d.answer(prefix + "notify-next")["execution"].(map[string]any)["jobId"])

	d.acknowledged(d.publish(prefix+"absent/get", 1, `{}`))
	assert.Equal(t, "ResourceNotFound", d.answer(prefix + "absent/get/rejected")["code"])
	d.acknowledged(d.publish(prefix+"get", 1, `[`))
	assert.Equal(t, "InvalidJson", d.answer(prefix + "get/rejected")["code"])
	d.quiet()
}

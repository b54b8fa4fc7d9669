package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"testing"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
)

const (
	older = "arn:aws:elasticbeanstalk:eu-central-1::platform/Go 1 running on 64bit Amazon Linux 2023/4.4.8"
	newer = "arn:aws:elasticbeanstalk:eu-central-1::platform/Go 1 running on 64bit Amazon Linux 2023/4.9.7"
)

type current struct{ err error }

func (c current) Current(context.Context, string) (string, error) { return newer, c.err }

func event(t *testing.T) cfn.Event {
	t.Helper()
	b, err := os.ReadFile("testdata/create.json")
	require.NoError(t, err)
	var e cfn.Event
	require.NoError(t, json.Unmarshal(b, &e))
	return e
}

func TestThePlatformIsKeptAtTheFirstDeployment(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*cfn.Event)
		want   string
	}{
		"the first deployment takes what is current": {func(*cfn.Event) {}, newer},
		"a later one keeps it": {func(e *cfn.Event) {
			e.RequestType, e.PhysicalResourceID = cfn.RequestUpdate, older
		}, older},
		"another branch has a version of its own": {func(e *cfn.Event) {
			e.RequestType, e.PhysicalResourceID = cfn.RequestUpdate, "arn:aws:elasticbeanstalk:eu-central-1::platform/Go 1 running on 64bit Amazon Linux 2/3.9.0"
		}, newer},
	} {
		t.Run(name, func(t *testing.T) {
			e := event(t)
			tc.change(&e)
			id, data, err := (&handler{platforms: current{}, log: slog.New(slog.DiscardHandler)}).handle(t.Context(), e)
			require.NoError(t, err)
			assert.Equal(t, tc.want, id)
			assert.Equal(t, map[string]any{names.AttributeARN: tc.want}, data)
		})
	}
}

func TestAResourceThatGoesAsksNothing(t *testing.T) {
	e := event(t)
	e.RequestType, e.PhysicalResourceID = cfn.RequestDelete, older
	id, _, err := (&handler{platforms: current{err: errors.New("asked")}}).handle(t.Context(), e)
	require.NoError(t, err)
	assert.Equal(t, older, id)
}

func TestNoPlatformFailsTheDeployment(t *testing.T) {
	h := &handler{platforms: current{err: errors.New("no version of it")}}
	_, _, err := h.handle(t.Context(), event(t))
	require.ErrorContains(t, err, "no version of it")

	e := event(t)
	delete(e.ResourceProperties, names.PropertyBranch)
	_, _, err = h.handle(t.Context(), e)
	assert.ErrorContains(t, err, "property Branch is missing")
}

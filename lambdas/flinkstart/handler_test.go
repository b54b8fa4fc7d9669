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
)

type recorder struct {
	names []string
	err   error
}

func (r *recorder) Start(_ context.Context, name string) (bool, error) {
	r.names = append(r.names, name)
	return true, r.err
}

func event(t *testing.T) cfn.Event {
	t.Helper()
	b, err := os.ReadFile("testdata/create.json")
	require.NoError(t, err)
	var e cfn.Event
	require.NoError(t, json.Unmarshal(b, &e))
	return e
}

func TestAnApplicationIsStartedWhenItIsMade(t *testing.T) {
	r := &recorder{}
	h := handler{applications: r, log: slog.New(slog.DiscardHandler)}
	id, _, err := h.handle(t.Context(), event(t))
	require.NoError(t, err)
	assert.Equal(t, "WindowsApplication-abc", id)
	assert.Equal(t, []string{"WindowsApplication-abc"}, r.names)
}

func TestAnApplicationThatGoesIsLeftAlone(t *testing.T) {
	r := &recorder{}
	e := event(t)
	e.RequestType, e.PhysicalResourceID = cfn.RequestDelete, "WindowsApplication-abc"
	id, _, err := (&handler{applications: r}).handle(t.Context(), e)
	require.NoError(t, err)
	assert.Equal(t, "WindowsApplication-abc", id)
	assert.Empty(t, r.names)
}

func TestWhatCannotBeStartedFailsTheDeployment(t *testing.T) {
	h := handler{applications: &recorder{err: errors.New("no capacity")}}
	_, _, err := h.handle(t.Context(), event(t))
	assert.ErrorContains(t, err, "no capacity")

	e := event(t)
	delete(e.ResourceProperties, "Application")
	_, _, err = h.handle(t.Context(), e)
	assert.ErrorContains(t, err, "property Application is missing")
}

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
	emptied []string
	err     error
}

func (r *recorder) Empty(_ context.Context, bucket string) (int, error) {
	r.emptied = append(r.emptied, bucket)
	return 1, r.err
}

func event(t *testing.T, request cfn.RequestType) cfn.Event {
	t.Helper()
	b, err := os.ReadFile("testdata/delete.json")
	require.NoError(t, err)
	var e cfn.Event
	require.NoError(t, json.Unmarshal(b, &e))
	e.RequestType = request
	return e
}

func TestBucketIsEmptiedWhenItGoesAndNoSooner(t *testing.T) {
	for request, want := range map[cfn.RequestType][]string{
		cfn.RequestCreate: nil, cfn.RequestUpdate: nil, cfn.RequestDelete: {"arn:aws:s3:::raw-abc"},
	} {
		t.Run(string(request), func(t *testing.T) {
			r := &recorder{}
			id, _, err := (&handler{buckets: r, log: slog.New(slog.DiscardHandler)}).handle(t.Context(), event(t, request))
			require.NoError(t, err)
			assert.Equal(t, "arn:aws:s3:::raw-abc", id, "an id that changes would be a deletion")
			assert.Equal(t, want, r.emptied)
		})
	}
}

func TestBucketThatCannotBeEmptiedFailsTheDeletion(t *testing.T) {
	h := &handler{buckets: &recorder{err: errors.New("access denied")}, log: slog.New(slog.DiscardHandler)}
	_, _, err := h.handle(t.Context(), event(t, cfn.RequestDelete))
	assert.ErrorContains(t, err, "access denied")

	e := event(t, cfn.RequestDelete)
	delete(e.ResourceProperties, "Bucket")
	_, _, err = h.handle(t.Context(), e)
	assert.ErrorContains(t, err, "property Bucket is missing")
}

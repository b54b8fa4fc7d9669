package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/tool/freeport"
)

func TestProfilesAreServedWhereWanted(t *testing.T) {
	port, err := freeport.One()
	require.NoError(t, err)
	s := settings{pprof: fmt.Sprintf("127.0.0.1:%d", port)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	require.NoError(t, s.serveProfiles(ctx, slog.New(slog.DiscardHandler)))
	answer, err := http.Get("http://" + s.pprof + "/debug/pprof/heap?debug=1")
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	assert.Contains(t, string(text), "heap profile")
	assert.ErrorContains(t, s.serveProfiles(ctx, slog.New(slog.DiscardHandler)), "is taken by another program")
	require.NoError(t, settings{}.serveProfiles(ctx, nil), "none without the setting")
}

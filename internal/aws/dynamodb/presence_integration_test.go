//go:build integration

package dynamodb_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/presence"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/testing/storetest"
	"connectedcar/internal/vin"
)

func TestPresences(t *testing.T) {
	c := client(t)
	storetest.Presences(t, func(t *testing.T) presence.Store { return dynamodb.NewPresences(c, table(t, c, "vin")) })
}

func TestPresenceAndTelemetryShareARow(t *testing.T) {
	c := client(t)
	name := table(t, c, "vin")
	states, presences := dynamodb.NewStates(c, name), dynamodb.NewPresences(c, name)
	const car = vin.VIN("WVWZZZ1JZXW000001")
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	require.NoError(t, presences.PutPresence(t.Context(), presence.State{VIN: car, Connected: true, Since: at, LastSeen: at}))
	state := vehicle.NewState(car)
	state.Newest = vehicle.Source{At: at.UnixMilli(), BootID: "b"}
	require.NoError(t, states.PutState(t.Context(), state))
	known, err := presences.Presence(t.Context(), car)
	require.NoError(t, err)
	assert.True(t, known.Connected)
	known.Connected = false
	require.NoError(t, presences.PutPresence(t.Context(), known))
	read, err := states.States(t.Context(), []vin.VIN{car})
	require.NoError(t, err)
	assert.Equal(t, int64(1), read[car].Version)
	assert.Equal(t, at.UnixMilli(), read[car].Newest.At)
}

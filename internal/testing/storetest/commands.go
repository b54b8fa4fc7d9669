package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/command"
	"connectedcar/internal/paging"
)

// Commands tests a store of commands; empty makes a new store.
func Commands(t *testing.T, empty func(t *testing.T) command.Store) {
	at := func(n int) command.Command {
		issued := noon.Add(time.Duration(n) * time.Minute)
		return command.Command{
			VIN: carOne, ID: alert.ID(issued, "x"), Kind: command.Climate, Parameters: map[string]any{"targetTemperatureC": 21.5},
			Status: command.Pending, IssuedAt: issued, ExpiresAt: issued.Add(time.Minute), IssuedBy: "u1", IssuedAs: "driver",
		}
	}
	t.Run("a command comes back as it was put", func(t *testing.T) {
		s := empty(t)
		_, err := s.Command(t.Context(), carOne, at(0).ID)
		require.ErrorIs(t, err, command.ErrNotFound)
		plain := at(1)
		plain.Parameters, plain.IssuedAs = nil, ""
		for _, c := range []command.Command{at(0), plain} {
			require.NoError(t, s.PutCommand(t.Context(), c))
			got, err := s.Command(t.Context(), carOne, c.ID)
			require.NoError(t, err)
			assert.Equal(t, c, got)
		}
	})
	t.Run("a command advances until its end", func(t *testing.T) {
		s, c := empty(t), at(0)
		require.ErrorIs(t, s.Advance(t.Context(), c), command.ErrNotFound)
		require.NoError(t, s.PutCommand(t.Context(), c))
		c.Status = command.Sent
		require.NoError(t, s.Advance(t.Context(), c))
		c.Status, c.Reason, c.AnsweredAt, c.Result = command.Failed, "door open", noon.Add(time.Second), map[string]any{"door": "left"}
		require.NoError(t, s.Advance(t.Context(), c))
		late := c
		late.Status = command.Succeeded
		require.ErrorIs(t, s.Advance(t.Context(), late), command.ErrFinal)
		got, err := s.Command(t.Context(), carOne, c.ID)
		require.NoError(t, err)
		assert.Equal(t, c, got)
	})
	t.Run("commands are listed newest first, a page at a time, from a time on", func(t *testing.T) {
		s := empty(t)
		for n := range 5 {
			require.NoError(t, s.PutCommand(t.Context(), at(n)))
		}
		other := at(9)
		other.VIN = carTwo
		require.NoError(t, s.PutCommand(t.Context(), other))
		var got []string
		for p := (paging.Request{Limit: 2}); ; {
			out, err := s.Commands(t.Context(), carOne, at(1).IssuedAt, p)
			require.NoError(t, err)
			for _, c := range out.Items {
				got = append(got, c.ID)
			}
			if p.After = out.Next; p.After == "" {
				break
			}
		}
		assert.Equal(t, []string{at(4).ID, at(3).ID, at(2).ID, at(1).ID}, got)
	})
}

package storetest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/registration"
	"connectedcar/internal/errs"
)

// Things tests a registry of things as registration uses it. make returns a registry with the given thing groups: a map from the group's
// name to its parent, which is empty for a root group.
func Things(t *testing.T, make func(t *testing.T, groups map[string]string) registration.Things) {
	groups := map[string]string{"fleet": "", "acme": "fleet", "volt": "fleet", "quarantine": ""}
	with := func(t *testing.T) registration.Things {
		t.Helper()
		things := make(t, groups)
		require.NoError(t, things.EnsureThing(t.Context(), registration.Thing{Name: string(carOne), Attributes: map[string]string{"make": "Acme"}}))
		require.NoError(t, things.EnsureThing(t.Context(), registration.Thing{Name: string(carTwo)}))
		return things
	}
	t.Run("every step may be repeated", func(t *testing.T) {
		things := with(t)
		for range 2 {
			require.NoError(t, things.EnsureThing(t.Context(), registration.Thing{Name: string(carOne)}))
			require.NoError(t, things.Join(t.Context(), string(carOne), "acme"))
			require.NoError(t, things.AttachPolicies(t.Context(), "arn:1"))
			require.NoError(t, things.AttachCertificate(t.Context(), string(carOne), "arn:1"))
		}
		require.NoError(t, things.AttachCertificate(t.Context(), string(carOne), "arn:2"), "a renewed certificate beside the first")
	})
	for name, second := range map[string]string{"the parent of its group": "fleet", "a sibling of its group": "volt"} {
		t.Run("a thing cannot join "+name, func(t *testing.T) {
			things := with(t)
			require.NoError(t, things.Join(t.Context(), string(carOne), "acme"))
			assert.Equal(t, errs.Invalid, errs.Of(things.Join(t.Context(), string(carOne), second)))
		})
	}
	t.Run("a thing can join a group of another hierarchy", func(t *testing.T) {
		things := with(t)
		require.NoError(t, things.Join(t.Context(), string(carOne), "acme"))
		require.NoError(t, things.Join(t.Context(), string(carOne), "quarantine"))
	})
	t.Run("a thing can be in ten groups", func(t *testing.T) {
		many := map[string]string{}
		for n := range 11 {
			many[fmt.Sprint("root", n)] = ""
		}
		things := make(t, many)
		require.NoError(t, things.EnsureThing(t.Context(), registration.Thing{Name: string(carOne)}))
		for n := range 10 {
			require.NoError(t, things.Join(t.Context(), string(carOne), fmt.Sprint("root", n)))
		}
		assert.Equal(t, errs.Invalid, errs.Of(things.Join(t.Context(), string(carOne), "root10")))
	})
	t.Run("a certificate is of one thing only", func(t *testing.T) {
		things := with(t)
		require.NoError(t, things.AttachCertificate(t.Context(), string(carOne), "arn:1"))
		assert.Equal(t, errs.Invalid, errs.Of(things.AttachCertificate(t.Context(), string(carTwo), "arn:1")))
	})
	t.Run("things and groups that are not there are not found", func(t *testing.T) {
		things := with(t)
		assert.Equal(t, errs.NotFound, errs.Of(things.Join(t.Context(), "nobody", "acme")))
		assert.Equal(t, errs.NotFound, errs.Of(things.Join(t.Context(), string(carOne), "nothing")))
		assert.Equal(t, errs.NotFound, errs.Of(things.AttachCertificate(t.Context(), "nobody", "arn:1")))
	})
}

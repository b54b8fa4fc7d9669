package ownership_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/ownership"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/paging"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

const car vin.VIN = "WVWZZZ1JZXW000001"

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// world has a car of the dealer d1, and a clock.
type world struct {
	*ownership.Service
	t      *testing.T
	store  *memory.Ownership
	clock  time.Time
	erased int
	heard  []string // the users whose rights to listen were recomputed
	broken error    // error of the eraser; nil: it works
	// looking is called while a person is looked up.
	looking func()
}

func (w *world) Erase(context.Context, vin.VIN, time.Time) error {
	w.erased++
	return w.broken
}

func (w *world) Recompute(_ context.Context, user string, also ...vin.VIN) error {
	if car := w.car(); car.OwnerID == user || slices.Equal(also, nil) {
		return fmt.Errorf("%s owns the car at the time of the recomputation", user)
	}
	w.heard = append(w.heard, user)
	return nil
}

func (w *world) ByEmail(_ context.Context, email string) (string, error) {
	if w.looking != nil {
		w.looking()
	}
	name, ok := strings.CutSuffix(email, "@example.com")
	if !ok {
		return "", ownership.ErrNobody
	}
	return name, nil
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, store: &memory.Ownership{}, clock: noon}
	require.NoError(t, w.store.AddVehicle(t.Context(), vehicle.Vehicle{VIN: car, Manufacturer: "acme", DealerID: "d1", CreatedAt: noon}))
	w.Service = &ownership.Service{Store: w.store, People: w, Listeners: w, Erasers: []ownership.Eraser{w}, Random: rand.Reader, Now: func() time.Time { return w.clock }}
	return w
}

func (w *world) code(by string) string {
	code, c, err := w.IssueCode(w.t.Context(), car, by)
	require.NoError(w.t, err)
	assert.Equal(w.t, w.clock.Add(24*time.Hour), c.ExpiresAt)
	return code
}

func (w *world) car() vehicle.Vehicle {
	v, err := w.store.Vehicle(w.t.Context(), car)
	require.NoError(w.t, err)
	return v
}

func TestACodeClaimsTheCarOnce(t *testing.T) {
	w := newWorld(t)
	code := w.code("dealer")
	assert.Regexp(t, `^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$`, code)
	kept, err := w.store.Code(t.Context(), car)
	require.NoError(t, err)
	assert.NotContains(t, kept.Hash, code)
	require.NoError(t, w.Claim(t.Context(), car, " "+strings.ToLower(strings.Replace(code, "-", " ", 1)), "u1"))
	assert.Equal(t, "u1", w.car().OwnerID)
	assert.Equal(t, noon, w.car().OwnedSince)
	assert.ErrorIs(t, w.Claim(t.Context(), car, code, "u2"), ownership.ErrWrongCode)
	assert.Equal(t, "u1", w.car().OwnerID)
}

func TestCodesThatDoNotCount(t *testing.T) {
	for name, tc := range map[string]struct {
		try func(w *world) error
	}{
		"a wrong one":   {func(w *world) error { w.code("dealer"); return w.Claim(w.t.Context(), car, "00000-00000", "u1") }},
		"none was made": {func(w *world) error { return w.Claim(w.t.Context(), car, "00000-00000", "u1") }},
		"an empty one":  {func(w *world) error { return w.Claim(w.t.Context(), car, "", "u1") }},
		"another car's": {func(w *world) error { return w.Claim(w.t.Context(), "WVWZZZ1JZXW000002", w.code("dealer"), "u1") }},
		"the one before": {func(w *world) error {
			old := w.code("dealer")
			w.code("dealer")
			return w.Claim(w.t.Context(), car, old, "u1")
		}},
		"one a day old": {func(w *world) error {
			code := w.code("dealer")
			w.clock = w.clock.Add(ownership.CodeLifetime)
			return w.Claim(w.t.Context(), car, code, "u1")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			err := tc.try(w)
			require.ErrorIs(t, err, ownership.ErrWrongCode)
			assert.Equal(t, errs.Invalid, errs.Of(err))
			assert.Empty(t, w.car().OwnerID)
		})
	}
}

func TestGuessingIsSlow(t *testing.T) {
	w := newWorld(t)
	code := w.code("dealer")
	for range ownership.AttemptsAnHour {
		require.ErrorIs(t, w.Claim(t.Context(), car, "00000-00000", "thief"), ownership.ErrWrongCode)
	}
	err := w.Claim(t.Context(), car, code, "thief")
	require.ErrorIs(t, err, ownership.ErrTooManyAttempts)
	assert.Equal(t, errs.Throttled, errs.Of(err))
	w.clock = w.clock.Add(time.Hour)
	assert.NoError(t, w.Claim(t.Context(), car, code, "thief"))
}

func TestStrangersLockNoBuyerOut(t *testing.T) {
	w := newWorld(t)
	code := w.code("dealer")
	for _, stranger := range []string{"s1", "s2", "s3"} {
		for range ownership.AttemptsAnHour {
			require.ErrorIs(t, w.Claim(t.Context(), car, "00000-00000", stranger), ownership.ErrWrongCode)
		}
	}
	require.NoError(t, w.Claim(t.Context(), car, code, "buyer"))
	assert.Equal(t, "buyer", w.car().OwnerID)
}

func TestACodeEndsWithWhatItWasMadeFor(t *testing.T) {
	for name, tc := range map[string]struct {
		meanwhile func(w *world) (code string)
	}{
		"the owner who made it gives the car up": {func(w *world) string {
			require.NoError(w.t, w.Claim(w.t.Context(), car, w.code("dealer"), "u1"))
			code := w.code("u1")
			require.NoError(w.t, w.Release(w.t.Context(), car, "u1"))
			return code
		}},
		"the owner's ownership is ended by an operator": {func(w *world) string {
			require.NoError(w.t, w.Claim(w.t.Context(), car, w.code("dealer"), "u1"))
			code := w.code("u1")
			require.NoError(w.t, w.End(w.t.Context(), car, vehicle.Ending{By: "op", As: "operator", Reason: "court order"}))
			return code
		}},
		"the owner made it in the moment of giving the car up": {func(w *world) string {
			require.NoError(w.t, w.Claim(w.t.Context(), car, w.code("dealer"), "u1"))
			code := w.code("u1")
			late, err := w.store.Code(w.t.Context(), car)
			require.NoError(w.t, err)
			require.NoError(w.t, w.Release(w.t.Context(), car, "u1"))
			require.NoError(w.t, w.store.PutCode(w.t.Context(), late))
			return code
		}},
		"the car goes to another dealer": {func(w *world) string {
			code, next := w.code("dealer"), "d2"
			_, err := w.store.ChangeVehicle(w.t.Context(), car, w.car().Version, vehicle.Change{DealerID: &next})
			require.NoError(w.t, err)
			return code
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			code := tc.meanwhile(w)
			require.ErrorIs(t, w.Claim(t.Context(), car, code, "u2"), ownership.ErrWrongCode)
			assert.Empty(t, w.car().OwnerID)
		})
	}
}

func TestAnOwnershipIsEndedByOthersWithAReason(t *testing.T) {
	w := newWorld(t)
	by := vehicle.Ending{By: "op", As: "operator", Reason: "stolen and recovered"}
	require.ErrorIs(t, w.End(t.Context(), car, by), ownership.ErrNoOwner)
	require.NoError(t, w.Claim(t.Context(), car, w.code("dealer"), "u1"))
	w.broken = errors.New("boom")
	require.ErrorIs(t, w.End(t.Context(), car, by), w.broken)
	assert.Equal(t, "u1", w.car().WipeOf)
	w.broken = nil
	require.NoError(t, w.End(t.Context(), car, by), "again goes on with what is left")
	by.At = noon
	assert.Equal(t, []vehicle.Ending{by}, w.car().Endings)
	assert.Empty(t, w.car().OwnerID)
	assert.Empty(t, w.car().WipeOf)
	require.NoError(t, w.Claim(t.Context(), car, w.code("dealer"), "u2"))
}

func TestAnOwnerHandsTheCarOver(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.Claim(t.Context(), car, w.code("dealer"), "u1"))
	_, err := w.Lend(t.Context(), car, "u1", "friend@example.com", noon.Add(time.Hour))
	require.NoError(t, err)
	_, err = w.Consent(t.Context(), car, "u1", ownership.ToDealer, noon.Add(time.Hour))
	require.NoError(t, err)
	w.clock = noon.Add(time.Minute)
	require.NoError(t, w.Claim(t.Context(), car, w.code("u1"), "u2"))
	now := w.car()
	assert.Equal(t, "u2", now.OwnerID)
	assert.Equal(t, w.clock, now.OwnedSince)
	assert.Zero(t, now.Consent)
	assert.Empty(t, now.WipeOf)
	assert.Equal(t, 1, w.erased)
	left, err := w.store.Grants(t.Context(), car, paging.Request{})
	require.NoError(t, err)
	assert.Empty(t, left.Items)
}

func TestListeningEndsInTheCallThatEndsTheRight(t *testing.T) {
	for name, tc := range map[string]struct {
		end  func(w *world) error
		want []string
	}{
		"the car is handed over": {func(w *world) error { return w.Claim(w.t.Context(), car, w.code("u1"), "u2") }, []string{"friend", "u1"}},
		"it is given up":         {func(w *world) error { return w.Release(w.t.Context(), car, "u1") }, []string{"friend", "u1"}},
		"an operator ends the ownership": {func(w *world) error {
			return w.End(w.t.Context(), car, vehicle.Ending{By: "op", As: "operator", Reason: "court order"})
		}, []string{"friend", "u1"}},
		"a grant is revoked": {func(w *world) error { return w.Revoke(w.t.Context(), car, "friend") }, []string{"friend"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			require.NoError(t, w.Claim(t.Context(), car, w.code("dealer"), "u1"))
			_, err := w.Lend(t.Context(), car, "u1", "friend@example.com", noon.Add(time.Hour))
			require.NoError(t, err)
			w.heard = nil
			require.NoError(t, tc.end(w))
			assert.Equal(t, tc.want, w.heard)
		})
	}
}

func TestADealersCodeTakesNoCarFromItsOwner(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.Claim(t.Context(), car, w.code("dealer"), "u1"))
	assert.ErrorIs(t, w.Claim(t.Context(), car, w.code("dealer"), "u2"), vehicle.ErrOwned)
	assert.Equal(t, "u1", w.car().OwnerID)
}

func TestNobodyGetsACarWithSomethingLeftOfItsFormerOwner(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.Claim(t.Context(), car, w.code("dealer"), "u1"))
	w.broken = errors.New("boom")
	require.ErrorIs(t, w.Release(t.Context(), car, "u1"), w.broken)
	assert.Empty(t, w.car().OwnerID, "the owner is rid of it at once")
	code := w.code("dealer")
	require.ErrorIs(t, w.Claim(t.Context(), car, code, "u2"), w.broken)
	assert.Empty(t, w.car().OwnerID)
	w.broken = nil
	require.NoError(t, w.Claim(t.Context(), car, code, "u2"))
	assert.Equal(t, 3, w.erased)
	require.NoError(t, w.Release(t.Context(), car, "u1"), "a former owner's word changes nothing")
	assert.Equal(t, "u2", w.car().OwnerID)
}

func TestLending(t *testing.T) {
	for name, tc := range map[string]struct {
		email string
		until time.Time
		want  string
	}{
		"to a driver":          {"friend@example.com", noon.Add(time.Hour), ""},
		"to nobody":            {"friend@elsewhere", noon.Add(time.Hour), "nobody with that e-mail"},
		"to oneself":           {"u1@example.com", noon.Add(time.Hour), "you own the car"},
		"until a time gone by": {"friend@example.com", noon, "allowed is a time to come, at most 366 days"},
		"for too long":         {"friend@example.com", noon.AddDate(1, 1, 0), "allowed is a time to come, at most 366 days"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			require.NoError(t, w.Claim(t.Context(), car, w.code("dealer"), "u1"))
			g, err := w.Lend(t.Context(), car, "u1", tc.email, tc.until)
			if tc.want != "" {
				require.ErrorContains(t, err, tc.want)
				assert.Equal(t, errs.Invalid, errs.Of(err))
				return
			}
			require.NoError(t, err)
			assert.Equal(t, ownership.Grant{VIN: car, UserID: "friend", Email: tc.email, GrantedBy: "u1", GrantedAt: noon, Until: tc.until}, g)
		})
	}
}

func TestACarIsLentToSoManyPeople(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.Claim(t.Context(), car, w.code("dealer"), "u1"))
	for n := range ownership.GrantsOfOneCar {
		_, err := w.Lend(t.Context(), car, "u1", strings.Repeat("x", n+1)+"@example.com", noon.Add(time.Hour))
		require.NoError(t, err)
	}
	_, err := w.Lend(t.Context(), car, "u1", "more@example.com", noon.Add(time.Hour))
	assert.ErrorIs(t, err, ownership.ErrTooManyGrants)
	_, err = w.Lend(t.Context(), car, "u1", "x@example.com", noon.Add(2*time.Hour))
	assert.NoError(t, err, "somebody who has it may have it longer")
}

func TestConsentIsForAWhile(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.Claim(t.Context(), car, w.code("dealer"), "u1"))
	_, err := w.Consent(t.Context(), car, "u1", ownership.ToDealer, noon.AddDate(0, 4, 0))
	assert.ErrorContains(t, err, "at most 90 days")
	for _, to := range []ownership.Recipient{ownership.ToDealer, ownership.ToOperators} {
		_, err = w.Consent(t.Context(), car, "u2", to, noon.Add(time.Hour))
		assert.ErrorIs(t, err, vehicle.ErrOwned)
	}
	given, err := w.Consent(t.Context(), car, "u1", ownership.ToOperators, noon.Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, vehicle.Consent{OperatorsUntil: noon.Add(time.Hour)}, given)
	given, err = w.Consent(t.Context(), car, "u1", ownership.ToDealer, noon.Add(2*time.Hour))
	require.NoError(t, err)
	assert.Equal(t, vehicle.Consent{DealerID: "d1", DealerUntil: noon.Add(2 * time.Hour), OperatorsUntil: noon.Add(time.Hour)}, given)
	w.clock = noon.Add(time.Hour)
	assert.Equal(t, vehicle.Consent{DealerID: "d1", DealerUntil: noon.Add(2 * time.Hour)}, w.car().Consent.At(w.clock), "each ends at its time")
}

func TestWithoutADealerThereIsNobodyToConsentTo(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.Claim(t.Context(), car, w.code("dealer"), "u1"))
	none := ""
	_, err := w.store.ChangeVehicle(t.Context(), car, w.car().Version, vehicle.Change{DealerID: &none})
	require.NoError(t, err)
	_, err = w.Consent(t.Context(), car, "u1", ownership.ToDealer, noon.Add(time.Hour))
	require.ErrorIs(t, err, ownership.ErrNoDealer)
	assert.Equal(t, errs.Conflict, errs.Of(err))
}

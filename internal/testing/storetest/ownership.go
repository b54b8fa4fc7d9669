package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/ownership"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// OwnershipStore is a store of owners, claim codes and grants.
type OwnershipStore interface {
	ownership.Store
	AddVehicle(ctx context.Context, v vehicle.Vehicle) error
	ChangeVehicle(ctx context.Context, v vin.VIN, version int64, c vehicle.Change) (vehicle.Vehicle, error)
	OfOwner(ctx context.Context, user string, p paging.Request) (paging.Page[vehicle.Vehicle], error)
	OfDealer(ctx context.Context, dealer string, p paging.Request) (paging.Page[vehicle.Vehicle], error)
	OfManufacturer(ctx context.Context, manufacturer string, p paging.Request) (paging.Page[vehicle.Vehicle], error)
	GrantsTo(ctx context.Context, user string, p paging.Request) (paging.Page[ownership.Grant], error)
}

// Ownership tests a store of owners, claim codes and grants; empty makes a new store.
func Ownership(t *testing.T, empty func(t *testing.T) OwnershipStore) {
	full := vehicle.Vehicle{VIN: carOne, Manufacturer: "acme", DealerID: "munich", Make: "Acme", Status: vehicle.Allowed, CreatedAt: noon, PlacardKPa: 250.5}
	code := ownership.Code{VIN: carOne, Hash: "h1", IssuedBy: "d1", Owner: "o", Dealer: "munich", ExpiresAt: noon.Add(time.Hour)}
	with := func(t *testing.T) OwnershipStore {
		s := empty(t)
		require.NoError(t, s.AddVehicle(t.Context(), full))
		require.NoError(t, s.PutCode(t.Context(), code))
		return s
	}
	read := func(t *testing.T, s OwnershipStore) vehicle.Vehicle {
		v, err := s.Vehicle(t.Context(), carOne)
		require.NoError(t, err)
		return v
	}
	t.Run("a car is added once", func(t *testing.T) {
		s := with(t)
		assert.ErrorIs(t, s.AddVehicle(t.Context(), vehicle.Vehicle{VIN: carOne, Manufacturer: "other", CreatedAt: noon}), vehicle.ErrExists)
		assert.Equal(t, full, read(t, s))
	})
	t.Run("changes are of the version that was seen", func(t *testing.T) {
		s := with(t)
		name, dealer, none, placard := "van", "berlin", "", 0.
		now, err := s.ChangeVehicle(t.Context(), carOne, 0, vehicle.Change{Nickname: &name, DealerID: &dealer})
		require.NoError(t, err)
		want := full
		want.Nickname, want.DealerID, want.Version = "van", "berlin", 1
		assert.Equal(t, want, now)
		_, err = s.ChangeVehicle(t.Context(), carOne, 0, vehicle.Change{Nickname: &none})
		assert.ErrorIs(t, err, vehicle.ErrChanged)
		_, err = s.ChangeVehicle(t.Context(), carOne, 1, vehicle.Change{Nickname: &none, DealerID: &none, PlacardKPa: &placard})
		require.NoError(t, err)
		want.Nickname, want.DealerID, want.PlacardKPa, want.Version = "", "", 0, 2
		assert.Equal(t, want, read(t, s))
		_, err = s.ChangeVehicle(t.Context(), carTwo, 0, vehicle.Change{Nickname: &name})
		assert.ErrorIs(t, err, vehicle.ErrChanged, "there is no such car")
	})
	t.Run("a code makes an owner once", func(t *testing.T) {
		s := with(t)
		kept, err := s.Code(t.Context(), carOne)
		require.NoError(t, err)
		assert.Equal(t, code, kept)
		require.NoError(t, s.Own(t.Context(), code, "u1", noon))
		want := full
		want.OwnerID, want.OwnedSince, want.Version = "u1", noon, 1
		assert.Equal(t, want, read(t, s))
		assert.ErrorIs(t, s.Own(t.Context(), code, "u2", noon), vehicle.ErrOwned)
		require.NoError(t, s.Release(t.Context(), carOne, "u1", nil))
		require.NoError(t, s.Wiped(t.Context(), carOne, "u1"))
		assert.ErrorIs(t, s.Own(t.Context(), code, "u2", noon), ownership.ErrWrongCode)
		none, err := s.Code(t.Context(), carOne)
		require.NoError(t, err)
		assert.Zero(t, none)
	})
	t.Run("a code is replaced by the next", func(t *testing.T) {
		s := with(t)
		next := code
		next.Hash = "h2"
		require.NoError(t, s.PutCode(t.Context(), next))
		assert.ErrorIs(t, s.Own(t.Context(), code, "u1", noon), ownership.ErrWrongCode)
		assert.Empty(t, read(t, s).OwnerID)
		require.NoError(t, s.Own(t.Context(), next, "u1", noon))
	})
	t.Run("a car with something to wipe is not free", func(t *testing.T) {
		s := with(t)
		require.NoError(t, s.Own(t.Context(), code, "u1", noon))
		name := "mine"
		_, err := s.ChangeVehicle(t.Context(), carOne, 1, vehicle.Change{Nickname: &name})
		require.NoError(t, err)
		require.NoError(t, s.LetDealer(t.Context(), carOne, "u1", "munich", noon.Add(time.Hour)))
		require.NoError(t, s.LetOperators(t.Context(), carOne, "u1", noon.Add(2*time.Hour)))
		assert.Equal(t, vehicle.Consent{DealerID: "munich", DealerUntil: noon.Add(time.Hour), OperatorsUntil: noon.Add(2 * time.Hour)}, read(t, s).Consent)
		require.NoError(t, s.Release(t.Context(), carOne, "u2", nil), "another's word changes nothing")
		assert.Equal(t, "u1", read(t, s).OwnerID)
		require.NoError(t, s.Release(t.Context(), carOne, "u1", nil))
		want := full
		want.WipeOf, want.Version = "u1", 5
		assert.Equal(t, want, read(t, s))
		require.NoError(t, s.PutCode(t.Context(), code))
		assert.ErrorIs(t, s.Own(t.Context(), code, "u2", noon), vehicle.ErrOwned)
		require.NoError(t, s.Wiped(t.Context(), carOne, "u2"))
		assert.Equal(t, "u1", read(t, s).WipeOf)
		require.NoError(t, s.Wiped(t.Context(), carOne, "u1"))
		require.NoError(t, s.Own(t.Context(), code, "u2", noon))
	})
	t.Run("a code ends with the ownership, unless the car is handed over by it", func(t *testing.T) {
		s := with(t)
		require.NoError(t, s.Own(t.Context(), code, "u1", noon))
		own := code
		own.IssuedBy, own.Owner = "u1", "u1"
		require.NoError(t, s.PutCode(t.Context(), own))
		require.NoError(t, s.HandOver(t.Context(), own))
		assert.Equal(t, "u1", read(t, s).WipeOf)
		require.NoError(t, s.Wiped(t.Context(), carOne, "u1"))
		require.NoError(t, s.Own(t.Context(), own, "u2", noon))
		require.NoError(t, s.HandOver(t.Context(), own), "a former owner's code changes nothing")
		assert.Equal(t, "u2", read(t, s).OwnerID)
		require.NoError(t, s.PutCode(t.Context(), code))
		require.NoError(t, s.Release(t.Context(), carOne, "u1", nil))
		kept, err := s.Code(t.Context(), carOne)
		require.NoError(t, err)
		assert.Equal(t, code, kept, "a release by somebody else ends no code")
		require.NoError(t, s.Release(t.Context(), carOne, "u2", nil))
		kept, err = s.Code(t.Context(), carOne)
		require.NoError(t, err)
		assert.Zero(t, kept)
	})
	t.Run("endings by others are kept, each", func(t *testing.T) {
		s := with(t)
		first := vehicle.Ending{By: "op", As: "operator", Reason: "court order", At: noon}
		second := vehicle.Ending{By: "m", As: "manufacturer", Reason: "buyback", At: noon.Add(time.Hour)}
		require.NoError(t, s.Own(t.Context(), code, "u1", noon))
		require.NoError(t, s.Release(t.Context(), carOne, "u2", &first))
		assert.Empty(t, read(t, s).Endings, "it is not theirs")
		require.NoError(t, s.Release(t.Context(), carOne, "u1", &first))
		require.NoError(t, s.Wiped(t.Context(), carOne, "u1"))
		require.NoError(t, s.PutCode(t.Context(), code))
		require.NoError(t, s.Own(t.Context(), code, "u2", noon))
		require.NoError(t, s.Release(t.Context(), carOne, "u2", &second))
		assert.Equal(t, []vehicle.Ending{first, second}, read(t, s).Endings)
	})
	t.Run("consent is the owner's", func(t *testing.T) {
		s := with(t)
		assert.ErrorIs(t, s.LetDealer(t.Context(), carOne, "u1", "munich", noon), vehicle.ErrOwned)
		assert.ErrorIs(t, s.LetOperators(t.Context(), carOne, "u1", noon), vehicle.ErrOwned)
		require.NoError(t, s.Own(t.Context(), code, "u1", noon))
		assert.ErrorIs(t, s.LetDealer(t.Context(), carOne, "u1", "berlin", noon), vehicle.ErrChanged, "that dealer does not look after the car")
		require.NoError(t, s.LetDealer(t.Context(), carOne, "u1", "munich", noon))
		require.NoError(t, s.LetOperators(t.Context(), carOne, "u1", noon))
		assert.ErrorIs(t, s.EndConsent(t.Context(), carOne, "u2"), vehicle.ErrOwned)
		require.NoError(t, s.EndConsent(t.Context(), carOne, "u1"))
		assert.Zero(t, read(t, s).Consent)
	})
	t.Run("a consent to a dealer ends when the car gets another, and does not come back with the first", func(t *testing.T) {
		s := with(t)
		require.NoError(t, s.Own(t.Context(), code, "u1", noon))
		require.NoError(t, s.LetDealer(t.Context(), carOne, "u1", "munich", noon))
		require.NoError(t, s.LetOperators(t.Context(), carOne, "u1", noon))
		for _, dealer := range []string{"berlin", "munich"} {
			_, err := s.ChangeVehicle(t.Context(), carOne, read(t, s).Version, vehicle.Change{DealerID: &dealer})
			require.NoError(t, err)
			assert.Equal(t, vehicle.Consent{OperatorsUntil: noon}, read(t, s).Consent)
		}
	})
	t.Run("counters count by name", func(t *testing.T) {
		s := empty(t)
		for want := range int64(3) {
			n, err := s.Count(t.Context(), "a", noon)
			require.NoError(t, err)
			assert.Equal(t, want+1, n)
		}
		n, err := s.Count(t.Context(), "b", noon)
		require.NoError(t, err)
		assert.EqualValues(t, 1, n)
	})
	t.Run("grants", func(t *testing.T) { grants(t, empty(t)) })
	t.Run("cars are listed by who they belong to, a page at a time", func(t *testing.T) {
		s := empty(t)
		for n := range 7 {
			require.NoError(t, s.AddVehicle(t.Context(), vehicle.Vehicle{
				VIN: vin.VIN(fmt.Sprintf("WVWZZZ1JZXW%06d", n)), Manufacturer: "acme", DealerID: []string{"munich", "berlin"}[n%2], CreatedAt: noon,
				OwnerID: []string{"", "u1"}[n%2],
			}))
		}
		for who, list := range map[string]func(context.Context, string, paging.Request) (paging.Page[vehicle.Vehicle], error){
			"acme 7": s.OfManufacturer, "munich 4": s.OfDealer, "berlin 3": s.OfDealer, "u1 3": s.OfOwner, "nobody 0": s.OfOwner,
		} {
			var id string
			var want int
			_, err := fmt.Sscan(who, &id, &want)
			require.NoError(t, err)
			var got []vin.VIN
			for p := (paging.Request{Limit: 2}); ; {
				out, err := list(t.Context(), id, p)
				require.NoError(t, err)
				assert.LessOrEqual(t, len(out.Items), 2)
				for _, v := range out.Items {
					got = append(got, v.VIN)
				}
				if p.After = out.Next; p.After == "" {
					break
				}
			}
			assert.Len(t, got, want, who)
			assert.IsIncreasing(t, append([]vin.VIN{""}, got...))
		}
		_, err := s.OfOwner(t.Context(), "u1", paging.Request{After: "!"})
		assert.Equal(t, errs.Invalid, errs.Of(err))
	})
}

func grants(t *testing.T, s OwnershipStore) {
	second := noon.Truncate(time.Second)
	one := ownership.Grant{VIN: carOne, UserID: "u1", Email: "a@example.com", GrantedBy: "o", GrantedAt: noon, Until: second.Add(time.Hour)}
	two := ownership.Grant{VIN: carOne, UserID: "u2", GrantedBy: "o", GrantedAt: noon, Until: second}
	three := ownership.Grant{VIN: carTwo, UserID: "u1", GrantedBy: "p", GrantedAt: noon, Until: second}
	_, err := s.Grant(t.Context(), carOne, "u1")
	require.ErrorIs(t, err, ownership.ErrNoGrant)
	require.ErrorIs(t, s.PutGrant(t.Context(), one), vehicle.ErrOwned, "a car that is not there is nobody's to lend")
	require.NoError(t, s.AddVehicle(t.Context(), vehicle.Vehicle{VIN: carOne, Manufacturer: "acme", CreatedAt: noon, OwnerID: "o"}))
	require.NoError(t, s.AddVehicle(t.Context(), vehicle.Vehicle{VIN: carTwo, Manufacturer: "acme", CreatedAt: noon, OwnerID: "p"}))
	for _, g := range []ownership.Grant{one, two, three, one} {
		require.NoError(t, s.PutGrant(t.Context(), g))
	}
	got, err := s.Grant(t.Context(), carOne, "u1")
	require.NoError(t, err)
	assert.Equal(t, one, got)
	list, err := s.Grants(t.Context(), carOne, paging.Request{})
	require.NoError(t, err)
	assert.Equal(t, []ownership.Grant{one, two}, list.Items)
	to, err := s.GrantsTo(t.Context(), "u1", paging.Request{})
	require.NoError(t, err)
	assert.ElementsMatch(t, []ownership.Grant{one, three}, to.Items)
	require.NoError(t, s.RemoveGrant(t.Context(), carOne, "u1"))
	require.NoError(t, s.Release(t.Context(), carOne, "o", nil))
	assert.ErrorIs(t, s.PutGrant(t.Context(), one), vehicle.ErrOwned, "a seller lends nothing")
	assert.ErrorIs(t, s.RemoveGrant(t.Context(), carOne, "u1"), ownership.ErrNoGrant)
	_, err = s.Grant(t.Context(), carOne, "u1")
	assert.ErrorIs(t, err, ownership.ErrNoGrant)
}

package ownership_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/ownership"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/paging"
)

func TestAGrantHoldsAsLongAsTheOwnershipThatMadeIt(t *testing.T) {
	owned := vehicle.Vehicle{VIN: car, OwnerID: "owner", OwnedSince: noon.Add(-time.Hour)}
	grant := ownership.Grant{VIN: car, UserID: "friend", GrantedBy: "owner", GrantedAt: noon.Add(-time.Minute), Until: noon.Add(time.Hour)}
	for name, tc := range map[string]struct {
		change func(g *ownership.Grant, v *vehicle.Vehicle)
		want   bool
	}{
		"while both last":                  {func(*ownership.Grant, *vehicle.Vehicle) {}, true},
		"not from its end on":              {func(g *ownership.Grant, _ *vehicle.Vehicle) { g.Until = noon }, false},
		"not once the car is another's":    {func(_ *ownership.Grant, v *vehicle.Vehicle) { v.OwnerID = "buyer" }, false},
		"not once the car is nobody's":     {func(_ *ownership.Grant, v *vehicle.Vehicle) { v.OwnerID = "" }, false},
		"not by nobody":                    {func(g *ownership.Grant, v *vehicle.Vehicle) { v.OwnerID, g.GrantedBy = "", "" }, false},
		"not if the seller bought it back": {func(_ *ownership.Grant, v *vehicle.Vehicle) { v.OwnedSince = noon }, false},
		"not to the owner":                 {func(g *ownership.Grant, _ *vehicle.Vehicle) { g.UserID = "owner" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			g, v := grant, owned
			tc.change(&g, &v)
			assert.Equal(t, tc.want, g.Holds(v, noon))
		})
	}
}

func TestASaleWhileTheCarIsBeingLentLeavesNoGrant(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.Claim(t.Context(), car, w.code("dealer"), "seller"))
	w.looking = func() { require.NoError(t, w.Claim(t.Context(), car, w.code("seller"), "buyer")) }
	_, err := w.Lend(t.Context(), car, "seller", "accomplice@example.com", noon.Add(time.Hour))
	require.ErrorIs(t, err, vehicle.ErrOwned)
	left, err := w.store.Grants(t.Context(), car, paging.Request{})
	require.NoError(t, err)
	assert.Empty(t, left.Items)
}

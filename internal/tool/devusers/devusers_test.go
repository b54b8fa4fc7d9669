package devusers_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/claims"
	"connectedcar/internal/platform"
	"connectedcar/internal/tool/devusers"
)

func TestSeedsAreOfEveryRoleAndNobodysMail(t *testing.T) {
	roles, mails := map[claims.Role]int{}, map[string]bool{}
	for _, n := range devusers.Seeds() {
		require.NoError(t, n.Check())
		assert.Regexp(t, `^[a-z]+@example\.com$`, n.Email)
		assert.False(t, mails[n.Email], "once")
		mails[n.Email] = true
		roles[n.Role]++
	}
	assert.Equal(t, map[claims.Role]int{claims.Operator: 1, claims.Manufacturer: 2, claims.Dealer: 2, claims.Driver: 2, "": 1}, roles)
}

func TestCredentialsHaveTheCodesOfTheAuthenticatorApp(t *testing.T) {
	c := devusers.Credentials(platform.User{Username: "u", Password: "p", TOTPSecret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"})
	code, err := c.Code(t.Context())
	require.NoError(t, err)
	assert.Regexp(t, `^[0-9]{6}$`, code)
	assert.Nil(t, devusers.Credentials(platform.User{Username: "u"}).Code, "nobody without an app is asked for a code")
	_, err = devusers.TOTP("not base32!")(context.Background())
	require.Error(t, err)
}

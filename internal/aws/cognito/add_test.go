package cognito_test

import (
	"context"
	"testing"

	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/domain/claims"
	"connectedcar/internal/errs"
	"connectedcar/internal/platform"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCheckSaysEverythingThatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct {
		user cognito.NewUser
		want []string // nothing: fine
	}{
		"a driver":                   {cognito.NewUser{Email: "ana@example.com", Role: claims.Driver}, nil},
		"somebody without a role":    {cognito.NewUser{Email: "ana@example.com"}, nil},
		"a dealer":                   {cognito.NewUser{Email: "n@example.com", Role: claims.Dealer, Dealer: "north-1"}, nil},
		"a manufacturer":             {cognito.NewUser{Email: "a@example.com", Role: claims.Manufacturer, Manufacturer: "acme"}, nil},
		"a temporary password":       {cognito.NewUser{Email: "a@example.com", Password: "x", Temporary: true}, nil},
		"a dealer without a company": {cognito.NewUser{Email: "n@example.com", Role: claims.Dealer}, []string{`dealer "": allowed are`}},
		"a driver of a company": {
			cognito.NewUser{Email: "n@example.com", Role: claims.Driver, Dealer: "north", Manufacturer: "acme"},
			[]string{"dealer \"north\": allowed together with the role dealer only", "manufacturer \"acme\": allowed together with"},
		},
		"everything": {
			cognito.NewUser{Email: "@", Role: "boss", Temporary: true, Dealer: "x"},
			[]string{`e-mail "@"`, `role "boss"`, "temporary:", `dealer "x"`},
		},
		"a company that could break out of a claim": {
			cognito.NewUser{Email: "a@example.com", Role: claims.Manufacturer, Manufacturer: `acme","operator`}, []string{"lower-case letters"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := tc.user.Check()
			if tc.want == nil {
				require.NoError(t, err)
				return
			}
			assert.Equal(t, errs.Invalid, errs.Of(err))
			for _, want := range tc.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

func TestSeedsAreOfEveryRoleAndNobodysMail(t *testing.T) {
	roles, mails := map[claims.Role]int{}, map[string]bool{}
	for _, n := range cognito.Seeds() {
		require.NoError(t, n.Check())
		assert.Regexp(t, `^[a-z]+@example\.com$`, n.Email)
		assert.False(t, mails[n.Email], "once")
		mails[n.Email] = true
		roles[n.Role]++
	}
	assert.Equal(t, map[claims.Role]int{claims.Operator: 1, claims.Manufacturer: 2, claims.Dealer: 2, claims.Driver: 2, "": 1}, roles)
}

func TestTOTPMakesTheCodesOfRFC6238(t *testing.T) {
	c := cognito.CredentialsOf(platform.User{Username: "u", Password: "p", TOTPSecret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"})
	code, err := c.Code(t.Context())
	require.NoError(t, err)
	assert.Regexp(t, `^[0-9]{6}$`, code)
	assert.Nil(t, cognito.CredentialsOf(platform.User{Username: "u"}).Code, "nobody without an app is asked for a code")
	_, err = cognito.TOTP("not base32!")(context.Background())
	require.Error(t, err)
}

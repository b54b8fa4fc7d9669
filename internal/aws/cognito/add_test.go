package cognito_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/domain/claims"
	"connectedcar/internal/errs"
)

func TestCheckSaysEverythingThatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct {
		user cognito.NewUser
		want []string // empty: no problems
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

func TestWhoIsInvitedToAPrivilegedRoleWaits(t *testing.T) {
	for name, tc := range map[string]struct {
		user cognito.NewUser
		want bool
	}{
		"an operator by e-mail":              {cognito.NewUser{Role: claims.Operator}, true},
		"a dealer with a temporary password": {cognito.NewUser{Role: claims.Dealer, Password: "x", Temporary: true}, true},
		"an operator whose password is set":  {cognito.NewUser{Role: claims.Operator, Password: "x"}, false},
		"a driver by e-mail":                 {cognito.NewUser{Role: claims.Driver}, false},
		"somebody without a role, by e-mail": {cognito.NewUser{}, false},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, tc.user.Waits()) })
	}
}

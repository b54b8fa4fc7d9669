package cognito

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"connectedcar/internal/domain/claims"
	"connectedcar/internal/errs"
	"connectedcar/internal/names"
)

// NewUser describes a person to add to the pool.
type NewUser struct {
	Email        string
	Role         claims.Role // empty: the person has no rights yet
	Manufacturer string      // manufacturerId; required with the role manufacturer, else empty
	Dealer       string      // dealerId; required with the role dealer, else empty
	Password     string      // empty: Amazon Cognito invites the person by e-mail, with a temporary password
	Temporary    bool        // the user must change the password at the first sign-in
}

// Waits reports whether the role is granted later, by Confirm, once the person has a second factor. A temporary password passes through a
// mailbox or another person's hands: whoever got it first could enrol their own second factor and would have the privileged role.
func (n NewUser) Waits() bool {
	return n.Role != "" && n.Role.Privileged() && (n.Password == "" || n.Temporary)
}

// ErrNoFactor means that a person has no second factor yet.
var ErrNoFactor = errs.As(errs.Conflict, errors.New("the person has no second factor yet: first they sign in and add one (carctl login, then carctl mfa)"))

// Confirm grants the role to a person who has a second factor; ErrNoFactor if there is none. The caller must have verified with the
// person, by another way than e-mail, that the factor is the person's own.
func (u *Users) Confirm(ctx context.Context, username string, role claims.Role) error {
	has, err := u.HasMFA(ctx, username)
	if err != nil {
		return fmt.Errorf("look up the second factor of %s: %w", username, err)
	}
	if !has {
		return ErrNoFactor
	}
	return u.AddToGroup(ctx, username, string(role))
}

var companyPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// Check returns everything that is wrong with the new user as one error of the category errs.Invalid.
func (n NewUser) Check() error {
	var problems []error
	if a, err := mail.ParseAddress(n.Email); err != nil || a.Address != n.Email {
		problems = append(problems, fmt.Errorf("e-mail %q: allowed is an address such as ana@example.com", n.Email))
	}
	if n.Role != "" && !slices.Contains(claims.All(), n.Role) {
		_, err := claims.Parse(string(n.Role))
		problems = append(problems, err)
	}
	if n.Temporary && n.Password == "" {
		problems = append(problems, errors.New("temporary: allowed together with a password"))
	}
	problems = append(problems, company("manufacturer", n.Manufacturer, n.Role == claims.Manufacturer), company("dealer", n.Dealer, n.Role == claims.Dealer))
	return errs.As(errs.Invalid, errors.Join(problems...))
}

// company checks a company's id: it must be there if needed, absent otherwise, and well formed.
func company(name, id string, needed bool) error {
	switch {
	case needed && !companyPattern.MatchString(id):
		return fmt.Errorf("%s %q: allowed are 1 to 32 lower-case letters, digits and hyphens, not a hyphen first", name, id)
	case !needed && id != "":
		return fmt.Errorf("%s %q: allowed together with the role %s only", name, id, name)
	}
	return nil
}

// Add adds the person, with a verified e-mail address, and returns their user; ErrExists if the pool has the address. If setting the group
// or the password fails, Add removes the person again, so that no incomplete user is left.
func (u *Users) Add(ctx context.Context, n NewUser) (User, error) {
	if err := n.Check(); err != nil {
		return User{}, err
	}
	in := &idp.AdminCreateUserInput{UserPoolId: &u.pool, Username: &n.Email, UserAttributes: n.attributes()}
	if n.Password != "" {
		in.MessageAction = types.MessageActionTypeSuppress
		in.TemporaryPassword = &n.Password
	} else {
		in.DesiredDeliveryMediums = []types.DeliveryMediumType{types.DeliveryMediumTypeEmail}
	}
	out, err := u.client.AdminCreateUser(ctx, in)
	if err != nil {
		return User{}, fmt.Errorf("add %s: %w", n.Email, sorted(err))
	}
	if err := u.complete(ctx, n); err != nil {
		return User{}, errors.Join(fmt.Errorf("add %s: %w", n.Email, err), u.Remove(context.WithoutCancel(ctx), n.Email))
	}
	user := userOf(out.User.Username, out.User.Attributes, out.User.UserStatus, out.User.Enabled)
	if n.Password != "" && !n.Temporary {
		user.Status = string(types.UserStatusTypeConfirmed)
	}
	return user, nil
}

func (n NewUser) attributes() []types.AttributeType {
	all := []types.AttributeType{
		{Name: aws.String("email"), Value: &n.Email},
		{Name: aws.String("email_verified"), Value: aws.String("true")},
	}
	if n.Manufacturer != "" {
		all = append(all, types.AttributeType{Name: aws.String(names.UserManufacturer), Value: &n.Manufacturer})
	}
	if n.Dealer != "" {
		all = append(all, types.AttributeType{Name: aws.String(names.UserDealer), Value: &n.Dealer})
	}
	return all
}

// complete sets a new user's password and group.
func (u *Users) complete(ctx context.Context, n NewUser) error {
	if n.Password != "" && !n.Temporary {
		if err := u.SetPassword(ctx, n.Email, n.Password); err != nil {
			return err
		}
	}
	if n.Role == "" || n.Waits() {
		return nil
	}
	if err := u.AddToGroup(ctx, n.Email, string(n.Role)); err != nil {
		return fmt.Errorf("add to group %s: %w", n.Role, err)
	}
	return nil
}

// Reset sets the password and the group of n for an existing user, and turns their authenticator app off.
func (u *Users) Reset(ctx context.Context, n NewUser) (User, error) {
	if err := u.ForgetMFA(ctx, n.Email); err != nil {
		return User{}, fmt.Errorf("%s: %w", n.Email, err)
	}
	if err := u.complete(ctx, n); err != nil {
		return User{}, fmt.Errorf("%s: %w", n.Email, err)
	}
	return u.User(ctx, n.Email)
}

// Remove deletes the person from the pool.
func (u *Users) Remove(ctx context.Context, username string) error {
	_, err := u.client.AdminDeleteUser(ctx, &idp.AdminDeleteUserInput{UserPoolId: &u.pool, Username: &username})
	if err != nil {
		return fmt.Errorf("remove the user: %w", sorted(err))
	}
	return nil
}

// SetPassword sets the person's permanent password.
func (u *Users) SetPassword(ctx context.Context, username, password string) error {
	_, err := u.client.AdminSetUserPassword(ctx, &idp.AdminSetUserPasswordInput{
		UserPoolId: &u.pool, Username: &username, Password: &password, Permanent: true,
	})
	if err != nil {
		return fmt.Errorf("set the password: %w", sorted(err))
	}
	return nil
}

// ForgetMFA turns the person's authenticator app off, for a person who lost it.
func (u *Users) ForgetMFA(ctx context.Context, username string) error {
	_, err := u.client.AdminSetUserMFAPreference(ctx, &idp.AdminSetUserMFAPreferenceInput{
		UserPoolId: &u.pool, Username: &username, SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: false},
	})
	if err != nil {
		return fmt.Errorf("turn the second factor off: %w", sorted(err))
	}
	return nil
}

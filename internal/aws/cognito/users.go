// Package cognito adapts Amazon Cognito: the users of a user pool, their groups and second factors, sign-ins, and the users' identities in
// an identity pool.
package cognito

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/claims"
	"connectedcar/internal/errs"
	"connectedcar/internal/names"
)

// Users administers the users of one user pool. It needs AWS credentials.
type Users struct {
	client *idp.Client
	pool   string
}

// NewUsers administers the user pool with that id.
func NewUsers(cfg aws.Config, pool string) *Users {
	return &Users{client: idp.NewFromConfig(cfg), pool: pool}
}

// Errors of Users.
var (
	ErrNoUser = errs.As(errs.NotFound, errors.New("no such user"))
	ErrExists = errs.As(errs.Conflict, errors.New("a user of that e-mail address exists already"))
)

// User is a user of the pool.
type User struct {
	Username     string // Amazon Cognito's name of the user
	ID           string // sub: the platform's id of the user
	Email        string
	Status       string // Amazon Cognito's status: CONFIRMED, FORCE_CHANGE_PASSWORD, EXTERNAL_PROVIDER ...
	Enabled      bool
	Manufacturer string // manufacturerId; empty if there is none
	Dealer       string // dealerId; empty if there is none
}

// HasMFA reports whether the user has turned on a second factor (an authenticator app, SMS or e-mail codes), which every sign-in with a
// password then requires. Passkeys do not count: Amazon Cognito shows them only to the user.
// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
func (u *Users) HasMFA(ctx context.Context, username string) (bool, error) {
	out, err := u.client.AdminGetUser(ctx, &idp.AdminGetUserInput{UserPoolId: &u.pool, Username: &username})
	if err != nil {
		return false, sorted(err)
	}
	return len(out.UserMFASettingList) > 0, nil
}

// AddToGroup adds the user to the group. It succeeds if the user is a member already.
func (u *Users) AddToGroup(ctx context.Context, username, group string) error {
	_, err := u.client.AdminAddUserToGroup(ctx, &idp.AdminAddUserToGroupInput{UserPoolId: &u.pool, Username: &username, GroupName: &group})
	return sorted(err)
}

// User returns the user with that e-mail address or username; ErrNoUser if there is none.
func (u *Users) User(ctx context.Context, username string) (User, error) {
	out, err := u.client.AdminGetUser(ctx, &idp.AdminGetUserInput{UserPoolId: &u.pool, Username: &username})
	if err != nil {
		return User{}, sorted(err)
	}
	return userOf(out.Username, out.UserAttributes, out.UserStatus, out.Enabled), nil
}

// SetEnabled enables or disables the user's sign-in. Disabling revokes the refresh tokens; access and ID tokens stay valid until they
// expire.
func (u *Users) SetEnabled(ctx context.Context, username string, enabled bool) error {
	if enabled {
		_, err := u.client.AdminEnableUser(ctx, &idp.AdminEnableUserInput{UserPoolId: &u.pool, Username: &username})
		return sorted(err)
	}
	if _, err := u.client.AdminDisableUser(ctx, &idp.AdminDisableUserInput{UserPoolId: &u.pool, Username: &username}); err != nil {
		return sorted(err)
	}
	_, err := u.client.AdminUserGlobalSignOut(ctx, &idp.AdminUserGlobalSignOutInput{UserPoolId: &u.pool, Username: &username})
	return sorted(err)
}

// pageSize is the largest page of users that Amazon Cognito lists.
const pageSize = 60

// List calls each for every user, or for every user in the role's group if r is not empty, until each returns false.
func (u *Users) List(ctx context.Context, r claims.Role, each func(User) bool) error {
	if r == "" {
		return u.listAll(ctx, each)
	}
	pages := idp.NewListUsersInGroupPaginator(u.client, &idp.ListUsersInGroupInput{
		UserPoolId: &u.pool, GroupName: aws.String(string(r)), Limit: aws.Int32(pageSize),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list users in group %s: %w", r, sorted(err))
		}
		if !offer(page.Users, each) {
			return nil
		}
	}
	return nil
}

func (u *Users) listAll(ctx context.Context, each func(User) bool) error {
	pages := idp.NewListUsersPaginator(u.client, &idp.ListUsersInput{UserPoolId: &u.pool, Limit: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list users: %w", sorted(err))
		}
		if !offer(page.Users, each) {
			return nil
		}
	}
	return nil
}

func offer(users []types.UserType, each func(User) bool) bool {
	for _, t := range users {
		if !each(userOf(t.Username, t.Attributes, t.UserStatus, t.Enabled)) {
			return false
		}
	}
	return true
}

// GroupsOf returns the names of the groups that the user is a member of.
func (u *Users) GroupsOf(ctx context.Context, username string) ([]string, error) {
	pages := idp.NewAdminListGroupsForUserPaginator(u.client, &idp.AdminListGroupsForUserInput{UserPoolId: &u.pool, Username: &username})
	var names []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, sorted(err)
		}
		for _, g := range page.Groups {
			names = append(names, aws.ToString(g.GroupName))
		}
	}
	return names, nil
}

func userOf(username *string, attributes []types.AttributeType, status types.UserStatusType, enabled bool) User {
	u := User{Username: aws.ToString(username), Status: string(status), Enabled: enabled}
	for _, a := range attributes {
		value := aws.ToString(a.Value)
		switch aws.ToString(a.Name) {
		case "sub":
			u.ID = value
		case "email":
			u.Email = value
		case names.UserManufacturer:
			u.Manufacturer = value
		case names.UserDealer:
			u.Dealer = value
		}
	}
	return u
}

// sorted adds a category to errors of Amazon Cognito, and keeps only their code and message, without the SDK's details.
func sorted(err error) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return awsconfig.Sort(err)
	}
	said := fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
	switch api.(type) {
	case *types.UserNotFoundException:
		return ErrNoUser
	case *types.UsernameExistsException:
		return ErrExists
	case *types.NotAuthorizedException, *types.CodeMismatchException, *types.UserNotConfirmedException, *types.PasswordResetRequiredException,
		*types.EnableSoftwareTokenMFAException, *types.ExpiredCodeException:
		return errs.As(errs.Denied, said)
	case *types.InvalidParameterException, *types.InvalidPasswordException:
		return errs.As(errs.Invalid, said)
	case *types.TooManyRequestsException, *types.LimitExceededException:
		return errs.As(errs.Throttled, said)
	}
	return awsconfig.Sort(err)
}

package cognito

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/errs"
	"connectedcar/internal/token"
)

// Identities is an identity pool. It gives users who signed in to a user pool temporary AWS credentials.
type Identities struct {
	client *cognitoidentity.Client
	pool   string
	login  string
}

// NewIdentities uses the identity pool with that id, for users of that user pool in the region of cfg.
func NewIdentities(cfg aws.Config, identityPool, userPool string) *Identities {
	return &Identities{
		client: cognitoidentity.NewFromConfig(cfg, func(o *cognitoidentity.Options) { o.Credentials = aws.AnonymousCredentials{} }),
		pool:   identityPool, login: token.Host(cfg.Region) + "/" + userPool,
	}
}

// IdentityID returns the identity id of the ID token's user: the same for every token of one user. Amazon Cognito verifies the token;
// errs.Denied if it rejects the token.
func (i *Identities) IdentityID(ctx context.Context, idToken string) (string, error) {
	out, err := i.client.GetId(ctx, &cognitoidentity.GetIdInput{IdentityPoolId: &i.pool, Logins: map[string]string{i.login: idToken}})
	var refused *types.NotAuthorizedException
	var input *types.InvalidParameterException
	switch {
	case errors.As(err, &refused), errors.As(err, &input):
		return "", errs.As(errs.Denied, fmt.Errorf("find the identity of an ID token: %w", err))
	case err != nil:
		return "", fmt.Errorf("find the identity of an ID token: %w", awsconfig.Sort(err))
	}
	return aws.ToString(out.IdentityId), nil
}

// Credentials returns temporary AWS credentials for the ID token's user, as a mobile app gets them.
func (i *Identities) Credentials(ctx context.Context, identityID, idToken string) (aws.Credentials, error) {
	out, err := i.client.GetCredentialsForIdentity(ctx, &cognitoidentity.GetCredentialsForIdentityInput{
		IdentityId: &identityID, Logins: map[string]string{i.login: idToken},
	})
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("get credentials of an identity: %w", awsconfig.Sort(err))
	}
	c := out.Credentials
	return aws.Credentials{
		AccessKeyID: aws.ToString(c.AccessKeyId), SecretAccessKey: aws.ToString(c.SecretKey), SessionToken: aws.ToString(c.SessionToken),
		CanExpire: true, Expires: aws.ToTime(c.Expiration),
	}, nil
}

// Package token verifies the tokens that Amazon Cognito issues to users. A token is valid if the pool signed it for one of the platform's
// app clients, it has the expected use, and it has not expired.
// https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
package token

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"connectedcar/internal/domain/authz"
	"connectedcar/internal/errs"
)

// Use is the kind of token to accept (claim token_use of Amazon Cognito).
type Use string

// The accepted uses.
const (
	Access Use = "access" // has the claims scope and client_id
	ID     Use = "id"     // has the claim aud; for pools whose plan cannot customize access tokens
)

// Limits of a token.
const (
	maxLength = 8 << 10 // in characters; Cognito's tokens have about a thousand
	leeway    = 30 * time.Second
)

// Config defines the acceptable tokens: their issuer, app clients and use.
type Config struct {
	Issuer  string   // https://cognito-idp.<region>.<DNS suffix of the AWS partition>/<pool>
	Clients []string // ids of the accepted app clients
	Use     Use
	KeysURL string           // URL of the pool's public keys (JWKS)
	HTTP    *http.Client     // default: a client with a timeout of ten seconds
	Now     func() time.Time // default: time.Now
}

// Verifier verifies tokens. It is safe for concurrent use.
type Verifier struct {
	config Config
	keys   *keys
	parser *jwt.Parser
}

// New makes a Verifier. It fetches no keys yet; Verify does.
func New(c Config) (*Verifier, error) {
	switch {
	case c.Issuer == "" || c.KeysURL == "" || len(c.Clients) == 0 || slices.Contains(c.Clients, ""):
		return nil, errors.New("token: Issuer, KeysURL and Clients are required")
	case c.Use != Access && c.Use != ID:
		return nil, fmt.Errorf("token use %q: allowed are %s and %s", c.Use, Access, ID)
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Verifier{
		config: c,
		keys:   newKeys(c.KeysURL, c.HTTP, c.Now),
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithIssuer(c.Issuer), jwt.WithExpirationRequired(),
			jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(c.Now), jwt.WithStrictDecoding(),
		),
	}, nil
}

// claims are the claims of a token that this package reads.
type claims struct {
	jwt.RegisteredClaims
	Use          Use      `json:"token_use"`
	ClientID     string   `json:"client_id"`
	Scope        string   `json:"scope"`
	Groups       []string `json:"cognito:groups"`
	Manufacturer string   `json:"manufacturerId"`
	Dealer       string   `json:"dealerId"`
}

// Verify returns the principal of a valid token. For an invalid token the error has the category errs.Denied and names the fault, but
// contains nothing of the token. If the pool's keys cannot be fetched, the error is errs.Unavailable.
func (v *Verifier) Verify(ctx context.Context, raw string) (authz.Principal, error) {
	if len(raw) > maxLength {
		return authz.Principal{}, denied(fmt.Errorf("it has %d characters, allowed are %d", len(raw), maxLength))
	}
	var c claims
	if _, err := v.parser.ParseWithClaims(raw, &c, v.keys.of(ctx)); err != nil {
		return authz.Principal{}, sort(err)
	}
	if err := v.check(c); err != nil {
		return authz.Principal{}, denied(err)
	}
	p := authz.Principal{
		ID: c.Subject, Manufacturer: c.Manufacturer, Dealer: c.Dealer,
		Scoped: v.config.Use == Access, Scopes: strings.Fields(c.Scope),
	}
	for _, role := range authz.Roles() {
		if slices.Contains(c.Groups, string(role)) {
			p.Roles = append(p.Roles, role)
		}
	}
	return p, nil
}

func (v *Verifier) check(c claims) error {
	if c.Use != v.config.Use {
		return fmt.Errorf("it is no %s token", v.config.Use)
	}
	client := c.ClientID
	if v.config.Use == ID {
		client = ""
		if len(c.Audience) == 1 {
			client = c.Audience[0]
		}
	}
	if !slices.Contains(v.config.Clients, client) {
		return errors.New("it is for another application")
	}
	if c.Subject == "" {
		return errors.New("it names nobody")
	}
	return nil
}

// reasons are the possible faults of a token, in words that contain nothing of the token.
var reasons = []struct {
	err  error
	text string
}{
	{jwt.ErrTokenExpired, "it has expired"},
	{jwt.ErrTokenNotValidYet, "it is not valid yet"},
	{jwt.ErrTokenUsedBeforeIssued, "it is from the future"},
	{jwt.ErrTokenInvalidIssuer, "it is from another issuer"},
	{jwt.ErrTokenRequiredClaimMissing, "it lacks a required claim"},
	{jwt.ErrTokenMalformed, "it is no JWT"},
	{jwt.ErrTokenSignatureInvalid, "its signature is not the pool's"},
	{jwt.ErrTokenUnverifiable, "its key is not the pool's"},
}

func sort(err error) error {
	if errors.Is(err, errNoKeys) {
		return errs.As(errs.Unavailable, err)
	}
	for _, r := range reasons {
		if errors.Is(err, r.err) {
			return denied(errors.New(r.text))
		}
	}
	return denied(errors.New("it is not valid"))
}

// ErrInvalid means that the token is not valid.
var ErrInvalid = errors.New("the token is not valid")

func denied(why error) error { return errs.As(errs.Denied, fmt.Errorf("%w: %w", ErrInvalid, why)) }

// Issuer returns the issuer of the user pool's tokens. The id of a pool begins with its region.
func Issuer(pool string) (string, error) {
	region, rest, ok := strings.Cut(pool, "_")
	if !ok || region == "" || rest == "" {
		return "", fmt.Errorf("user pool %q: allowed is an id such as eu-central-1_AbCdEfGhI", pool)
	}
	return "https://" + Host(region) + "/" + pool, nil
}

// Host returns the host of a region's user pools. Its suffix depends on the AWS partition:
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
func Host(region string) string {
	suffix := "amazonaws.com"
	if strings.HasPrefix(region, "cn-") {
		suffix = "amazonaws.com.cn"
	}
	return "cognito-idp." + region + "." + suffix
}

// KeysPath is the path, below the issuer, of its public keys (JWKS).
// https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
const KeysPath = "/.well-known/jwks.json"

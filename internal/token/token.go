// Package token reads the tokens that Amazon Cognito gives people: it believes what a token says only if the pool signed it, for one
// of the platform's app clients, for this use and for now.
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

// Use is the kind of Amazon Cognito's token that is accepted (claim token_use).
type Use string

// The uses.
const (
	Access Use = "access" // has scopes and client_id
	ID     Use = "id"     // has aud; of pools whose plan cannot shape access tokens
)

// Limits.
const (
	maxLength = 8 << 10 // characters; Cognito's are about a thousand
	leeway    = 30 * time.Second
)

// Config names the issuer, the app clients and the use of acceptable tokens.
type Config struct {
	Issuer  string   // https://cognito-idp.<region>.<suffix of the partition>/<pool>
	Clients []string // app client ids
	Use     Use
	KeysURL string           // of the pool's public keys (JWKS)
	HTTP    *http.Client     // default: one that gives up after ten seconds
	Now     func() time.Time // default: time.Now
}

// Verifier verifies tokens. It is safe for concurrent use.
type Verifier struct {
	config Config
	keys   *keys
	parser *jwt.Parser
}

// New makes a Verifier. It fetches nothing yet.
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

// claims are the members of a token that this package reads.
type claims struct {
	jwt.RegisteredClaims
	Use          Use      `json:"token_use"`
	ClientID     string   `json:"client_id"`
	Scope        string   `json:"scope"`
	Groups       []string `json:"cognito:groups"`
	Manufacturer string   `json:"manufacturerId"`
	Dealer       string   `json:"dealerId"`
}

// Verify returns the bearer of a token. Every error that is the token's fault has the category errs.Denied and says what is wrong with the
// token but nothing of what it holds; without the pool's keys it is errs.Unavailable.
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

// reasons are the possible faults of a token, in words that say nothing about the one at hand.
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

// ErrInvalid says that a token does not count.
var ErrInvalid = errors.New("the token is not valid")

func denied(why error) error { return errs.As(errs.Denied, fmt.Errorf("%w: %w", ErrInvalid, why)) }

// Issuer is the issuer of the tokens of that user pool, whose id begins with its region.
func Issuer(pool string) (string, error) {
	region, rest, ok := strings.Cut(pool, "_")
	if !ok || region == "" || rest == "" {
		return "", fmt.Errorf("user pool %q: allowed is an id such as eu-central-1_AbCdEfGhI", pool)
	}
	return "https://" + Host(region) + "/" + pool, nil
}

// Host is the host of a region's user pools. Its suffix depends on the partition:
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
func Host(region string) string {
	suffix := "amazonaws.com"
	if strings.HasPrefix(region, "cn-") {
		suffix = "amazonaws.com.cn"
	}
	return "cognito-idp." + region + "." + suffix
}

// KeysPath is the path of an issuer's public keys (JWKS).
// https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
const KeysPath = "/.well-known/jwks.json"

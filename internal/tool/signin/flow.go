// Package signin signs a person in through the user pool's sign-in pages, as a program on the person's machine does it: the
// authorization code grant (RFC 6749) with a proof key (PKCE, RFC 7636) and a redirect to the machine itself (RFC 8252).
package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/names"
)

// Scopes are the scopes that a person's program requests: who they are, what their roles permit, and their own profile.
func Scopes() []string {
	return []string{"openid", "email", "aws.cognito.signin.user.admin", names.ScopeRead, names.ScopeWrite}
}

// App is a public app client of a user pool.
type App struct {
	Pages       string // where the sign-in pages are, an http or https URL; see contract.OutputSignInURL
	ClientID    string
	RedirectURL string // one of the app client's, letter by letter
	HTTP        *http.Client
}

// Flow is one sign-in. Its secrets are its own, so that nobody else's redirect can end it.
type Flow struct {
	app             App
	state, verifier string
}

// Begin begins a sign-in.
func (a App) Begin() (*Flow, error) {
	if u, err := url.Parse(a.Pages); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, fmt.Errorf("sign-in pages %q: allowed is an http or https URL", a.Pages)
	}
	return &Flow{app: a, state: rand.Text(), verifier: rand.Text() + rand.Text()}, nil // 52 characters; RFC 7636 wants 43 to 128
}

// URL is the page where the person signs in.
func (f *Flow) URL() string {
	challenge := sha256.Sum256([]byte(f.verifier))
	q := url.Values{
		"response_type": {"code"}, "client_id": {f.app.ClientID}, "redirect_uri": {f.app.RedirectURL}, "state": {f.state},
		"scope":          {strings.Join(Scopes(), " ")},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}
	return strings.TrimSuffix(f.app.Pages, "/") + "/oauth2/authorize?" + q.Encode()
}

// ErrNotOurs says that a redirect does not end this sign-in.
var ErrNotOurs = errors.New("the address belongs to another sign-in: its state is not this one's")

// Code reads the code from the address that the pages sent the person back to.
func (f *Flow) Code(redirected string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(redirected))
	if err != nil {
		return "", fmt.Errorf("the address is no URL: %w", err)
	}
	q := u.Query()
	if subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(f.state)) != 1 {
		return "", ErrNotOurs
	}
	if reason := q.Get("error"); reason != "" {
		return "", fmt.Errorf("the sign-in pages refused: %s %s", reason, q.Get("error_description"))
	}
	if q.Get("code") == "" {
		return "", errors.New("the address has no code")
	}
	return q.Get("code"), nil
}

// maxAnswer is the most that is read of an answer: three tokens of some kilobytes each.
const maxAnswer = 1 << 20

// Tokens redeems the code.
func (f *Flow) Tokens(ctx context.Context, code string) (cognito.Tokens, error) {
	form := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {f.app.ClientID}, "redirect_uri": {f.app.RedirectURL},
		"code": {code}, "code_verifier": {f.verifier},
	}
	endpoint := strings.TrimSuffix(f.app.Pages, "/") + "/oauth2/token"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return cognito.Tokens{}, fmt.Errorf("redeem the code: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := f.app.HTTP.Do(req)
	if err != nil {
		return cognito.Tokens{}, fmt.Errorf("redeem the code: %w", err)
	}
	defer resp.Body.Close() // only read
	return answered(resp)
}

// answered reads the token endpoint's answer.
func answered(resp *http.Response) (cognito.Tokens, error) {
	var body struct {
		Access      string `json:"access_token"`
		ID          string `json:"id_token"`
		Refresh     string `json:"refresh_token"`
		ExpiresIn   int    `json:"expires_in"`
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&body)
	switch {
	case resp.StatusCode != http.StatusOK:
		return cognito.Tokens{}, fmt.Errorf("redeem the code: %s %s %s", resp.Status, body.Error, body.Description)
	case err != nil:
		return cognito.Tokens{}, fmt.Errorf("redeem the code: %w", err)
	case body.Access == "" || body.ID == "":
		return cognito.Tokens{}, errors.New("redeem the code: the answer lacks an access or ID token")
	}
	return cognito.Tokens{
		Access: body.Access, ID: body.ID, Refresh: body.Refresh,
		Expires: time.Now().Add(time.Duration(body.ExpiresIn) * time.Second).UTC().Truncate(time.Second),
	}, nil
}

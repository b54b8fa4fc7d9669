package bff

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"connectedcar/internal/domain/session"
	"connectedcar/internal/errs"
	"connectedcar/internal/token"
	"connectedcar/internal/tool/signin"
)

// stay is the current session of a user, with its data.
type stay struct {
	session.Session
	person
}

// person is the data of a session.
type person struct {
	Email        string    `json:"email"`
	Roles        []string  `json:"roles"`
	Manufacturer string    `json:"manufacturerId,omitempty"`
	Dealer       string    `json:"dealerId,omitempty"`
	Tokens       token.Set `json:"tokens"`
}

// cookie is the name of the session cookie. With the prefix __Host- no other host and no http page can set it (RFC 6265bis, 4.1.3.2).
func (s *server) cookie(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

const (
	sessionCookie = "session"
	flowCookie    = "flow"
)

func (s *server) setCookie(w http.ResponseWriter, name, value string, site http.SameSite, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: s.cookie(name), Value: value, Path: "/", HttpOnly: true, Secure: s.secure, SameSite: site, MaxAge: int(life.Seconds()),
	})
}

func (s *server) dropCookie(w http.ResponseWriter, name string) {
	s.setCookie(w, name, "", http.SameSiteStrictMode, -time.Second)
}

// begin creates a new session for the signed-in user and ends the session that the browser had: an id that an attacker planted before the
// sign-in must be useless after it (session fixation, OWASP ASVS 7.2.4).
func (s *server) begin(w http.ResponseWriter, r *http.Request, tokens token.Set) (stay, error) {
	p, id, err := s.personOf(r.Context(), tokens)
	if err != nil {
		return stay{}, err
	}
	data, err := json.Marshal(p)
	if err != nil {
		return stay{}, fmt.Errorf("encode a session: %w", err)
	}
	begun, err := s.Sessions.Begin(r.Context(), id, data)
	if err != nil {
		return stay{}, err
	}
	if old, err := r.Cookie(s.cookie(sessionCookie)); err == nil {
		if err := s.Sessions.End(r.Context(), old.Value); err != nil {
			return stay{}, err
		}
	}
	s.setCookie(w, sessionCookie, begun.ID, http.SameSiteStrictMode, s.Sessions.Absolute)
	s.dropCookie(w, flowCookie)
	return stay{begun, p}, nil
}

// personOf reads the user's data from the tokens. The roles are those that the API will grant.
func (s *server) personOf(ctx context.Context, tokens token.Set) (p person, userID string, err error) {
	who, err := s.Tokens.Verify(ctx, s.bearer(tokens))
	if err != nil {
		return person{}, "", fmt.Errorf("read the pool's tokens: %w", err)
	}
	claims, err := signin.Read(tokens.ID)
	if err != nil {
		return person{}, "", fmt.Errorf("read the pool's tokens: %w", err)
	}
	p = person{Email: claims.Email, Roles: []string{}, Manufacturer: who.Manufacturer, Dealer: who.Dealer, Tokens: tokens}
	for _, role := range who.Roles {
		p.Roles = append(p.Roles, string(role))
	}
	return p, who.ID, nil
}

// bearer is the token that the API accepts.
func (s *server) bearer(tokens token.Set) string {
	if s.TokenUse == token.ID {
		return tokens.ID
	}
	return tokens.Access
}

// current returns the request's session, or session.ErrEnded if there is none.
func (s *server) current(r *http.Request) (stay, error) {
	c, err := r.Cookie(s.cookie(sessionCookie))
	if err != nil {
		return stay{}, session.ErrEnded
	}
	return s.find(r.Context(), c.Value)
}

func (s *server) find(ctx context.Context, id string) (stay, error) {
	found, err := s.Sessions.Get(ctx, id)
	if err != nil {
		return stay{}, err
	}
	var p person
	if err := json.Unmarshal(found.Data, &p); err != nil {
		return stay{}, fmt.Errorf("decode a session: %w", err)
	}
	return stay{found, p}, nil
}

// refreshBefore is the time before a token's expiry at which it is refreshed.
const refreshBefore = time.Minute

// fresh returns the session with tokens that stay valid for at least refreshBefore. Concurrent requests of a session share one refresh. If
// another instance refreshed first, its tokens are used.
func (s *server) fresh(ctx context.Context, st stay) (stay, error) {
	if s.Now().Before(st.Tokens.Expires.Add(-refreshBefore)) {
		return st, nil
	}
	again, err, _ := s.refresh.Do(st.ID, func() (any, error) { return s.refreshed(context.WithoutCancel(ctx), st.ID) })
	if err != nil {
		return stay{}, err
	}
	return again.(stay), nil
}

func (s *server) refreshed(ctx context.Context, id string) (stay, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	st, err := s.find(ctx, id)
	if err != nil || s.Now().Before(st.Tokens.Expires.Add(-refreshBefore)) {
		return st, err
	}
	tokens, err := s.Pool.Refresh(ctx, st.Tokens.Refresh)
	if errs.Of(err) == errs.Denied { // revoked, or the user was disabled
		return stay{}, errors.Join(session.ErrEnded, s.Sessions.End(ctx, id))
	}
	if err != nil {
		return stay{}, err
	}
	p, _, err := s.personOf(ctx, tokens)
	if err != nil {
		return stay{}, err
	}
	if st.Data, err = json.Marshal(p); err != nil {
		return stay{}, fmt.Errorf("encode a session: %w", err)
	}
	saved, err := s.Sessions.Save(ctx, st.Session)
	if errors.Is(err, session.ErrChanged) {
		return s.find(ctx, id)
	}
	return stay{saved, p}, err
}

// refuse responds to a request without a usable session.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, session.ErrEnded) {
		problem(w, http.StatusUnauthorized, "you are not signed in, or not any more")
		return
	}
	s.Log.ErrorContext(r.Context(), "session", "error", err)
	w.Header().Set("Retry-After", "5")
	problem(w, http.StatusServiceUnavailable, "something that this needs does not answer now")
}

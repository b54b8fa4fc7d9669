package bff

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/domain/session"
	"connectedcar/internal/errs"
	"connectedcar/internal/token"
)

// Ways to sign in, in the page's terms.
const (
	byPages    = "pages"
	byPassword = "password"
)

// shown is the session's state as the page receives it.
type shown struct {
	SignedIn       bool      `json:"signedIn"`
	SignIn         string    `json:"signIn"`              // way to sign in: pages or password
	Challenge      string    `json:"challenge,omitempty"` // of an unfinished sign-in
	UserID         string    `json:"userId,omitempty"`
	Email          string    `json:"email,omitempty"`
	Roles          []string  `json:"roles,omitempty"`
	ManufacturerID string    `json:"manufacturerId,omitempty"`
	DealerID       string    `json:"dealerId,omitempty"`
	EndsAt         time.Time `json:"endsAt,omitzero"` // end of the session if it stays idle until then
}

func (s *server) way() string {
	if s.Pages != nil {
		return byPages
	}
	return byPassword
}

func (s *server) show(st stay) shown {
	return shown{
		SignedIn: true, SignIn: s.way(), UserID: st.UserID, Email: st.Email, Roles: st.Roles, ManufacturerID: st.Manufacturer, DealerID: st.Dealer,
		EndsAt: s.Sessions.EndOf(st.Session),
	}
}

func (s *server) showSession(w http.ResponseWriter, r *http.Request) {
	st, err := s.current(r)
	if errors.Is(err, session.ErrEnded) {
		answer(w, shown{SignIn: s.way()})
		return
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	answer(w, s.show(st))
}

func (s *server) signInByPassword(w http.ResponseWriter, r *http.Request) {
	var in struct{ Username, Password string }
	if s.Pages != nil {
		problem(w, http.StatusNotFound, "people sign in on the user pool's pages")
		return
	}
	if !s.limits.signIns.allow(s.client(r)) {
		slowDown(w)
		return
	}
	if !form(w, r, &in) {
		return
	}
	tokens, challenge, err := s.Pool.Begin(r.Context(), in.Username, in.Password)
	s.step(w, r, tokens, challenge, err)
}

func (s *server) answerChallenge(w http.ResponseWriter, r *http.Request) {
	var in struct{ Answer string }
	if !s.limits.signIns.allow(s.client(r)) {
		slowDown(w)
		return
	}
	if !form(w, r, &in) {
		return
	}
	var f flow
	if s.Pages != nil || !s.openFlow(r, &f) || f.Challenge == nil {
		problem(w, http.StatusConflict, "no sign-in is under way, or its time is over: begin again")
		return
	}
	tokens, challenge, err := s.Pool.Respond(r.Context(), *f.Challenge, in.Answer)
	s.step(w, r, tokens, challenge, err)
}

// step responds to a step of a sign-in: with the session, with the next challenge, or with the same error for every wrong input.
func (s *server) step(w http.ResponseWriter, r *http.Request, tokens token.Set, challenge *cognito.Challenge, err error) {
	switch {
	case err != nil:
		s.refuseSignIn(w, r, err)
	case challenge != nil:
		s.keepFlow(w, flow{Challenge: challenge}, http.SameSiteStrictMode)
		answer(w, shown{SignIn: byPassword, Challenge: string(challenge.Name)})
	default:
		s.finish(w, r, tokens, func(st stay) { answer(w, s.show(st)) })
	}
}

func (s *server) finish(w http.ResponseWriter, r *http.Request, tokens token.Set, done func(stay)) {
	st, err := s.begin(w, r, tokens)
	if err != nil {
		s.metrics.signIns.WithLabelValues("failed").Inc()
		s.refuse(w, r, err)
		return
	}
	s.metrics.signIns.WithLabelValues("signed_in").Inc()
	s.Log.InfoContext(r.Context(), "signed in", "user", st.UserID)
	done(st)
}

func (s *server) refuseSignIn(w http.ResponseWriter, r *http.Request, err error) {
	s.metrics.signIns.WithLabelValues("refused").Inc()
	switch errs.Of(err) {
	case errs.Denied, errs.NotFound: // the same error for both, so that it does not reveal which addresses exist
		problem(w, http.StatusUnauthorized, "the address, the password or the code is not right")
	case errs.Invalid: // an invalid new password
		problem(w, http.StatusUnprocessableEntity, "the pool's rules for passwords do not allow this one")
	case errs.Throttled:
		slowDown(w)
	default:
		s.Log.ErrorContext(r.Context(), "sign in", "error", err)
		problem(w, http.StatusServiceUnavailable, "the sign-in does not answer now")
	}
}

// flow is an unfinished sign-in. It is stored in a sealed cookie of the browser that began it, so that no other browser can complete it.
type flow struct {
	Challenge *cognito.Challenge `json:"challenge,omitempty"`
	State     string             `json:"state,omitempty"` // state parameter of the sign-in pages
	Verifier  string             `json:"verifier,omitempty"`
	Until     time.Time          `json:"until"`
}

const flowLife = 5 * time.Minute

func (s *server) keepFlow(w http.ResponseWriter, f flow, site http.SameSite) {
	f.Until = s.Now().Add(flowLife)
	plain, err := json.Marshal(f)
	if err != nil {
		panic("bff: " + err.Error()) // strings always encode
	}
	s.setCookie(w, flowCookie, base64.RawURLEncoding.EncodeToString(s.Flows.Seal(plain, flowCookie)), site, flowLife)
}

func (s *server) openFlow(r *http.Request, into *flow) bool {
	c, err := r.Cookie(s.cookie(flowCookie))
	if err != nil {
		return false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return false
	}
	plain, err := s.Flows.Open(sealed, flowCookie)
	return err == nil && json.Unmarshal(plain, into) == nil && s.Now().Before(into.Until)
}

// goToPages redirects the browser to the user pool's sign-in pages.
func (s *server) goToPages(w http.ResponseWriter, r *http.Request) {
	if s.Pages == nil {
		notFound(w, r)
		return
	}
	f, err := s.Pages.Begin()
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	// The pages are on another site: the redirect back sends no cookie with SameSite=Strict.
	state, verifier := f.Secrets()
	s.keepFlow(w, flow{State: state, Verifier: verifier}, http.SameSiteLaxMode)
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, f.URL(), http.StatusSeeOther)
}

// comeBack handles the redirect back from the sign-in pages.
func (s *server) comeBack(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	tokens, err := s.redeem(r)
	if err != nil {
		s.Log.WarnContext(r.Context(), "come back from the sign-in pages", "error", err)
		s.metrics.signIns.WithLabelValues("refused").Inc()
		http.Redirect(w, r, "/?signin=again", http.StatusSeeOther)
		return
	}
	s.finish(w, r, tokens, func(stay) { http.Redirect(w, r, "/", http.StatusSeeOther) })
}

func (s *server) redeem(r *http.Request) (token.Set, error) {
	var f flow
	if s.Pages == nil || !s.openFlow(r, &f) {
		return token.Set{}, errors.New("this browser has no sign-in under way")
	}
	resumed, err := s.Pages.Resume(f.State, f.Verifier)
	if err != nil {
		return token.Set{}, err
	}
	code, err := resumed.Code(r.URL.String())
	if err != nil {
		return token.Set{}, err
	}
	return resumed.Tokens(r.Context(), code)
}

// signOut ends the session, or all sessions of the user, here and in the pool.
func (s *server) signOut(w http.ResponseWriter, r *http.Request) {
	var in struct{ Everywhere bool }
	if !form(w, r, &in) {
		return
	}
	st, err := s.current(r)
	s.dropCookie(w, sessionCookie)
	if errors.Is(err, session.ErrEnded) {
		answer(w, map[string]string{})
		return
	}
	if err == nil {
		err = s.Sessions.End(r.Context(), st.ID)
	}
	if err == nil && in.Everywhere {
		err = s.Sessions.EndAll(r.Context(), st.UserID)
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if err := s.Pool.Revoke(r.Context(), st.Tokens.Refresh); err != nil { // the session is deleted; the refresh token expires by itself
		s.Log.WarnContext(r.Context(), "revoke tokens", "error", err)
	}
	answer(w, map[string]string{"redirect": s.goodbye()})
}

// goodbye is the sign-out URL of the sign-in pages, which clears the pool's cookie in the browser; empty without sign-in pages.
// https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
func (s *server) goodbye() string {
	if s.Pages == nil {
		return ""
	}
	return strings.TrimSuffix(s.Pages.Pages, "/") + "/logout?" + url.Values{"client_id": {s.Pages.ClientID}, "logout_uri": {s.Origin + "/"}}.Encode()
}

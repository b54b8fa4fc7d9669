package bff

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
)

type nonceKey struct{}

// nonceOf returns the nonce of the response's Content-Security-Policy.
func nonceOf(ctx context.Context) string {
	nonce, _ := ctx.Value(nonceKey{}).(string)
	return nonce
}

// policy is the Content-Security-Policy (W3C, level 3). The front-end framework adds styles to the page with the nonce; scripts and the
// map's worker may only be files of this origin.
func policy(nonce string, https bool) string {
	p := []string{
		"default-src 'none'", "script-src 'self' 'nonce-" + nonce + "'", "style-src 'self' 'nonce-" + nonce + "'", "img-src 'self' data: blob:",
		"font-src 'self'", "connect-src 'self'", "worker-src 'self'", "manifest-src 'self'", "base-uri 'self'", "form-action 'self'",
		"frame-ancestors 'none'",
	}
	if https {
		p = append(p, "upgrade-insecure-requests")
	}
	return strings.Join(p, "; ")
}

// harden sets security headers. https://owasp.org/www-project-secure-headers/
func (s *server) harden(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		nonce := rand.Text()
		h := w.Header()
		h.Set("Content-Security-Policy", policy(nonce, s.secure))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "geolocation=(), camera=(), microphone=(), payment=(), usb=()")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), nonceKey{}, nonce)))
	})
}

func isHTTPS(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Scheme == "https"
}

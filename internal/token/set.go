package token

import "time"

// Set holds the tokens of one sign-in.
type Set struct {
	Access  string    `json:"accessToken"`
	ID      string    `json:"idToken"`
	Refresh string    `json:"refreshToken"`
	Expires time.Time `json:"expires"` // expiry of the access and ID tokens
}

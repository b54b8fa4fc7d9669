package preference

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"time"

	"connectedcar/internal/errs"
)

// Phone is a number that a user has verified, and at which they agreed to get messages.
type Phone struct {
	Number     string // E.164, such as +4915112345678
	VerifiedAt time.Time
	OptedInAt  time.Time // when the person agreed to get messages there
}

// Reachable reports whether messages may go to that phone.
func (p Phone) Reachable() bool {
	return p.Number != "" && !p.VerifiedAt.IsZero() && !p.OptedInAt.IsZero()
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// CheckNumber returns an error unless a number is an E.164 number (ITU-T E.164: a plus sign, up to 15 digits).
func CheckNumber(number string) error {
	if e164.MatchString(number) {
		return nil
	}
	return errs.As(errs.Invalid, errors.New("phone number: allowed are a plus sign, the country's code and the number, such as +4915112345678"))
}

// Limits of a number's verification.
const (
	CodeLifetime = 10 * time.Minute
	CodeTries    = 5 // wrong codes before a new one is needed
	codeDigits   = 6
)

// Errors of a verification.
var (
	ErrWrongCode    = errs.As(errs.Invalid, errors.New("the code is wrong, used, or too old: allowed is the newest one, for 10 minutes and 5 tries"))
	ErrTooManyCodes = errs.As(errs.Throttled, errors.New("no more codes today: allowed are 5 a day, and so many for all who share a network or a country"))
)

// Challenge is a code that was sent and has not been used.
type Challenge struct {
	UserID    string
	Number    string
	Hash      string // of the code, see hashOf
	OptedInAt time.Time
	ExpiresAt time.Time
}

// Challenges stores codes that were sent.
type Challenges interface {
	// Begin replaces the user's challenge.
	Begin(ctx context.Context, c Challenge) error
	// CountCode adds one to the counter of that name and of the day of at in UTC, and reports true; false if the counter has reached most.
	CountCode(ctx context.Context, name string, most int, at time.Time) (bool, error)
	// Try counts an attempt and returns the user's challenge; ErrWrongCode if there is none, it has expired or there were CodeTries attempts.
	Try(ctx context.Context, userID string, at time.Time) (Challenge, error)
	// End removes a user's challenge if it still has that hash; ErrWrongCode otherwise, as a code may be used once.
	End(ctx context.Context, c Challenge) error
}

// Texter sends text messages.
type Texter interface {
	Text(ctx context.Context, number, message string) error
}

// Verifier verifies that a number belongs to its user. All fields are required.
type Verifier struct {
	Challenges Challenges
	Store      Store
	Texter     Texter
	Countries  Countries
	Random     io.Reader // must be secure: crypto/rand.Reader
	Now        func() time.Time
}

// Start sends a code to a number; by requesting it the user agrees to get messages there. Until Finish the user's present phone stays
// in use. from is the address of the request.
func (v *Verifier) Start(ctx context.Context, userID string, from netip.Addr, number string) error {
	if err := CheckNumber(number); err != nil {
		return err
	}
	code, err := newCode(v.Random)
	if err != nil {
		return err
	}
	now := v.Now().UTC().Truncate(time.Millisecond)
	if err := v.count(ctx, userID, from, number, now); err != nil {
		return err
	}
	c := Challenge{UserID: userID, Number: number, OptedInAt: now, ExpiresAt: now.Add(CodeLifetime)}
	c.Hash = c.hashOf(code)
	if err := v.Challenges.Begin(ctx, c); err != nil {
		return fmt.Errorf("begin to verify a phone number: %w", err)
	}
	if err := v.Texter.Text(ctx, number, code+" is your connected car code. It is good for 10 minutes. Tell nobody."); err != nil {
		return fmt.Errorf("send the code: %w", err)
	}
	return nil
}

// Finish checks the code that the user received, and stores the number as the user's phone. It fails with ErrWrongCode.
func (v *Verifier) Finish(ctx context.Context, userID, code string) (Phone, error) {
	now := v.Now().UTC().Truncate(time.Millisecond)
	c, err := v.Challenges.Try(ctx, userID, now)
	if err != nil {
		return Phone{}, err
	}
	if !hmac.Equal([]byte(c.Hash), []byte(c.hashOf(code))) {
		return Phone{}, ErrWrongCode
	}
	if err := v.Challenges.End(ctx, c); err != nil {
		return Phone{}, err
	}
	p := Phone{Number: c.Number, VerifiedAt: now, OptedInAt: c.OptedInAt}
	if err := v.Store.PutPhone(ctx, userID, p); err != nil {
		return Phone{}, fmt.Errorf("keep the verified phone number: %w", err)
	}
	return p, nil
}

// newCode returns six random digits, with all codes equally likely.
func newCode(random io.Reader) (string, error) {
	if random == nil {
		random = rand.Reader
	}
	const codes = 1_000_000
	const fair = (1<<32 - 1) / codes * codes // numbers from here on are rejected, as they would make low codes likelier
	for {
		var b [4]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", fmt.Errorf("make a code: %w", err)
		}
		if n := binary.BigEndian.Uint32(b[:]); n < fair {
			return fmt.Sprintf("%0*d", codeDigits, n%codes), nil
		}
	}
}

// hashOf returns the stored hash of a code. It covers the user and the number, so that it is useless for other users. As there are only
// a million codes, the protection lies in the limits of attempts and lifetime.
func (c Challenge) hashOf(code string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%d\x00%s", c.UserID, c.Number, c.ExpiresAt.UnixMilli(), code)
	return hex.EncodeToString(h.Sum(nil))
}

package ownership

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// alphabet is Crockford's base 32: it has no letters that are easily confused when a code is read out.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// codeLength is in characters of 5 bits. Attempts are limited per person, not per car, where strangers could lock the buyer out: a
// person has AttemptsAnHour x 24 = 240 attempts in a code's lifetime of a day, so a million accounts find one car's code of 50 bits with a
// probability of 2.4e8 / 1.1e15, one in 4.7 million.
const codeLength = 10

// newCode returns a random code in the form that people see: XXXXX-XXXXX.
func newCode(random io.Reader) (string, error) {
	b := make([]byte, codeLength)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("make a claim code: %w", err)
	}
	for n := range b {
		b[n] = alphabet[b[n]&31] // 256 is a multiple of 32: every character is as likely as the others
	}
	return string(b[:codeLength/2]) + "-" + string(b[codeLength/2:]), nil
}

// read normalizes a code in upper case: it removes hyphens and spaces, and replaces the letters that Crockford's alphabet omits
// by the digits that they resemble.
var read = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1")

// hashOf returns the stored hash of a code. It covers the VIN, so a code is valid for its car only.
func hashOf(v vin.VIN, code string) string {
	sum := sha256.Sum256([]byte(string(v) + "\x00" + read.Replace(strings.ToUpper(code))))
	return hex.EncodeToString(sum[:])
}

// fits reports whether code is this code for that car, and has not expired.
func (c Code) fits(v vin.VIN, code string, now time.Time) bool {
	same := subtle.ConstantTimeCompare([]byte(c.Hash), []byte(hashOf(v, code))) == 1
	return same && c.VIN == v && now.Before(c.ExpiresAt)
}

// standsFor returns an error if the code is no longer valid for the car. A code of the owner ends with the ownership, and one of
// the dealer or an operator with the dealer's assignment.
func (c Code) standsFor(car vehicle.Vehicle) error {
	handsOver := c.Owner != "" && c.IssuedBy == c.Owner
	switch {
	case handsOver && (car.OwnerID == c.Owner || car.OwnerID == "" && car.WipeOf == c.Owner): // the latter: an interrupted claim
		return nil
	case car.OwnerID != "":
		return vehicle.ErrOwned // a dealer's code for a car that another user has claimed in the meantime
	case c.Owner != "" || c.Dealer != car.DealerID:
		return ErrWrongCode
	}
	return nil
}

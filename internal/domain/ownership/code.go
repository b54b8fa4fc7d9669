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

// alphabet is Crockford's base 32: no letter is taken for another when a code is read out.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// codeLength is in characters of 5 bits. Tries are bounded for each person, not for the car, where strangers could lock the buyer out: a
// person has AttemptsAnHour x 24 = 240 tries in a code's life of a day, so a million accounts find one car's code of 50 bits with a chance
// of 2.4e8 / 1.1e15, one in 4.7 million.
const codeLength = 10

// newCode is a code as people see it: XXXXX-XXXXX.
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

// read is a code as it was meant: whatever its case, without what stands between, and with the letters that Crockford leaves out
// for the digits that they look like.
var read = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1")

// hashOf returns the stored hash of a code. It covers the VIN, so a code fits its car alone.
func hashOf(v vin.VIN, code string) string {
	sum := sha256.Sum256([]byte(string(v) + "\x00" + read.Replace(strings.ToUpper(code))))
	return hex.EncodeToString(sum[:])
}

// fits reports whether that is the code, and it still counts.
func (c Code) fits(v vin.VIN, code string, now time.Time) bool {
	same := subtle.ConstantTimeCompare([]byte(c.Hash), []byte(hashOf(v, code))) == 1
	return same && c.VIN == v && now.Before(c.ExpiresAt)
}

// standsFor returns an error if the car is not any more the one that the code was made for. An owner's code ends with the ownership, and
// one that the dealer made, or an operator, with the dealer's assignment.
func (c Code) standsFor(car vehicle.Vehicle) error {
	handsOver := c.Owner != "" && c.IssuedBy == c.Owner
	switch {
	case handsOver && (car.OwnerID == c.Owner || car.OwnerID == "" && car.WipeOf == c.Owner): // the latter: a claim that was cut off
		return nil
	case car.OwnerID != "":
		return vehicle.ErrOwned // a dealer's code for a car that somebody else claimed meanwhile
	case c.Owner != "" || c.Dealer != car.DealerID:
		return ErrWrongCode
	}
	return nil
}

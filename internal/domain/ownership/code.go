package ownership

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"connectedcar/internal/vin"
)

// alphabet is Crockford's base 32: no letter is taken for another when a code is read out.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// codeLength is in characters of 5 bits: with ten tries an hour on a car, 50 bits take longer than the car lasts.
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

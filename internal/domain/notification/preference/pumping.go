package preference

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"connectedcar/internal/errs"
)

// Limits of codes per day in UTC. A code costs from 0.01 to 0.5 USD, and fraudsters who share a carrier's revenue request codes to its
// numbers by the thousand (SMS pumping): without limits a few sign-up accounts would spend the month's budget in minutes.
// https://docs.aws.amazon.com/sms-voice/latest/userguide/phone-numbers-sms-pumping.html
const (
	CodesPerDay    = 5   // to one user
	CodesOfNumber  = 5   // to one number, whichever user requests them
	CodesOfAddress = 100 // requested from one address: all users of a company or of the console's server share one
)

// ErrCountry is returned for a number of a country to which no codes are sent.
var ErrCountry = errs.As(errs.Invalid, errors.New("phone number: no codes are sent to that country"))

// Countries are the codes per day by the beginning of the number, such as "+49" for Germany. The longest matching beginning counts;
// "+" stands for all other countries together. Numbers with a limit of 0 or without any match get no codes.
type Countries map[string]int

// of returns the beginning that counts for a number, and its codes per day.
func (c Countries) of(number string) (beginning string, most int) {
	for b, n := range c {
		if strings.HasPrefix(number, b) && len(b) > len(beginning) {
			beginning, most = b, n
		}
	}
	return beginning, most
}

// count counts a code before it is sent; ErrTooManyCodes if a limit is reached.
func (v *Verifier) count(ctx context.Context, userID string, from netip.Addr, number string, at time.Time) error {
	country, most := v.Countries.of(number)
	if most == 0 {
		return ErrCountry
	}
	for _, c := range []struct {
		name string
		most int
	}{
		{"user#" + userID, CodesPerDay}, {"number#" + number, CodesOfNumber}, {"address#" + network(from), CodesOfAddress}, {"country#" + country, most},
	} {
		within, err := v.Challenges.CountCode(ctx, c.name, c.most, at)
		if err != nil {
			return fmt.Errorf("count the codes of a day: %w", err)
		}
		if !within {
			return ErrTooManyCodes
		}
	}
	return nil
}

// network returns the part of an address that identifies a subscriber: with IPv6 each has at least a /64.
// https://datatracker.ietf.org/doc/html/rfc6177
func network(a netip.Addr) string {
	a = a.Unmap()
	if a.Is6() {
		p, _ := a.Prefix(64) // fits every IPv6 address
		return p.String()
	}
	return a.String()
}

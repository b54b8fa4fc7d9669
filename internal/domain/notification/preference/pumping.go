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

// Codes that are sent on a day in UTC. A code costs from 0.01 to 0.5 USD, and who earns at the far end has codes sent there by the
// thousand (SMS pumping): without these bounds a stranger with sign-up accounts spends the month's budget in minutes.
// https://docs.aws.amazon.com/sms-voice/latest/userguide/phone-numbers-sms-pumping.html
const (
	CodesPerDay    = 5   // to one user
	CodesOfNumber  = 5   // to one number, whoever asks
	CodesOfAddress = 100 // asked for from one address: a company or the console's server has one for all its people
)

// ErrCountry says that no codes go to a number's country.
var ErrCountry = errs.As(errs.Invalid, errors.New("phone number: no codes are sent to that country"))

// Countries are the codes that are sent on a day by the beginning of the number, such as "+49" for Germany. The longest beginning counts;
// "+" is of all other countries together. A beginning with 0 gets none, and neither does a number that none fits.
type Countries map[string]int

// of is the beginning that counts for a number, and its codes a day.
func (c Countries) of(number string) (beginning string, most int) {
	for b, n := range c {
		if strings.HasPrefix(number, b) && len(b) > len(beginning) {
			beginning, most = b, n
		}
	}
	return beginning, most
}

// count counts a code that is about to be sent; ErrTooManyCodes if it would be one too many.
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

// network is an address as far as it is one subscriber's: of IPv6 each has at least a /64.
// https://datatracker.ietf.org/doc/html/rfc6177
func network(a netip.Addr) string {
	a = a.Unmap()
	if a.Is6() {
		p, _ := a.Prefix(64) // fits every IPv6 address
		return p.String()
	}
	return a.String()
}

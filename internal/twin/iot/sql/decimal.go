package sql

import (
	"math/big"
	"strconv"
	"strings"
)

// The limits of the reference's Decimal.
const (
	precision   = 34
	maxExponent = 999
)

var (
	bigTen  = big.NewInt(10)
	bigOne  = big.NewInt(1)
	bigZero = new(big.Int)
)

// decimal is the number coef × 10^exp.
type decimal struct {
	coef *big.Int
	exp  int
}

func pow10(n int) *big.Int { return new(big.Int).Exp(bigTen, big.NewInt(int64(n)), nil) }

// digits returns the number of decimal digits of n.
func digits(n *big.Int) int {
	if n.Sign() == 0 {
		return 1
	}
	d := len(n.Text(10))
	if n.Sign() < 0 {
		d--
	}
	return d
}

// parseDecimal parses a number that matches the reference's pattern ^-?\d+(\.\d+)?((?i)E-?\d+)?$, or JSON's, which also allows a + in the
// exponent. It returns false for a number out of range.
func parseDecimal(s string) (decimal, bool) {
	mantissa, exp := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.Atoi(s[i+1:])
		if err != nil || n > 10*maxExponent || n < -10*maxExponent {
			return decimal{}, false
		}
		mantissa, exp = s[:i], n
	}
	if i := strings.IndexByte(mantissa, '.'); i >= 0 {
		exp -= len(mantissa) - i - 1
		mantissa = mantissa[:i] + mantissa[i+1:]
	}
	if len(mantissa) > 2*maxExponent {
		return decimal{}, false
	}
	coef, ok := new(big.Int).SetString(mantissa, 10)
	if !ok {
		return decimal{}, false
	}
	return decimal{coef, exp}.limit()
}

// limit rounds to the precision, half to even. It returns false if the magnitude is out of range.
func (d decimal) limit() (decimal, bool) {
	if n := digits(d.coef) - precision; n > 0 {
		d = d.scaleTo(d.exp+n, halfEven)
		if digits(d.coef) > precision {
			d = d.scaleTo(d.exp+1, halfEven)
		}
	}
	top := d.exp + digits(d.coef) - 1
	if d.coef.Sign() != 0 && (top > maxExponent || top < -maxExponent) {
		return decimal{}, false
	}
	return d, true
}

// rounding is a way to drop digits.
type rounding int

const (
	truncate rounding = iota
	floor
	ceiling
	halfUp // ties away from zero: in the reference, round(-1.5) is -2
	halfEven
)

// scaleTo changes the exponent to exp, and rounds digits below it.
func (d decimal) scaleTo(exp int, r rounding) decimal {
	if exp <= d.exp {
		return decimal{new(big.Int).Mul(d.coef, pow10(d.exp-exp)), exp}
	}
	unit := pow10(exp - d.exp)
	q, rest := new(big.Int).QuoRem(d.coef, unit, new(big.Int))
	if rest.Sign() != 0 && r.awayFromZero(q, rest, unit) {
		if d.coef.Sign() < 0 {
			q.Sub(q, bigOne)
		} else {
			q.Add(q, bigOne)
		}
	}
	return decimal{q, exp}
}

func (r rounding) awayFromZero(q, rest, unit *big.Int) bool {
	switch r {
	case floor:
		return rest.Sign() < 0
	case ceiling:
		return rest.Sign() > 0
	case halfUp, halfEven:
		twice := new(big.Int).Lsh(new(big.Int).Abs(rest), 1)
		if c := twice.Cmp(unit); c != 0 {
			return c > 0
		}
		return r == halfUp || q.Bit(0) == 1
	}
	return false
}

// align converts two numbers to the smaller of their exponents.
func align(a, b decimal) (decimal, decimal) {
	exp := min(a.exp, b.exp)
	return a.scaleTo(exp, truncate), b.scaleTo(exp, truncate)
}

func (d decimal) cmp(o decimal) int {
	if d.exp == o.exp {
		return d.coef.Cmp(o.coef)
	}
	a, b := align(d, o)
	return a.coef.Cmp(b.coef)
}

func (d decimal) add(o decimal) (decimal, bool) {
	a, b := align(d, o)
	return decimal{new(big.Int).Add(a.coef, b.coef), a.exp}.limit()
}

func (d decimal) neg() decimal { return decimal{new(big.Int).Neg(d.coef), d.exp} }

func (d decimal) mul(o decimal) (decimal, bool) {
	return decimal{new(big.Int).Mul(d.coef, o.coef), d.exp + o.exp}.limit()
}

// quo divides to the precision, and strips trailing zeros that the operands did not have. It returns false for a division by zero.
func (d decimal) quo(o decimal) (decimal, bool) {
	if o.coef.Sign() == 0 {
		return decimal{}, false
	}
	shift := max(0, precision+2+digits(o.coef)-digits(d.coef))
	n := new(big.Int).Mul(d.coef, pow10(shift))
	q, rest := new(big.Int).QuoRem(n, o.coef, new(big.Int))
	out := decimal{q, d.exp - o.exp - shift}
	if rest.Sign() != 0 { // an extra digit, so that the rounding sees the remainder
		q.Mul(q, bigTen)
		q.Add(q, big.NewInt(int64(n.Sign()*o.coef.Sign())))
		out.exp--
	}
	out, ok := out.limit()
	if !ok {
		return decimal{}, false
	}
	return out.strip(d.exp - o.exp), true
}

// strip removes trailing zeros while the exponent is below limit.
func (d decimal) strip(limit int) decimal {
	if d.coef.Sign() == 0 {
		return decimal{bigZero, max(d.exp, min(limit, 0))}
	}
	for d.exp < limit {
		q, rest := new(big.Int).QuoRem(d.coef, bigTen, new(big.Int))
		if rest.Sign() != 0 {
			break
		}
		d = decimal{q, d.exp + 1}
	}
	return d
}

// rem returns the remainder of the integer division, with the sign of the dividend. It returns false for a division by zero.
func (d decimal) rem(o decimal) (decimal, bool) {
	if o.coef.Sign() == 0 {
		return decimal{}, false
	}
	a, b := align(d, o)
	return decimal{new(big.Int).Rem(a.coef, b.coef), a.exp}.limit()
}

// toInteger rounds to an integer.
func (d decimal) toInteger(r rounding) *big.Int { return d.scaleTo(0, r).coef }

// String formats the number like Java's BigDecimal: in scientific notation if its exponent is positive or the number is small.
func (d decimal) String() string {
	s := new(big.Int).Abs(d.coef).Text(10)
	top := d.exp + len(s) - 1
	switch {
	case d.exp == 0:
	case d.exp < 0 && top >= -6:
		if pad := -d.exp - len(s) + 1; pad > 0 {
			s = strings.Repeat("0", pad) + s
		}
		s = s[:len(s)+d.exp] + "." + s[len(s)+d.exp:]
	default:
		if len(s) > 1 {
			s = s[:1] + "." + s[1:]
		}
		s += "E" + strconv.FormatInt(int64(top), 10)
		if top > 0 {
			s = strings.Replace(s, "E", "E+", 1)
		}
	}
	if d.coef.Sign() < 0 {
		return "-" + s
	}
	return s
}

func ofDecimal(d decimal) value { return value{kind: decimals, str: d.String()} }

// ofBig makes an Int, or a Decimal if n has too many digits for an Int.
func ofBig(n *big.Int) value {
	if n.IsInt64() {
		return ofInt(n.Int64())
	}
	if digits(n) <= precision {
		return value{kind: integer, big: true, str: n.Text(10)}
	}
	d, ok := decimal{n, 0}.limit()
	if !ok {
		return valUndefined
	}
	return ofDecimal(d)
}

// ofDecimalOK is ofDecimal, or Undefined if ok is false.
func ofDecimalOK(d decimal, ok bool) value {
	if !ok {
		return valUndefined
	}
	return ofDecimal(d)
}

package sql

import (
	"math"
	"math/big"
	"math/rand/v2"
)

var (
	acos, asin, atan, cos, cosh = math.Acos, math.Asin, math.Atan, math.Cos, math.Cosh
	sin, sinh, tan, tanh        = math.Sin, math.Sinh, math.Tan, math.Tanh
	exp, ln, log10, sqrt        = math.Exp, math.Log, math.Log10, math.Sqrt
)

// double makes a function of double precision. Results that are no real numbers are Undefined.
func double(f func(float64) float64) func(value) value {
	return func(v value) value {
		x, ok := v.float()
		if !ok {
			return valUndefined
		}
		return ofFloat(f(x))
	}
}

func atan2(a, b value) value { return double2(math.Atan2, a, b) }

func power(a, b value) value { return double2(math.Pow, a, b) }

func double2(f func(a, b float64) float64, a, b value) value {
	x, ok := a.float()
	if !ok {
		return valUndefined
	}
	y, ok := b.float()
	if !ok {
		return valUndefined
	}
	return ofFloat(f(x, y))
}

func absolute(v value) value {
	switch {
	case v.kind == integer && !v.big && v.num >= 0:
		return v
	case v.kind == integer:
		if n, ok := v.bigInt(truncate); ok {
			return ofBig(n.Abs(n))
		}
		return valUndefined
	}
	d, ok := v.decimal()
	if !ok {
		return valUndefined
	}
	return ofDecimal(decimal{new(big.Int).Abs(d.coef), d.exp})
}

// rounded makes a function that rounds to an Int.
func rounded(r rounding) func(value) value {
	return func(v value) value {
		if v.kind == integer {
			return v
		}
		n, ok := v.bigInt(r)
		if !ok {
			return valUndefined
		}
		return ofBig(n)
	}
}

func sign(v value) value {
	d, ok := v.decimal()
	if !ok {
		return valUndefined
	}
	return ofInt(int64(d.coef.Sign()))
}

// trunc truncates a number to 0 to 34 decimal places, and strips trailing zeros.
func trunc(v, places value) value {
	if !isNumber(places) {
		return valUndefined
	}
	n, ok := places.clamped()
	if !ok {
		return valUndefined
	}
	if v.kind == integer {
		return v
	}
	d, ok := v.decimal()
	if !ok {
		return valUndefined
	}
	exp := -int(min(max(n, 0), precision))
	if d.exp < exp {
		d = d.scaleTo(exp, truncate)
	}
	d = d.strip(0)
	if d.exp == 0 {
		return ofBig(d.coef)
	}
	return ofDecimal(d)
}

// nanvl returns the first argument, or the second if the first is Undefined or Null: NaN itself does not occur here.
func nanvl(v, otherwise value) value {
	if v.kind == undefined || v.kind == null {
		return otherwise
	}
	return v
}

func random(e *env) value {
	if e.svc.Rand != nil {
		return ofFloat(e.svc.Rand())
	}
	return ofFloat(rand.Float64())
}

func bitand(z, a, b *big.Int) *big.Int { return z.And(a, b) }
func bitor(z, a, b *big.Int) *big.Int  { return z.Or(a, b) }
func bitxor(z, a, b *big.Int) *big.Int { return z.Xor(a, b) }

// bits2 makes a function of two Ints. It rounds other numbers down.
func bits2(f func(z, a, b *big.Int) *big.Int) func(a, b value) value {
	return func(a, b value) value {
		x, ok := a.bigInt(floor)
		if !ok {
			return valUndefined
		}
		y, ok := b.bigInt(floor)
		if !ok {
			return valUndefined
		}
		return ofBig(f(new(big.Int), x, y))
	}
}

// bitnot inverts the significant bits of the number, as in the reference's example (13 is 1101, 2 is 0010). For a negative number it
// inverts all bits of the two's complement.
func bitnot(v value) value {
	n, ok := v.bigInt(floor)
	if !ok {
		return valUndefined
	}
	if n.Sign() < 0 {
		return ofBig(n.Not(n))
	}
	mask := new(big.Int).Lsh(bigOne, uint(n.BitLen()))
	mask.Sub(mask, bigOne)
	return ofBig(n.Xor(n, mask))
}

package config

import (
	"maps"
	"regexp"
	"slices"
)

// A country's calling code, optionally with more digits for a part of the country (ITU-T E.164); "+" alone stands for all other countries.
var callingCode = regexp.MustCompile(`^\+([1-9][0-9]{0,6})?$`)

// mostCodes is the highest accepted limit of codes for a country and day: a higher one is a typing error.
const mostCodes = 1_000_000

func (r reader) texts() Texts {
	return Texts{
		Countries: r.textCountries(),
		// A new account may spend 1 USD, and SNS refuses a limit beyond the account's quota.
		// https://docs.aws.amazon.com/sns/latest/dg/channels-sms-awssupport-spend-threshold.html
		MonthlySpendUSD: r.number(keyTextSpend, 1, 1, 1_000_000),
	}
}

func (r reader) textCountries() map[string]int {
	value, ok := r.raw[keyTextCountries]
	if !ok {
		return map[string]int{"+": 200}
	}
	var in map[string]int
	if !decode(value, &in) {
		r.fail(keyTextCountries, `must be an object of whole numbers, like {"+49": 500, "+43": 50}`)
		return nil
	}
	for _, code := range slices.Sorted(maps.Keys(in)) {
		at := r.origin(keyTextCountries) + "." + code
		if !callingCode.MatchString(code) {
			r.bad.add(at, in[code], `allowed are a plus sign and a country's calling code, such as +49, and "+" for all other countries`)
		}
		if in[code] < 0 || in[code] > mostCodes {
			r.bad.add(at, in[code], "must be 0 to %d codes a day", mostCodes)
		}
	}
	return in
}

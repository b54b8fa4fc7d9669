package sql_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/sql"
)

// TestStringsComeThrough passes strings through a function, which decodes and encodes them.
func TestStringsComeThrough(t *testing.T) {
	for name, tc := range map[string]struct{ source, want string }{
		"escape sequences":             {`"a\"\\\/\b\f\n\r\tz"`, "a\"\\/\b\f\n\r\tz"},
		"characters by number":         {`"\u00e9\u20AC\u0000"`, "é€\x00"},
		"a pair of surrogates":         {`"\ud83d\ude97!"`, "🚗!"},
		"half a pair":                  {`"\ud83dx"`, "\ufffdx"},
		"half a pair before another":   {`"\ud83d\u0041"`, "\ufffdA"},
		"the other half":               {`"\ude97"`, "\ufffd"},
		"characters as they are":       {`"é€🚗"`, "é€🚗"},
		"nothing":                      {`""`, ""},
		"a control character by name":  {`"\u001f"`, "\x1f"},
		"a line separator is no quote": {`"\u2028"`, "\u2028"},
	} {
		t.Run(name, func(t *testing.T) {
			out := run(t, `SELECT concat(a, '') AS a FROM 'x'`, message(`{"a":`+tc.source+`}`))
			var got struct{ A string }
			require.NoError(t, json.Unmarshal([]byte(out), &got))
			assert.Equal(t, tc.want, got.A)
		})
	}
}

func TestNamesSpelledWithEscapes(t *testing.T) {
	payload := `{"o":{"x\u0079":1,"\"":2,"xy":3},"l\u0061st":4}`
	for expression, want := range map[string]string{`o.xy`: `3`, `get(o, '"')`: `2`, `last`: `4`, `get(*, 'last')`: `4`, `o = {"xy":3,"""":2}`: `true`} {
		assert.Equal(t, want, run(t, `SELECT VALUE (`+expression+`)`, message(payload)), expression)
	}
}

func TestEdgesOfFunctions(t *testing.T) {
	for expression, want := range map[string]string{
		`parse_time("yyyy G", -62167219200001)`:                                 `"-0001 BC"`,
		`parse_time("Y G x", -62198755200000)`:                                  `"2 BC -2"`,
		`parse_time("SSSSSSSSSSSS S", 1795435200123)`:                           `"123000000000 1"`,
		`parse_time("yyyyMMdd 'it''s' e E", 0)`:                                 `"19700101 it's 4 Thu"`,
		`parse_time("HH:mm ZZZ", 0, "GMT-03:30")`:                               `"20:30 GMT-03:30"`,
		`parse_time("yyyy", 1E300)`:                                             ``,
		`parse_time("yyyy", 0, "+19:00")`:                                       ``,
		`parse_time("yyyy", 0, "Local")`:                                        ``,
		`time_to_epoch("2026-11-23 12:00:00.5 +01", "yyyy-MM-dd HH:mm:ss.S X")`: `1795431600500`,
		`time_to_epoch("24:00 2026-11-23", "HH:mm yyyy-MM-dd")`:                 ``,
		`time_to_epoch("23/11/2026 12 AM", "dd/MM/uuuu hh a")`:                  `1795392000000`,
		`time_to_epoch("2026-11-23T24", "yyyy-MM-dd'T'kk")`:                     `1795392000000`,
		`time_to_epoch("2026-11-23 EST", "yyyy-MM-dd z")`:                       `1795410000000`,
		`time_to_epoch("2026-11-23 Nowhere", "yyyy-MM-dd z")`:                   ``,
		`time_to_epoch("2024-02-30", "yyyy-MM-dd")`:                             `1709164800000`,
		`cast(true as Double)`:                                                  `1`,
		`cast(arr as Double)`:                                                   ``,
		`cast("1E400" as Double)`:                                               ``,
		`abs(-9223372036854775807 - 1)`:                                         `9223372036854775808`,
		`abs(num)`:                                                              `5.5`,
		`floor(1E300)`:                                                          `1E+300`,
		`round(12345678901234567890123456789012345678.5)`:                       `1.234567890123456789012345678901235E+37`,
		`power(0, -1)`:                                                          ``,
		`1E998 % 7`:                                                             `2`,
		`get(arr, 1.9)`:                                                         `2`,
		`regexp_replace("a", "a", "\")`:                                         ``,
		`regexp_replace("a", "a", "${x}")`:                                      ``,
		`regexp_replace("a", "a", "${")`:                                        ``,
		`regexp_replace("a", "a", "$")`:                                         ``,
		`regexp_replace("abc", "(x)?b", "[$1]")`:                                `"a[]c"`,
		`regexp_replace("abc", "(b)", "$12")`:                                   `"ab2c"`,
		`transform("enrichArray", obj, "x")`:                                    ``,
		`transform("enrichArray", 1, [])`:                                       ``,
		`concat(arr, missing, n)`:                                               `[1,2,3,null]`,
	} {
		t.Run(expression, func(t *testing.T) { sameJSON(t, want, evaluate(t, expression)) })
	}
}

func TestTransformIsLimited(t *testing.T) {
	s, err := sql.Compile(`SELECT VALUE transform("enrichArray", {"a": rpad(a, 1000)}, (SELECT VALUE {"n": x} FROM e AS x))`, sql.V2016)
	require.NoError(t, err)
	e := "0"
	for range 200 {
		e += ",0"
	}
	_, _, err = s.Evaluate(context.Background(), message(`{"a":"","e":[`+e+`]}`), sql.Services{})
	assert.ErrorContains(t, err, "transform: the result is longer than 131072 bytes")
}

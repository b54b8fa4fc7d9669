package sql_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/sql"
)

// result returns the value of an expression for that payload; empty: Undefined.
func result(t *testing.T, expression, payload string) (string, error) {
	t.Helper()
	s, err := sql.Compile("SELECT "+expression+" AS x FROM 'a'", sql.V2016)
	require.NoError(t, err)
	out, _, err := s.Evaluate(t.Context(), sql.Message{Topic: "a", Payload: []byte(payload)}, sql.Services{})
	return strings.TrimSuffix(strings.TrimPrefix(string(out), `{"x":`), "}"), err
}

func TestJavasRegularExpressions(t *testing.T) {
	for name, tc := range map[string]struct{ expression, want string }{
		"look-ahead":                           {`regexp_substr('price 42 EUR', '\d+(?= EUR)')`, `"42"`},
		"negative look-ahead":                  {`regexp_matches('foobaz', 'foo(?!bar)')`, `true`},
		"look-behind":                          {`regexp_substr('a1 b2', '(?<=b)\d')`, `"2"`},
		"negative look-behind":                 {`regexp_replace('a1 b2', '(?<!a)\d', '#')`, `"a1 b#"`},
		"a back-reference":                     {`regexp_substr('say aha now', '(a)h\1')`, `"aha"`},
		"a possessive star gives nothing back": {`regexp_matches('aaa', 'a*+a')`, `false`},
		"a possessive plus matches":            {`regexp_substr('aaab', 'a++b')`, `"aaab"`},
		"a possessive group":                   {`regexp_matches('abab', '(?:ab)++ab')`, `false`},
		"a possessive class":                   {`regexp_substr('x[]9', '[\]\[]++\d')`, `"[]9"`},
		"a possessive count":                   {`regexp_substr('aaaa', 'a{2}+(?=a)')`, `"aa"`},
		"an atomic group":                      {`regexp_matches('aaab', '(?>a+)ab')`, `false`},
		"groups in a replacement":              {`regexp_replace('k=v', '(\w)=(?=(v))', '$2$1:')`, `"vk:v"`},
		"text beyond ASCII":                    {`regexp_substr('größe 7 €', '(?<=ö)ße')`, `"ße"`},
		"no match":                             {`regexp_substr('abc', '(?=x)')`, ``},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := result(t, strings.ReplaceAll(tc.expression, `\\`, `\`), "{}")
			require.NoError(t, err)
			if tc.want == "" {
				tc.want = "{"
			}
			assert.Equal(t, tc.want, got)
		})
	}
}

func TestBacktrackingHasATimeLimit(t *testing.T) {
	start := time.Now()
	_, err := result(t, `regexp_matches(a, '^(a+)+(?=b)$')`, `{"a":"`+strings.Repeat("a", 5000)+`"}`)
	assert.ErrorContains(t, err, "regexp_matches: the pattern took more than")
	assert.Less(t, time.Since(start), 10*time.Second)
}

func TestWholeNumbersOfThePayloadAreDividedAsInt(t *testing.T) {
	for expression, want := range map[string]string{
		"a / 4": "2", "a / 4.0": "2.5", "4 / a": "0", "b / 4": "2.625", "a": "10.0", "c / 4": "2", "a + 1": "11.0",
	} {
		got, err := result(t, expression, `{"a":10.0,"b":10.5,"c":10}`)
		require.NoError(t, err)
		assert.Equal(t, want, got, expression)
	}
}

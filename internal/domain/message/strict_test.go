package message_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/message"
)

type part struct {
	Code string `json:"code"`
}

type whole struct {
	ID    string         `json:"id"`
	Count message.Whole  `json:"count"`
	One   *part          `json:"one"`
	Many  []part         `json:"many"`
	Free  map[string]any `json:"free"`
}

func TestStrict(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"every member, exactly":       {`{"id":"x","count":1e3,"one":{"code":"a"},"many":[{"code":"b"}],"free":{"Any":{"THING":1}}}`, ""},
		"a member in other case":      {`{"ID":"x"}`, `unknown field "ID" is there; allowed is one of id, count, one, many, free`},
		"beside the one it resembles": {`{"id":"x","iD":"y"}`, `unknown field "iD"`},
		"one in a struct":             {`{"one":{"Code":"a"}}`, `unknown field "one.Code"`},
		"one in a list":               {`{"many":[{"code":"a"},{"CODE":"b"}]}`, `unknown field "many[1].CODE"`},
		"no object":                   {`[]`, `not a JSON object: it begins with "[]"`},
		"a number that is no integer": {`{"count":1.5}`, "allowed is an integer"},
		"a wrong type":                {`{"one":7}`, "cannot unmarshal number"},
	} {
		t.Run(name, func(t *testing.T) {
			var got whole
			err := message.Strict([]byte(tc.in), &got)
			if tc.want != "" {
				require.ErrorContains(t, err, tc.want)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, whole{ID: "x", Count: 1000, One: &part{"a"}, Many: []part{{"b"}}, Free: map[string]any{"Any": map[string]any{"THING": 1.0}}}, got)
		})
	}
}

func TestWholeNumbersHoweverTheyAreWritten(t *testing.T) {
	for in, want := range map[string]int64{"7": 7, "-7": -7, "7.0": 7, "7e2": 700, "70e-1": 7, "0e99999999999": 0, "-0": 0} {
		got, err := message.ParseWhole(in)
		require.NoError(t, err, in)
		assert.Equal(t, want, got, in)
	}
	for _, in := range []string{"", "x", "7.5", "1e-1", "1e400", "18446744073709551616"} {
		_, err := message.ParseWhole(in)
		assert.Error(t, err, in)
	}
}

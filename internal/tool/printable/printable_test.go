package printable_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/tool/printable"
)

func TestText(t *testing.T) {
	for name, tc := range map[string][2]string{
		"plain text stays":                      {"Škoda 118 °C, 車", "Škoda 118 °C, 車"},
		"an escape sequence is shown":           {"\x1b[2J\x1b]0;owned\x07", `\u001b[2J\u001b]0;owned\u0007`},
		"the one-byte form of it too":           {"\u009b31m", `\u009b31m`},
		"a line break makes no row":             {"a\nb\tc\rd", `a\u000ab\u0009c\u000dd`},
		"text that runs backwards is shown":     {"gpj.\u202eexe", `gpj.\u202eexe`},
		"what has no width is shown":            {"P\u200b0301", `P\u200b0301`},
		"bytes that are no UTF-8 are shown":     {"a\xffb", `a\xffb`},
		"characters beyond the plane are shown": {"\U000e0041", `\U000e0041`},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc[1], printable.Text(tc[0])) })
	}
}

func TestWriterKeepsLinesAndJSON(t *testing.T) {
	var b strings.Builder
	n, err := printable.Writer{To: &b}.Write([]byte("A\tB\nx\x1b[1m\n"))
	require.NoError(t, err)
	assert.Equal(t, 10, n)
	assert.Equal(t, "A\tB\nx\\u001b[1m\n", b.String())

	b.Reset()
	require.NoError(t, json.NewEncoder(printable.Writer{To: &b}).Encode(map[string]string{"reason": "\u009b2J\x1b"}))
	var back map[string]string
	require.NoError(t, json.Unmarshal([]byte(b.String()), &back))
	assert.Equal(t, "\u009b2J\x1b", back["reason"])
	assert.NotContains(t, b.String(), "\u009b")
}

func TestCell(t *testing.T) {
	for name, tc := range map[string][2]string{
		"a formula":             {`=HYPERLINK("http://x","y")`, `'=HYPERLINK("http://x","y")`},
		"a command":             {"@SUM(1)", "'@SUM(1)"},
		"a plus":                {"+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"},
		"a tab before one":      {"\t=1", "'\t=1"},
		"a number stays":        {"-12.5", "-12.5"},
		"a number with a plus":  {"+3", "+3"},
		"a minus and no number": {"-x", "'-x"},
		"nothing":               {"", ""},
		"text":                  {"P0301", "P0301"},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc[1], printable.Cell(tc[0])) })
	}
}

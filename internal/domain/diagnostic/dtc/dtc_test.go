package dtc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/diagnostic/dtc"
)

func TestEveryCodeIsWrittenAndReadBack(t *testing.T) {
	texts := map[string]bool{}
	for bits := range 1 << 16 {
		c := dtc.Code(bits)
		s := c.String()
		require.Len(t, s, dtc.Length)
		require.False(t, texts[s], "%s is written twice", s)
		texts[s] = true
		back, err := dtc.Parse(s)
		require.NoError(t, err)
		require.Equal(t, c, back)
	}
}

func TestEveryFailureTypeIsWrittenAndReadBack(t *testing.T) {
	for b := range 256 {
		f := dtc.Fault{Code: 0x0301, Type: byte(b), HasType: true}
		for _, s := range []string{f.String(), strings.Replace(f.String(), "-", "", 1)} {
			back, err := dtc.ParseFault(s)
			require.NoError(t, err)
			require.Equal(t, f, back)
		}
		assert.Equal(t, fmt.Sprintf("%02X", b), f.FailureType())
	}
}

func TestParseFault(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		want dtc.Fault
		err  string
	}{
		"a code alone":                       {in: "P0301", want: dtc.Fault{Code: 0x0301}},
		"a code of the network":              {in: "U3FFF", want: dtc.Fault{Code: 0xFFFF}},
		"with a failure type":                {in: "C0040-1C", want: dtc.Fault{Code: 0x4040, Type: 0x1C, HasType: true}},
		"with a failure type and no hyphen":  {in: "B00011C", want: dtc.Fault{Code: 0x8001, Type: 0x1C, HasType: true}},
		"failure type 00 is a failure type":  {in: "P0301-00", want: dtc.Fault{Code: 0x0301, HasType: true}},
		"another letter fails":               {in: "X0301", err: `it begins with 'X'`},
		"a digit above 3 fails":              {in: "P4301", err: `second character is '4'`},
		"a letter that is no digit fails":    {in: "P03G1", err: `character 4 is 'G'`},
		"lower case fails":                   {in: "p0301", err: `it begins with 'p'`},
		"lower case digits fail":             {in: "P03a1", err: `character 4 is 'a'`},
		"four characters fail":               {in: "P030", err: "it has 4 characters"},
		"nothing fails":                      {in: "", err: "it has 0 characters"},
		"half a failure type fails":          {in: "P0301-1", err: `failure type "1"`},
		"a hyphen alone fails":               {in: "P0301-", err: `failure type ""`},
		"a failure type in lower case fails": {in: "P0301-1c", err: `failure type "1c"`},
		"a long text is shortened":           {in: "P0301" + strings.Repeat("7", 100), err: "77..."},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := dtc.ParseFault(tc.in)
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err)
				assert.ErrorContains(t, err, "allowed are")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
		})
	}
}

func FuzzParseFault(f *testing.F) {
	for _, s := range []string{"P0301", "U0100-1C", "C123411", "", "P0301-", "Ä0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		fault, err := dtc.ParseFault(s)
		if err != nil {
			return
		}
		assert.Equal(t, strings.Replace(s, "-", "", 1), strings.Replace(fault.String(), "-", "", 1))
		again, err := dtc.ParseFault(fault.String())
		require.NoError(t, err)
		assert.Equal(t, fault, again)
	})
}

func TestWhoseACodeIs(t *testing.T) {
	for code, standard := range map[string]bool{
		"P0301": true, "P1301": false, "P2301": true, "P3000": false, "P33FF": false, "P3400": true, "P3FFF": true,
		"C0040": true, "C1040": false, "C2040": false, "C3040": true,
		"B0001": true, "B1001": false, "B2001": false, "B3001": true,
		"U0100": true, "U1100": false, "U2100": false, "U3000": true,
	} {
		t.Run(code, func(t *testing.T) {
			c, err := dtc.Parse(code)
			require.NoError(t, err)
			assert.Equal(t, standard, c.Standard())
			assert.Equal(t, dtc.System(code[0]), c.System())
			assert.Len(t, strings.Fields(c.System().String()), 1)
		})
	}
}

func TestStatusNamesItsBits(t *testing.T) {
	assert.Equal(t, []string{}, dtc.Status(0).Names())
	assert.Equal(t, "testFailed|confirmed|warningLampRequested", dtc.Status(0x89).String())
	assert.Len(t, dtc.Status(0xFF).Names(), 8)
	assert.True(t, dtc.Status(0x89).Has(dtc.TestFailed|dtc.Confirmed))
	assert.False(t, dtc.Status(0x89).Has(dtc.Pending|dtc.Confirmed))
	for status, only := range map[dtc.Status]bool{0: false, dtc.Pending: true, dtc.Pending | dtc.TestFailed: true,
		dtc.Pending | dtc.Confirmed: false, dtc.Pending | dtc.WarningLampRequested: false, dtc.Confirmed: false} {
		assert.Equal(t, only, status.OnlyPending(), "%02X", uint8(status))
	}
}

func code(t *testing.T, s string) dtc.Code {
	t.Helper()
	c, err := dtc.Parse(s)
	require.NoError(t, err)
	return c
}

func TestTheBuiltinTableHasTheGenericCodes(t *testing.T) {
	table := dtc.Builtin()
	assert.Greater(t, table.Len(), 500)
	described := 0
	for bits := range 1 << 16 {
		c := dtc.Code(bits)
		if !table.Has(c) {
			continue
		}
		described++
		assert.True(t, c.Standard(), "%s is a maker's code: its meaning differs from make to make", c)
		assert.NotEmpty(t, table.Lookup(c).Description, c)
	}
	assert.Equal(t, table.Len(), described)
	assert.Equal(t, dtc.Entry{Severity: alert.Medium}, table.Lookup(code(t, "P1301")), "what it lacks has the default")
	assert.Equal(t, alert.High, table.Lookup(code(t, "P0301")).Severity)
}

func TestATableIsOverridden(t *testing.T) {
	table, err := dtc.Builtin().Override("acme.csv", []byte("# acme\n*,LOW,A fault\nP1301,CRITICAL,\"Pump, main\"\nP0301,INFO,\nP0302,,Ours\n"))
	require.NoError(t, err)
	before := dtc.Builtin()
	assert.Equal(t, dtc.Entry{Severity: alert.Critical, Description: "Pump, main"}, table.Lookup(code(t, "P1301")))
	assert.Equal(t, dtc.Entry{Severity: alert.Low, Description: "A fault"}, table.Lookup(code(t, "U1FFF")))
	assert.Equal(t, dtc.Entry{Severity: alert.Info, Description: before.Lookup(0x0301).Description}, table.Lookup(0x0301))
	assert.Equal(t, dtc.Entry{Severity: before.Lookup(0x0302).Severity, Description: "Ours"}, table.Lookup(0x0302))
	assert.Equal(t, before.Lookup(0x0300), table.Lookup(0x0300))
	assert.NotEqual(t, before.Lookup(0x0301), table.Lookup(0x0301), "the table overridden stays")
}

func TestAWrongTableIsRefusedByLine(t *testing.T) {
	for name, tc := range map[string]struct{ file, want string }{
		"a code that is none":         {"P0301,LOW,x\nP0G01,LOW,x\n", "t.csv line 2: trouble code"},
		"a severity that is none":     {"P0301,SEVERE,x\n", `t.csv line 1: severity is "SEVERE"; allowed are [CRITICAL`},
		"a column too few":            {"# c\n\nP0301,LOW\n", "t.csv line 3: it has 2 columns"},
		"a column too many":           {"P0301,LOW,a,b\n", "t.csv line 1: it has 4 columns"},
		"a code twice":                {"P0301,LOW,a\nP0302,LOW,b\nP0301,LOW,c\n", "t.csv line 3: code P0301 is on line 1 already"},
		"a description too long":      {"P0301,LOW," + strings.Repeat("x", 121), "has 121 characters"},
		"a quote that does not end":   {"P0301,LOW,\"x\n", "t.csv:"},
		"every line that is wrong":    {"X,LOW,a\nP0301,LOW,b\nY,LOW,c\n", "line 3"},
		"a failure type in the table": {"P0301-1C,LOW,a\n", "t.csv line 1: trouble code"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dtc.Builtin().Override("t.csv", []byte(tc.file))
			require.ErrorContains(t, err, tc.want)
		})
	}
}

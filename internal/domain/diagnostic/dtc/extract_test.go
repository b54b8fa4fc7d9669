package dtc_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/diagnostic/dtc"
)

func TestCodesAreFoundInWhatReadersWrite(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"a list":                                {"P0302, U0155", []string{"P0302", "U0155"}},
		"a code with its text":                  {"P0172 Rich B2 0AB", []string{"P0172"}},
		"lower case":                            {"u0121 lost C0 dec", []string{"U0121"}},
		"a code twice":                          {"P0302|P0302", []string{"P0302"}},
		"with the type of the failure":          {"B1342-49 / C004013", []string{"B1342", "C0040"}},
		"joined":                                {"P0302P0303", []string{"P0302", "P0303"}},
		"python-OBD's list":                     {"[('P0104', 'Air Flow Circuit'), ('B0003', '')]", []string{"P0104", "B0003"}},
		"the filler":                            {"P0000", []string{}},
		"words for none":                        {"No stored codes", []string{}},
		"none counted":                          {"0", []string{}},
		"CAN, two codes":                        {"43 02 03 02 C1 55", []string{"P0302", "U0155"}},
		"CAN, filled up":                        {"4301 0302 0000 0000", []string{"P0302"}},
		"CAN, none":                             {"43 00", []string{}},
		"CAN, pending":                          {"47 01 04 20", []string{"P0420"}},
		"CAN, permanent":                        {"4A 01 04 20", []string{"P0420"}},
		"CAN, with the header of the frame":     {"7E8 04 43 01 03 02 00 00 00", []string{"P0302"}},
		"CAN, two control units":                {"43 01 03 02\r43 01 04 20\r>", []string{"P0302", "P0420"}},
		"CAN, several frames":                   {"00A 0: 43 04 01 03 01 04 1: 01 05 01 06 00 00 00", []string{"P0103", "P0104", "P0105", "P0106"}},
		"CAN, after the command":                {"03 43 01 03 02", []string{"P0302"}},
		"older buses: always three":             {"43 C1 55 00 00 00 00", []string{"U0155"}},
		"older buses, first byte like a count":  {"43 03 02 00 00 00 00", []string{"P0302"}},
		"older buses, two messages":             {"43 03 02 04 20 01 71 43 01 72 00 00 00 00", []string{"P0302", "P0420", "P0171", "P0172"}},
		"older buses, two messages, two lines":  {"43 03 02 04 20 01 71\r43 01 72 00 00 00 00", []string{"P0302", "P0420", "P0171", "P0172"}},
		"UDS, one confirmed and one never seen": {"59 02 FF 93 42 49 09 C1 00 00 50", []string{"B1342"}},
		"a count that does not fit":             {"43 02 03 02", nil},
		"more than zeros after the codes":       {"43 01 03 02 04 20", nil},
		"cut off":                               {"43 01 03", nil},
		"a negative answer":                     {"7F 03 11", nil},
		"words":                                 {"hello", nil},
		"hexadecimal of something else":         {"41 0C 1A F8", nil},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := dtc.Extract(tc.text)
			if tc.want == nil {
				var wrong *dtc.Error
				require.ErrorAs(t, err, &wrong, "%v", found)
				return
			}
			require.NoError(t, err)
			got := []string{}
			for _, c := range found {
				got = append(got, c.String())
			}
			assert.Equal(t, tc.want, got)
		})
	}
}

package diagnostic_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/domain/diagnostic"
)

func TestAMessageHasSoManyCodesAndNoMore(t *testing.T) {
	for n, taken := range map[int]bool{diagnostic.MaxCodes: true, diagnostic.MaxCodes + 1: false} {
		codes := make([]string, n)
		for i := range codes {
			codes[i] = fmt.Sprintf(`{"code":"P0301","ecu":"E%d","status":9}`, i)
		}
		_, err := diagnostic.Decode(fmt.Appendf(nil, `{"vin":"WVWZZZ1JZXW000001","clientId":"WVWZZZ1JZXW000001","ingestedAt":1795420801000,"message":`+
			`{"schema":"diagnostics/1","id":"01KAFK9F00ABCDEFGHJKMNPQRS","ts":"2026-11-23T08:00:00.000Z","seq":1,"kind":"set","mil":true,"codes":[%s]}}`, strings.Join(codes, ",")))
		assert.Equal(t, taken, err == nil, "%d codes: %v", n, err)
	}
}

package sql_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/sql"
)

const carRule = `SELECT *, topic(3) AS vin, clientid() AS clientId, timestamp() AS ingestedAt FROM 'dt/cars/+/telemetry' WHERE clientid() = topic(3)`

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// message returns a message of the car 1HGCM82633A004352.
func message(payload string) sql.Message {
	return sql.Message{
		Topic: "dt/cars/1HGCM82633A004352/telemetry", Payload: []byte(payload), ClientID: "1HGCM82633A004352",
		Principal: "ba67293af50bf2506f5f93469686da660c7c844e7b3950bfb16813e0d31e9373", AccountID: "123456789012",
		SourceIP: "192.0.2.7", TraceID: "12345678-1234-1234-1234-123456789012", At: noon,
	}
}

// run evaluates a statement. The statement must compile, match and succeed.
func run(t *testing.T, src string, m sql.Message) string {
	t.Helper()
	s, err := sql.Compile(src, sql.V2016)
	require.NoError(t, err, src)
	out, ok, err := s.Evaluate(context.Background(), m, sql.Services{})
	require.NoError(t, err, src)
	require.True(t, ok, src)
	return string(out)
}

func TestStatement(t *testing.T) {
	for name, tc := range map[string]struct{ sql, payload, want string }{
		"stamps follow the payload": {carRule, `{"a": 1.50, "b":[1, 2]}`,
			`{"a":1.50,"b":[1,2],"vin":"1HGCM82633A004352","clientId":"1HGCM82633A004352","ingestedAt":1795435200000}`},
		"a stamp replaces a forged member in its place": {carRule, `{"vin":"X","a":1}`,
			`{"vin":"1HGCM82633A004352","a":1,"clientId":"1HGCM82633A004352","ingestedAt":1795435200000}`},
		"a stamp replaces a member forged with escapes": {carRule, `{"v\u0069n":"X","vin":"Y"}`,
			`{"vin":"1HGCM82633A004352","clientId":"1HGCM82633A004352","ingestedAt":1795435200000}`},
		"an Undefined stamp removes the member": {`SELECT *, topic(9) AS vin FROM 'a'`, `{"vin":"X","a":1}`, `{"a":1}`},
		"an empty object is stamped":            {`SELECT *, 1 AS a FROM 'a'`, `{}`, `{"a":1}`},
		"an item before the star is replaced":   {`SELECT 1 AS a, 2 AS b, * FROM 'a'`, `{"b":3,"a":4}`, `{"a":4,"b":3}`},
		"the last of duplicate members counts":  {`SELECT *, 1 AS z FROM 'a'`, `{"a":1,"b":2,"a":3}`, `{"a":3,"b":2,"z":1}`},
		"a payload that is not JSON passes":     {`SELECT * FROM 'a'`, "\xff\x00", "\xff\x00"},
		"an array passes":                       {`SELECT * FROM 'a'`, `[1, 2]`, `[1,2]`},
		"an alias may have levels":              {`SELECT a AS state.reported.a, b AS state.reported.b FROM 'a'`, `{"a":1,"b":2}`, `{"state":{"reported":{"a":1,"b":2}}}`},
		"a path is named by its last level":     {`SELECT color.red FROM 'a'`, `{"color":{"red":255}}`, `{"red":255}`},
		"members of an object spread":           {`SELECT state.reported.*, 1 AS b FROM 'a'`, `{"state":{"reported":{"a":1,"b":2}}}`, `{"a":1,"b":1}`},
		"value may be the name of a member":     {`SELECT value, value + 1 AS v FROM 'a'`, `{"value":1}`, `{"value":1,"v":2}`},
		"value may be calculated with":          {`SELECT value * 2 AS a, value - 1 AS b FROM 'a'`, `{"value":3}`, `{"a":6,"b":2}`},
		"value may be first of a sum":           {`SELECT value * 2 AS a FROM 'a'`, `{"value":3}`, `{"a":6}`},
		"VALUE of everything":                   {`SELECT VALUE * FROM 'a'`, `{"value":3}`, `{"value":3}`},
		"keywords may follow a point":           {`SELECT a.from AS end FROM 'a'`, `{"a":{"from":1}}`, `{"end":1}`},
		"an Undefined VALUE is nothing":         {`SELECT VALUE missing FROM 'a'`, `{}`, ``},
		"variables are computed once":           {`SET @x = a * 2, @y = @x + 1 SELECT @y AS y, @x FROM 'a' WHERE @x = 4`, `{"a":2}`, `{"y":5,"x":4}`},
		"a variable's members are reached":      {`SET @s = state.reported SELECT @s.a AS a FROM 'a'`, `{"state":{"reported":{"a":7}}}`, `{"a":7}`},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, run(t, tc.sql, message(tc.payload)))
		})
	}
}

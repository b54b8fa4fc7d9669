package sql_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/sql"
)

// limit is the longest time of a statement, on any machine that runs the tests.
const limit = 5 * time.Second

// FuzzCompile checks that no source makes the compiler panic or hang.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{
		carRule, `SET @x = 1 SELECT VALUE get((SELECT v FROM e AS e WHERE n = 'x'), 0).v FROM 'a/+/#' WHERE EXISTS (SELECT * FROM a)`,
		`SELECT CASE a WHEN 1 THEN {'a': [1, -2.5E3, null]} ELSE cast(b as Int) END AS a.b, c.* FROM "x" WHERE NOT a IN b AND "q" <> 'it''s'`,
		`SELECT regexp_replace(a, '(x)*', "$1"), parse_time('yyyy', 1), ${topic()} WHERE (((`, `SELECT value`, `SELECT VALUE *`, "SELECT \xff",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		began := time.Now()
		s, err := sql.Compile(src, sql.V2016)
		if err == nil {
			_ = s.Matches("a/b/c")
		}
		if f, err := sql.CompileTemplate(src); err == nil {
			_, _ = f.Render(context.Background(), message(`{"a":1}`), sql.Services{})
		}
		if took := time.Since(began); took > limit {
			t.Errorf("%q took %s", src, took)
		}
	})
}

// FuzzEvaluate checks that no statement and payload make the evaluator panic or hang, and that every result is JSON.
func FuzzEvaluate(f *testing.F) {
	f.Add(carRule, []byte(sample))
	f.Add(`SELECT VALUE (SELECT *, a.b + 1 AS x.y FROM e WHERE isNull(n) OR n IN [1,"a"])`, []byte(`{"e":[{"a":{"b":1e5}},{"n":"a"},3,null,[[]]]}`))
	f.Add(`SELECT *, replace(a, b, c), regexp_replace(a, b, c) AS r, concat(a, b), lpad(a, b), transform('enrichArray', o, l) AS t`,
		[]byte(`{"a":"aaaa","b":"a","c":"aaaaaaaaaaaaaaaa","o":{"x":1},"l":[{},{"x":2}]}`))
	f.Add(`SELECT a * b, a / b, a % b, a - b, power(a, b), trunc(a, b), bitnot(a), round(a), -a FROM 'a' WHERE a > b`, []byte(`{"a":1E999,"b":-1E-999}`))
	f.Add(`SELECT time_to_epoch(a, b), parse_time(b, c, d), decode(a, 'base64').x, substring(a, c, c), get(*, a)`,
		[]byte(`{"a":"2026-11-23","b":"yyyy-MM-dd","c":9e300,"d":"Europe/Berlin"}`))
	f.Fuzz(func(t *testing.T, src string, payload []byte) {
		s, err := sql.Compile(src, sql.V2016)
		if err != nil || len(payload) > 128*1024 {
			return
		}
		began := time.Now()
		before := bytes.Clone(payload)
		m := message("")
		m.Payload = payload
		out, ok, err := s.Evaluate(context.Background(), m, sql.Services{})
		if took := time.Since(began); took > limit {
			t.Errorf("%q took %s for %q", src, took, payload)
		}
		if !bytes.Equal(before, payload) {
			t.Errorf("%q changed the payload %q", src, before)
		}
		if err == nil && ok && len(out) > 0 && !json.Valid(out) && !bytes.Equal(out, payload) {
			t.Errorf("%q made %q of %q", src, out, payload)
		}
	})
}

// FuzzJSON compares the payload reader with encoding/json.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{sample, `{"a":[1,2.5e-3,"\u00e9\ud83d\ude97\n",null,true,{}],"a":2}`, ` [ ] `, `"\ud800"`, `-0`, `{"":{"":""}}`, `01`, `{"a" : 1 }`} {
		f.Add([]byte(s))
	}
	all, err := sql.Compile(`SELECT * FROM 'a'`, sql.V2016)
	require.NoError(f, err)
	stamped, err := sql.Compile(`SELECT *, 1 AS stamp FROM 'a'`, sql.V2016)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, payload []byte) {
		if strings.Count(string(payload), "[")+strings.Count(string(payload), "{") > 100 {
			return // may exceed the depth limit of payloads
		}
		m := message("")
		m.Payload = payload
		valid := json.Valid(payload) && utf8.Valid(payload)
		out, _, err := all.Evaluate(context.Background(), m, sql.Services{})
		require.NoError(t, err)
		if !valid {
			assert.Equal(t, string(payload), string(out))
			return
		}
		var compact bytes.Buffer
		require.NoError(t, json.Compact(&compact, payload))
		assert.Equal(t, compact.String(), string(out))

		var object map[string]json.RawMessage
		if json.Unmarshal(payload, &object) != nil || object == nil {
			return
		}
		out, _, err = stamped.Evaluate(context.Background(), m, sql.Services{})
		require.NoError(t, err)
		var got map[string]any
		require.NoError(t, json.Unmarshal(out, &got))
		var want map[string]any
		require.NoError(t, json.Unmarshal(payload, &want))
		want["stamp"] = 1.0
		assert.Equal(t, want, got)
	})
}

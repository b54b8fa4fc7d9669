package sql_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/sql"
)

// multiplying returns a SET clause in which each variable contains the previous one 16 times. The last one, @v10, contains 2^36 copies of
// the payload's member a.
func multiplying(open, item, end string) string {
	b := strings.Builder{}
	b.WriteString("SET @v1 = a")
	for i := 2; i <= 10; i++ {
		var items []string
		for n := range 16 {
			items = append(items, strings.ReplaceAll(item, "#", fmt.Sprint(n))+fmt.Sprintf("@v%d", i-1))
		}
		fmt.Fprintf(&b, ", @v%d = %s%s%s", i, open, strings.Join(items, ", "), end)
	}
	return b.String()
}

func TestHostileStatementsAreEndedQuickly(t *testing.T) {
	long := `{"a":"` + strings.Repeat("a", 100_000) + `","b":"` + strings.Repeat("b", 20_000) + `","e":[` + strings.Repeat("[],", 10_000) + `[]]}`
	for name, tc := range map[string]struct{ sql, payload, want string }{
		"arrays that multiply":      {multiplying("[", "", "]") + ` SELECT @v10 AS x`, `{"a":1}`, "longer than 4194304 bytes"},
		"the same, VALUE":           {multiplying("[", "", "]") + ` SELECT VALUE @v10`, `{"a":1}`, "longer than 4194304 bytes"},
		"objects that multiply":     {multiplying("{", `"#": `, "}") + ` SELECT @v10 AS x.y`, `{"a":1}`, "longer than 4194304 bytes"},
		"concatenation":             {multiplying("concat(", "", ")") + ` SELECT @v10 AS x`, `{"a":[1]}`, "concat: the result has more than"},
		"text that multiplies":      {multiplying("concat(", "", ")") + ` SELECT @v10 AS x`, `{"a":"x"}`, "concat: the result is longer than"},
		"replacement":               {`SELECT replace(a, 'a', b) AS x`, long, "replace: the result is longer than"},
		"replacement by pattern":    {`SELECT regexp_replace(a, 'a', b) AS x`, long, "regexp_replace: the result is longer than"},
		"a pattern with much to do": {`SELECT regexp_matches(a, '(a|b){1000}c') AS x`, long, "is too much work"},
		"queries of queries":        {`SELECT (SELECT VALUE (SELECT VALUE (SELECT VALUE 1 FROM @e) FROM @e) FROM @e) AS x`, long, "nested queries"},
	} {
		t.Run(name, func(t *testing.T) {
			src := tc.sql
			if strings.Contains(src, "@e") {
				src = "SET @e = e " + src
			}
			s, err := sql.Compile(src, sql.V2016)
			require.NoError(t, err)
			began := time.Now()
			_, ok, err := s.Evaluate(context.Background(), message(tc.payload), sql.Services{})
			require.ErrorContains(t, err, tc.want)
			assert.False(t, ok)
			assert.Less(t, time.Since(began), limit)
		})
	}
	for name, expression := range map[string]string{"comparison": `@v10 = [@v9, @v9, @v9, @v9, @v9, @v9, @v9, @v9, @v9, @v9, @v9, @v9, @v9, @v9, @v9, @v9]`, "conversion": `length(@v10)`, "addition": `"x" + @v10`} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			assert.Empty(t, run(t, multiplying("[", "", "]")+` SELECT VALUE (`+expression+`)`, message(`{"a":1}`)))
			assert.Less(t, time.Since(began), limit)
		})
	}
}

func TestNestedQueriesEndWithTheirContext(t *testing.T) {
	s, err := sql.Compile(`SELECT (SELECT VALUE x FROM e AS x) AS y`, sql.V2016)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, _, err = s.Evaluate(ctx, message(`{"e":[1]}`), sql.Services{})
	assert.ErrorIs(t, err, context.Canceled)
}

func TestDeepPayloads(t *testing.T) {
	deep := func(n int) string { return `{"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}` }
	assert.Equal(t, deep(120), run(t, `SELECT * FROM 'a'`, message(deep(120))))
	s, err := sql.Compile(`SELECT a FROM 'a'`, sql.V2016)
	require.NoError(t, err)
	_, _, err = s.Evaluate(context.Background(), message(deep(200)), sql.Services{})
	assert.ErrorIs(t, err, sql.ErrPayload)
}

// TestManyMembers has more members than the limit up to which names are compared one by one.
func TestManyMembers(t *testing.T) {
	b := strings.Builder{}
	for i := range 20_000 {
		fmt.Fprintf(&b, `"m%d":%d,`, i%10_000, i)
	}
	began := time.Now()
	out := run(t, `SELECT *, topic(1) AS m7 FROM 'a'`, message(`{`+b.String()+`"z":1}`))
	assert.Less(t, time.Since(began), limit)
	assert.True(t, strings.HasPrefix(out, `{"m0":10000,"m1":10001,`))
	assert.Contains(t, out, `"m7":"dt",`)
	assert.Equal(t, 10_000, strings.Count(out, ",")) // 10,001 members
}

// TestConcurrentUse runs one statement in several goroutines: evaluations share no state.
func TestConcurrentUse(t *testing.T) {
	s, err := sql.Compile(`SET @a = concat(topic(3), '-', n) SELECT *, @a AS a, (SELECT VALUE x FROM e AS x WHERE x > 1) AS f FROM 'a'`, sql.V2016)
	require.NoError(t, err)
	done := make(chan error)
	for g := range 4 {
		go func() {
			want := fmt.Sprintf(`{"n":%d,"e":[1,2],"a":"1HGCM82633A004352-%d","f":[2]}`, g, g)
			for range 500 {
				out, ok, err := s.Evaluate(context.Background(), message(fmt.Sprintf(`{"n":%d,"e":[1,2]}`, g)), sql.Services{})
				if err != nil || !ok || string(out) != want {
					done <- fmt.Errorf("got %s, want %s: %w", out, want, err)
					return
				}
			}
			done <- nil
		}()
	}
	for range 4 {
		require.NoError(t, <-done)
	}
}

package sql_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/sql"
)

func TestSyntaxErrorsSayWhereAndWhatWasExpected(t *testing.T) {
	for name, tc := range map[string]struct{ sql, want string }{
		"nothing":                      {``, `line 1, column 1: unexpected end: expected SELECT`},
		"no list":                      {`SELECT FROM 'a'`, `line 1, column 8: unexpected FROM: expected an expression`},
		"a misspelt word":              {`SELECT * FORM 'a'`, `line 1, column 10: unexpected FORM: expected an operator, a comma, AS, FROM or WHERE`},
		"a filter without quotes":      {`SELECT * FROM a/b`, `line 1, column 15: unexpected a: expected a topic filter in quotes`},
		"no condition":                 {`SELECT * FROM 'a' WHERE`, `line 1, column 24: unexpected end: expected an expression`},
		"half a condition":             {"SELECT *\nFROM 'a'\nWHERE clientid() = topic(3) AND", `line 3, column 32: unexpected end: expected an expression`},
		"!=":                           {`SELECT * FROM 'a' WHERE a != 1`, `line 1, column 27: unexpected !=: not equal is <>`},
		"an open call":                 {`SELECT *, topic(3 AS vin FROM 'a'`, `line 1, column 19: unexpected AS: expected )`},
		"an open string":               {`SELECT 'abc FROM x`, `line 1, column 8: the string that begins here is not closed: expected another '`},
		"a comma too much":             {`SELECT a, FROM 'x'`, `line 1, column 11: unexpected FROM: expected an expression`},
		"GROUP BY":                     {`SELECT a FROM 'x' WHERE a = 1 GROUP BY a`, `line 1, column 31: unexpected GROUP: expected an operator, a bracket that closes, or the end`},
		"an end mark":                  {`SELECT a FROM 'x';`, `line 1, column 18: unexpected ;: a rule is one statement without an end mark`},
		"two operators":                {"SELECT a\n FROM 'x'\n WHERE a >> 3", `line 3, column 11: unexpected >: expected an expression`},
		"an open bracket":              {`SELECT (a FROM 'x'`, `line 1, column 11: unexpected FROM: expected )`},
		"an open array":                {`SELECT [1,2 FROM 'x'`, `line 1, column 13: unexpected FROM: expected ]`},
		"a member without quotes":      {`SELECT {a: 1} AS x FROM 'x'`, `line 1, column 9: unexpected a: expected a name in quotes, or }`},
		"a searched case":              {`SELECT CASE WHEN a = 1 THEN 2 END AS x FROM 'x'`, `line 1, column 13: unexpected WHEN: expected an expression`},
		"a case without when":          {`SELECT CASE a THEN 2 END AS x FROM 'x'`, `line 1, column 15: unexpected THEN: expected WHEN`},
		"a case without end":           {`SELECT CASE a WHEN 1 THEN 2 FROM 'x'`, `line 1, column 29: unexpected FROM: expected END`},
		"an index":                     {`SELECT a[0] FROM 'x'`, `line 1, column 9: unexpected [: an element is read with get(array, index)`},
		"no alias":                     {`SELECT a AS FROM 'x'`, `line 1, column 13: unexpected FROM: expected a name`},
		"another statement":            {`UPDATE x`, `line 1, column 1: unexpected UPDATE: expected SELECT`},
		"an unknown function":          {"SELECT a,\n  foo(1)\nFROM 'x'", `line 2, column 3: function foo is not supported: it is not in the AWS IoT SQL reference`},
		"an unknown type":              {`SELECT cast(a as Blob) AS x`, `line 1, column 8: cast as Blob: allowed are String, Nvarchar, Text, Ntext, Varchar, Int, Integer, Double, Decimal, Bool, Boolean`},
		"a cast without a type":        {`SELECT cast(a) AS x`, `line 1, column 14: unexpected ): expected AS`},
		"a cast of nothing":            {`SELECT cast() AS x`, `line 1, column 8: CAST: expected cast(expression AS type)`},
		"exists without a query":       {`SELECT EXISTS (1) AS x`, `line 1, column 8: EXISTS: expected EXISTS (SELECT ... FROM ...)`},
		"a filter with levels after #": {`SELECT * FROM 'a/#/b'`, `line 1, column 15: topic filter "a/#/b": # must be the last level, alone`},
		"a filter with + in a level":   {`SELECT * FROM 'a/b+'`, `line 1, column 15: topic filter "a/b+": + must be a level alone`},
		"an empty filter":              {`SELECT * FROM ''`, `line 1, column 15: topic filter "": it is empty: expected a topic or topic filter, such as 'dt/cars/+/event'`},
		"two values":                   {`SELECT VALUE a, b FROM 'x'`, `line 1, column 17: SELECT VALUE takes one item, not 2`},
		"a value with a name":          {`SELECT VALUE a AS b FROM 'x'`, `line 1, column 20: an item of SELECT VALUE has no name: AS is not allowed`},
		"an unset variable":            {`SELECT @x FROM 'x'`, `line 1, column 8: variable @x is not set: expected SET @x = expression before SELECT`},
		"a variable before its value":  {`SET @a = @b, @b = 1 SELECT @a`, `line 1, column 10: variable @b is not set: expected SET @b = expression before SELECT`},
		"a variable set twice":         {`SET @x = 1, @x = 2 SELECT @x FROM 'x'`, `line 1, column 13: variable @x is set twice`},
		"a variable with a long name":  {`SET @` + strings.Repeat("x", 65) + ` = 1 SELECT 1`, `line 1, column 5: variable @` + strings.Repeat("x", 65) + `: a name has at most 64 characters`},
		"eleven variables":             {`SET @a=1,@b=1,@c=1,@d=1,@e=1,@f=1,@g=1,@h=1,@i=1,@j=1,@k=1 SELECT 1`, `line 1, column 55: variable @k: a statement has at most 10 variables`},
		"a variable without its @":     {`SET x = 1 SELECT 1 FROM 'x'`, `line 1, column 1: SET: expected a variable and its value, such as @name = expression`},
		"a comment":                    {"SELECT a -- why\n FROM 'x'", `line 1, column 10: unexpected --: there are no comments in AWS IoT SQL`},
		"a spread in a sum":            {`SELECT a.* + 1 AS x FROM 'x'`, `line 1, column 8: .* is allowed only at the end of an item of a SELECT list`},
		"protocol buffers":             {`SELECT decode(a, 'proto', 'b') AS x`, `line 1, column 8: function decode with the scheme 'proto' is not supported: allowed is 'base64'`},
		"a nested query from nothing":  {`SELECT (SELECT a) FROM 'x'`, `line 1, column 17: unexpected ): expected FROM`},
		"get_dynamodb twice":           {`SELECT get_dynamodb('t','k',a,'r') AS a, get_dynamodb('t','k',b,'r') AS b`, `line 1, column 42: get_dynamodb is called twice: AWS allows one call in a statement`},
		"quoted names":                 {"SELECT `a` FROM 'x'", "line 1, column 8: unexpected `: names are not quoted, and other names are read with get(*, 'name')"},
		"a strange character":          {`SELECT é€ FROM 'x'`, `line 1, column 9: unexpected character '€'`},
		"deep brackets":                {`SELECT ` + strings.Repeat("(", 65) + `1`, `line 1, column 72: nested more than 64 levels`},
		"deep cases":                   {`SELECT ` + strings.Repeat("CASE 1 WHEN ", 65) + `1`, `line 1, column 776: nested more than 64 levels`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sql.Compile(tc.sql, sql.V2016)
			var at *sql.SyntaxError
			require.ErrorAs(t, err, &at)
			assert.EqualError(t, err, tc.want)
		})
	}
}

func TestVersions(t *testing.T) {
	for _, v := range []sql.Version{"2015-10-08", "2016-03-23", "beta", ""} {
		_, err := sql.Compile(`SELECT * FROM 'a'`, v)
		assert.NoError(t, err, v)
	}
	_, err := sql.Compile(`SELECT * FROM 'a'`, "2017-01-01")
	assert.ErrorContains(t, err, "allowed are 2015-10-08, 2016-03-23 and beta")
}

func TestLongSourceIsRefused(t *testing.T) {
	_, err := sql.Compile(`SELECT '`+strings.Repeat("x", 256*1024)+`'`, sql.V2016)
	assert.ErrorContains(t, err, "allowed are 262144")
}

// TestHostileSourceIsQuick has sources for which a careless parser takes exponential time.
func TestHostileSourceIsQuick(t *testing.T) {
	for name, src := range map[string]string{
		"brackets":      `SELECT ` + strings.Repeat("(", 64) + `1` + strings.Repeat(")", 64),
		"arrays":        `SELECT ` + strings.Repeat("[", 64) + `1` + strings.Repeat("]", 64),
		"open brackets": `SELECT ` + strings.Repeat("(a + ", 64),
		"nested calls":  `SELECT ` + strings.Repeat("abs(", 64) + `1` + strings.Repeat(")", 64),
		"open queries":  `SELECT ` + strings.Repeat("(SELECT a, ", 64),
		"many NOT":      `SELECT ` + strings.Repeat("NOT ", 20000) + `a`,
		"many minus":    `SELECT ` + strings.Repeat("- ", 20000) + `a`,
		"a long sum":    `SELECT 1` + strings.Repeat(" + 1", 20000),
		"a long path":   `SELECT a` + strings.Repeat(".a", 20000),
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, _ = sql.Compile(src, sql.V2016)
			assert.Less(t, time.Since(began), 5*time.Second)
		})
	}
}

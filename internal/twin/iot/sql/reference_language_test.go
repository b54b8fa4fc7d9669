package sql_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/sql"
)

// TestOperatorTables checks the tables in the reference's chapter "Operators".
func TestOperatorTables(t *testing.T) {
	for expression, want := range map[string]string{
		`true AND false`: `false`, `true AND true`: `true`, `"TRUE" AND true`: `true`, `"x" AND true`: ``, `1 AND true`: ``, `true AND missing`: ``, `n AND true`: ``,
		`true OR false`: `true`, `false OR "False"`: `false`, `false OR 1`: ``, `b OR arr`: ``,
		`NOT true`: `false`, `NOT "false"`: `true`, `NOT "x"`: ``, `NOT 1`: ``, `NOT NOT b`: `true`,

		`i > 6`: `true`, `i > 7`: `false`, `i >= 7`: `true`, `d < 7.6`: `true`, `d <= 7.5`: `true`, `"8" > i`: `true`, `"x" > 1`: ``, `num < 0`: `true`, `b > 0`: ``, `n > 0`: ``, `arr < 1`: ``, `missing >= 1`: ``,
		`9007199254740993 > 9007199254740992`: `true`, `big > 12345678901234567890122`: `true`, `1E3 = 1000`: `true`,

		`i = 7`: `true`, `i = 7.0`: `true`, `7.50 = d`: `true`, `s = "str"`: `true`, `s = 'STR'`: `false`, `arr = [1,2,3]`: `true`, `arr = [3,2,1]`: `false`, `arr = [1,2]`: `false`,
		`{"a":1,"b":2} = {"b":2,"a":1.0}`: `true`, `{"a":1} = {"a":2}`: `false`, `{"a":1} = {"a":1,"b":2}`: `false`, `{"a":1,"b":missing} = {"a":1}`: `true`, `n = null`: `true`, `true = b`: `true`,
		`1 = "1"`: `false`, `true = "true"`: `false`, `missing = 1`: ``, `1 = missing`: ``,
		`i <> 7`: `false`, `i <> 8`: `true`, `s <> "x"`: `true`, `arr <> [1,2,3]`: `false`, `n <> null`: `false`, `1 <> "1"`: `true`, `missing <> 1`: ``, `obj <> {"k":"v"}`: `false`,

		`"a" + 1`: `"a1"`, `1 + "a"`: `"1a"`, `"a" + arr`: `"a[1,2,3]"`, `"a" + n`: ``, `"a" + missing`: ``, `1 + 2`: `3`, `1 + 2.5`: `3.5`, `1.10 + 2.20`: `3.30`, `true + 1`: ``, `arr + arr`: ``, `"1" + "2"`: `"12"`,
		`9223372036854775807 + 1`: `9223372036854775808`, `big + 1`: `12345678901234567890124`, `0.1 + 0.2`: `0.3`,
		`3 - 5`: `-2`, `54.98 - 32`: `22.98`, `"10" - 3`: `7`, `"x" - 3`: ``, `b - 1`: ``, `-9223372036854775807 - 2`: `-9223372036854775809`,
		`3 * 4`: `12`, `1.5 * 2`: `3.0`, `"1.5" * 2`: `3.0`, `4611686018427387904 * 4`: `18446744073709551616`, `arr * 2`: ``, `n * 2`: ``,
		`90 / 9`: `10`, `7 / 2`: `3`, `-7 / 2`: `-3`, `7 / 2.0`: `3.5`, `1 / 3.0`: `0.3333333333333333333333333333333333`, `2 / 3.0`: `0.6666666666666666666666666666666667`, `"7" / 2`: `3.5`, `1 / 0`: ``, `1.0 / 0`: ``, `"1" / "0"`: ``, `s / 2`: ``,
		`7 % 4`: `3`, `7.5 % 4`: `3.5`, `"7" % 4`: `3`, `7 % 0`: ``, `-7 % 4`: `-3`,

		`3 IN arr`: `true`, `3.0 in arr`: `true`, `"3" IN arr`: `false`, `9 IN arr`: `false`, `3 IN obj`: ``, `missing IN arr`: ``, `[1] IN [[1],[2]]`: `true`, `{"a":1} IN [1,{"a":1}]`: `true`, `NOT 3 IN arr`: `false`,

		`1 + 2 * 3`: `7`, `(1 + 2) * 3`: `9`, `10 - 2 - 3`: `5`, `8 / 4 / 2`: `1`, `1 + 1 = 2 AND NOT 2 < 1`: `true`, `true OR true AND false`: `true`, `NOT false AND false`: `false`, `-i + 10`: `3`, `- -i`: `7`, `2 - -3`: `5`, `-"2.5"`: `-2.5`, `-s`: ``,
		`1E999 * 10`: ``, `1E-999 / 10`: ``, `.5 + .5`: `1.0`, `007`: `7`, `00.5`: `0.5`, `1e2`: `100`,
	} {
		t.Run(expression, func(t *testing.T) { sameJSON(t, want, evaluate(t, expression)) })
	}
}

func TestNumbersKeepTheirSpelling(t *testing.T) {
	for expression, want := range map[string]string{
		`1.10 + 2.20`: `3.30`, `1.5 * 2`: `3.0`, `7 / 2.0`: `3.5`, `6 / 2.0`: `3`, `1000000 * 1E5`: `1.000000E+11`, `0.0000001 * 1`: `1E-7`, `power(10, 7)`: `1.0E7`,
		`power(2, 5)`: `32.0`, `d`: `7.5`, `big`: `12345678901234567890123`, `sqrt(2)`: `1.4142135623730951`,
		`1111111111111111111111111111111111 * 10`: `1.111111111111111111111111111111111E+34`,
	} {
		assert.Equal(t, want, evaluate(t, expression), expression)
	}
	assert.Equal(t, `{"a":1.500,"b":1e5,"c":-0,"d":0.1e-7}`, run(t, `SELECT * FROM 'a'`, message(`{"a":1.500,"b":1e5,"c":-0,"d":0.1e-7}`)))
	assert.Equal(t, `{"a":1.500,"b":1e5}`, run(t, `SELECT a, b FROM 'a'`, message(`{"a":1.500,"b":1e5}`)))
}

// TestLanguageExamples checks the examples in the reference's other chapters.
func TestLanguageExamples(t *testing.T) {
	const senML = `{"e":[{"n":"temperature","u":"Cel","t":1234,"v":22.5},{"n":"light","u":"lm","t":1235,"v":135},{"n":"acidity","u":"pH","t":1235,"v":7}]}`
	const red = `{"color":"red", "temperature":50}`
	const device = `{"deviceid":"iot123","temp":54.98,"humidity":32.43,"coords":{"latitude":47.615694,"longitude":-122.3359976}}`
	for name, tc := range map[string]struct{ sql, payload, want string }{
		"reference: an alias":                      {`SELECT color AS rgb FROM 'topic/subtopic' WHERE temperature > 50`, `{"color":"red","temperature":100}`, `{"rgb":"red"}`},
		"SELECT: all":                              {`SELECT * FROM 'a/b'`, red, `{"color":"red","temperature":50}`},
		"SELECT: a member":                         {`SELECT color FROM 'a/b'`, red, `{"color":"red"}`},
		"SELECT: renamed":                          {`SELECT color AS my_color FROM 'a/b'`, red, `{"my_color":"red"}`},
		"SELECT: several":                          {`SELECT color as my_color, temperature as fahrenheit FROM 'a/b'`, red, `{"my_color":"red","fahrenheit":50}`},
		"SELECT: all and one more":                 {`SELECT *, 15 as speed FROM 'a/b'`, red, `{"color":"red","temperature":50,"speed":15}`},
		"SELECT: VALUE":                            {`SELECT VALUE color FROM 'a/b'`, red, `"red"`},
		"SELECT: a path":                           {`SELECT color.red as red_value FROM 'a/b'`, `{"color":{"red":255,"green":0,"blue":0},"temperature":50}`, `{"red_value":255}`},
		"SELECT: arithmetic":                       {`SELECT (temperature - 32) * 5 / 9 AS celsius, upper(color) as my_color FROM 'a/b'`, red, `{"celsius":10,"my_color":"RED"}`},
		"data types: NULL":                         {`SELECT NULL AS n FROM 'a/b'`, `{}`, `{"n":null}`},
		"data types: Undefined":                    {`SELECT foo, bar FROM 'a/b'`, `{"foo":null}`, `{"foo":null}`},
		"data types: conversion":                   {`SELECT abs("-5.123") AS a FROM 'a/b'`, `{}`, `{"a":5.123}`},
		"literals: an object":                      {`SELECT {'latitude': get(lat_long, 0),'longitude':get(lat_long, 1)} as lat_long FROM 'topic/subtopic'`, `{"lat_long": [47.606,-122.332]}`, `{"lat_long":{"latitude":47.606,"longitude":-122.332}}`},
		"literals: an array":                       {`SELECT [lat,long] as lat_long FROM 'topic/subtopic'`, `{"lat": 47.606, "long": -122.332}`, `{"lat_long":[47.606,-122.332]}`},
		"case":                                     {`SELECT CASE color WHEN 'green' THEN 'go' WHEN 'yellow' THEN 'caution' WHEN 'red' THEN 'stop' ELSE 'you are not at a stop light' END as instructions FROM 'a/b'`, `{"color":"yellow"}`, `{"instructions":"caution"}`},
		"case: else":                               {`SELECT CASE color WHEN 'green' THEN 'go' ELSE 'you are not at a stop light' END as instructions FROM 'a/b'`, `{"color":"mauve"}`, `{"instructions":"you are not at a stop light"}`},
		"case: no match, no else":                  {`SELECT CASE color WHEN 'green' THEN 'go' END as instructions FROM 'a/b'`, `{"color":"mauve"}`, `{}`},
		"case: of Undefined":                       {`SELECT CASE colour WHEN 'green' THEN 'go' ELSE 'x' END as instructions FROM 'a/b'`, `{"color":"mauve"}`, `{}`},
		"JSON: a function of a member":             {`SELECT temp, md5(deviceid) AS hashed_id FROM 'topic/#'`, device, `{"temp":54.98,"hashed_id":"e37f81fb397e595c4aeb5645b8cbbbd1"}`},
		"JSON: a path as alias":                    {`SELECT foo.bar AS bar.baz FROM 'a/b'`, `{"foo":{"bar":1}}`, `{"bar":{"baz":1}}`},
		"versions: an array at the top":            {`SELECT VALUE arr FROM 'topic'`, `{"a":{"b":"c"},"arr":[1,2,3,4]}`, `[1,2,3,4]`},
		"nested: VALUE":                            {`SELECT (SELECT VALUE n FROM e) as sensors FROM 'my/topic'`, senML, `{"sensors":["temperature","light","acidity"]}`},
		"nested: WHERE":                            {`SELECT (SELECT v FROM e WHERE n = 'temperature') as temperature FROM 'my/topic'`, senML, `{"temperature":[{"v":22.5}]}`},
		"nested: flattened":                        {`SELECT get((SELECT v FROM e WHERE n = 'temperature'), 0).v as temperature FROM 'topic'`, senML, `{"temperature":22.5}`},
		"nested: elements by alias":                {`SELECT (SELECT VALUE a FROM arr AS a WHERE a > 1) AS x FROM 'topic'`, `{"arr":[1,2,3]}`, `{"x":[2,3]}`},
		"nested: stars":                            {`SELECT (SELECT *, 1 AS y FROM e WHERE n = 'light') AS x FROM 'topic'`, senML, `{"x":[{"n":"light","u":"lm","t":1235,"v":135,"y":1}]}`},
		"nested: twice":                            {`SELECT (SELECT VALUE (SELECT VALUE x FROM b AS x WHERE x > o.min) FROM a AS o) AS r FROM 't'`, `{"a":[{"min":1,"b":[1,2]},{"min":2,"b":[2,3]}]}`, `{"r":[[2],[3]]}`},
		"nested: of nothing":                       {`SELECT (SELECT VALUE n FROM missing) AS x, (SELECT VALUE n FROM s) AS y FROM 't'`, `{"s":"x"}`, `{}`},
		"nested: of an object that does not match": {`SELECT (SELECT a FROM o WHERE a = 2) AS x FROM 't'`, `{"o":{"a":1}}`, `{}`},
		"binary: encoded":                          {`SELECT encode(*, 'base64') AS data, timestamp() AS ts FROM 'a/b'`, "\x00\x01\xff", `{"data":"AAH/","ts":1795435200000}`},
		"binary: with a WHERE":                     {`SELECT * FROM 'a/b' WHERE timestamp() % 12 = 0`, "\x00\x01\xff", "\x00\x01\xff"},
		"WHERE: a payload that is no object":       {`SELECT decode(encode(*, 'base64'), 'base64') AS value FROM 'topic/subtopic' WHERE decode(encode(*, 'base64'), 'base64') > 50`, `80`, `{"value":80}`},
		"encode: as it was published":              {`SELECT encode(*, 'base64') AS data FROM 'my_topic'`, "{ }", `{"data":"eyB9"}`},
		"encode: JSON too":                         {`SELECT encode(*, 'base64') AS data FROM 'my_topic'`, `{"a":1}`, `{"data":"eyJhIjoxfQ=="}`},
		"SET: a calculation":                       {`SET @temp_celsius = (temp_fahrenheit - 32) * 5 / 9 SELECT @temp_celsius AS celsius, humidity FROM 'device/data' WHERE @temp_celsius > 20`, `{"temp_fahrenheit": 75, "humidity": 60}`, `{"celsius":23,"humidity":60}`},
		"the whole payload in a literal":           {`SELECT {'message': *, 'at': timestamp()} AS m FROM 'a'`, `{"a": [1]}`, `{"m":{"message":{"a":[1]},"at":1795435200000}}`},
		"substitution in a list":                   {`SELECT ${topic(2)} AS t FROM 'a'`, `{}`, `{"t":"cars"}`},
		"a quote inside a string":                  {`SELECT 'it''s' AS a, "say ""x""" AS b FROM 'a'`, `{}`, `{"a":"it's","b":"say \"x\""}`},
		"an expression without a name":             {`SELECT upper( a ), 1+1 FROM 'a'`, `{"a":"x"}`, `{"upper( a )":"X","1+1":2}`},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, run(t, tc.sql, message(tc.payload))) })
	}
}

func TestWhere(t *testing.T) {
	const e = `{"foo":4,"bar":5,"arr":[1,2,3],"e":[{"foo":1},{"foo":2}]}`
	for name, tc := range map[string]struct {
		sql, payload string
		want         bool
	}{
		"false does nothing":                 {`SELECT color AS my_color FROM 'a/b' WHERE temperature > 50 AND color <> 'red'`, `{"color":"red","temperature":40}`, false},
		"Undefined does nothing":             {`SELECT * FROM 'a/b' WHERE missing > 50`, `{}`, false},
		"null does nothing":                  {`SELECT * FROM 'a/b' WHERE a`, `{"a":null}`, false},
		"a number does nothing":              {`SELECT * FROM 'a/b' WHERE 1`, `{}`, false},
		"true does":                          {`SELECT * FROM 'a/b' WHERE a`, `{"a":true}`, true},
		"an alias is unknown":                {`SELECT a AS x FROM 'a/b' WHERE x = 1`, `{"a":1}`, false},
		"a rule without it does":             {`SELECT * FROM 'a/b'`, `{}`, true},
		"IN finds an element":                {`SELECT * FROM 'a/b' WHERE 3 in arr`, e, true},
		"IN finds none":                      {`SELECT * FROM 'a/b' WHERE 4 in arr`, e, false},
		"EXISTS finds an element":            {`select * from 'a/b' where exists (select * from arr as a where a = 3)`, e, true},
		"EXISTS finds none":                  {`select * from 'a/b' where exists (select * from arr as a where a = 4)`, e, false},
		"EXISTS looks at elements":           {`select * from 'a/b' where exists (select * from e as e where foo = 2)`, e, true},
		"EXISTS does not look outside":       {`select * from 'a/b' where exists (select * from e as e where foo = 4)`, e, false},
		"EXISTS in nothing":                  {`select * from 'a/b' where exists (select * from missing)`, e, false},
		"EXISTS in an object":                {`select * from 'a/b' where exists (select * from o where a = 1)`, `{"o":{"a":1}}`, true},
		"the car speaks for itself":          {carRule, `{}`, true},
		"the test of a member that is there": {`SELECT * FROM 'a' WHERE isUndefined(x) = false`, `{"x":null}`, true},
		"the test of a member that is not":   {`SELECT * FROM 'a' WHERE isUndefined(x) = False`, `{}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := sql.Compile(tc.sql, sql.V2016)
			require.NoError(t, err)
			out, ok, err := s.Evaluate(context.Background(), message(tc.payload), sql.Services{})
			require.NoError(t, err)
			assert.Equal(t, tc.want, ok)
			assert.Equal(t, tc.want, out != nil)
		})
	}
}

func TestForeignCarIsRejected(t *testing.T) {
	s, err := sql.Compile(carRule, sql.V2016)
	require.NoError(t, err)
	for name, client := range map[string]string{"another car": "WVWZZZ1JZXW000001", "HTTP": "", "a prefix": "1HGCM82633A00435"} {
		m := message(`{"vin":"1HGCM82633A004352"}`)
		m.ClientID = client
		_, ok, err := s.Evaluate(context.Background(), m, sql.Services{})
		require.NoError(t, err)
		assert.False(t, ok, name)
	}
}

func TestPayloadThatIsNotJSON(t *testing.T) {
	for name, src := range map[string]string{
		"a member in the list":    `SELECT a FROM 'a'`,
		"a member in WHERE":       `SELECT * FROM 'a/b' WHERE device_type = 'thermostat'`,
		"the star and more":       `SELECT *, timestamp() AS timestamp FROM 'a/b'`,
		"the star in a literal":   `SELECT {'m': *} AS m FROM 'a'`,
		"the star under a name":   `SELECT * AS m FROM 'a'`,
		"the star, a nested name": `SELECT *, 1 AS a.b FROM 'a'`,
		"a nested query":          `SELECT (SELECT VALUE n FROM e) AS x FROM 'a'`,
		"the star to a function":  `SELECT aws_lambda('arn', *) AS x FROM 'a'`,
	} {
		t.Run(name, func(t *testing.T) {
			s, err := sql.Compile(src, sql.V2016)
			require.NoError(t, err)
			for _, payload := range []string{"\x00\xff", "", "{", "{'a':1}", `{"a":1} x`, "{\"a\":\"\xff\"}", `{"a":01}`, `{"a":"` + "\n" + `"}`} {
				_, ok, err := s.Evaluate(context.Background(), message(payload), sql.Services{})
				require.ErrorIs(t, err, sql.ErrPayload, payload)
				assert.False(t, ok)
			}
		})
	}
	s, err := sql.Compile(`SELECT *, 1 AS a FROM 'a'`, sql.V2016)
	require.NoError(t, err)
	_, _, err = s.Evaluate(context.Background(), message(`[1]`), sql.Services{})
	assert.ErrorIs(t, err, sql.ErrPayload, "an array has no members to add to")
	assert.Equal(t, `{}`, run(t, `SELECT a FROM 'a'`, message(`[1]`)), "an array has no members")
}

func TestFilter(t *testing.T) {
	for name, tc := range map[string]struct {
		from    string
		match   []string
		nomatch []string
	}{
		"a topic":         {` FROM 'a/b'`, []string{"a/b"}, []string{"a/c", "a/b/c", "a", "a/b/", "A/b"}},
		"# at the end":    {` FROM 'a/#'`, []string{"a/b", "a/c", "a/e/f", "a", "a/"}, []string{"b/x", "ab"}},
		"+":               {` FROM 'a/+'`, []string{"a/b", "a/c", "a/"}, []string{"a/e/f", "b/x", "a"}},
		"+ in the middle": {` FROM "dt/cars/+/telemetry"`, []string{"dt/cars/x/telemetry"}, []string{"dt/cars/telemetry", "dt/cars/x/y/telemetry", "dt/cars/x/telemetry/y"}},
		"everything":      {` FROM '#'`, []string{"a", "a/b"}, []string{"$aws/things/x"}},
		"+ first":         {` FROM '+/b'`, []string{"a/b"}, []string{"$aws/b"}},
		"reserved topics": {` FROM '$aws/events/certificates/registered/+'`, []string{"$aws/events/certificates/registered/ab"}, []string{"$aws/events/certificates/registered"}},
		"none":            {``, nil, []string{"", "a", "a/b"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := sql.Compile("SELECT *"+tc.from, sql.V2016)
			require.NoError(t, err)
			for _, topic := range tc.match {
				assert.True(t, s.Matches(topic), topic)
			}
			for _, topic := range tc.nomatch {
				assert.False(t, s.Matches(topic), topic)
			}
		})
	}
	s, err := sql.Compile("SELECT * FROM 'dt/cars/+/event'", sql.V2016)
	require.NoError(t, err)
	assert.Equal(t, "dt/cars/+/event", s.Filter())
}

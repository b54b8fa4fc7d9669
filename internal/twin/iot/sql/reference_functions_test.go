package sql_test

import (
	"context"
	"encoding/json"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/sql"
)

// evaluate evaluates an expression with a payload that has a value of every type, and returns the result as JSON; "" is Undefined.
func evaluate(t *testing.T, expression string) string {
	t.Helper()
	return run(t, "SELECT VALUE ("+expression+") FROM 'a'", message(
		`{"i":7,"d":7.5,"b":true,"s":"str","n":null,"arr":[1,2,3],"obj":{"k":"v"},"big":12345678901234567890123,"num":"-5.5"}`))
}

// sameJSON compares numbers by value and everything else by spelling: the reference writes 2.0 as "2" in places.
func sameJSON(t *testing.T, want, got string) {
	t.Helper()
	w, werr := strconv.ParseFloat(want, 64)
	g, gerr := strconv.ParseFloat(got, 64)
	if werr == nil && gerr == nil {
		assert.InEpsilon(t, w+1e-300, g+1e-300, 1e-14)
		return
	}
	if json.Valid([]byte(want)) && json.Valid([]byte(got)) {
		assert.JSONEq(t, want, got)
		return
	}
	assert.Equal(t, want, got)
}

// TestFunctionExamples checks the examples in the reference's chapter "Functions".
func TestFunctionExamples(t *testing.T) {
	for expression, want := range map[string]string{
		`abs(-5)`:                               `5`,
		`accountid()`:                           `"123456789012"`,
		`acos(0)`:                               `1.5707963267948966`,
		`asin(0)`:                               `0.0`,
		`atan(0)`:                               `0.0`,
		`atan2(1, 0)`:                           `1.5707963267948966`,
		`bitand(13, 5)`:                         `5`,
		`bitor(8, 5)`:                           `13`,
		`bitxor(13, 5)`:                         `8`,
		`bitnot(13)`:                            `2`,
		`cast(true as Int)`:                     `1`,
		`ceil(1.2)`:                             `2`,
		`ceil(-1.2)`:                            `-1`,
		`chr(65)`:                               `"A"`,
		`chr(49)`:                               `"1"`,
		`clientid()`:                            `"1HGCM82633A004352"`,
		`concat()`:                              ``,
		`concat(1)`:                             `"1"`,
		`concat([1, 2, 3], 4)`:                  `[1,2,3,4]`,
		`concat([1, 2, 3], "hello")`:            `[1,2,3,"hello"]`,
		`concat("con", "cat")`:                  `"concat"`,
		`concat(1, "hello")`:                    `"1hello"`,
		`concat("he","is","man")`:               `"heisman"`,
		`concat([1, 2, 3], "hello", [4, 5, 6])`: `[1,2,3,"hello",4,5,6]`,
		`cos(0)`:                                `1`,
		`cosh(2.3)`:                             `5.037220649268761`,
		`decode("eyAidGVtcGVyYXR1cmUiOiAzMyB9Cg==","base64").temperature`: `33`,
		`endswith("cat","at")`:        `true`,
		`exp(1)`:                      `2.718281828459045`,
		`floor(1.2)`:                  `1`,
		`floor(-1.2)`:                 `-2`,
		`get(["a", "b", "c"], 1)`:     `"b"`,
		`get({"a":"b"}, "a")`:         `"b"`,
		`get("abc", 1)`:               `"b"`, // the example says "a", but the table says that indexes begin at 0
		`md2("hello")`:                `"a9046c73e00331af68917d3804f70655"`,
		`md5("hello")`:                `"5d41402abc4b2a76b9719d911017c592"`,
		`indexof("abcd", "bc")`:       `1`,
		`isNull(5)`:                   `false`,
		`isNull(Null)`:                `true`,
		`isUndefined(5)`:              `false`,
		`isUndefined(floor([1,2,3]))`: `true`,
		`length("hi")`:                `2`,
		`length(false)`:               `5`,
		`ln(2.718281828459045)`:       `1`,
		`log(100)`:                    `2.0`,
		`lower("HELLO")`:              `"hello"`,
		`lower(["HELLO"])`:            `"[\"hello\"]"`,
		`lpad("hello", 2)`:            `"  hello"`,
		`lpad(1, 3)`:                  `"   1"`,
		`Ltrim(" h i ")`:              `"h i "`,
		`mod(8, 3)`:                   `2`,
		`Nanvl(8, 3)`:                 `8`,
		`numbytes("hi")`:              `2`,
		`numbytes("€")`:               `3`,
		`parse_time("yyyy.MM.dd G 'at' HH:mm:ss z", 100000000, "America/Belize")`: `"1970.01.01 AD at 21:46:40 CST"`,
		`parse_time("yyyy", timestamp(), "UTC")`:                                  `"2026"`,
		`power(2, 5)`:                                                             `32.0`,
		`principal()`:                                                             `"ba67293af50bf2506f5f93469686da660c7c844e7b3950bfb16813e0d31e9373"`,
		`regexp_matches("aaaa", "a{2,}")`:                                         `true`,
		`regexp_matches("aaaa", "b")`:                                             `false`,
		`regexp_replace("abcd", "bc", "x")`:                                       `"axd"`,
		`regexp_replace("abcd", "b(.*)d", "$1")`:                                  `"ac"`,
		`regexp_substr("hihihello", "hi")`:                                        `"hi"`,
		`regexp_substr("hihihello", "(hi)*")`:                                     `"hihi"`,
		`remainder(8, 3)`:                                                         `2`,
		`replace("abcd", "bc", "x")`:                                              `"axd"`,
		`replace("abcdabcd", "b", "x")`:                                           `"axcdaxcd"`,
		`rpad("hello", 2)`:                                                        `"hello  "`,
		`rpad(1, 3)`:                                                              `"1   "`,
		`Round(1.2)`:                                                              `1`,
		`Round(1.5)`:                                                              `2`,
		`Round(1.7)`:                                                              `2`,
		`Round(-1.1)`:                                                             `-1`,
		`Round(-1.5)`:                                                             `-2`,
		`rtrim(" h i ")`:                                                          `" h i"`,
		`sign(-7)`:                                                                `-1`,
		`sign(0)`:                                                                 `0`,
		`sign(13)`:                                                                `1`,
		`sin(0)`:                                                                  `0.0`,
		`sinh(2.3)`:                                                               `4.936961805545957`,
		`substring("012345", 0)`:                                                  `"012345"`,
		`substring("012345", 2)`:                                                  `"2345"`,
		`substring("012345", 2.745)`:                                              `"2345"`,
		`substring(123, 2)`:                                                       `"3"`,
		`substring("012345", -1)`:                                                 `"012345"`,
		`substring(true, 1.2)`:                                                    `"rue"`,
		`substring(false, -2.411E247)`:                                            `"false"`,
		`substring("012345", 1, 3)`:                                               `"12"`,
		`substring("012345", -50, 50)`:                                            `"012345"`,
		`substring("012345", 3, 1)`:                                               `""`,
		`sourceip()`:                                                              `"192.0.2.7"`,
		`sql_version()`:                                                           `"2016-03-23"`,
		`sqrt(9)`:                                                                 `3.0`,
		`startswith("ranger","ran")`:                                              `true`,
		`tan(3)`:                                                                  `-0.1425465430742778`,
		`tanh(2.3)`:                                                               `0.9800963962661914`,
		`time_to_epoch("2020-04-03 09:45:18 UTC+01:00", "yyyy-MM-dd HH:mm:ss VV")`:                  `1585903518000`,
		`time_to_epoch("18 December 2015", "dd MMMM yyyy")`:                                         `1450396800000`,
		`time_to_epoch("2007-12-03 10:15:30.592 America/Los_Angeles", "yyyy-MM-dd HH:mm:ss.SSS z")`: `1196705730592`,
		`timestamp()`:               `1795435200000`,
		`topic()`:                   `"dt/cars/1HGCM82633A004352/telemetry"`,
		`topic(1)`:                  `"dt"`,
		`traceid()`:                 `"12345678-1234-1234-1234-123456789012"`,
		`Trim(" hi ")`:              `"hi"`,
		`trunc(2.3, 0)`:             `2`,
		`trunc(2.3123, 2)`:          `2.31`,
		`trunc(2.888, 2)`:           `2.88`,
		`trunc(2.00, 5)`:            `2`,
		`upper("hello")`:            `"HELLO"`,
		`upper(["hello"])`:          `"[\"HELLO\"]"`,
		`encode("hello", 'base64')`: `"aGVsbG8="`,
	} {
		t.Run(expression, func(t *testing.T) { sameJSON(t, want, evaluate(t, expression)) })
	}
}

// TestFunctionTables checks the tables in the chapter "Functions": the results for arguments of each type.
func TestFunctionTables(t *testing.T) {
	for expression, want := range map[string]string{
		`abs("-5.123")`: `5.123`, `abs(b)`: ``, `abs(s)`: ``, `abs(arr)`: ``, `abs(n)`: ``, `abs(missing)`: ``, `abs(-7.5)`: `7.5`, `abs(0 - big)`: `12345678901234567890123`,
		`acos(2)`: ``, `acos("0")`: `1.5707963267948966`, `acos(s)`: ``, `sqrt(-1)`: ``, `ln(-1)`: ``, `ln(0)`: ``, `log(b)`: ``, `sin(obj)`: ``,
		`atan2("1", 0)`: `1.5707963267948966`, `atan2(s, 0)`: ``, `power("2", 5)`: `32.0`, `power(10, 999)`: ``,
		`bitand(13.9, "5.9")`: `5`, `bitand(s, 1)`: ``, `bitor(b, 1)`: ``, `bitxor(-1.5, 0)`: `-2`, `bitnot(-14)`: `13`, `bitnot(0)`: `0`, `bitnot(b)`: ``, `bitnot("13.7")`: `2`,
		`cast(false as Int)`: `0`, `cast(7.9 as Int)`: `7`, `cast(-7.1 as Int)`: `-8`, `cast("5E-12" as Int)`: `0`, `cast("x" as Int)`: ``, `cast(arr as Int)`: ``, `cast(n as Int)`: ``,
		`cast(10.0 as Decimal)`: `10`, `cast(10.5 as decimal)`: `10.5`, `cast("1.20" as Decimal)`: `1.20`, `cast(true as Decimal)`: `1.0`, `cast("007" as Decimal)`: `7`, `cast(obj as Decimal)`: ``, `cast(1.5 as Double)`: `1.5`,
		`cast(0 as Bool)`: `false`, `cast(0.1 as Boolean)`: `true`, `cast("TRUE" as Boolean)`: `true`, `cast("yes" as Bool)`: ``, `cast(n as Bool)`: ``,
		`cast(5 as String)`: `"5"`, `cast(5.50 as varchar)`: `"5.50"`, `cast(b as Text)`: `"true"`, `cast(arr as nvarchar)`: `"[1,2,3]"`, `cast(obj as ntext)`: `"{\"k\":\"v\"}"`, `cast(n as String)`: ``, `cast(s as String)`: `"str"`,
		`ceil("1.2")`: `2`, `ceil(b)`: ``, `floor("x")`: ``, `floor(i)`: `7`, `round("2.5")`: `3`, `round(-2.5)`: `-3`, `round(arr)`: ``,
		`chr(65.9)`: `"A"`, `chr("66")`: `"B"`, `chr(128)`: ``, `chr(-1)`: ``, `chr(b)`: ``,
		`concat(1, 2)`: ``, `concat(n, "a")`: ``, `concat(arr)`: `[1,2,3]`, `concat("a", [1])`: `["a",1]`, `concat(obj, "x")`: `"{\"k\":\"v\"}x"`,
		`decode("aGVsbG8=", "base64")`: `"hello"`, `decode("%", "base64")`: `null`, `decode(5, "base64")`: `null`, `decode("aGVsbG8=", "hex")`: ``, `decode("WzEsMl0=", "base64")`: `[1,2]`,
		`endswith(123, 3)`: `true`, `endswith(n, "x")`: ``, `startswith(true, "tr")`: `true`, `startswith("x", missing)`: ``,
		`encode(obj, 'base64')`: `"eyJrIjoidiJ9"`, `encode(n, 'base64')`: ``, `encode("x", 'hex')`: ``,
		`get(arr, "1")`: `2`, `get(arr, 3)`: ``, `get(arr, -1)`: ``, `get(arr, b)`: ``, `get(s, 2)`: `"r"`, `get("é€", 1)`: `"€"`, `get(obj, "k")`: `"v"`, `get(obj, 1)`: ``, `get(i, 0)`: ``, `get(*, "i")`: `7`,
		`get_or_default(missing, 25)`: `25`, `get_or_default(n, 25)`: `25`, `get_or_default(i, 25)`: `7`, `get_or_default(missing)`: ``, `get_or_default(floor(arr), "x")`: `"x"`,
		`sha1("hello")`:   `"aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"`,
		`sha224("hello")`: `"ea09ae9cc6768c50fcee903ed054556e5bfc8347907f12598aa24193"`,
		`sha256("hello")`: `"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"`,
		`sha384("hello")`: `"59e1748777448c69de6b800d7a33bbfb9ff1b463e44354c3553bcdb9c666fa90125a3c79f90397bdf5f6a13de828684f"`,
		`sha512("hello")`: `"9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043"`,
		`md5(true)`:       `"b326b5062b2f0e69046810717534cb09"`, `md5(n)`: ``, `md2("")`: `"8350e5a3e24c153df2275c9f80692773"`, `md2("abcdefghijklmnopqrstuvwxyz")`: `"4e8ddff3650292ab5a4108c3aa47940b"`,
		`indexof("abc", "x")`: `-1`, `indexof("é€x", "x")`: `2`, `indexof(123, 2)`: `1`, `indexof(n, "x")`: ``,
		`isNull(n)`: `true`, `isNull(missing)`: `false`, `isUndefined(n)`: `false`, `isUndefined(missing)`: `true`, `isUndefined(arr)`: `false`,
		`length("é€")`: `2`, `length(n)`: ``, `numbytes(1.5)`: `3`, `numbytes(missing)`: ``,
		`lower(TRUE)`: `"true"`, `upper(n)`: ``, `lpad("x", "2.9")`: `"  x"`, `lpad("x", -5)`: `"x"`, `length(lpad("x", 5000))`: `1001`, `lpad(n, 2)`: ``, `lpad("x", b)`: ``, `rpad("x", s)`: ``,
		`ltrim(i)`: `"7"`, `rtrim(n)`: ``, `trim(d)`: `"7.5"`,
		`mod(8.5, 3)`: `2.5`, `mod("8", 3)`: `2`, `mod(8, 0)`: ``, `mod(s, 3)`: ``, `remainder(-8, 3)`: `-2`,
		`nanvl(n, 3)`: `3`, `nanvl(missing, 3)`: `3`, `nanvl(s, 3)`: `"str"`,
		`parse_time("yyyy-MM-dd'T'HH:mm:ss.SSSZZ", 1795435200123)`:           `"2026-11-23T12:00:00.123+00:00"`,
		`parse_time("EEE EEEE MMM MMMM d D yy h K k a", 1795435200000)`:      `"Mon Monday Nov November 23 327 26 12 0 12 PM"`,
		`parse_time("yyyy/MM/dd/HH", 1795435200000, "+05:30")`:               `"2026/11/23/17"`,
		`parse_time("xxxx-'W'ww-e Z ZZZ C", 1795435200000, "Europe/Berlin")`: `"2026-W48-1 +0100 Europe/Berlin 20"`,
		`parse_time("yyyy", "x")`:                                            ``, `parse_time("yyyy", 0, "No/Where")`: ``, `parse_time("qq", 0)`: ``, `parse_time("'", 0)`: ``, `parse_time("''yyyy''", 0)`: `"'1970'"`, `parse_time(s, 0)`: ``,
		`regexp_matches(i, "7")`: `true`, `regexp_matches(n, "7")`: ``, `regexp_matches(s, "(")`: ``, `regexp_matches("a1", "^[a-z]\d$")`: `true`, `regexp_matches(s, s)`: `true`,
		`regexp_replace("aXbX", "X", "-")`: `"a-b-"`, `regexp_replace("abc", "(a)(b)", "$2$1")`: `"bac"`, `regexp_replace("abc", "b", "\$")`: `"a$c"`, `regexp_replace("abc", "b", "$9")`: ``, `regexp_replace("abc", "(?P<x>b)", "<${x}>")`: `"a<b>c"`,
		`regexp_substr("abc", "x")`: ``, `regexp_substr("abc", "[bc]+")`: `"bc"`,
		`replace(12321, 2, "x")`: `"1x3x1"`, `replace(n, "a", "b")`: ``, `sign("-0.5")`: `-1`, `sign(b)`: ``,
		`substring("é€x", 1, 2)`: `"€"`, `substring("012345", "2")`: `"2345"`, `substring("012345", b)`: ``, `substring(n, 1)`: ``, `substring("012345", 1E300)`: `""`,
		`time_to_epoch("2026-11-23T12:00:00Z", "yyyy-MM-dd'T'HH:mm:ssX")`: `1795435200000`,
		`time_to_epoch("20261123120000+0530", "yyyyMMddHHmmssxx")`:        `1795415400000`,
		`time_to_epoch("23 Nov 26 07:00 PM PST", "d MMM yy hh:mm a z")`:   `1795489200000`,
		`time_to_epoch("Mon 327 2026 AD", "EEE D yyyy G")`:                `1795392000000`,
		`time_to_epoch("2026-02-31", "yyyy-MM-dd")`:                       `1772236800000`,
		`time_to_epoch("2026-13-01", "yyyy-MM-dd")`:                       ``,
		`time_to_epoch("2026-11", "yyyy-MM")`:                             ``,
		`time_to_epoch("nope", "yyyy-MM-dd")`:                             ``,
		`time_to_epoch("2026-11-23 x", "yyyy-MM-dd")`:                     ``,
		`time_to_epoch("2026-11-23", "yyyy-QQ-dd")`:                       ``,
		`topic(3)`: `"1HGCM82633A004352"`, `topic(0)`: ``, `topic(5)`: ``, `topic(2.9)`: `"cars"`, `topic("2")`: `"cars"`, `topic(s)`: ``,
		`trunc(7, 2)`: `7`, `trunc("2.555", 1)`: `2.5`, `trunc(-2.99, 0)`: `-2`, `trunc(2.5, -3)`: `2`, `trunc(1.10, 40)`: `1.1`, `trunc(2.5, "1")`: ``, `trunc(s, 1)`: ``,
		`transform("other", obj, arr)`: ``, `transform("enrichArray", obj, arr)`: ``, `transform("enrichArray", obj, [{"k":1},{}])`: `[{"k":"v"},{"k":"v"}]`,
		`clientid(1)`: ``, `abs()`: ``, `abs(1, 2)`: ``, `atan2(1)`: ``, `parse_time("yyyy")`: ``, `regexp_matches("a")`: ``, `get_mqtt_property('content_type')`: ``, `get_user_properties()`: ``,
	} {
		t.Run(expression, func(t *testing.T) { sameJSON(t, want, evaluate(t, expression)) })
	}
}

func TestTransformExamples(t *testing.T) {
	const values = `{"attributes":{"data1":1,"data2":2},"values":[{"a":3},{"b":4},{"c":5}]}`
	const nested = `{"data1":"example","data2":{"a":"first attribute","b":"second attribute","c":[
		{"x":{"someInt":5,"someString":"hello"},"y":true},{"x":{"someInt":10,"someString":"world"},"y":false}]}}`
	for name, tc := range map[string]struct{ sql, payload, want string }{
		"an object and an array": {`select value transform("enrichArray", attributes, values) from 'A/B'`, values,
			`[{"a":3,"data1":1,"data2":2},{"b":4,"data1":1,"data2":2},{"c":5,"data1":1,"data2":2}]`},
		"a literal object": {`select value transform("enrichArray", {"key": attributes.data1}, values) from 'A/B'`, values,
			`[{"a":3,"key":1},{"b":4,"key":1},{"c":5,"key":1}]`},
		"nested queries": {`select value transform('enrichArray', (select a, b from data2), (select value c from data2)) from 'A/B'`, nested,
			`[{"x":{"someInt":5,"someString":"hello"},"y":true,"a":"first attribute","b":"second attribute"},` +
				`{"x":{"someInt":10,"someString":"world"},"y":false,"a":"first attribute","b":"second attribute"}]`},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, run(t, tc.sql, message(tc.payload))) })
	}
}

func TestBasicIngestTopic(t *testing.T) {
	m := message(`{}`)
	m.Topic = "Buildings/Building5/Floor2/Room201/Lights"
	assert.Equal(t, `{"a":"Buildings/Building5/Floor2/Room201/Lights","b":"Floor2"}`, run(t, `SELECT topic() AS a, topic(3) AS b`, m))
}

func TestMessageWithoutMQTT(t *testing.T) {
	assert.Equal(t, `{"c":"n/a"}`, run(t, `SELECT clientid() AS c, traceid() AS t, principal() AS p, sourceip() AS s, accountid() AS a`, sql.Message{Payload: []byte(`{}`)}))
}

func TestMQTTProperties(t *testing.T) {
	m := message(`{}`)
	m.Properties = &sql.Properties{UTF8: true, ContentType: "application/json", ResponseTopic: "r/t", CorrelationData: []byte("cid"),
		User: []sql.UserProperty{{"k", "v1"}, {"o", "v"}, {"k", "v2"}}}
	for expression, want := range map[string]string{
		`get_mqtt_property('format_indicator')`: `"UTF8_DATA"`, `get_mqtt_property('content_type')`: `"application/json"`,
		`get_mqtt_property('response_topic')`: `"r/t"`, `get_mqtt_property('correlation_data')`: `"Y2lk"`, `get_mqtt_property('x')`: ``,
		`get_user_properties('k')`: `["v1","v2"]`, `get_user_properties('x')`: ``, `get_user_properties()`: `[{"k":"v1"},{"o":"v"},{"k":"v2"}]`,
	} {
		assert.Equal(t, want, run(t, "SELECT VALUE "+expression, m), expression)
	}
	m.Properties = &sql.Properties{}
	assert.Equal(t, `{"f":"UNSPECIFIED_BYTES"}`, run(t, `SELECT get_mqtt_property('format_indicator') AS f, get_mqtt_property('content_type') AS c, get_mqtt_property('correlation_data') AS d`, m))
}

func TestRandomFunctions(t *testing.T) {
	s, err := sql.Compile(`SELECT newuuid() AS u, rand() AS r`, sql.V2016)
	require.NoError(t, err)
	m := message(`{}`)
	out, _, err := s.Evaluate(context.Background(), m, sql.Services{NewUUID: func() string { return "u" }, Rand: func() float64 { return 0.5 }})
	require.NoError(t, err)
	assert.Equal(t, `{"u":"u","r":0.5}`, string(out))
	seen := map[string]bool{}
	for range 100 {
		out, _, err := s.Evaluate(context.Background(), m, sql.Services{})
		require.NoError(t, err)
		var got struct {
			U string
			R float64
		}
		require.NoError(t, json.Unmarshal(out, &got))
		assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, got.U)
		assert.True(t, got.R >= 0 && got.R < 1)
		seen[got.U] = true
	}
	assert.Len(t, seen, 100)
}

// TestEveryFunctionOfTheReferenceIsKnown lists the names of the reference's functions.
func TestEveryFunctionOfTheReferenceIsKnown(t *testing.T) {
	assert.ElementsMatch(t, []string{
		"abs", "accountid", "acos", "asin", "atan", "atan2", "aws_lambda", "bitand", "bitor", "bitxor", "bitnot", "cast", "ceil", "chr", "clientid",
		"concat", "cos", "cosh", "decode", "encode", "endswith", "exp", "floor", "get", "get_dynamodb", "get_mqtt_property", "get_or_default",
		"get_registry_data", "get_secret", "get_thing_shadow", "get_user_properties", "md2", "md5", "sha1", "sha224", "sha256", "sha384", "sha512",
		"indexof", "isnull", "isundefined", "length", "ln", "log", "lower", "lpad", "ltrim", "mod", "nanvl", "newuuid", "numbytes", "parse_time",
		"power", "principal", "rand", "regexp_matches", "regexp_replace", "regexp_substr", "remainder", "replace", "round", "rpad", "rtrim", "sign", "sin",
		"sinh", "sourceip", "substring", "sql_version", "sqrt", "startswith", "tan", "tanh", "time_to_epoch", "timestamp", "topic", "traceid",
		"transform", "trim", "trunc", "upper",
	}, sql.Functions())
	_, err := sql.Compile(`SELECT machinelearning_predict('m', 'r', *) FROM 'a'`, sql.V2016)
	assert.EqualError(t, err, "line 1, column 8: function machinelearning_predict is not supported: Amazon Machine Learning is closed")
}

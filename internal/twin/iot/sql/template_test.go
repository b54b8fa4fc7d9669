package sql_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/sql"
)

func TestTemplate(t *testing.T) {
	svc := sql.Services{NewUUID: func() string { return "f81d4fae" }}
	for name, tc := range map[string]struct {
		field, want string
		constant    bool
	}{
		"text":                       {`telemetry`, `telemetry`, true},
		"nothing":                    {``, ``, true},
		"a topic level":              {`${topic(3)}`, `1HGCM82633A004352`, false},
		"text around it":             {`${topic()}/republish`, `dt/cars/1HGCM82633A004352/telemetry/republish`, false},
		"a key with time and chance": {`raw/event/vin=${topic(3)}/${parse_time("yyyy/MM/dd", timestamp(), "UTC")}/${timestamp()}-${newuuid()}.json`, `raw/event/vin=1HGCM82633A004352/2026/11/23/1795435200000-f81d4fae.json`, false},
		"the year":                   {`${parse_time("yyyy", timestamp(), "UTC")}`, `2026`, false},
		"a member of the payload":    {`${device.id}`, `d7`, false},
		"an Undefined member":        {`a${missing}b`, `ab`, false},
		"null":                       {`${n}`, `null`, false},
		"an object":                  {`${device}`, `{"id":"d7"}`, false},
		"an operator":                {`${temp * 2 + 1}`, `15.0`, false},
		"braces inside":              {`${get({"a": {"b": "}"}}, "a").b}!`, `}!`, false},
		"quotes inside":              {`${concat('$', "{x}")}`, `${x}`, false},
		"a dollar sign":              {`$$aws/things/x $ {y}`, `$$aws/things/x $ {y}`, true},
		"two side by side":           {`${topic(1)}${topic(2)}`, `dtcars`, false},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := sql.CompileTemplate(tc.field)
			require.NoError(t, err)
			got, err := f.Render(context.Background(), message(`{"device": {"id": "d7"}, "temp": 7.0, "n": null}`), svc)
			require.NoError(t, err)
			assert.Equal(t, tc.want, got)
			assert.Equal(t, tc.constant, f.Constant())
		})
	}
}

func TestTemplateUsesTheVariablesOfItsRule(t *testing.T) {
	s, err := sql.Compile(`SET @day = parse_time('yyyy-MM-dd', timestamp()), @key = concat(topic(3), '#', @day) SELECT * FROM 'a'`, sql.V2016)
	require.NoError(t, err)
	f, err := s.CompileTemplate(`pk=${@key}`)
	require.NoError(t, err)
	got, err := f.Render(context.Background(), message(`{}`), sql.Services{})
	require.NoError(t, err)
	assert.Equal(t, `pk=1HGCM82633A004352#2026-11-23`, got)
	_, err = sql.CompileTemplate(`${@key}`)
	assert.ErrorContains(t, err, "variable @key is not set")
}

func TestTemplateErrors(t *testing.T) {
	for name, tc := range map[string]struct{ field, want string }{
		"not closed":          {`a/${topic(3)`, `line 1, column 3: the substitution template that begins here is not closed: expected }`},
		"empty":               {`a/${}`, `line 1, column 5: unexpected end: expected an expression`},
		"an unknown function": {`a/${topics(3)}`, `line 1, column 5: function topics is not supported: it is not in the AWS IoT SQL reference`},
		"on the second line":  {"a\nb ${ 1 + }", `line 2, column 10: unexpected end: expected an expression`},
		"a statement":         {`${SELECT 1}`, `line 1, column 3: unexpected SELECT: expected an expression`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sql.CompileTemplate(tc.field)
			var at *sql.SyntaxError
			require.ErrorAs(t, err, &at)
			assert.EqualError(t, err, tc.want)
		})
	}
}

func TestTemplateAndPayloadThatIsNotJSON(t *testing.T) {
	m := message("\x00")
	f, err := sql.CompileTemplate(`${topic(3)}`)
	require.NoError(t, err)
	got, err := f.Render(context.Background(), m, sql.Services{})
	require.NoError(t, err)
	assert.Equal(t, "1HGCM82633A004352", got)
	for _, field := range []string{`device/${device_id}`, `${*}`} {
		f, err = sql.CompileTemplate(field)
		require.NoError(t, err)
		_, err = f.Render(context.Background(), m, sql.Services{})
		assert.ErrorIs(t, err, sql.ErrPayload)
	}
}

func TestServices(t *testing.T) {
	var asked []any
	svc := sql.Services{
		Lambda: func(_ context.Context, arn string, in []byte) ([]byte, error) {
			asked = append(asked, arn, string(in))
			return []byte(` {"some": {"value": 5}} `), nil
		},
		ThingShadow: func(_ context.Context, thing, shadow, role string) ([]byte, error) {
			asked = append(asked, thing, shadow, role)
			return []byte(`{"state":{"reported":{"alarm":"ON"}}}`), nil
		},
		DynamoDB: func(_ context.Context, k sql.DynamoDBKey) ([]byte, error) {
			asked = append(asked, k)
			return []byte(`{"location":"Graz"}`), nil
		},
		Registry: func(_ context.Context, api, thing, role string) ([]byte, error) {
			asked = append(asked, api, thing, role)
			return nil, nil
		},
		Secret: func(_ context.Context, id, kind, role string) (string, error) {
			asked = append(asked, id, kind, role)
			return `{"API_KEY_VALUE":"k","n":1}`, nil
		},
	}
	for expression, tc := range map[string]struct {
		want  string
		asked []any
	}{
		`aws_lambda("arn:fn", {"payload":attribute1}).some.value`:                        {`5`, []any{"arn:fn", `{"payload":21}`}},
		`aws_lambda("arn:fn", *).some`:                                                   {`{"value":5}`, []any{"arn:fn", `{"attribute1":21,"id":"d"}`}},
		`aws_lambda("arn:fn", missing)`:                                                  {``, nil},
		`get_thing_shadow("MyThing","MyThingShadow","role").state.reported.alarm = 'ON'`: {`true`, []any{"MyThing", "MyThingShadow", "role"}},
		`get_thing_shadow("MyThing","role").state.reported.alarm`:                        {`"ON"`, []any{"MyThing", "", "role"}},
		`get_thing_shadow("MyThing")`:                                                    {``, nil},
		`get_dynamodb("InServiceDevices", "deviceId", id, "role").location`:              {`"Graz"`, []any{sql.DynamoDBKey{Table: "InServiceDevices", PartitionName: "deviceId", PartitionJSON: `"d"`, RoleARN: "role"}}},
		`get_dynamodb("T", "p", attribute1, "s", id, "role").location`:                   {`"Graz"`, []any{sql.DynamoDBKey{Table: "T", PartitionName: "p", PartitionJSON: `21`, SortName: "s", SortJSON: `"d"`, RoleARN: "role"}}},
		`get_dynamodb("T", "p", missing, "role")`:                                        {``, nil},
		`get_registry_data("DescribeThing", id, "role")`:                                 {``, []any{"DescribeThing", "d", "role"}},
		`get_secret('API_KEY', 'SecretString', 'API_KEY_VALUE', 'role')`:                 {`"k"`, []any{"API_KEY", "SecretString", "role"}},
		`get_secret('API_KEY', 'SecretString', 'role').n`:                                {`1`, []any{"API_KEY", "SecretString", "role"}},
		`get_secret('API_KEY', 'SecretBinary', 'role')`:                                  {`"{\"API_KEY_VALUE\":\"k\",\"n\":1}"`, []any{"API_KEY", "SecretBinary", "role"}},
	} {
		t.Run(expression, func(t *testing.T) {
			asked = nil
			s, err := sql.Compile("SELECT VALUE ("+expression+")", sql.V2016)
			require.NoError(t, err)
			out, _, err := s.Evaluate(context.Background(), message(`{"attribute1": 21, "id": "d"}`), svc)
			require.NoError(t, err)
			assert.Equal(t, tc.want, string(out))
			assert.Equal(t, tc.asked, asked)
		})
	}
}

func TestServiceFailures(t *testing.T) {
	down := errors.New("throttled")
	broken := sql.Services{
		Lambda:      func(context.Context, string, []byte) ([]byte, error) { return []byte("nope"), nil },
		ThingShadow: func(context.Context, string, string, string) ([]byte, error) { return nil, down },
		Secret:      func(context.Context, string, string, string) (string, error) { return "plain", nil },
	}
	for name, tc := range map[string]struct {
		expression string
		svc        sql.Services
		want       string
	}{
		"no service for aws_lambda":        {`aws_lambda("a", 1)`, sql.Services{}, "function aws_lambda cannot run here"},
		"no service for get_thing_shadow":  {`get_thing_shadow("a", "r")`, sql.Services{}, "function get_thing_shadow cannot run here"},
		"no service for get_dynamodb":      {`get_dynamodb("t", "k", 1, "r")`, sql.Services{}, "function get_dynamodb cannot run here"},
		"no service for get_registry_data": {`get_registry_data("DescribeThing", "t", "r")`, sql.Services{}, "function get_registry_data cannot run here"},
		"no service for get_secret":        {`get_secret("s", "SecretString", "r")`, sql.Services{}, "function get_secret cannot run here"},
		"an answer that is not JSON":       {`aws_lambda("a", 1)`, broken, "aws_lambda: the answer is not JSON"},
		"a service that fails":             {`get_thing_shadow("a", "r")`, broken, "get_thing_shadow: throttled"},
		"a key of a secret without keys":   {`get_secret("s", "SecretString", "k", "r")`, broken, `get_secret: key "k": the secret is not a JSON object`},
		"an unknown type of secret":        {`get_secret("s", "Blob", "r")`, broken, "allowed are SecretString and SecretBinary"},
		"an unknown API":                   {`get_registry_data("ListThings", "t", "r")`, broken, "allowed are DescribeThing and ListThingGroupsForThing"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, src := range []string{"SELECT " + tc.expression + " AS x", "SELECT * FROM 'a' WHERE isUndefined(" + tc.expression + ")"} {
				s, err := sql.Compile(src, sql.V2016)
				require.NoError(t, err)
				_, ok, err := s.Evaluate(context.Background(), message(`{}`), tc.svc)
				require.ErrorContains(t, err, tc.want)
				assert.False(t, ok)
			}
		})
	}
	s, err := sql.Compile(`SELECT get_thing_shadow("a", "r") AS x`, sql.V2016)
	require.NoError(t, err)
	_, _, err = s.Evaluate(context.Background(), message(`{}`), broken)
	assert.ErrorIs(t, err, down)
}

func TestGetOrDefaultTakesTheDefaultForAFailure(t *testing.T) {
	down := sql.Services{ThingShadow: func(context.Context, string, string, string) ([]byte, error) { return nil, errors.New("throttled") }}
	s, err := sql.Compile(`SELECT get_or_default(get_thing_shadow('t', 'r').state.a, 'none') AS a, 1 AS b`, sql.V2016)
	require.NoError(t, err)
	out, ok, err := s.Evaluate(context.Background(), message(`{}`), down)
	require.NoError(t, err)
	require.True(t, ok)
	assert.Equal(t, `{"a":"none","b":1}`, string(out))
	s, err = sql.Compile(`SELECT get_or_default(a, 'none') AS a`, sql.V2016)
	require.NoError(t, err)
	_, _, err = s.Evaluate(context.Background(), message("\xff"), down)
	assert.ErrorIs(t, err, sql.ErrPayload)
}

func TestAVariableCallsItsServiceOnce(t *testing.T) {
	calls := 0
	svc := sql.Services{ThingShadow: func(context.Context, string, string, string) ([]byte, error) {
		calls++
		return []byte(`{"a":1}`), nil
	}}
	s, err := sql.Compile(`SET @s = get_thing_shadow(clientid(), 'role') SELECT @s.a AS a, @s.a AS b, (SELECT VALUE @s.a FROM e) AS c FROM 'a' WHERE @s.a = 1`, sql.V2016)
	require.NoError(t, err)
	out, ok, err := s.Evaluate(context.Background(), message(`{"e":[1,2]}`), svc)
	require.NoError(t, err)
	require.True(t, ok)
	assert.Equal(t, `{"a":1,"b":1,"c":[1,1]}`, string(out))
	assert.Equal(t, 1, calls)
}

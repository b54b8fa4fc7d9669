package sql

import "strings"

// A maker compiles the call of a function. args are its compiled arguments.
type maker func(c *compiler, x *astCall, args []eval) eval

// functions maps names, in lower case, to the functions of the reference. Names are case-insensitive. A call with a wrong number of
// arguments is Undefined, as in the reference.
var functions = map[string]maker{
	"abs": one(absolute), "ceil": one(rounded(ceiling)), "floor": one(rounded(floor)), "round": one(rounded(halfUp)),
	"sign": one(sign), "trunc": two(trunc), "mod": two(modulo), "remainder": two(modulo), "power": two(power),
	"nanvl": two(nanvl), "rand": zero(random), "atan2": two(atan2),
	"acos": one(double(acos)), "asin": one(double(asin)), "atan": one(double(atan)), "cos": one(double(cos)),
	"cosh": one(double(cosh)), "sin": one(double(sin)), "sinh": one(double(sinh)), "tan": one(double(tan)),
	"tanh": one(double(tanh)), "exp": one(double(exp)), "ln": one(double(ln)), "log": one(double(log10)), "sqrt": one(double(sqrt)),

	"bitand": two(bits2(bitand)), "bitor": two(bits2(bitor)), "bitxor": two(bits2(bitxor)), "bitnot": one(bitnot),

	"chr": one(chr), "concat": many(concat), "endswith": two(strings2(strings.HasSuffix)), "indexof": two(indexOf),
	"startswith": two(strings2(strings.HasPrefix)), "length": one(length), "numbytes": one(numBytes), "lower": one(mapped(strings.ToLower)),
	"upper": one(mapped(strings.ToUpper)), "lpad": two(lpad), "rpad": two(rpad), "ltrim": one(mapped(ltrim)), "rtrim": one(mapped(rtrim)),
	"trim": one(mapped(strings.TrimSpace)), "replace": many(replace), "substring": many(substring),
	"regexp_matches": regexpMatches, "regexp_replace": regexpReplace, "regexp_substr": regexpSubstr,

	"md2": hashed(md2Sum), "md5": hashed(md5Sum), "sha1": hashed(sha1Sum), "sha224": hashed(sha224Sum), "sha256": hashed(sha256Sum),
	"sha384": hashed(sha384Sum), "sha512": hashed(sha512Sum), "encode": encode, "decode": decode,

	"get": two(get), "get_or_default": getOrDefault, "isnull": one(isNull), "isundefined": one(isUndefined), "transform": many(transform),

	"accountid": zero(accountID), "clientid": zero(clientID), "principal": zero(principal), "sourceip": zero(sourceIP),
	"traceid": zero(traceID), "topic": topicOf, "timestamp": zero(timestamp), "newuuid": zero(newUUID),
	"sql_version": zero(sqlVersion), "get_mqtt_property": many(mqttProperty), "get_user_properties": many(userProperties),

	"parse_time": parseTime, "time_to_epoch": timeToEpoch,

	"aws_lambda": many(awsLambda), "get_dynamodb": getDynamoDB, "get_registry_data": many(registryData), "get_secret": many(getSecret),
	"get_thing_shadow": many(thingShadow),
}

// retired maps functions of the reference that no longer exist to the reason.
var retired = map[string]string{
	"machinelearning_predict": "Amazon Machine Learning is closed",
}

// special holds the syntax of functions that do not use the usual one, for error messages.
var special = map[string]string{
	"cast":   "cast(expression AS type)",
	"exists": "EXISTS (SELECT ... FROM ...)",
}

// Functions returns the names of the functions that Compile accepts, in lower case.
func Functions() []string {
	out := make([]string, 0, len(functions)+1)
	for name := range functions {
		out = append(out, name)
	}
	return append(out, "cast")
}

func (c *compiler) call(x *astCall) eval {
	name := strings.ToLower(x.Name)
	if why, is := retired[name]; is {
		return c.fail(x.Pos, "function %s is not supported: %s", name, why)
	}
	if hint, is := special[name]; is {
		return c.fail(x.Pos, "%s: expected %s", strings.ToUpper(name), hint)
	}
	f, ok := functions[name]
	if !ok {
		return c.fail(x.Pos, "function %s is not supported: it is not in the AWS IoT SQL reference", x.Name)
	}
	return f(c, x, c.exprs(x.Args))
}

func zero(f func(e *env) value) maker {
	return func(_ *compiler, _ *astCall, args []eval) eval {
		if len(args) != 0 {
			return constant(valUndefined)
		}
		return f
	}
}

func one(f func(v value) value) maker {
	return func(_ *compiler, _ *astCall, args []eval) eval {
		if len(args) != 1 {
			return constant(valUndefined)
		}
		a := args[0]
		return func(e *env) value { return f(a(e)) }
	}
}

func two(f func(a, b value) value) maker {
	return func(_ *compiler, _ *astCall, args []eval) eval {
		if len(args) != 2 {
			return constant(valUndefined)
		}
		a, b := args[0], args[1]
		return func(e *env) value { return f(a(e), b(e)) }
	}
}

// many makes functions that read the message or take a varying number of arguments.
func many(f func(e *env, args []value) value) maker {
	return func(_ *compiler, _ *astCall, args []eval) eval {
		return func(e *env) value { return f(e, e.all(args)) }
	}
}

func (e *env) all(args []eval) []value {
	out := make([]value, len(args))
	for i, f := range args {
		out[i] = f(e)
	}
	return out
}

// literal returns the text of an argument that is a string literal.
func literal(x *astExpr) (string, bool) {
	p := plainPostfix(x)
	if p == nil || len(p.Path) > 0 || p.Root.Text == nil {
		return "", false
	}
	return unquoteSQL(*p.Root.Text), true
}

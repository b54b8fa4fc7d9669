package sql

import (
	"fmt"
	"strings"
)

// texts returns the arguments as strings. It returns false unless there are low to high arguments and all are strings.
func texts(args []value, low, high int) ([]string, bool) {
	if len(args) < low || len(args) > high {
		return nil, false
	}
	out := make([]string, len(args))
	for i, a := range args {
		s, ok := a.text()
		if !ok {
			return nil, false
		}
		out[i] = s
	}
	return out, true
}

// answer converts a response of a service to a value.
func (e *env) answer(function string, b []byte, err error) value {
	if err != nil {
		return e.fail("%s: %w", function, err)
	}
	if b == nil {
		return valUndefined
	}
	s := string(b)
	if ok, _ := isJSON(s); !ok {
		return e.fail("%s: the answer is not JSON", function)
	}
	return ofJSON(trimJSON(s))
}

func (e *env) missing(function string) value {
	return e.fail("function %s cannot run here: there is no service for it", function)
}

func awsLambda(e *env, args []value) value {
	if len(args) != 2 || args[0].kind != text || args[1].kind == undefined {
		return valUndefined
	}
	if e.svc.Lambda == nil {
		return e.missing("aws_lambda")
	}
	in, err := sized(args[1].appendJSON(nil))
	if err != nil {
		return e.fail("aws_lambda: input: %w", err)
	}
	b, err := e.svc.Lambda(e.ctx, args[0].str, in)
	return e.answer("aws_lambda", b, err)
}

// thingShadow implements get_thing_shadow. Its arguments are a thing, the name of a named shadow (optional), and a role.
func thingShadow(e *env, args []value) value {
	s, ok := texts(args, 2, 3)
	if !ok {
		return valUndefined
	}
	if e.svc.ThingShadow == nil {
		return e.missing("get_thing_shadow")
	}
	shadow := ""
	if len(s) == 3 {
		shadow = s[1]
	}
	b, err := e.svc.ThingShadow(e.ctx, s[0], shadow, s[len(s)-1])
	return e.answer("get_thing_shadow", b, err)
}

// getDynamoDB implements get_dynamodb, which a statement may call only once.
func getDynamoDB(c *compiler, x *astCall, args []eval) eval {
	c.dynamo++
	if c.dynamo > 1 {
		return c.fail(x.Pos, "get_dynamodb is called twice: AWS allows one call in a statement")
	}
	return many(dynamoDB)(c, x, args)
}

func dynamoDB(e *env, args []value) value {
	if len(args) != 4 && len(args) != 6 {
		return valUndefined
	}
	key := DynamoDBKey{}
	table, okT := args[0].text()
	name, okN := args[1].text()
	role, okR := args[len(args)-1].text()
	part, okP := keyJSON(args[2])
	if !okT || !okN || !okR || !okP {
		return valUndefined
	}
	key.Table, key.PartitionName, key.PartitionJSON, key.RoleARN = table, name, part, role
	if len(args) == 6 {
		sortName, okN := args[3].text()
		sort, okS := keyJSON(args[4])
		if !okN || !okS {
			return valUndefined
		}
		key.SortName, key.SortJSON = sortName, sort
	}
	if e.svc.DynamoDB == nil {
		return e.missing("get_dynamodb")
	}
	b, err := e.svc.DynamoDB(e.ctx, key)
	return e.answer("get_dynamodb", b, err)
}

// keyJSON returns the JSON of a key's value, which must be a string or number.
func keyJSON(v value) (string, bool) {
	if v.kind != text && !isNumber(v) {
		return "", false
	}
	return string(v.appendJSON(nil)), true
}

func registryData(e *env, args []value) value {
	s, ok := texts(args, 3, 3)
	if !ok {
		return valUndefined
	}
	if s[0] != "DescribeThing" && s[0] != "ListThingGroupsForThing" {
		return e.fail("get_registry_data: API %q: allowed are DescribeThing and ListThingGroupsForThing", s[0])
	}
	if e.svc.Registry == nil {
		return e.missing("get_registry_data")
	}
	b, err := e.svc.Registry(e.ctx, s[0], s[1], s[2])
	return e.answer("get_registry_data", b, err)
}

// getSecret implements get_secret. Its arguments are a secret, its type, a key inside a secret that holds JSON (optional), and a role.
func getSecret(e *env, args []value) value {
	s, ok := texts(args, 3, 4)
	if !ok {
		return valUndefined
	}
	if s[1] != "SecretString" && s[1] != "SecretBinary" {
		return e.fail("get_secret: type %q: allowed are SecretString and SecretBinary", s[1])
	}
	if e.svc.Secret == nil {
		return e.missing("get_secret")
	}
	secret, err := e.svc.Secret(e.ctx, s[0], s[1], s[len(s)-1])
	if err != nil {
		return e.fail("get_secret: %w", err)
	}
	key := ""
	if len(s) == 4 {
		key = s[2]
	}
	v, err := secretValue(secret, s[1], key)
	if err != nil {
		return e.fail("get_secret: %w", err)
	}
	return v
}

func secretValue(secret, secretType, key string) (value, error) {
	isDocument, _ := isJSON(secret)
	isDocument = isDocument && strings.HasPrefix(strings.TrimSpace(secret), "{") && secretType == "SecretString"
	switch {
	case key != "" && !isDocument:
		return valUndefined, fmt.Errorf("key %q: the secret is not a JSON object", key)
	case key != "":
		return ofJSON(trimJSON(secret)).member(key), nil
	case isDocument:
		return ofJSON(trimJSON(secret)), nil
	}
	return ofText(secret), nil
}

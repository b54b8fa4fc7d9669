package sql

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
)

func orUndefined(s string) value {
	if s == "" {
		return valUndefined
	}
	return ofText(s)
}

func accountID(e *env) value { return orUndefined(e.msg.AccountID) }
func principal(e *env) value { return orUndefined(e.msg.Principal) }
func sourceIP(e *env) value  { return orUndefined(e.msg.SourceIP) }
func traceID(e *env) value   { return orUndefined(e.msg.TraceID) }

func clientID(e *env) value {
	if e.msg.ClientID == "" {
		return ofText("n/a")
	}
	return ofText(e.msg.ClientID)
}

func timestamp(e *env) value { return ofInt(e.msg.At.UnixMilli()) }

func sqlVersion(e *env) value { return ofText(string(e.version)) }

// topicOf returns the topic, or one of its levels, counted from 1.
func topicOf(_ *compiler, _ *astCall, args []eval) eval {
	if len(args) == 0 {
		return func(e *env) value { return ofText(e.msg.Topic) }
	}
	if len(args) > 1 {
		return constant(valUndefined)
	}
	return func(e *env) value {
		n, ok := args[0](e).clamped()
		if !ok {
			return valUndefined
		}
		s, ok := level(e.msg.Topic, n)
		if !ok {
			return valUndefined
		}
		return ofText(s)
	}
}

func newUUID(e *env) value {
	if e.svc.NewUUID != nil {
		return ofText(e.svc.NewUUID())
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	var s [36]byte
	hex.Encode(s[:8], b[:4])
	hex.Encode(s[9:13], b[4:6])
	hex.Encode(s[14:18], b[6:8])
	hex.Encode(s[19:23], b[8:10])
	hex.Encode(s[24:], b[10:])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return ofText(string(s[:]))
}

// mqttProperty returns the MQTT 5 property with that name in the reference.
func mqttProperty(e *env, args []value) value {
	p := e.msg.Properties
	if p == nil || len(args) != 1 || args[0].kind != text {
		return valUndefined
	}
	switch args[0].str {
	case "format_indicator":
		if p.UTF8 {
			return ofText("UTF8_DATA")
		}
		return ofText("UNSPECIFIED_BYTES")
	case "content_type":
		return orUndefined(p.ContentType)
	case "response_topic":
		return orUndefined(p.ResponseTopic)
	case "correlation_data":
		return orUndefined(base64.StdEncoding.EncodeToString(p.CorrelationData))
	}
	return valUndefined
}

// userProperties returns the values of a key. Without a key, it returns all user properties as objects with one member each.
func userProperties(e *env, args []value) value {
	if e.msg.Properties == nil || len(args) > 1 {
		return valUndefined
	}
	list := []value{}
	if len(args) == 0 {
		for _, p := range e.msg.Properties.User {
			list = append(list, value{kind: object, built: &built{keys: []string{p.Key}, list: []value{ofText(p.Value)}}})
		}
		return ofList(list)
	}
	key, ok := args[0].text()
	if !ok {
		return valUndefined
	}
	for _, p := range e.msg.Properties.User {
		if p.Key == key {
			list = append(list, ofText(p.Value))
		}
	}
	if len(list) == 0 {
		return valUndefined
	}
	return ofList(list)
}

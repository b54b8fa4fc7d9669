package policy

import (
	"strconv"
	"strings"
	"time"
)

// key is a compiled policy variable or condition key.
type key struct {
	name    string
	unknown bool // not a variable of AWS IoT
	// all returns all values; none if the key has no value. It allocates only for keys with several values.
	all func(c *Connection) []string
	// text returns the value of a key with at most one value. The function is nil for other keys.
	text func(c *Connection) (string, bool)
}

// one returns the first value; false if there is none.
func (k *key) one(c *Connection) (string, bool) {
	if c == nil {
		return "", false
	}
	if k.text != nil {
		return k.text(c)
	}
	if v := k.all(c); len(v) > 0 {
		return v[0], true
	}
	return "", false
}

// values returns all values.
func (k *key) values(c *Connection) []string {
	if c == nil {
		return nil
	}
	if k.text == nil {
		return k.all(c)
	}
	if v, ok := k.text(c); ok {
		return []string{v}
	}
	return nil
}

const (
	thingPrefix       = "iot:connection.thing."
	attributePrefix   = thingPrefix + "attributes["
	certificatePrefix = "iot:certificate."
)

// compileKey finds a key by its name. Names are case-insensitive, except those of thing attributes.
func compileKey(name string) key {
	lower := strings.ToLower(name)
	if f, ok := simpleKeys[lower]; ok {
		return key{name: name, text: f}
	}
	switch {
	case strings.HasPrefix(lower, attributePrefix) && strings.HasSuffix(name, "]"):
		attribute := name[len(attributePrefix) : len(name)-1]
		return key{name: name, text: func(c *Connection) (string, bool) { return c.attribute(attribute) }}
	case lower == "iot:connectattributes":
		return key{name: name, all: func(c *Connection) []string { return c.ConnectAttributes }}
	case strings.HasPrefix(lower, certificatePrefix):
		return certificateKey(name, lower[len(certificatePrefix):])
	}
	return unknownKey(name)
}

// unknownKey returns a key that never has a value. AWS accepts policies with unknown keys, so they are no error: see Document.Unknown.
func unknownKey(name string) key {
	return key{name: name, unknown: true, text: func(*Connection) (string, bool) { return "", false }}
}

var simpleKeys = map[string]func(c *Connection) (string, bool){
	"iot:clientid":                       func(c *Connection) (string, bool) { return c.ClientID, c.ClientID != "" },
	"cognito-identity.amazonaws.com:sub": func(c *Connection) (string, bool) { return c.Identity, c.Identity != "" },
	"iot:lastwilltopic":                  func(c *Connection) (string, bool) { return c.LastWillTopic, c.LastWillTopic != "" },
	"iot:domainname":                     func(c *Connection) (string, bool) { return c.DomainName, c.DomainName != "" },
	thingPrefix + "thingname":            func(c *Connection) (string, bool) { return c.thing(func(t *Thing) string { return t.Name }) },
	thingPrefix + "thingtypename":        func(c *Connection) (string, bool) { return c.thing(func(t *Thing) string { return t.Type }) },
	thingPrefix + "isattached":           func(c *Connection) (string, bool) { return strconv.FormatBool(c.attached()), true },
	"aws:sourceip":                       func(c *Connection) (string, bool) { return c.SourceIP.String(), c.SourceIP.IsValid() },
	"aws:currenttime":                    func(c *Connection) (string, bool) { return c.At.UTC().Format(time.RFC3339), !c.At.IsZero() },
	"aws:epochtime":                      func(c *Connection) (string, bool) { return strconv.FormatInt(c.At.Unix(), 10), !c.At.IsZero() },
}

func (c *Connection) attached() bool { return c.Thing != nil && c.Thing.Attached }

// thing reads a value of the connecting thing. There is none unless the connection's principal is attached to the thing.
func (c *Connection) thing(read func(*Thing) string) (string, bool) {
	if !c.attached() {
		return "", false
	}
	v := read(c.Thing)
	return v, v != ""
}

func (c *Connection) attribute(name string) (string, bool) {
	if !c.attached() {
		return "", false
	}
	v, ok := c.Thing.Attributes[name]
	return v, ok
}

// certificateKey returns the key of a certificate attribute: the value at index N with the suffix .N, all values with .List, and otherwise
// the first value.
func certificateKey(name, lower string) key {
	attribute, suffix := lower, ""
	if i := strings.LastIndexByte(lower, '.'); i >= 0 {
		if _, err := strconv.Atoi(lower[i+1:]); err == nil || lower[i+1:] == "list" {
			attribute, suffix = lower[:i], lower[i+1:]
		}
	}
	if !certificateAttributes[attribute] {
		return unknownKey(name)
	}
	if suffix == "list" || attribute == "availablekeys" {
		return key{name: name, all: func(c *Connection) []string { return c.certificate(attribute) }}
	}
	index, _ := strconv.Atoi(suffix)
	return key{name: name, text: func(c *Connection) (string, bool) {
		if list := c.certificate(attribute); index >= 0 && index < len(list) {
			return list[index], substitutable(list[index])
		}
		return "", false
	}}
}

// substitutable reports whether a certificate's value may replace a variable: it must have no wildcards and at most 1,024 bytes.
func substitutable(s string) bool { return len(s) <= 1024 && !strings.ContainsAny(s, "*?$+#") }

func (c *Connection) certificate(attribute string) []string {
	if c.Certificate == nil {
		return nil
	}
	return c.Certificate.values[attribute]
}

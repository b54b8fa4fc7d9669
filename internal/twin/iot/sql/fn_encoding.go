package sql

import (
	"crypto/md5" // like SHA-1, a function of the reference, not for security
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// hashed makes a hash function with a hexadecimal result.
func hashed(sum func([]byte) []byte) maker {
	return one(func(v value) value {
		s, ok := v.text()
		if !ok {
			return valUndefined
		}
		return ofText(hex.EncodeToString(sum([]byte(s))))
	})
}

func md5Sum(b []byte) []byte    { s := md5.Sum(b); return s[:] }
func sha1Sum(b []byte) []byte   { s := sha1.Sum(b); return s[:] }
func sha224Sum(b []byte) []byte { s := sha256.Sum224(b); return s[:] }
func sha256Sum(b []byte) []byte { s := sha256.Sum256(b); return s[:] }
func sha384Sum(b []byte) []byte { s := sha512.Sum384(b); return s[:] }
func sha512Sum(b []byte) []byte { s := sha512.Sum512(b); return s[:] }

// encode implements the function encode. For *, it takes the payload as bytes.
func encode(c *compiler, x *astCall, args []eval) eval {
	if len(args) > 0 && c.isStar(x.Args[0]) {
		args[0] = (*env).bytes
	}
	return two(encodeBase64)(c, x, args)
}

// encodeBase64 returns the base64 of a string, or of the payload's bytes.
func encodeBase64(v, scheme value) value {
	if scheme.kind != text || scheme.str != "base64" {
		return valUndefined
	}
	s, ok := v.text()
	if v.kind == raw {
		s, ok = v.str, true
	}
	if !ok {
		return valUndefined
	}
	return ofText(base64.StdEncoding.EncodeToString([]byte(s)))
}

// decode decodes base64. A JSON document becomes a value and other text a string. Invalid base64 gives Null.
func decode(c *compiler, x *astCall, args []eval) eval {
	if len(args) >= 2 {
		if s, ok := literal(x.Args[1]); ok && s == "proto" {
			return c.fail(x.Pos, "function decode with the scheme 'proto' is not supported: allowed is 'base64'")
		}
	}
	if len(args) > 0 && c.isStar(x.Args[0]) {
		args[0] = (*env).bytes
	}
	return two(decodeBase64)(c, x, args)
}

func decodeBase64(v, scheme value) value {
	if scheme.kind != text || scheme.str != "base64" || v.kind == undefined {
		return valUndefined
	}
	if v.kind != text && v.kind != raw {
		return valNull
	}
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(v.str))
	if err != nil || !utf8.Valid(b) {
		return valNull
	}
	s := string(b)
	if ok, _ := isJSON(s); ok {
		return ofJSON(trimJSON(s))
	}
	return ofText(s)
}

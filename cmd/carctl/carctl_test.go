package main

import (
	"bytes"
	"testing"
)

const car = "1ACEV26S0TA000001"

// carctl runs the tool in this process.
func carctl(t *testing.T, args ...string) (out, info string, err error) {
	t.Helper()
	var o, i bytes.Buffer
	root := newRoot(&o, &i)
	root.SetArgs(args)
	err = root.ExecuteContext(t.Context())
	return o.String(), i.String(), err
}

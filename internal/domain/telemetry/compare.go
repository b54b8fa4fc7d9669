package telemetry

import (
	"cmp"
	"slices"
	"strings"
)

// Compare orders any two values: by kind, Null first, then by content. It decides between two values of one signal at the same
// time: neither is right, but every reader must choose the same one.
func Compare(a, b Value) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.num, b.num), strings.Compare(a.text, b.text),
		slices.Compare(a.texts, b.texts))
}

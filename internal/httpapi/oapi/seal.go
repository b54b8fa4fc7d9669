//go:build ignore

// Command seal records the contract from which the Go files in this directory were generated, so that a test can check without the
// generator that they are current: the SHA-256 of the contract, of the generator's settings and of its output.
package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
)

func main() {
	var lines strings.Builder
	for _, name := range []string{"../../../api/openapi.yaml", "oapi.yaml", "oapi.gen.go"} {
		b, err := os.ReadFile(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, "seal:", err)
			os.Exit(1)
		}
		fmt.Fprintf(&lines, "%x  %s\n", sha256.Sum256(b), name)
	}
	if err := os.WriteFile("oapi.sum", []byte(lines.String()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "seal:", err)
		os.Exit(1)
	}
}

// Command supplychain checks the project's dependencies: the licences in a bill of materials, and the findings of govulncheck.
//
//	supplychain licences FILE...                       CycloneDX, JSON
//	govulncheck -format json ./... | supplychain vulnerabilities
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "supplychain:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	switch {
	case len(args) > 1 && args[0] == "licences":
		return licences(args[1:], out)
	case len(args) == 1 && args[0] == "vulnerabilities":
		// CI builds releases with the newest patch of Go and fails otherwise. A workstation may lag behind and only gets a warning.
		return vulnerabilities(in, out, os.Getenv("CI") != "")
	}
	return fmt.Errorf("%q: allowed are licences FILE..., and vulnerabilities", args)
}

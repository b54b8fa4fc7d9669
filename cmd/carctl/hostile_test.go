package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/athena"
	"connectedcar/internal/device/pki"
	"connectedcar/internal/tool/redrive"
)

// hostileText clears a terminal, sets its title, adds a row and reverses the text after it; hostileCell is a spreadsheet formula.
const (
	hostileText = "P0301\x1b[2J\x1b]0;owned\x07\nCOUNT\t1\u202e"
	hostileCell = `=HYPERLINK("https://attacker.example","open")`
)

func TestNoTableShowsWhatACarSentAsItCame(t *testing.T) {
	text := hostileText
	for name, print := range map[string]func(out *bytes.Buffer) error{
		"redrive list": func(out *bytes.Buffer) error {
			return printGroups(out, []redrive.Group{{Reason: hostileText, VIN: hostileText, Count: 1, First: time.Unix(0, 0), Stuck: hostileText}})
		},
		"redrive run": func(out *bytes.Buffer) error {
			printResult(out, redrive.Result{Kept: map[string]int{hostileText: 1}}, false)
			return nil
		},
		"lake query": func(out *bytes.Buffer) error {
			return printTable(out, athena.Answer{Columns: []string{hostileText}, Rows: [][]*string{{&text}}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, print(&out))
			assert.Equal(t, 2, strings.Count(out.String(), "\n"), "a header and a row: %q", out.String())
			for _, r := range []string{"\x1b", "\x07", "\u202e"} {
				assert.NotContains(t, out.String(), r)
			}
		})
	}
}

// Every command writes only through the root command's writers.
func TestNoCommandWritesControlCharacters(t *testing.T) {
	var out, info bytes.Buffer
	root := newRoot(&out, &info)
	for _, cmd := range root.Commands() {
		_, err := cmd.OutOrStdout().Write([]byte(hostileText))
		require.NoError(t, err)
		_, err = cmd.ErrOrStderr().Write([]byte(hostileText))
		require.NoError(t, err)
	}
	assert.NotContains(t, out.String()+info.String(), "\x1b")
	sources, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, file := range sources {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		if file != "main.go" && !strings.HasSuffix(file, "_test.go") {
			assert.NotRegexp(t, `\bos\.(Stdout|Stderr)\b|\bfmt\.Print`, string(b), "%s writes past the root's writers", file)
		}
	}
}

func TestNoCellOfASpreadsheetIsAFormula(t *testing.T) {
	cell, number := hostileCell, "-12.5"
	var out bytes.Buffer
	require.NoError(t, printCSV(&out, athena.Answer{Columns: []string{"=a", "b"}, Rows: [][]*string{{&cell, &number}, {nil, nil}}}))
	assert.Equal(t, "'=a,b\n\"'=HYPERLINK(\"\"https://attacker.example\"\",\"\"open\"\")\",-12.5\n,\n", out.String())
}

func TestAKeyThatOthersMayReadIsRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	dir := filepath.Join(t.TempDir(), "ca")
	_, _, err := carctl(t, "ca", "init", "--dir", dir)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(filepath.Join(dir, pki.IntermediateKey), 0o644))
	_, _, err = carctl(t, "cert", "issue", car, "--ca", dir)
	require.ErrorContains(t, err, "has mode 0644")
	assert.ErrorContains(t, err, "chmod 600")
}

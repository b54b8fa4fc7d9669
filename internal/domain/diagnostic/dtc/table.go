package dtc

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"unicode/utf8"

	"connectedcar/internal/domain/alert"
)

// Entry is the platform's description and severity of a code.
type Entry struct {
	Severity    alert.Severity
	Description string // a few words for people, in the platform's own wording; empty if the table has none
}

// Table maps codes to severities and descriptions. It matches whole codes only, never their digits: other codes get the default. The
// zero value is unusable; see Builtin and Override. Tables do not change and are safe for concurrent use.
type Table struct {
	byCode   map[Code]Entry
	fallback Entry
}

//go:embed codes.csv
var builtin []byte

// defaultCode is the key of the entry for every code that a table lacks.
const defaultCode = "*"

// maxDescription is the largest length of a description, in characters.
const maxDescription = 120

// Builtin returns the table of the generic codes. Its severities and wording are the platform's own.
func Builtin() Table {
	t, err := Table{fallback: Entry{Severity: alert.Medium}}.Override("codes.csv", builtin)
	if err != nil {
		panic(err) // the table is embedded in the program, and a test reads it
	}
	return t
}

// Override returns a copy of the table with lines replaced from a CSV file: code, severity (CRITICAL, HIGH, MEDIUM, LOW or INFO) and
// description. The code * stands for all codes that the table lacks. Lines that begin with # are comments; an empty severity or
// description keeps the table's value. The error names the file and every invalid line, up to ten.
func (t Table) Override(name string, file []byte) (Table, error) {
	out := Table{byCode: maps.Clone(t.byCode), fallback: t.fallback}
	if out.byCode == nil {
		out.byCode = map[Code]Entry{}
	}
	reader := csv.NewReader(bytes.NewReader(file))
	reader.Comment, reader.FieldsPerRecord, reader.TrimLeadingSpace = '#', -1, true
	seen := map[string]int{}
	var errs []error
	for len(errs) < 10 {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil { // the error names the line itself, and the rest of the file cannot be read reliably
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			break
		}
		line, _ := reader.FieldPos(0)
		if err := out.take(fields, seen, line); err != nil {
			errs = append(errs, fmt.Errorf("%s line %d: %w", name, line, err))
		}
	}
	if len(errs) > 0 {
		return Table{}, errors.Join(errs...)
	}
	return out, nil
}

// take applies one line of a CSV file.
func (t *Table) take(fields []string, seen map[string]int, line int) error {
	if len(fields) != 3 {
		return fmt.Errorf("it has %d columns; allowed are code, severity, description", len(fields))
	}
	name, severity, description := fields[0], alert.Severity(fields[1]), strings.TrimSpace(fields[2])
	if before, twice := seen[name]; twice {
		return fmt.Errorf("code %s is on line %d already", clip(name), before)
	}
	seen[name] = line
	if severity != "" && !severity.Known() {
		return fmt.Errorf("severity is %q; allowed are %v", clip(fields[1]), alert.Severities())
	}
	if n := utf8.RuneCountInString(description); n > maxDescription {
		return fmt.Errorf("the description has %d characters; allowed are up to %d", n, maxDescription)
	}
	if name == defaultCode {
		t.fallback = t.fallback.with(severity, description)
		return nil
	}
	code, err := Parse(name)
	if err != nil {
		return err
	}
	t.byCode[code] = t.Lookup(code).with(severity, description)
	return nil
}

func (e Entry) with(severity alert.Severity, description string) Entry {
	if severity != "" {
		e.Severity = severity
	}
	if description != "" {
		e.Description = description
	}
	return e
}

// Lookup returns the table's entry for a code, or the default if the table has none.
func (t Table) Lookup(c Code) Entry {
	if e, ok := t.byCode[c]; ok {
		return e
	}
	return t.fallback
}

// Has reports whether the table has a line for the code.
func (t Table) Has(c Code) bool {
	_, ok := t.byCode[c]
	return ok
}

// Len returns the number of codes with a line of their own.
func (t Table) Len() int { return len(t.byCode) }

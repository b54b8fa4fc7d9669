package column

import (
	_ "embed"
	"encoding/csv"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"connectedcar/internal/device/replay/unit"
)

// Entry is one known name of a column.
type Entry struct {
	Target
	Name   string
	Source string // app or logger that writes the name, or the language of the name
	Rank   int    // if several columns have the same target, the lowest rank with a value is used
	Unit   string // unit if neither header, units row nor cell names one; empty: none
	Native bool   // the name is the VSS path itself
}

//go:embed names.csv
var data string

// entries holds all names in the order of names.csv.
var entries = func() []Entry {
	rows, err := csv.NewReader(strings.NewReader(data)).ReadAll()
	if err != nil {
		panic("names.csv: " + err.Error())
	}
	var out []Entry
	for _, row := range rows[1:] {
		target, ok := targets[row[0]]
		rank, err := strconv.Atoi(row[1])
		if !ok || err != nil {
			panic("names.csv: no target " + row[0])
		}
		unit.Default(row[2], target.Quantity) // panics if the unit is unknown
		for name := range strings.SplitSeq(row[4], "|") {
			out = append(out, Entry{Target: target, Name: name, Source: row[3], Rank: rank, Unit: row[2]})
		}
	}
	return out
}()

// byName maps the folded forms of each name to its entry. It contains the VSS paths with the units of VSS too.
var byName = func() map[string]Entry {
	m := map[string]Entry{}
	for _, e := range entries {
		for _, form := range []string{fold(e.Name), fold(umlauts.Replace(e.Name))} {
			if _, twice := m[form]; !twice {
				m[form] = e
			}
		}
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Path, "Vehicle.") {
			continue
		}
		e.Name, e.Source, e.Rank, e.Native = e.Path, "VSS", 0, true
		if e.Quantity == unit.Length {
			e.Unit = "m"
		}
		if e.Quantity == unit.Pressure {
			e.Unit = "kPa"
		}
		if _, twice := m[fold(e.Path)]; !twice {
			m[fold(e.Path)] = e
		}
	}
	return m
}()

var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss")

// All returns the recognised names, in the order of names.csv.
func All() []Entry { return append([]Entry(nil), entries...) }

// fold keeps letters without accents in lower case and digits: the part that all spellings of a name share.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(s))
}

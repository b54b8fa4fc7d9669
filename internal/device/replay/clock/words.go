// Package clock parses the dates and times that loggers write, in the languages of the phones that they run on. Months and zones are data:
// months.csv and zones.csv.
package clock

import (
	_ "embed"
	"encoding/csv"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

var (
	//go:embed months.csv
	monthData string
	//go:embed zones.csv
	zoneData string
)

// months maps the full names of months to their numbers.
var months = func() map[string]int {
	m := map[string]int{}
	for _, row := range mustRead("months.csv", monthData) {
		for i, names := range row[1:] {
			for name := range strings.SplitSeq(names, "|") {
				m[plain(name)] = i + 1
			}
		}
	}
	return m
}()

// zones maps the name of a zone to its offsets in minutes east of Greenwich: several if places share the name.
var zones = func() map[string][]int {
	m := map[string][]int{}
	for _, row := range mustRead("zones.csv", zoneData) {
		minutes, err := strconv.Atoi(row[1])
		if err != nil {
			panic("zones.csv: " + err.Error())
		}
		m[row[0]] = append(m[row[0]], minutes)
	}
	return m
}()

func mustRead(name, data string) [][]string {
	rows, err := csv.NewReader(strings.NewReader(data)).ReadAll()
	if err != nil {
		panic(name + ": " + err.Error())
	}
	return rows[1:]
}

// plain returns a word in lower case without accents.
func plain(word string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == 'ı':
			return 'i'
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(word))
}

// monthOf returns the month of a name or of an abbreviation of at least three letters; 0 if there is none or several match.
func monthOf(word string) int {
	word = plain(word)
	if m, ok := months[word]; ok {
		return m
	}
	if len([]rune(word)) < 3 {
		return 0
	}
	found := 0
	for name, m := range months {
		switch {
		case !strings.HasPrefix(name, word):
		case found != 0 && found != m:
			return 0
		default:
			found = m
		}
	}
	return found
}

// Zone is a time zone that a text names.
type Zone struct {
	Name    string // empty: the text names no zone
	Minutes int    // east of Greenwich
	Known   bool   // false: the name is unknown or ambiguous
}

// FindZone finds the zone of that name. It returns false if the name is unknown. Known of the zone is false if the name is ambiguous.
func FindZone(name string) (Zone, bool) {
	offsets, ok := zones[strings.ToUpper(name)]
	if !ok {
		return Zone{Name: name}, false
	}
	return Zone{Name: name, Minutes: offsets[0], Known: len(offsets) == 1}, true
}

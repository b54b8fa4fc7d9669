package replay

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"connectedcar/internal/device/replay/sheet"
)

// marks describes the number format of a column.
type marks struct {
	decimalComma bool // "12,5" is twelve and a half
	groups       rune // thousands separator: '.', ',' or 0 for none
}

var (
	numberPattern = regexp.MustCompile(`^([+-]?[0-9][0-9.,']*(?:[eE][+-]?[0-9]+)?|[+-]?[.,][0-9]+)\s*(.*)$`)
	grouped       = map[rune]*regexp.Regexp{
		'.': regexp.MustCompile(`^[+-]?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]*)?$`),
		',': regexp.MustCompile(`^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$`),
	}
)

// tidy replaces the minus sign by a hyphen and drops the narrow blanks that group thousands.
var tidy = strings.NewReplacer("\u2212", "-", "\u202f", "", "\u00a0", "")

// absent are the texts that loggers write for a missing value.
var absent = map[string]bool{
	"": true, "-": true, "--": true, "nan": true, "null": true, "none": true, "n/a": true, "na": true, "?": true, "∞": true,
	"-∞": true, "inf": true, "nodata": true, "no data": true, "not available": true, "unsupported": true,
}

func isAbsent(s string) bool { return absent[strings.ToLower(s)] }

// findMarks decides the meaning of comma and point from all values of a column and from the rest of the file.
func findMarks(values []string, fileDecimalComma bool) marks {
	commaDecimals, commaOnlyGroups, pointDecimals, pointGroups := 0, 0, 0, 0
	for _, v := range values {
		m := numberPattern.FindStringSubmatch(v)
		if m == nil {
			continue
		}
		n := m[1]
		comma, point := strings.LastIndexByte(n, ','), strings.LastIndexByte(n, '.')
		switch {
		case comma >= 0 && point >= 0 && comma > point:
			commaDecimals++
		case comma >= 0 && point >= 0:
			pointDecimals++
		case comma >= 0 && grouped[','].MatchString(n):
			commaOnlyGroups++
		case comma >= 0:
			commaDecimals++
		case point >= 0 && grouped['.'].MatchString(n):
			pointGroups++
		case point >= 0:
			pointDecimals++
		}
	}
	switch {
	case commaDecimals > 0 && pointDecimals == 0:
		return marks{decimalComma: true, groups: '.'}
	case pointDecimals > 0:
		return marks{groups: ','}
	case commaOnlyGroups > 0:
		return marks{decimalComma: fileDecimalComma, groups: map[bool]rune{true: '.', false: ','}[fileDecimalComma]}
	case pointGroups > 0 && fileDecimalComma:
		return marks{decimalComma: true, groups: '.'}
	}
	return marks{decimalComma: fileDecimalComma}
}

// usesDecimalComma reports whether a file uses a decimal comma, that is, has numbers whose comma cannot group thousands.
func usesDecimalComma(rows []sheet.Row) bool {
	commas, points := 0, 0
	for _, r := range rows {
		for _, v := range r.Fields {
			m := numberPattern.FindStringSubmatch(v)
			if m == nil || strings.Count(m[1], ",")+strings.Count(m[1], ".") != 1 {
				continue
			}
			if grouped[','].MatchString(m[1]) || grouped['.'].MatchString(m[1]) {
				continue
			}
			if strings.Contains(m[1], ",") {
				commas++
			} else {
				points++
			}
		}
	}
	return commas > points
}

// parse parses a number and the unit that follows it in the cell.
func (m marks) parse(s string) (float64, string, error) {
	parts := numberPattern.FindStringSubmatch(tidy.Replace(s))
	if parts == nil {
		return 0, "", fmt.Errorf("not a number")
	}
	n := strings.ReplaceAll(parts[1], "'", "")
	switch {
	case strings.Contains(n, ",") && strings.Contains(n, "."):
		n = dropGroups(n)
	case strings.Contains(n, ","):
		if m.decimalComma && strings.Count(n, ",") == 1 {
			n = strings.Replace(n, ",", ".", 1)
		} else if n = strings.ReplaceAll(n, ",", ""); !grouped[','].MatchString(parts[1]) {
			return 0, "", fmt.Errorf("not a number")
		}
	case m.groups == '.' && grouped['.'].MatchString(n), strings.Count(n, ".") > 1 && grouped['.'].MatchString(n):
		n = strings.ReplaceAll(n, ".", "")
	}
	f, err := strconv.ParseFloat(n, 64)
	if err != nil {
		return 0, "", fmt.Errorf("not a number")
	}
	return f, parts[2], nil
}

// dropGroups removes the thousands separators from a number with comma and point: the last of them is the decimal mark.
func dropGroups(n string) string {
	if strings.LastIndexByte(n, ',') > strings.LastIndexByte(n, '.') {
		return strings.Replace(strings.ReplaceAll(n, ".", ""), ",", ".", 1)
	}
	return strings.ReplaceAll(n, ",", "")
}

package sheet

import "strings"

// searched is the number of lines in which the header is searched: preambles of tuning tools are shorter.
const searched = 200

// findHeader finds the first line that names at least half as many columns as the best line, and its delimiter: later such lines may be
// repeated headers. If there is none, it returns the first line that is no comment, for the error message. A comment can be the header only
// if no other line is.
func (r *reader) findHeader() (at int, header []string) {
	named := r.namedDelimiter()
	best, first := 0, -1
	for i, line := range r.lines[:min(len(r.lines), searched)] {
		trimmed := strings.TrimSpace(line)
		if blank(trimmed) || isSeparatorLine(trimmed) {
			continue
		}
		if strings.HasPrefix(trimmed, "#") {
			continue
		}
		if first < 0 {
			first = i
		}
		if n, cells, d := r.bestCut(line, named); n > best && (best < 2 || n > 2*best) {
			best, at, header, r.sheet.Delimiter = n, i, cells, d
		}
	}
	if header == nil {
		at, header = r.commented(named)
	}
	if header == nil && first >= 0 {
		at = first
		_, header, r.sheet.Delimiter = r.widestCut(r.lines[first], named)
	}
	return at, header
}

// commented finds a header that is written as a comment.
func (r *reader) commented(named rune) (at int, header []string) {
	best := 1
	for i, line := range r.lines[:min(len(r.lines), searched)] {
		text, ok := strings.CutPrefix(strings.TrimSpace(line), "#")
		if !ok {
			continue
		}
		if n, cells, d := r.bestCut(strings.TrimSpace(text), named); n > best {
			best, at, header, r.sheet.Delimiter = n, i, cells, d
		}
	}
	return at, header
}

// bestCut splits a line at the delimiter with which it names the most columns.
func (r *reader) bestCut(line string, named rune) (n int, cells []string, delimiter rune) {
	for _, d := range candidates(named) {
		fields, ok := split(line, d)
		if !ok {
			continue
		}
		fields = trimEmpty(fields, 0)
		if score := r.score(fields); score > n || score == n && score > 0 && len(fields) > len(cells) {
			n, cells, delimiter = score, fields, d
		}
	}
	return n, cells, delimiter
}

// widestCut splits a line at the delimiter that gives the most fields.
func (r *reader) widestCut(line string, named rune) (n int, cells []string, delimiter rune) {
	for _, d := range candidates(named) {
		if fields, _ := split(line, d); len(fields) > len(cells) {
			cells, delimiter = fields, d
		}
	}
	if cells == nil {
		cells, delimiter = []string{line}, ','
	}
	return 0, cells, delimiter
}

func candidates(named rune) []rune {
	if named != 0 {
		return []rune{named}
	}
	return delimiters
}

// namedDelimiter returns the delimiter of a line such as "sep=;", which spreadsheets write.
func (r *reader) namedDelimiter() rune {
	for _, line := range r.lines[:min(len(r.lines), searched)] {
		trimmed := strings.TrimSpace(line)
		if isSeparatorLine(trimmed) {
			return rune(trimmed[4])
		}
		if !blank(trimmed) && !strings.HasPrefix(trimmed, "#") {
			return 0
		}
	}
	return 0
}

func isSeparatorLine(trimmed string) bool {
	return len(trimmed) == 5 && strings.EqualFold(trimmed[:4], "sep=")
}

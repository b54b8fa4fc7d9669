package cost

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Markers of a computed table in a document.
const (
	beginMark = "<!-- computed: "
	endMark   = "<!-- end of computed -->"
)

// Fill replaces every computed table of a document by the current one. It fails if the document has a table with an unknown name, or lacks
// one of the tables.
func Fill(document string, b *Book) (string, error) {
	tables := b.tables()
	var out strings.Builder
	rest := document
	for {
		before, after, found := strings.Cut(rest, beginMark)
		out.WriteString(before)
		if !found {
			break
		}
		name, after, _ := strings.Cut(after, " -->\n")
		_, after, closed := strings.Cut(after, endMark)
		table, known := tables[name]
		if !known || !closed {
			return "", fmt.Errorf("the computed table %q: there is none, or it has no end", name)
		}
		delete(tables, name)
		out.WriteString(beginMark + name + " -->\n" + table + endMark)
		rest = after
	}
	for name := range tables {
		return "", fmt.Errorf("the computed table %q has no place in the document", name)
	}
	return out.String(), nil
}

// tables returns the tables of the document, by name.
func (b *Book) tables() map[string]string {
	return map[string]string{
		"paths": b.sums(), "charges": b.charges(), "storage": b.storage(), "reading": b.reading(),
		"fixed": b.fixed(), "fleets": b.fleets(), "inputs": b.inputTable(), "prices": b.priceTable(),
	}
}

func table(head string, rows []string) string {
	columns := strings.Count(head, "|") - 1
	return head + "\n" + strings.Repeat("|---", columns) + "|\n" + strings.Join(rows, "\n") + "\n"
}

// usd formats an amount with two decimals from 10 cents on, and with two significant digits below.
func usd(v float64) string {
	if v >= 0.1 {
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	digits := 2 - int(math.Floor(math.Log10(v))) - 1
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// number formats a quantity with three significant digits and with separators for thousands.
func number(v float64) string {
	if v >= 1000 {
		step := math.Pow(10, math.Floor(math.Log10(v))-2)
		digits := strconv.FormatFloat(math.Round(v/step)*step, 'f', 0, 64)
		for n := len(digits) - 3; n > 0; n -= 3 {
			digits = digits[:n] + "," + digits[n:]
		}
		return digits
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

func (b *Book) sums() string {
	var rows []string
	for _, p := range b.Paths() {
		rows = append(rows, fmt.Sprintf("| %s | %s |", p.Name, usd(p.USD())))
	}
	rows = append(rows, fmt.Sprintf("| On top, for messages that do not go by Basic Ingest | %s |", usd(b.Messaging().USD())))
	return table("| a million messages | USD |", rows)
}

func (b *Book) charges() string {
	var rows []string
	for _, p := range b.Paths() {
		rows = append(rows, fmt.Sprintf("| **%s** | | | **%s** |", p.Name, usd(p.USD())))
		for _, l := range p.Lines {
			rows = append(rows, fmt.Sprintf("| %s | %s | `%s` | %s |", l.What, number(l.Quantity), l.Price.Name, usd(l.USD())))
		}
	}
	return table("| | units | price | USD |", rows)
}

func (b *Book) storage() string {
	var rows []string
	for _, l := range b.Storage() {
		rows = append(rows, fmt.Sprintf("| %s | %s | `%s` | %s |", l.What, number(l.Quantity), l.Price.Name, usd(l.USD())))
	}
	return table("| a million messages, a month | GB | price | USD |", rows)
}

func (b *Book) reading() string {
	var rows []string
	for _, p := range b.Reading() {
		rows = append(rows, fmt.Sprintf("| %s | %s | %s | %s |", p.Name, number(p.Lines[0].Quantity*tib/gib), number(p.Lines[1].Quantity), usd(p.USD())))
	}
	return table("| a million messages, read whole | GB | objects | USD |", rows)
}

func (b *Book) fixed() string {
	var rows []string
	list := func(title string, lines []Line) {
		rows = append(rows, fmt.Sprintf("| **%s** | | | **%s** |", title, usd(Path{Lines: lines}.USD())))
		for _, l := range lines {
			rows = append(rows, fmt.Sprintf("| %s | %s | `%s` | %s |", l.What, number(l.Quantity), l.Price.Name, usd(l.USD())))
		}
	}
	list("Every environment", b.Fixed())
	list("`streamMode` a number: in place of on demand", []Line{b.Shards()})
	list("`stream: flink`: on top", b.Flink())
	return table("| a month | units | price | USD |", rows)
}

// examples returns the fleets of the document; the cars drive an hour a day.
func examples() []Fleet {
	return []Fleet{{1000, 1, 1}, {1000, 1, 10}, {100_000, 1, 10}}
}

func (b *Book) fleets() string {
	var rows []string
	for _, f := range examples() {
		month := b.Month(f)
		rows = append(rows, fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s |", number(f.Cars), number(f.Hours), number(f.Interval),
			number(f.Messages(b)/million), number(f.Rows(b)/million), number(month), usd(month/f.Cars)))
	}
	return table("| cars | hours a day | seconds between messages | million messages a month | million rows | USD a month | USD a car |", rows)
}

func (b *Book) inputTable() string {
	var rows []string
	for _, i := range b.inputs {
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s | %s |", i.Name, number(i.Value), i.Unit, i.Source))
	}
	return table("| input | value | | source |", rows)
}

func (b *Book) priceTable() string {
	var rows []string
	for _, p := range b.prices {
		per := p.Unit
		if p.Per != 1 {
			per = number(p.Per) + " × " + p.Unit
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s | %s | [page](%s) |", p.Name, strconv.FormatFloat(p.USD, 'f', -1, 64), per, p.Of, p.Source))
	}
	return table("| price | USD | for | charge | source |", rows)
}

package clock

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Moment is a parsed text whose order of day, month and year may be ambiguous: see Order.
type Moment struct {
	Date  [3]int // the numbers in their order in the text
	Year4 int    // index in Date of the number with four digits; -1: none
	Month int    // month written by name, which then stands for Date[1]; 0: the month is a number
	Dated bool   // the text has a date
	Dots  bool   // points separate the numbers, which excludes dates with the month first

	Clock     time.Duration // time of day, since midnight
	HasClock  bool
	Seconds   bool // the clock has seconds
	TwelveHrs bool // with AM or PM
	Zone      Zone
}

var (
	clockPattern  = regexp.MustCompile(`(?i)(^|[^0-9:.])(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,:](\d{1,9}))?)?\s*([ap]\.?\s?m\b\.?|上午|下午)?`)
	offsetPattern = regexp.MustCompile(`(?i)^\s*(?:utc|gmt|z)?\s*([+\x{2212}-])(\d{1,2})(?::?(\d{2}))?(?:\s+(?:utc|gmt))?(?:\s|$)`)
	compact       = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})(?:[T _-]?(\d{2})(\d{2})(\d{2})?(?:[.,]?(\d{1,9}))?)?(Z?)$`)
	dotted        = regexp.MustCompile(`^\s*\d{1,2}\.\s?\d{1,2}\.`)
	tokenPattern  = regexp.MustCompile(`\d+|\p{L}[\p{L}\p{M}]*`)
)

// Parse parses a date, a time of day, or both. It returns false unless it understands the whole text.
func Parse(text string) (Moment, bool) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, strings.TrimSpace(text))
	if m := compact.FindStringSubmatch(text); m != nil {
		return parseCompact(m)
	}
	m := Moment{Year4: -1}
	rest := text
	if at := clockPattern.FindStringSubmatchIndex(text); at != nil {
		if !m.readClock(submatches(text, at)) {
			return m, false
		}
		after := text[at[1]:]
		if zone := offsetPattern.FindStringSubmatch(after); zone != nil {
			if !m.readOffset(zone) {
				return m, false
			}
			after = " " + after[len(zone[0]):]
		}
		rest = text[:at[4]] + " " + after
	}
	m.Dots = dotted.MatchString(rest)
	return m, m.readDate(rest) && (m.Dated || m.HasClock)
}

func submatches(text string, at []int) []string {
	out := make([]string, len(at)/2)
	for i := range out {
		if at[2*i] >= 0 {
			out[i] = text[at[2*i]:at[2*i+1]]
		}
	}
	return out
}

// readClock parses hours, minutes, seconds, their fraction, and AM or PM.
func (m *Moment) readClock(part []string) bool {
	hour, minute, second := number(part[2]), number(part[3]), number(part[4])
	half := strings.ToLower(part[6])
	if half != "" {
		if hour < 1 || hour > 12 {
			return false
		}
		hour %= 12
		if half[0] == 'p' || half == "下午" {
			hour += 12
		}
		m.TwelveHrs = true
	}
	if hour > 24 || minute > 59 || second > 60 {
		return false
	}
	m.HasClock, m.Seconds = true, part[4] != ""
	m.Clock = time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second + fraction(part[5])
	return true
}

// fraction parses the digits after the decimal point of seconds.
func fraction(digits string) time.Duration {
	if digits == "" {
		return 0
	}
	return time.Duration(number((digits + "00000000")[:9]))
}

func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

func (m *Moment) readOffset(part []string) bool {
	minutes := number(part[2])*60 + number(part[3])
	if minutes > 14*60 || number(part[3]) > 59 {
		return false
	}
	if part[1] != "+" {
		minutes = -minutes
	}
	m.Zone = Zone{Name: strings.TrimSpace(part[0]), Minutes: minutes, Known: true}
	return true
}

// fillers are words without a meaning of their own in dates, of several languages.
var fillers = map[string]bool{"t": true, "de": true, "of": true, "at": true, "um": true, "uhr": true, "st": true, "nd": true, "rd": true, "th": true, "à": true, "le": true, "г": true, "року": true, "года": true}

// readDate parses numbers and words in any order: day, month, year, weekday and zone.
func (m *Moment) readDate(text string) bool {
	var numbers []string
	monthAt := -1
	for _, token := range tokenPattern.FindAllString(text, -1) {
		switch first := rune(token[0]); {
		case first >= '0' && first <= '9':
			numbers = append(numbers, token)
		case m.Month == 0 && monthOf(token) != 0 && !isZone(token):
			m.Month, monthAt = monthOf(token), len(numbers)
		case fillers[plain(token)], weekday(token):
		default:
			zone, ok := FindZone(token)
			if m.Zone.Name != "" && !strings.EqualFold(token, "UTC") && !strings.EqualFold(token, "GMT") {
				return false
			}
			if !ok && !looksLikeZone(token) {
				return false
			}
			if m.Zone.Name == "" {
				m.Zone = zone
			}
		}
	}
	return m.setDate(numbers, monthAt)
}

// isZone reports whether a word is a zone and not a month, such as MST and MART: zones are written in capitals, months rarely.
func isZone(token string) bool {
	_, ok := zones[token]
	return ok
}

func looksLikeZone(token string) bool {
	return len(token) >= 2 && len(token) <= 5 && strings.ToUpper(token) == token
}

// setDate stores the numbers of a date: three of them, or two and the name of a month.
func (m *Moment) setDate(numbers []string, monthAt int) bool {
	if len(numbers) == 0 && m.Month == 0 {
		return true
	}
	if m.Month != 0 {
		if len(numbers) != 2 || monthAt > 1 && len(numbers[0]) != 4 {
			return false
		}
		numbers = []string{numbers[0], strconv.Itoa(m.Month), numbers[1]}
	}
	if len(numbers) != 3 {
		return false
	}
	for i, digits := range numbers {
		m.Date[i] = number(digits)
		switch {
		case len(digits) == 4 && m.Year4 < 0 && i != 1:
			m.Year4 = i
		case len(digits) > 2:
			return false
		}
	}
	m.Dated = true
	return true
}

// weekday reports whether a word is a weekday, by its first letters, in the languages of months.csv. Weekdays are ignored: the date is
// enough.
func weekday(token string) bool {
	switch w := plain(token); {
	case len([]rune(w)) > 12:
		return false
	default:
		return weekdays[w]
	}
}

var weekdays = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday
		mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag sonntag lun mar mie jue vie sab dom lunes martes miercoles jueves
		viernes sabado domingo lun mar mer jeu ven sam dim lundi mardi mercredi jeudi vendredi samedi dimanche seg ter qua qui sex
		pon wto sro czw pia sob nie ma wo za zo пн вт ср чт пт сб вс нд`) {
		m[plain(w)] = true
	}
	return m
}()

// parseCompact parses 20260504, 20260504T073015 and 20260504073015.
func parseCompact(part []string) (Moment, bool) {
	m := Moment{Date: [3]int{number(part[1]), number(part[2]), number(part[3])}, Dated: true}
	if part[4] == "" {
		return m, true
	}
	if part[8] != "" {
		m.Zone, _ = FindZone("Z")
	}
	return m, m.readClock([]string{"", "", part[4], part[5], part[6], part[7], ""})
}

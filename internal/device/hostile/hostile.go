// Package hostile makes the messages of a car with a stolen key: every kind of message, mutated in the ways by which an attacker would try
// to reach another car, another user or the platform itself. A test runs it beside honest cars and checks that none of the attacks has an
// effect.
package hostile

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// Message is a message of a hostile car. It goes to the car's own topic of that kind unless Topic is set.
type Message struct {
	Attack  string // name of the attack, for reports
	Kind    names.Kind
	Payload []byte
}

// Car is a hostile car with the car that it attacks.
type Car struct {
	VIN, Victim vin.VIN
	Random      *rand.Rand
	seq         int
}

// attack makes the messages of one attack.
type attack struct {
	name string
	make func(c *Car, at time.Time) []Message
}

var attacks = []attack{
	{"stamps in every spelling", (*Car).stamps},
	{"a victim named in every field", (*Car).foreign},
	{"fields of the platform's own", (*Car).forged},
	{"one row of many messages", (*Car).merged},
	{"samples as large as a message", (*Car).huge},
	{"a batch of a thousand samples of one moment", (*Car).crowded},
	{"256 codes with control units of its own invention", (*Car).codes},
	{"crashes and tows without end", (*Car).alarms},
	{"control characters in every text", (*Car).control},
	{"one message again and again, and old ones", (*Car).replays},
	{"what is no message", (*Car).garbage},
}

// Attacks returns the names of all attacks.
func Attacks() []string {
	var all []string
	for _, a := range attacks {
		all = append(all, a.name)
	}
	return all
}

// Round returns the messages of every attack once, in random order.
func (c *Car) Round(at time.Time) []Message {
	at = at.UTC().Truncate(time.Millisecond)
	var all []Message
	for _, n := range c.Random.Perm(len(attacks)) {
		for _, m := range attacks[n].make(c, at) {
			m.Attack = attacks[n].name
			all = append(all, m)
		}
	}
	return all
}

type object = map[string]any

// sound returns a valid message of that kind, which the attacks then change.
func (c *Car) sound(kind names.Kind, at time.Time) object {
	c.seq++
	m := object{"schema": string(kind) + "/1", "id": c.id(at), "ts": at.Format("2006-01-02T15:04:05.000Z"), "seq": c.seq}
	switch kind {
	case names.Telemetry:
		m["bootId"], m["signals"] = "hostile", object{"Vehicle.Speed": 50}
	case names.Diagnostics:
		m["kind"], m["mil"], m["codes"] = "set", true, []object{{"code": "P0301", "ecu": "ECM", "status": 9}}
	case names.Event:
		m["kind"], m["value"], m["unit"] = "harsh_braking", -4.2, "m/s^2"
	case names.HealthReport:
		delete(m, "seq")
		m["odometerM"], m["systems"] = 12000, object{"engine": "OK", "brakes": "OK", "tyres": "OK", "battery": "OK", "emissions": "OK", "service": "OK"}
		m["dtcs"], m["serviceDistanceM"] = []string{}, 1000
	case names.Trip:
		for name, value := range (object{
			"tripId": c.id(at), "startedAt": at.Add(-time.Minute).Format(time.RFC3339), "endedAt": at.Format(time.RFC3339), "distanceM": 900, "durationS": 60,
			"idleS": 0, "averageSpeedKph": 54, "maxSpeedKph": 60, "harshBraking": 0, "harshAcceleration": 0, "harshCornering": 0, "speedingS": 0,
		}) {
			m[name] = value
		}
	}
	return m
}

// id returns a ULID.
func (c *Car) id(at time.Time) string { return alert.ID(at, fmt.Sprint(c.VIN, c.Random.Uint64())) }

func message(kind names.Kind, m object) Message {
	b, err := json.Marshal(m)
	if err != nil {
		panic("hostile: " + err.Error()) // cannot happen: texts, numbers and lists of them always encode
	}
	return Message{Kind: kind, Payload: b}
}

// each returns one message of each kind, changed by that function.
func (c *Car) each(at time.Time, change func(m object)) []Message {
	var all []Message
	for _, kind := range names.Kinds() {
		m := c.sound(kind, at)
		change(m)
		all = append(all, message(kind, m))
	}
	return all
}

// spellings returns variants of a name that a decoder would accept if it ignored case or trimmed blanks.
func spellings(name string) []string {
	return []string{name, strings.ToUpper(name), strings.ToLower(name), strings.ToUpper(name[:1]) + name[1:], name + " ", strings.ReplaceAll(name, "i", "\u0131"), strings.ReplaceAll(name, "s", "\u017f")}
}

func (c *Car) stamps(at time.Time) []Message {
	var all []Message
	for _, stamp := range []string{names.StampVIN, names.StampClientID, names.StampIngestedAt, names.StampCommandID, names.StampReportID, names.MemberMessage} {
		for _, spelling := range spellings(stamp) {
			all = append(all, c.each(at, func(m object) {
				m[spelling] = string(c.Victim)
				if strings.EqualFold(strings.TrimSpace(spelling), names.StampIngestedAt) {
					m[spelling] = at.Add(-time.Hour).UnixMilli()
				}
			})[c.Random.IntN(len(names.Kinds()))])
		}
	}
	return all
}

func (c *Car) foreign(at time.Time) []Message {
	victim := string(c.Victim)
	all := c.each(at, func(m object) { m["vin"], m["clientId"], m["thing"] = victim, victim, victim })
	all = append(all, c.each(at, func(m object) { m["id"] = victim })...)
	inner := c.sound(names.Telemetry, at)
	return append(all, message(names.Telemetry, object{"vin": victim, "clientId": victim, "ingestedAt": at.UnixMilli(), "message": inner}))
}

func (c *Car) forged(at time.Time) []Message {
	return c.each(at, func(m object) {
		for name, value := range (object{
			"progress": "ready", "source": "composed", "report": `{"vin":"` + string(c.Victim) + `"}`, "requestedBy": "ana", "score": 100, "rank": "Z",
			"audience": "operator", "dealerId": "north", "ownerId": "ana", "status": "RESOLVED", "version": 9_000, "watch": "AA==", "expiresAt": 9_999_999_999,
		}) {
			m[name] = value
		}
	})
}

// ballast returns signals of about that many bytes.
func ballast(part string, bytes int) object {
	s := object{}
	for n := 0; n*300 < bytes; n++ {
		s[fmt.Sprintf("Vehicle.%s.S%d", part, n)] = strings.Repeat("x", 256)
	}
	return s
}

func (c *Car) merged(at time.Time) []Message {
	first := c.sound(names.Telemetry, at)
	var all []Message
	for part := range 5 {
		first["id"], first["signals"] = c.id(at), ballast(fmt.Sprintf("Part%d", part), 100<<10)
		all = append(all, message(names.Telemetry, first))
	}
	return all
}

func (c *Car) huge(at time.Time) []Message {
	m := c.sound(names.Telemetry, at)
	m["signals"] = ballast("Huge", 110<<10)
	frame := c.sound(names.Diagnostics, at)
	frame["codes"] = []object{{"code": "P0301", "ecu": "ECM", "status": 9, "freezeFrame": ballast("Frame", 60<<10)}}
	small := c.sound(names.Telemetry, at)
	small["signals"] = ballast("Small", 24<<10)
	return []Message{message(names.Telemetry, m), message(names.Diagnostics, frame), message(names.Telemetry, small)}
}

func (c *Car) crowded(at time.Time) []Message {
	m := c.sound(names.Telemetry, at)
	var batch []object
	for n := range 1000 {
		batch = append(batch, object{"dtMs": 0, "signals": object{fmt.Sprintf("Vehicle.Crowd.S%d", n): n}})
	}
	m["batch"] = batch
	return []Message{message(names.Telemetry, m)}
}

func (c *Car) codes(at time.Time) []Message {
	m := c.sound(names.Diagnostics, at)
	var codes []object
	for n := range 256 {
		codes = append(codes, object{"code": fmt.Sprintf("P0%03d", n%1000), "ecu": fmt.Sprintf("ECU-%d-%d", c.seq, n), "status": 255})
	}
	m["codes"] = codes
	return []Message{message(names.Diagnostics, m)}
}

func (c *Car) alarms(at time.Time) []Message {
	var all []Message
	for n := range 10 {
		m := c.sound(names.Event, at.Add(time.Duration(-n)*time.Second))
		m["kind"], m["severity"] = []string{"crash", "tow"}[n%2], "CRITICAL"
		all = append(all, message(names.Event, m))
	}
	return all
}

// noise holds terminal escapes that move the cursor and set a title, a line break, a mark that reverses text, a script and a spreadsheet
// formula.
const noise = "=cmd|'/C calc'!A0\x1b[2J\x1b]0;owned\x07\r\n\u202e<script>alert(1)</script>{{7*7}}\x00"

func (c *Car) control(at time.Time) []Message {
	all := c.each(at, func(m object) { m["id"], m["bootId"] = noise, noise })
	telemetry, fault, event := c.sound(names.Telemetry, at), c.sound(names.Diagnostics, at), c.sound(names.Event, at)
	telemetry["signals"] = object{"Vehicle.Noise": noise, "Vehicle." + noise: 1, "Vehicle.LowVoltageSystemState": noise}
	fault["codes"] = []object{{"code": "P0301", "ecu": noise, "status": 9}}
	event["unit"] = "\x1b[31m=1+1"
	return append(all, message(names.Telemetry, telemetry), message(names.Diagnostics, fault), message(names.Event, event))
}

func (c *Car) replays(at time.Time) []Message {
	var all []Message
	one := c.each(at, func(object) {})
	for range 5 {
		all = append(all, one...)
	}
	for _, age := range []time.Duration{30 * 24 * time.Hour, -time.Hour, 6 * 24 * time.Hour} {
		all = append(all, c.each(at.Add(-age), func(object) {})...)
	}
	return all
}

func (c *Car) garbage(time.Time) []Message {
	var all []Message
	for _, payload := range []string{
		"", "null", "[]", "0", `"text"`, "{", `{"schema":`, "\xef\xbb\xbf{}", "\x00\xff\xfe", strings.Repeat("[", 10_000), `{"a":` + strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 501),
		`{"schema":"telemetry/1","schema":"trip/1"}`, `{"seq":1e400}`, `{"ts":"9999-99-99T99:99:99Z"}`, strings.Repeat("x", 120<<10),
	} {
		all = append(all, Message{Kind: names.Kinds()[c.Random.IntN(len(names.Kinds()))], Payload: []byte(payload)})
	}
	return all
}

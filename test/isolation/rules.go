package isolation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"

	"connectedcar/internal/names"
	"connectedcar/internal/twin/iot/sql"
)

// seen is the time of receipt of all messages in the checks.
var seen = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// sqlVersion is the SQL version of the rules.
// https://docs.aws.amazon.com/iot/latest/developerguide/iot-rule-sql-version.html
const sqlVersion = "2016-03-23"

// CheckRules checks all rules of an environment: every rule exists and is correct, and each message is selected by exactly the rules for
// it. It returns an error for the first violation, and nil if there is none.
func CheckRules(app names.Application, rules map[string]Rule, car, other string) error {
	for _, purpose := range purposes() {
		r, ok := rules[purpose]
		if !ok {
			return fmt.Errorf("there is no rule %s", app.RuleName(purpose))
		}
		if err := checkRule(app, purpose, r, car, other); err != nil {
			return fmt.Errorf("rule %s: %w", r.Name, err)
		}
	}
	if len(rules) != len(purposes()) {
		return fmt.Errorf("%d rules, but proofs for %d: write one for the new rule", len(rules), len(purposes()))
	}
	return checkRouting(app, rules, car, other)
}

func checkRule(app names.Application, purpose string, r Rule, car, other string) error {
	if r.Name != app.RuleName(purpose) || r.Disabled || len(r.Actions) == 0 || len(r.Actions) > 10 {
		return fmt.Errorf("name %s, disabled %t, %d actions: want %s, enabled, 1 to 10", r.Name, r.Disabled, len(r.Actions), app.RuleName(purpose))
	}
	if len(r.ErrorAction) != 1 {
		return errors.New("it has no error action: a message that an action fails for is lost")
	}
	if r.Version != sqlVersion { // AWS's default version treats nested objects and arrays differently
		return fmt.Errorf("version %q of the SQL: want %s", r.Version, sqlVersion)
	}
	s, err := sql.Compile(r.SQL, sql.Version(r.Version))
	if err != nil {
		return fmt.Errorf("%s: %w", r.SQL, err)
	}
	if err := checkTemplates(s, r); err != nil {
		return err
	}
	switch purpose {
	case names.RuleRegistration:
		return checkRegistration(s)
	case names.RuleMismatch:
		return checkMismatch(s, app, car, other)
	case names.RulePresence:
		return checkPresence(s, car)
	case names.RuleCommandResponse:
		return checkCommandResponse(s, app, car, other)
	}
	return checkMessages(s, r, app, names.Kind(purpose), car, other)
}

// checkTemplates compiles the substitution templates in every field of the actions.
func checkTemplates(s *sql.Statement, r Rule) error {
	for _, action := range append(r.Actions, r.ErrorAction) {
		for name, fields := range action {
			for field, v := range fields {
				text, ok := v.(string)
				if !ok {
					continue
				}
				if _, err := s.CompileTemplate(text); err != nil {
					return fmt.Errorf("action %s, %s %q: %w", name, field, text, err)
				}
			}
		}
	}
	return nil
}

// published is a message as a client published it.
func published(client, topic, payload string) sql.Message {
	return sql.Message{Topic: topic, ClientID: client, Payload: []byte(payload), AccountID: account, At: seen}
}

// checkMessages checks a rule for one kind of message: it selects the car's own messages, unchanged and stamped, and no other client's.
func checkMessages(s *sql.Statement, r Rule, app names.Application, kind names.Kind, car, other string) error {
	if s.Filter() != app.Filter(kind) {
		return fmt.Errorf("it listens on %q, want %q", s.Filter(), app.Filter(kind))
	}
	topic := app.Topic(car, kind)
	for _, sample := range Samples()[kind] {
		for _, payload := range []string{sample, forged(sample, other)} {
			if err := expect(s, published(car, topic, payload), stamped(payload, kind, car)); err != nil {
				return err
			}
			for _, client := range []string{other, "", car + "x", "+"} {
				if err := expect(s, published(client, topic, payload), nil); err != nil {
					return err
				}
			}
		}
	}
	return checkDestination(s, r, kind, published(car, topic, forged(Samples()[kind][0], other)), car)
}

// forged is a message that claims to come from another car.
func forged(sample, other string) string {
	return `{"vin":"` + other + `","clientId":"` + other + `","ingestedAt":1,"reportId":"x",` + sample[1:]
}

// stamped is the expected output of a rule for a message.
func stamped(payload string, kind names.Kind, car string) map[string]any {
	sent := decode([]byte(payload))
	out := map[string]any{"message": sent, "vin": car, "clientId": car, "ingestedAt": json.Number(fmt.Sprint(seen.UnixMilli()))}
	if kind == names.HealthReport {
		out["reportId"] = sent["id"]
	}
	return out
}

// decode keeps numbers as they are written.
func decode(b []byte) map[string]any {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var out map[string]any
	if err := d.Decode(&out); err != nil {
		return nil
	}
	return out
}

// expect evaluates the statement and compares the result; nil means that the statement must not select the message.
func expect(s *sql.Statement, m sql.Message, want map[string]any) error {
	out, ok, err := s.Evaluate(context.Background(), m, sql.Services{})
	switch {
	case err != nil:
		return fmt.Errorf("message of client %q on %s: %w", m.ClientID, m.Topic, err)
	case ok && want == nil:
		return fmt.Errorf("it takes the message of client %q on %s", m.ClientID, m.Topic)
	case !ok && want != nil:
		return fmt.Errorf("it does not take the message of client %q on %s", m.ClientID, m.Topic)
	case ok && !reflect.DeepEqual(decode(out), want):
		return fmt.Errorf("of %s it makes %s, want %v", m.Payload, out, want)
	}
	return nil
}

// checkDestination checks the destinations of the rule's actions: they depend on the car's name, and no object replaces another.
func checkDestination(s *sql.Statement, r Rule, kind names.Kind, m sql.Message, car string) error {
	patterns := map[string]map[string]string{
		"Kinesis": {"PartitionKey": "^" + car + "$"},
		"S3":      {"Key": "^raw/" + string(kind) + "/vin=" + car + `/\d{13}-[0-9a-f-]{36}\.json$`},
	}
	for _, action := range r.Actions {
		for name, fields := range action {
			for field, pattern := range patterns[name] {
				text, _ := fields[field].(string)
				if err := checkField(s, text, pattern, name == "S3", m); err != nil {
					return fmt.Errorf("action %s, %s: %w", name, field, err)
				}
			}
		}
	}
	return nil
}

func checkField(s *sql.Statement, text, pattern string, differs bool, m sql.Message) error {
	t, err := s.CompileTemplate(text)
	if err != nil {
		return err
	}
	first, err := t.Render(context.Background(), m, sql.Services{})
	if err != nil {
		return err
	}
	second, err := t.Render(context.Background(), m, sql.Services{})
	if err != nil {
		return err
	}
	if !regexp.MustCompile(pattern).MatchString(first) {
		return fmt.Errorf("%q renders as %q, want %s", text, first, pattern)
	}
	if differs && first == second {
		return fmt.Errorf("%q is the same for two messages: one replaces the other", text)
	}
	return nil
}

// checkRegistration checks the rule that sends new certificates to just-in-time registration.
func checkRegistration(s *sql.Statement) error {
	if want := names.CertificateRegistered("+"); s.Filter() != want {
		return fmt.Errorf("it listens on %q, want %q", s.Filter(), want)
	}
	for _, status := range []string{"PENDING_ACTIVATION", "ACTIVE", "REVOKED", "INACTIVE"} {
		event := `{"certificateId":"c","caCertificateId":"ca","timestamp":1795435200000,"certificateStatus":"` + status +
			`","awsAccountId":"` + account + `","certificateRegistrationTimestamp":"1795435200000"}`
		var want map[string]any
		if status == "PENDING_ACTIVATION" {
			want = decode([]byte(event))
		}
		if err := expect(s, published("", names.CertificateRegistered("ca"), event), want); err != nil {
			return fmt.Errorf("status %s: %w", status, err)
		}
	}
	return nil
}

// checkMismatch checks the rule that logs messages on a car's topic from another client. It must select only those, with any payload, and
// keep nothing of the payload.
func checkMismatch(s *sql.Statement, app names.Application, car, other string) error {
	for _, kind := range append(names.Kinds(), "other") {
		topic := app.Topic(car, kind)
		for _, payload := range []string{`{"vin":"` + other + `"}`, "\x00\xff", ""} {
			if err := expect(s, published(car, topic, payload), nil); err != nil {
				return err
			}
			for client, id := range map[string]string{other: other, "": "n/a"} {
				want := map[string]any{"topic": topic, "clientId": id, "ingestedAt": json.Number(fmt.Sprint(seen.UnixMilli()))}
				if err := expect(s, published(client, topic, payload), want); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// checkPresence checks the rule for connects and disconnects: it must select those of every client, by the client id that AWS IoT reports.
func checkPresence(s *sql.Statement, car string) error {
	for _, event := range []string{"connected", "disconnected"} {
		payload := `{"clientId":"` + car + `","vin":"x","eventType":"` + event + `","versionNumber":7}`
		want := map[string]any{"message": decode([]byte(payload)), "vin": car, "ingestedAt": json.Number(fmt.Sprint(seen.UnixMilli()))}
		if err := expect(s, published("", names.Presence(event, car), payload), want); err != nil {
			return err
		}
	}
	payload := `{"clientId":"` + car + `","eventType":"connect_failed","connectFailureReason":"AUTHORIZATION_FAILED"}`
	return expect(s, published("", names.Presence("connect_failed", car), payload), nil)
}

// checkCommandResponse checks the rule for command responses: it must select only those of the addressed car, for the command in the topic.
func checkCommandResponse(s *sql.Statement, app names.Application, car, other string) error {
	if want := app.CommandResponse("+", "+"); s.Filter() != want {
		return fmt.Errorf("it listens on %q, want %q", s.Filter(), want)
	}
	payload := `{"schema":"commandresult/1","commandId":"x","vin":"` + other + `","status":"succeeded"}`
	want := map[string]any{
		"message": decode([]byte(payload)), "commandId": "7", "vin": car, "clientId": car, "ingestedAt": json.Number(fmt.Sprint(seen.UnixMilli())),
	}
	if err := expect(s, published(car, app.CommandResponse(car, "7"), payload), want); err != nil {
		return err
	}
	for _, client := range []string{other, "", car + "x", "+"} {
		if err := expect(s, published(client, app.CommandResponse(car, "7"), payload), nil); err != nil {
			return err
		}
	}
	return nil
}

// checkRouting checks which rules the broker sends a message to, for every topic of a car.
func checkRouting(app names.Application, rules map[string]Rule, car, other string) error {
	compiled := map[string]*sql.Statement{}
	for purpose, r := range rules {
		s, err := sql.Compile(r.SQL, sql.Version(r.Version))
		if err != nil {
			return fmt.Errorf("rule %s: %w", r.Name, err)
		}
		compiled[purpose] = s
	}
	for _, topic := range append(topicsOf(app, car), (app+"x").Topic(car, names.Telemetry), names.CertificateRegistered("ca")) {
		for _, client := range []string{car, other} {
			taken, err := takers(compiled, published(client, topic, ofAWS(topic)))
			if err != nil {
				return err
			}
			if want := wanted(app, topic, car, client); taken != want {
				return fmt.Errorf("message of client %s on %s is taken by rules %q, want %q", client, topic, taken, want)
			}
		}
	}
	return nil
}

// ofAWS returns a payload for that topic that passes the conditions of every rule on AWS IoT's reserved topics. A life-cycle event has its
// own type.
func ofAWS(topic string) string {
	event := "connected"
	if _, presence, ok := strings.Cut(topic, "/events/presence/"); ok {
		event, _, _ = strings.Cut(presence, "/")
	}
	return `{"certificateStatus":"PENDING_ACTIVATION","eventType":"` + event + `"}`
}

// takers returns the purposes of the rules that select the message, sorted.
func takers(rules map[string]*sql.Statement, m sql.Message) (string, error) {
	var out []string
	for _, purpose := range purposes() {
		if !rules[purpose].Matches(m.Topic) {
			continue
		}
		_, ok, err := rules[purpose].Evaluate(context.Background(), m, sql.Services{})
		if err != nil {
			return "", fmt.Errorf("rule %s: message on %s: %w", purpose, m.Topic, err)
		}
		if ok {
			out = append(out, purpose)
		}
	}
	return strings.Join(out, ","), nil
}

func wanted(app names.Application, topic, car, client string) string {
	switch topic {
	case names.CertificateRegistered("ca"):
		return names.RuleRegistration
	case names.Presence("connected", car), names.Presence("disconnected", car):
		return names.RulePresence
	case app.CommandResponse(car, "7"):
		if client == car {
			return names.RuleCommandResponse
		}
		return ""
	}
	if !strings.HasPrefix(topic, "dt/"+string(app)+"/") {
		return ""
	}
	if client != car {
		return names.RuleMismatch
	}
	for _, kind := range names.Kinds() {
		if topic == app.Topic(car, kind) {
			return string(kind)
		}
	}
	return ""
}

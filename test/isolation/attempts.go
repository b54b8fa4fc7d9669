package isolation

import (
	"strings"

	"connectedcar/internal/names"
	"connectedcar/internal/twin/iot/policy"
)

// Place is an environment's application and the prefix of its ARNs.
type Place struct {
	Application names.Application
	ARNs        policy.ARNs
}

// attempt is an action that a client may attempt.
type attempt struct{ action, resource string }

// purposes returns the purposes of the platform's rules, which are part of their names.
func purposes() []string {
	out := []string{names.RuleRegistration, names.RuleMismatch, names.RulePresence, names.RuleCommandResponse}
	for _, k := range names.Kinds() {
		out = append(out, string(k))
	}
	return out
}

// shadows returns the names of a car's shadows.
func shadows() []string { return []string{"climate", "config", "state"} }

// shadowAnswers returns the suffixes of AWS IoT's response topics for a shadow.
func shadowAnswers() []string {
	return []string{"get/accepted", "get/rejected", "update/accepted", "update/rejected", "update/delta", "update/documents"}
}

func namedShadow(car, name, verb string) string {
	return "$aws/things/" + car + "/shadow/name/" + name + "/" + verb
}

func classicShadow(car, verb string) string { return "$aws/things/" + car + "/shadow/" + verb }

// dataTopics returns the topics of a car's messages, through the broker and through Basic Ingest.
func dataTopics(app names.Application, car string) []string {
	var out []string
	for _, k := range append(names.Kinds(), "other", "telemetry/deeper") {
		plain := app.Topic(car, k)
		out = append(out, plain)
		for _, purpose := range purposes() {
			out = append(out, "$aws/rules/"+app.RuleName(purpose)+"/"+plain)
		}
	}
	return out
}

// commandTopics returns the topics of commands and alerts to a car, and of its command responses.
func commandTopics(app names.Application, car string) []string {
	return []string{app.AlertRequest(car), app.CommandRequest(car, "7"), app.CommandResponse(car, "7")}
}

// systemTopics returns AWS IoT's reserved topics about a car.
func systemTopics(car string) []string {
	verbs := append([]string{"get", "update", "delete", "delete/accepted", "delete/rejected"}, shadowAnswers()...)
	var out []string
	for _, v := range verbs {
		out = append(out, classicShadow(car, v))
		for _, name := range append(shadows(), "other") {
			out = append(out, namedShadow(car, name, v))
		}
	}
	for _, v := range []string{"notify", "notify-next", "get", "start-next", "7/get", "7/update"} {
		out = append(out, "$aws/things/"+car+"/jobs/"+v)
	}
	for _, e := range []string{"presence/connected", "presence/disconnected", "presence/connect_failed", "subscriptions/subscribed", "subscriptions/unsubscribed"} {
		out = append(out, "$aws/events/"+e+"/"+car)
	}
	return out
}

func topicsOf(app names.Application, car string) []string {
	return append(append(dataTopics(app, car), commandTopics(app, car)...), systemTopics(car)...)
}

// filtersOver returns topic filters that match the topic: the topic itself, with each level replaced by +, with # from each level on, and
// as shared subscriptions.
func filtersOver(topic string) []string {
	levels := strings.Split(topic, "/")
	out := []string{topic, "$share/group/" + topic}
	for i := range levels {
		plus := append([]string(nil), levels...)
		plus[i] = "+"
		out = append(out, strings.Join(plus, "/"), strings.Join(append(append([]string(nil), levels[:i]...), "#"), "/"))
	}
	return append(out, strings.Repeat("+/", len(levels)-1)+"+")
}

// attemptsOn returns the distinct actions that a client can attempt on a car's identity, topics, retained messages and shadows.
func (p Place) attemptsOn(car string) []attempt {
	app, arns := p.Application, p.ARNs
	all := []attempt{{policy.Connect, arns.Client(car)}, {policy.ListRetainedMessages, "*"}, {policy.ListNamedShadowsForThing, arns.Thing(car)}}
	for _, t := range topicsOf(app, car) {
		for _, action := range []string{policy.Publish, policy.RetainPublish, policy.Receive, policy.GetRetainedMessage} {
			all = append(all, attempt{action, arns.Topic(t)})
		}
		for _, f := range filtersOver(t) {
			all = append(all, attempt{policy.Subscribe, arns.TopicFilter(f)})
		}
	}
	for _, action := range []string{policy.GetThingShadow, policy.UpdateThingShadow, policy.DeleteThingShadow} {
		all = append(all, attempt{action, arns.Thing(car)})
		for _, name := range append(shadows(), "other") {
			all = append(all, attempt{action, arns.NamedShadow(car, name)})
		}
	}
	return unique(all)
}

func unique(all []attempt) []attempt {
	seen := make(map[attempt]bool, len(all))
	kept := all[:0]
	for _, a := range all {
		if !seen[a] {
			seen[a] = true
			kept = append(kept, a)
		}
	}
	return kept
}

// duties returns the actions that a car must be able to do.
func (p Place) duties(car string) []attempt {
	app, arns := p.Application, p.ARNs
	out := []attempt{{policy.Connect, arns.Client(car)}, {policy.Publish, arns.Topic(app.CommandResponse(car, "7"))}}
	for _, k := range names.Kinds() {
		out = append(out, attempt{policy.Publish, arns.Topic(app.Topic(car, k))}, attempt{policy.Publish, arns.Topic(app.BasicIngest(car, k))})
	}
	reads := []string{app.AlertRequest(car), app.CommandRequest(car, "7")}
	for _, name := range shadows() {
		for _, verb := range []string{"get", "update"} {
			out = append(out, attempt{policy.Publish, arns.Topic(namedShadow(car, name, verb))})
		}
		for _, answer := range shadowAnswers() {
			reads = append(reads, namedShadow(car, name, answer))
		}
	}
	for _, t := range reads {
		out = append(out, attempt{policy.Receive, arns.Topic(t)}, attempt{policy.Subscribe, arns.TopicFilter(t)})
	}
	return append(out, attempt{policy.Subscribe, arns.TopicFilter(app.CommandRequest(car, "+"))})
}

// diagnosis are the duties that a car in quarantine still has: to connect, which the renewal of its certificate needs, to answer commands,
// to send trouble codes and health reports, and to receive the platform's alerts.
func (p Place) diagnosis(car string) []attempt {
	app, arns := p.Application, p.ARNs
	out := []attempt{
		{policy.Connect, arns.Client(car)}, {policy.Publish, arns.Topic(app.CommandResponse(car, "7"))},
		{policy.Subscribe, arns.TopicFilter(app.CommandRequest(car, "+"))},
	}
	for _, k := range []names.Kind{names.Diagnostics, names.HealthReport} {
		out = append(out, attempt{policy.Publish, arns.Topic(app.Topic(car, k))}, attempt{policy.Publish, arns.Topic(app.BasicIngest(car, k))})
	}
	for _, t := range []string{app.AlertRequest(car), app.CommandRequest(car, "7")} {
		out = append(out, attempt{policy.Receive, arns.Topic(t)}, attempt{policy.Subscribe, arns.TopicFilter(t)})
	}
	return out
}

// trespasses are the actions that a car must not do: speak in the platform's name, retain messages, write other shadows, use
// another environment's topics.
func (p Place) trespasses(car string) []attempt {
	app, arns := p.Application, p.ARNs
	var out []attempt
	for _, t := range topicsOf(app, car) {
		out = append(out, attempt{policy.RetainPublish, arns.Topic(t)}, attempt{policy.GetRetainedMessage, arns.Topic(t)})
	}
	publish := []string{
		app.AlertRequest(car), app.CommandRequest(car, "7"), classicShadow(car, "update"), namedShadow(car, "other", "update"),
		namedShadow(car, "state", "delete"), "x" + app.Topic(car, names.Telemetry),
	}
	for _, foreign := range []names.Application{app + "x", "x" + app} {
		publish = append(publish, foreign.CommandResponse(car, "7"), foreign.Topic(car, names.Telemetry))
		for _, k := range names.Kinds() {
			publish = append(publish, foreign.BasicIngest(car, k), "$aws/rules/"+foreign.RuleName(string(k))+"/"+app.Topic(car, k),
				"$aws/rules/"+app.RuleName(string(k))+"/"+foreign.Topic(car, k))
		}
		request := foreign.CommandRequest(car, "7")
		out = append(out, attempt{policy.Receive, arns.Topic(request)}, attempt{policy.Subscribe, arns.TopicFilter(request)})
	}
	for _, name := range shadows() {
		for _, answer := range shadowAnswers() {
			publish = append(publish, namedShadow(car, name, answer))
		}
	}
	for _, purpose := range []string{names.RuleRegistration, names.RuleMismatch, names.RulePresence, names.RuleCommandResponse, "other"} {
		publish = append(publish, "$aws/rules/"+app.RuleName(purpose)+"/"+app.Topic(car, names.Telemetry))
	}
	for _, e := range []string{"presence/connected/" + car, "certificates/registered/ca"} {
		publish = append(publish, "$aws/events/"+e)
	}
	for _, t := range publish {
		out = append(out, attempt{policy.Publish, arns.Topic(t)})
	}
	return append(out, attempt{policy.DeleteThingShadow, arns.Thing(car)}, attempt{policy.UpdateThingShadow, arns.Thing(car)},
		attempt{policy.ListRetainedMessages, "*"}, attempt{policy.Subscribe, arns.TopicFilter("#")})
}

package config

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Context keys other than the settings of an environment.
const (
	keyEnvironments = "environments" // settings by environment: cdk.json
	keySelected     = "env"          // the environments to synthesise, separated by commas
)

// Load reads the settings from the CDK's context. Relative file names start from dir. The error is of type Problems and contains every
// invalid setting.
func Load(context map[string]any, dir string) ([]Settings, error) {
	var bad Problems
	selected := selectEnvironments(context[keySelected], &bad)
	byEnvironment := environments(context, &bad)
	overrides := overrides(context, &bad)
	varied := selectVariant(context, &bad)
	if varied != nil {
		selected = []Environment{varied.Environment}
	}
	if len(overrides) > 0 && len(selected) > 1 {
		for _, key := range sortedKeys(overrides) {
			bad.add(key, overrides[key], "a setting on the command line needs exactly one environment: add -c env=dev, prod or local")
		}
		overrides = nil
	}
	var all []Settings
	for _, e := range selected {
		layers := []layer{{keyEnvironments + "." + string(e) + ".", byEnvironment[e]}}
		if varied != nil {
			layers = append(layers, layer{keyVariants + "." + varied.Name + ".settings.", varied.Settings})
		}
		raw, origin := merge(append(layers, layer{"", overrides}))
		all = append(all, read(e, reader{raw: raw, origin: origin, dir: dir, bad: &bad}))
	}
	checkTogether(all, &bad)
	checkAuthorities(all, unselected(byEnvironment, selected, dir), &bad)
	if len(bad) > 0 {
		return nil, bad
	}
	return all, nil
}

// layer holds the settings from one source. prefix is put before a setting's name in errors.
type layer struct {
	prefix   string
	settings map[string]any
}

// merge combines the layers; later layers override earlier ones. origin returns the source of a setting.
func merge(layers []layer) (raw map[string]any, origin func(key string) string) {
	raw = map[string]any{}
	prefixes := map[string]string{}
	for _, l := range layers {
		maps.Copy(raw, l.settings)
		for key := range l.settings {
			prefixes[key] = l.prefix
		}
	}
	return raw, func(key string) string {
		if prefix, ok := prefixes[key]; ok {
			return prefix + key
		}
		return layers[0].prefix + key
	}
}

func selectEnvironments(value any, bad *Problems) []Environment {
	const allowed = "allowed are dev, prod and local, separated by commas; without it all of them are synthesised"
	if value == nil {
		return Environments()
	}
	text, ok := value.(string)
	if !ok {
		bad.add(keySelected, value, allowed)
		return nil
	}
	var selected []Environment
	for name := range strings.SplitSeq(text, ",") {
		e := Environment(strings.TrimSpace(name))
		if !slices.Contains(Environments(), e) {
			bad.add(keySelected, text, allowed)
			return nil
		}
		if !slices.Contains(selected, e) {
			selected = append(selected, e)
		}
	}
	return selected
}

// environments returns the settings in cdk.json by environment. Unknown keys are reported for all environments, not only for selected ones.
func environments(context map[string]any, bad *Problems) map[Environment]map[string]any {
	value, ok := context[keyEnvironments].(map[string]any)
	if !ok {
		bad.add(keyEnvironments, context[keyEnvironments], "must be an object with the settings of dev, prod and local; is cdk.json missing?")
		return nil
	}
	out := map[Environment]map[string]any{}
	for _, name := range sortedKeys(value) {
		e := Environment(name)
		if !slices.Contains(Environments(), e) {
			bad.add(keyEnvironments+"."+name, value[name], "unknown environment; allowed are dev, prod and local")
			continue
		}
		settings, ok := value[name].(map[string]any)
		if !ok {
			bad.add(keyEnvironments+"."+name, value[name], "must be an object with settings")
			continue
		}
		out[e] = settings
		for _, key := range sortedKeys(settings) {
			if !slices.Contains(keys(), key) {
				bad.add(keyEnvironments+"."+name+"."+key, settings[key], "unknown setting; allowed are %s", strings.Join(keys(), ", "))
			}
		}
	}
	return out
}

// overrides returns the settings from `-c key=value`, which are context keys themselves. The CDK's own keys contain ':' or '@'.
func overrides(context map[string]any, bad *Problems) map[string]any {
	out := map[string]any{}
	for _, key := range sortedKeys(context) {
		switch {
		case slices.Contains([]string{keyEnvironments, keySelected, keyVariants, keyVariant}, key) || strings.ContainsAny(key, ":@"):
		case !slices.Contains(keys(), key):
			bad.add(key, context[key], "unknown setting; allowed are env, %s", strings.Join(keys(), ", "))
		default:
			out[key] = decodeArgument(key, context[key])
		}
	}
	return out
}

// decodeArgument parses a setting from the command line as JSON if it is a number, a boolean, a list or an object.
func decodeArgument(key string, value any) any {
	text, ok := value.(string)
	if !ok || slices.Contains(textKeys(), key) {
		return value
	}
	var decoded any
	if err := json.Unmarshal([]byte(text), &decoded); err != nil {
		return value // the check of the setting reports it
	}
	return decoded
}

// checkTogether reports conflicts between the settings of several environments, and settings that their account or region does not allow.
func checkTogether(all []Settings, bad *Problems) {
	applications, logs := map[string]Environment{}, map[string]Environment{}
	for _, s := range all {
		at := keyEnvironments + "." + string(s.Environment) + "."
		if s.Identity.PasswordSignIn && s.Environment != Local {
			bad.add(at+keyPasswordSignIn, true, "passwords without the sign-in pages are for tests of the local environment; it must be false here")
		}
		if b := s.Beanstalk; b != nil && s.Region != "" && b.Domain.CertificateARN != "" && !strings.Contains(b.Domain.CertificateARN, ":"+s.Region+":") {
			bad.add(at+keyConsoleDomain+".certificateArn", b.Domain.CertificateARN, "must be in %s, where the load balancer is", s.Region)
		}
		if len(s.Thresholds) > 0 && s.Engine != Flink {
			bad.add(at+keyThresholds, s.Thresholds, "they are Flink's; stream must be flink")
		}
		if s.Analytics.Table == Iceberg && (s.Analytics.Backend != Lake || s.Environment == Local) {
			bad.add(at+keyLakeTable, s.Analytics.Table, "it is a table of the lake: analytics must be lake; emulators have no S3 Tables")
		}
		if s.Analytics.BI != nil && (s.Analytics.Backend != Lake || s.Environment == Local) {
			bad.add(at+keyBI, "quicksight", "its dashboard is over the lake: analytics must be lake; emulators have no QuickSight")
		}
		if s.Analytics.Notebook != nil && (s.Analytics.Backend != Lake || s.Environment == Local) {
			bad.add(at+keyNotebook, "sagemaker", "it asks the lake: analytics must be lake; emulators have no notebooks")
		}
		if s.Environment == Local {
			if s.Console == ElasticBeanstalk {
				bad.add(at+keyConsole, s.Console, "emulators have no Elastic Beanstalk; it must be self-hosted or off here")
			}
			if s.Stream.FanOut {
				bad.add(at+keyFanOut, true, "emulators have no consumers with a throughput of their own; it must be false here")
			}
			if s.Engine == Flink {
				bad.add(at+keyStream, s.Engine, "emulators have no Managed Service for Apache Flink; it must be lambda here")
			}
			if s.IoTLogging != Off {
				bad.add(at+keyIoTLogging, s.IoTLogging, "emulators have no log of AWS IoT; it must be OFF here")
			}
			continue // the local environment has an account of its own
		}
		place := s.Account + "/" + s.Region + "/"
		if other, ok := applications[place+string(s.Application)]; ok && s.Application != "" {
			bad.add(at+keyApplication, s.Application,
				"%s has the same in the same account and region; they share one device gateway, so each needs its own", other)
		}
		applications[place+string(s.Application)] = s.Environment
		if other, ok := logs[place]; ok && s.IoTLogging != Off {
			bad.add(at+keyIoTLogging, s.IoTLogging, "%s has it in the same account and region, which have one log of AWS IoT", other)
		}
		if s.IoTLogging != Off {
			logs[place] = s.Environment
		}
	}
}

// unselected returns the other environments as far as they can be read. Their own errors are reported only when they are selected.
func unselected(byEnvironment map[Environment]map[string]any, selected []Environment, dir string) []Settings {
	var all []Settings
	for _, e := range Environments() {
		if raw, there := byEnvironment[e]; there && !slices.Contains(selected, e) {
			all = append(all, read(e, reader{raw: raw, origin: func(key string) string { return key }, dir: dir, bad: &Problems{}}))
		}
	}
	return all
}

// checkAuthorities refuses a CA that two environments in one account and region share. AWS IoT would announce each new certificate of the
// CA to both, and each would revoke the certificates of cars that only the other allows.
func checkAuthorities(all, others []Settings, bad *Problems) {
	owners := map[string]Environment{} // by account, region and CA id; the id of a CA in a file is computed as AWS IoT does
	place := func(s Settings, ca CA) string { return s.Account + "/" + s.Region + "/" + ca.ID }
	for _, s := range others {
		for _, ca := range s.authorities() {
			owners[place(s, ca)] = s.Environment
		}
	}
	for _, s := range all {
		for _, ca := range s.authorities() {
			if owner, taken := owners[place(s, ca)]; taken {
				bad.add(keyEnvironments+"."+string(s.Environment)+"."+keyManufacturers, ca.ID, "is a CA of %s too, in the same account and region: each would "+
					"revoke the cars of the other; give each environment a CA of its own, or an account of its own", owner)
			}
			owners[place(s, ca)] = s.Environment
		}
	}
}

// authorities returns the CAs of all manufacturers; none for the local environment, which has its own account.
func (s Settings) authorities() []CA {
	var all []CA
	for _, m := range s.Manufacturers {
		if s.Environment != Local {
			all = append(all, m.CAs...)
		}
	}
	return all
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

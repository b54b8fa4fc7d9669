package config

import (
	"maps"
	"slices"
	"strings"
)

// Context keys for variants.
const (
	keyVariants = "variants" // variants of environments: in cdk.json
	keyVariant  = "variant"  // the variant to synthesise, instead of an environment
)

// Variant is an environment with some settings changed, to synthesise the platform with an option enabled.
type Variant struct {
	Name        string // lower-case letters, digits and hyphens
	Environment Environment
	About       string // one sentence
	// Settings are the settings that differ from the environment's, as in cdk.json.
	Settings map[string]any
}

// Variants returns the variants in the CDK's context, by name. The error is of type Problems.
func Variants(context map[string]any) ([]Variant, error) {
	var bad Problems
	all := variants(context, &bad)
	if len(bad) > 0 {
		return nil, bad
	}
	return all, nil
}

func variants(context map[string]any, bad *Problems) []Variant {
	value, ok := context[keyVariants]
	if !ok {
		return nil
	}
	var in map[string]struct {
		Environment Environment    `json:"environment"`
		About       string         `json:"about"`
		Settings    map[string]any `json:"settings"`
	}
	if !decode(value, &in) {
		bad.add(keyVariants, value, `must be an object like {"iceberg": {"environment": "dev", "about": "...", "settings": {"lakeTable": "iceberg"}}}`)
		return nil
	}
	var all []Variant
	for _, name := range slices.Sorted(maps.Keys(in)) {
		v, at := in[name], keyVariants+"."+name
		if !prefixPattern.MatchString(name) {
			bad.add(at, v.Settings, "a name has 1 to 63 lower-case letters, digits and hyphens")
		}
		if !slices.Contains(Environments(), v.Environment) {
			bad.add(at+".environment", v.Environment, "must be one of dev, prod, local")
		}
		if v.About == "" || len(v.Settings) == 0 {
			bad.add(at, v.Settings, "about and settings must say what differs from the environment")
		}
		for _, key := range sortedKeys(v.Settings) {
			if !slices.Contains(keys(), key) {
				bad.add(at+".settings."+key, v.Settings[key], "unknown setting; allowed are %s", strings.Join(keys(), ", "))
			}
		}
		all = append(all, Variant{Name: name, Environment: v.Environment, About: v.About, Settings: v.Settings})
	}
	return all
}

// selectVariant returns the variant that the context names, or nil. Its environment is then the only selected one.
func selectVariant(context map[string]any, bad *Problems) *Variant {
	all := variants(context, bad)
	name, ok := context[keyVariant]
	if !ok {
		return nil
	}
	n := slices.IndexFunc(all, func(v Variant) bool { return v.Name == name })
	if n < 0 {
		var names []string
		for _, v := range all {
			names = append(names, v.Name)
		}
		bad.add(keyVariant, name, "allowed are %s", strings.Join(names, ", "))
		return nil
	}
	if env, ok := context[keySelected]; ok && env != string(all[n].Environment) {
		bad.add(keySelected, env, "variant %s is one of %s; leave %s out", name, all[n].Environment, keySelected)
	}
	return &all[n]
}

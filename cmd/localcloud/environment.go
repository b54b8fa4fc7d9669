package main

import (
	"cmp"
	"net/url"
	"os"
	"runtime"
	"strings"
)

// ofAnotherCloud are the prefixes of variables that configure access to an AWS account or to another emulator.
var ofAnotherCloud = []string{"AWS_", "CDK_", "LOCALSTACK_", "MINISTACK_"}

// emulatorKey is the customary access key and secret of emulators; it acts as the account's administrator.
const emulatorKey = "test"

// environment returns the variables of every child process: those of this process, directed at the emulator instead of any AWS account, and
// with programs built for this machine.
func (s settings) environment(extra ...string) []string {
	var env []string
	for _, kv := range os.Environ() {
		if !s.replaces(kv) {
			env = append(env, kv)
		}
	}
	env = append(env,
		"AWS_ENDPOINT_URL="+s.endpoint,
		"AWS_ACCESS_KEY_ID="+cmp.Or(s.key.ID, emulatorKey),
		"AWS_SECRET_ACCESS_KEY="+cmp.Or(s.key.Secret, emulatorKey),
		"AWS_REGION="+s.region,
		"AWS_DEFAULT_REGION="+s.region,
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE="+os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
		"GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "GOFLAGS=-mod=readonly -buildvcs=false", "GOWORK=off",
		"NO_PROXY="+s.noProxy(), "no_proxy="+s.noProxy(),
		"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20",
	)
	return append(env, extra...)
}

func (s settings) replaces(kv string) bool {
	for _, prefix := range ofAnotherCloud {
		if strings.HasPrefix(kv, prefix) {
			return true
		}
	}
	return strings.HasPrefix(strings.ToUpper(kv), "NO_PROXY=")
}

// noProxy adds this machine and the emulator to the user's NO_PROXY list: unlike Go, Node.js and Python use a proxy for loopback too.
func (s settings) noProxy() string {
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if u, err := url.Parse(s.endpoint); err == nil {
		hosts = append(hosts, u.Hostname())
	}
	if users := cmp.Or(os.Getenv("NO_PROXY"), os.Getenv("no_proxy")); users != "" {
		hosts = append(hosts, users)
	}
	return strings.Join(hosts, ",")
}

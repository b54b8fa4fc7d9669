package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/platform"
)

const car = "1ACEV26S0TA000001"

// carctl runs the command in the test's own process, and returns its standard output and standard error.
func carctl(t *testing.T, args ...string) (out, info string, err error) {
	t.Helper()
	var o, i bytes.Buffer
	root := newRoot(&o, &i)
	root.SetArgs(args)
	err = root.ExecuteContext(t.Context())
	return o.String(), i.String(), err
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "log.csv")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func TestMistakesAreOneClearLine(t *testing.T) {
	t.Chdir(t.TempDir())
	ca := filepath.Join(t.TempDir(), "ca")
	_, _, err := carctl(t, "ca", "init", "--dir", ca)
	require.NoError(t, err)
	require.NoError(t, os.Remove(filepath.Join(ca, pki.IntermediateKey)))
	described := filepath.Join(t.TempDir(), "platform.json")
	require.NoError(t, platform.Platform{AWSEndpoint: "http://127.0.0.1:1"}.Save(described))
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"a bad VIN":                          {[]string{"drive", "NOTAVIN"}, "it has 7 characters; allowed are 17"},
		"a bad VIN for a certificate":        {[]string{"cert", "issue", "1ACEV26S0TA00000I", "--ca", ca}, "character 17 is 'I'"},
		"a bad VIN to read back":             {[]string{"telemetry", "x"}, "allowed are 17 characters"},
		"no platform":                        {[]string{"drive", car}, "platform.json does not exist: start the local platform with `make up`"},
		"a platform without outputs":         {[]string{"vehicle", "list", "--platform", described}, "output VehiclesTable: none of the platform's 0 stacks has it"},
		"a missing key":                      {[]string{"cert", "issue", car, "--ca", ca}, "issuing CA's private key " + filepath.Join(ca, pki.IntermediateKey) + " does not exist"},
		"a missing log":                      {[]string{"drive", "--replay", "nowhere.csv"}, "open nowhere.csv: no such file"},
		"a log with unknown columns only":    {[]string{"drive", "--replay", write(t, "ord;aqui\n1;2\n")}, "recognised are, in any spelling and with units: time, date, seconds, vin"},
		"a log whose rows are all bad":       {[]string{"drive", "--replay", write(t, "Speed;RPM\n1\n")}, "none of its 1 rows is valid"},
		"a VIN for a car that the log lacks": {[]string{"drive", "--replay", write(t, "Car;Speed\na;1\n"), "--vin", "b=" + car}, `the log has no car "b"; it has a`},
		"one VIN for two cars of a log":      {[]string{"drive", "--replay", write(t, "Car;Speed\na;1\nb;1\n"), car, car}, `cars "a" and "b" of the log have the same VIN`},
		"a VIN twice":                        {[]string{"drive", car, car}, "is named twice"},
		"a probability of 2":                 {[]string{"drive", "--drop", "2"}, "--drop 2: allowed are probabilities from 0 to 1"},
		"a speedup below 1":                  {[]string{"drive", "--speedup", "0.5"}, "allowed are numbers from 1, and max"},
		"a speedup that is no number":        {[]string{"drive", "--speedup", "NaN"}, "allowed are numbers from 1, and max"},
		"a trouble code that is none":        {[]string{"drive", "--dtc", "X0301"}, `--dtc "X0301": allowed are codes such as P0301`},
		"a drive of a second":                {[]string{"drive", "--duration", "1s"}, "allowed are 10s to 744h"},
		"a powertrain that is none":          {[]string{"drive", "--powertrain", "STEAM"}, "allowed are COMBUSTION, HYBRID and ELECTRIC"},
		"a fault for a log":                  {[]string{"drive", "--replay", "x.csv", "--overheat"}, "--overheat is for simulated drives"},
		"an unknown kind of failure":         {[]string{"redrive", "list", "everything"}, `kind "everything": allowed are telemetry, lake`},
		"a platform and an environment":      {[]string{"vehicle", "list", "--env", "dev", "--platform", "x"}, "none of the others can be"},
		"an environment that cannot be one":  {[]string{"vehicle", "list", "--env", "DEV"}, `environment "DEV": allowed are`},
		"nothing to add":                     {[]string{"vehicle", "add"}, "a VIN, or --csv FILE, or --generate N"},
		"a vehicle without manufacturer":     {[]string{"vehicle", "add", car}, `manufacturer "": allowed are`},
		"an unknown mode of a CA":            {[]string{"ca", "register", "--dir", ca, "--manufacturer", "acme", "--mode", "x"}, `mode "x": allowed are sni-only and default`},
		"mode default without verification":  {[]string{"ca", "register", "--dir", ca, "--manufacturer", "acme", "--mode", "default"}, "carctl ca init --if-missing --verification"},
		"no CA to register":                  {[]string{"ca", "register", "--dir", "nowhere", "--manufacturer", "acme"}, "read CA certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := carctl(t, tc.args...)
			require.ErrorContains(t, err, tc.want)
			assert.NotContains(t, oneLine(err), "\n")
		})
	}
}

func TestTheAuthorityIsMadeOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ca")
	out, _, err := carctl(t, "ca", "init", "--dir", dir, "--organization", "Acme Motors", "--registration-code", "code")
	require.NoError(t, err)
	assert.Contains(t, out, "made "+filepath.Join(dir, pki.Verification))
	_, _, err = carctl(t, "ca", "init", "--dir", dir)
	require.ErrorContains(t, err, "--if-missing accepts it")
	out, _, err = carctl(t, "ca", "init", "--dir", dir, "--if-missing")
	require.NoError(t, err)
	assert.Contains(t, out, "is there")
}

func TestACarsCertificateIsIssuedOnceAndRenewedWhenAsked(t *testing.T) {
	dir := t.TempDir()
	ca, cars := filepath.Join(dir, "ca"), filepath.Join(dir, "cars")
	_, _, err := carctl(t, "ca", "init", "--dir", ca)
	require.NoError(t, err)
	issue := []string{"cert", "issue", car, "--ca", ca, "--out", cars}
	out, _, err := carctl(t, issue...)
	require.NoError(t, err)
	assert.Contains(t, out, "issued certificate")
	_, _, err = carctl(t, issue...)
	require.ErrorContains(t, err, "(--renew)")
	_, _, err = carctl(t, append(issue, "--renew")...)
	require.NoError(t, err)
}

func TestARehearsalPrintsWhatWouldBeSent(t *testing.T) {
	t.Chdir(t.TempDir()) // this folder has no description of a platform
	log := write(t, "Car;Speed;Time\na;10;2026-05-04 07:30:00\na;11;2026-05-04 07:30:01\nb;12;2026-05-04 07:30:01\n;1;1\n")
	out, info, err := carctl(t, "drive", "--replay", log, "--dry-run", "--vin", "b="+car, "--vin", "1ACEV26S0TA000002")
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 3)
	var last struct {
		Topic   string
		Payload struct{ Signals map[string]any }
	}
	require.NoError(t, json.Unmarshal([]byte(lines[2]), &last))
	assert.Equal(t, "dt/cars/"+car+"/telemetry", last.Topic)
	assert.InDelta(t, 12, last.Payload.Signals["Vehicle.Speed"], 0)
	assert.Contains(t, info, "rows read 4, valid 3, skipped 1")
	assert.Contains(t, info, "would send 3 messages of 2 car(s)")
}

func TestOfALogOnlyTheCarsThatAreNamedPlay(t *testing.T) {
	log := write(t, "Car;Speed\na;10\nb;11\nb;12\n")
	for name, tc := range map[string]struct {
		vins        []string
		cars, valid string
	}{
		"none named: all, under VINs made of their names": {nil, "2 car(s)", "valid 3, skipped 0"},
		"one named: the first":                            {[]string{"--vin", car}, "1 car(s)", "valid 1, skipped 2"},
		"one named by its label":                          {[]string{"--vin", "b=" + car}, "1 car(s)", "valid 2, skipped 1"},
		"more named than there are":                       {[]string{"--vin", car + ",1ACEV26S0TA000002,1ACEV26S0TA000003"}, "2 car(s)", "valid 3, skipped 0"},
	} {
		t.Run(name, func(t *testing.T) {
			_, info, err := carctl(t, append([]string{"drive", "--replay", log, "--dry-run"}, tc.vins...)...)
			require.NoError(t, err)
			assert.Contains(t, info, tc.cars)
			assert.Contains(t, info, tc.valid)
		})
	}
}

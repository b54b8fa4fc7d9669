package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"connectedcar/cmd/localcloud/internal/front/throttle"
	"connectedcar/internal/aws/awsconfig"
)

// settings configure the local platform. Ports come from environment variables, so that make and CI can change them.
type settings struct {
	repo     string // root of the repository: the folder of cdk.json
	dir      string // folder of everything that the platform writes: state, logs, keys
	endpoint string // AWS endpoint; the emulator's unless the user named one
	external bool   // the user set the endpoint: no emulator is started
	strict   bool   // the strict front runs before the emulator
	throttle []throttle.Limit
	// authorize makes the emulator enforce IAM and the front record the IAM requests. It needs the front.
	authorize bool
	region    string
	key       awsconfig.Key // key for the user's own emulator; the zero value is the customary key

	emulatorPort, mqttPort, httpPort, consolePort int
}

// ports are the environment variables that set ports, with their defaults.
var ports = []struct {
	variable string
	port     int
	purpose  string
	field    func(*settings) *int
}{
	{"LOCALCLOUD_AWS_PORT", 4566, "AWS emulator", func(s *settings) *int { return &s.emulatorPort }},
	{"LOCALCLOUD_MQTT_PORT", 8883, "MQTT over mutual TLS", func(s *settings) *int { return &s.mqttPort }},
	{"LOCALCLOUD_IOT_DATA_PORT", 8443, "IoT data API", func(s *settings) *int { return &s.httpPort }},
	{"LOCALCLOUD_CONSOLE_PORT", 8080, "console", func(s *settings) *int { return &s.consolePort }},
}

const (
	localRegion  = "eu-central-1"
	localAccount = "000000000000" // the account id that emulators use by default
)

// readSettings reads the settings from the environment and reports all invalid ones in one error.
func readSettings(getenv func(string) string) (settings, error) {
	repo, err := findRepo()
	if err != nil {
		return settings{}, err
	}
	s := settings{repo: repo, dir: filepath.Join(repo, ".local"), region: localRegion}
	if dir := getenv("LOCALCLOUD_DIR"); dir != "" {
		if s.dir, err = filepath.Abs(dir); err != nil {
			return settings{}, fmt.Errorf("LOCALCLOUD_DIR=%q: %w", dir, err)
		}
	}
	var bad []string
	for _, p := range ports {
		n, err := readPort(getenv(p.variable), p.port)
		if err != nil {
			bad = append(bad, fmt.Sprintf("%s=%q: %v", p.variable, getenv(p.variable), err))
		}
		*p.field(&s) = n
	}
	if s.strict, err = readSwitch(getenv(strictVariable)); err != nil {
		bad = append(bad, fmt.Sprintf("%s=%q: %v", strictVariable, getenv(strictVariable), err))
	}
	if s.throttle, err = throttle.Parse(getenv(throttleVariable)); err != nil {
		bad = append(bad, fmt.Sprintf("%s: %v", throttleVariable, err))
	}
	if s.authorize, err = readSwitch(getenv(iamVariable)); err != nil {
		bad = append(bad, fmt.Sprintf("%s=%q: %v", iamVariable, getenv(iamVariable), err))
	}
	s.endpoint = fmt.Sprintf("http://127.0.0.1:%d", s.emulatorPort)
	if named := getenv("AWS_ENDPOINT_URL"); named != "" {
		s.external, s.strict, s.key = true, false, awsconfig.KeyFor(getenv)
		if s.endpoint, err = awsconfig.ParseEndpoint(named); err != nil {
			bad = append(bad, "AWS_ENDPOINT_URL: "+err.Error())
		}
		if region := getenv("AWS_REGION"); region != "" {
			s.region = region
		}
	}
	if len(s.throttle) > 0 && !s.strict {
		bad = append(bad, throttleVariable+" needs the strict front, which is off")
	}
	s.authorize = s.authorize && s.strict
	if len(bad) > 0 {
		return settings{}, fmt.Errorf("%s", strings.Join(bad, "; "))
	}
	return s, nil
}

// strictVariable switches the strict front off. With the user's own endpoint there is never a front.
const strictVariable = "LOCALCLOUD_STRICT"

// throttleVariable sets rates above which the front refuses calls, such as iot-control=10/s.
const throttleVariable = "LOCALCLOUD_THROTTLE"

// iamVariable switches the enforcement of IAM off.
const iamVariable = "LOCALCLOUD_IAM"

func readSwitch(text string) (on bool, err error) {
	switch text {
	case "", "on":
		return true, nil
	case "off":
		return false, nil
	}
	return false, fmt.Errorf("allowed are on and off")
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func readPort(text string, otherwise int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 65535 {
		return 0, fmt.Errorf("allowed are ports from 1 to 65535")
	}
	return n, nil
}

// findRepo searches upwards for the folder with cdk.json.
func findRepo() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "cdk.json")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no cdk.json here or above: run this in the repository")
		}
		dir = parent
	}
}

// checkPortsFree returns an error that names every port in use by another program, with the variable that sets the port.
func (s settings) checkPortsFree() error {
	var taken []string
	for _, p := range ports {
		if s.external && p.variable == "LOCALCLOUD_AWS_PORT" {
			continue
		}
		port := *p.field(&s)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			taken = append(taken, fmt.Sprintf("port %d (%s) is taken by another program: stop it, or set %s to a free port", port, p.purpose, p.variable))
			continue
		}
		_ = l.Close()
	}
	if len(taken) > 0 {
		return fmt.Errorf("%s", strings.Join(taken, "; "))
	}
	return nil
}

func (s settings) path(parts ...string) string {
	return filepath.Join(append([]string{s.dir}, parts...)...)
}

// aws is the SDK configuration for this process's own calls.
func (s settings) aws() (aws.Config, error) { return awsconfig.Local(s.endpoint, s.region, s.key) }

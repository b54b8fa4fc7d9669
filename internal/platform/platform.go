// Package platform is the description of one deployed platform that tools and tests work against: `.local/platform.json` for
// the local one, the stacks' outputs for one in an AWS account.
package platform

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"connectedcar/internal/names"
)

// DefaultFile is the path of the local platform's description, relative to the repository.
const DefaultFile = ".local/platform.json"

// FileFor is the description of the local platform that a command works on which runs in folder dir: DefaultFile in that folder or in
// the nearest one above it that has it, else DefaultFile.
func FileFor(dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		file := filepath.Join(at, DefaultFile)
		if _, err := os.Stat(file); err == nil {
			if at == dir {
				return DefaultFile
			}
			return file
		}
		if at == filepath.Dir(at) {
			return DefaultFile
		}
	}
}

// Platform has the addresses of everything. Its fields only grow.
type Platform struct {
	Environment      string                       `json:"environment"`      // dev, prod or local
	AWSEndpoint      string                       `json:"awsEndpoint"`      // empty: AWS itself
	AWSKey           *AWSKey                      `json:"awsKey,omitempty"` // of an emulator that takes no key but its own; nil: any
	Region           string                       `json:"region"`
	MQTT             MQTT                         `json:"mqtt"`
	DeviceCA         KeyPair                      `json:"deviceCa"`                  // what signs cars' certificates
	DeviceCADir      string                       `json:"deviceCaDir"`               // the folder that `carctl ca init` made
	IoTDataEndpoint  string                       `json:"iotDataEndpoint,omitempty"` // of the IoT data API, where AWSEndpoint has none
	APIURL           string                       `json:"apiUrl"`
	ConsoleURL       string                       `json:"consoleUrl"`
	UserPoolID       string                       `json:"userPoolId"`
	UserPoolClientID string                       `json:"userPoolClientId"`
	Users            []User                       `json:"users"`
	Vehicles         []string                     `json:"vehicles"` // VINs on the allow-list from the start
	Stacks           map[string]map[string]string `json:"stacks"`   // stack name -> output -> value
}

// AWSKey is an access key of an emulator.
type AWSKey struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

// MQTT is the device gateway that cars connect to.
type MQTT struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	ServerCA string `json:"serverCa"` // file: the certificates that sign the gateway's own, PEM
}

// KeyPair is a certificate and its private key, PEM files.
type KeyPair struct {
	Cert string `json:"cert"`
	Key  string `json:"key"`
}

// User is a person that the local platform made for trying out.
type User struct {
	ID             string `json:"id"` // what the platform knows the person by: the sub of their tokens
	Username       string `json:"username"`
	Password       string `json:"password"`
	Group          string `json:"group"`                    // role; empty: none
	TOTPSecret     string `json:"totpSecret,omitempty"`     // of the authenticator app, base32; empty: no second factor
	ManufacturerID string `json:"manufacturerId,omitempty"` // of a person with the role manufacturer
	DealerID       string `json:"dealerId,omitempty"`       // of a person with the role dealer
}

// User is the person with that username; the error names those that there are.
func (p Platform) User(username string) (User, error) {
	var names []string
	for _, u := range p.Users {
		if u.Username == username {
			return u, nil
		}
		names = append(names, u.Username)
	}
	return User{}, fmt.Errorf("user %q: the platform's description has %s", username, cmp.Or(strings.Join(names, ", "), "none"))
}

// Load reads the description at path.
func Load(path string) (Platform, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Platform{}, fmt.Errorf("platform description %s does not exist: start the local platform with `make up` first, or name another environment", path)
	}
	if err != nil {
		return Platform{}, fmt.Errorf("read platform description: %w", err)
	}
	var p Platform
	if err := json.Unmarshal(b, &p); err != nil {
		return Platform{}, fmt.Errorf("platform description %s: %w", path, err)
	}
	return p, nil
}

// Save writes the description to path, whole or not at all.
func (p Platform) Save(path string) error {
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("encode platform description: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write platform description: %w", err)
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("write platform description: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("write platform description: %w", err)
	}
	return nil
}

// Output is the value of that output, whichever stack has it.
func (p Platform) Output(name string) (string, error) {
	for _, outputs := range p.Stacks {
		if v, ok := outputs[name]; ok {
			return v, nil
		}
	}
	return "", fmt.Errorf("output %s: none of the platform's %d stacks has it", name, len(p.Stacks))
}

// FindPeople fills in where the API and its user pool are, from the stacks' outputs.
func (p *Platform) FindPeople() error {
	var errs []error
	for name, into := range map[string]*string{
		names.OutputAPIURL: &p.APIURL, names.OutputUserPoolID: &p.UserPoolID, names.OutputCLIClientID: &p.UserPoolClientID,
	} {
		value, err := p.Output(name)
		*into = value
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Application is the application level of the platform's topics.
func (p Platform) Application() (names.Application, error) {
	s, err := p.Output(names.OutputApplication)
	if err != nil {
		return "", err
	}
	return names.ParseApplication(s)
}

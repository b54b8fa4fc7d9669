// Package platform describes one deployed platform for tools and tests. The description of the local platform is the file
// `.local/platform.json`; that of a platform in an AWS account comes from its stacks' outputs.
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

// FileFor returns the path of the local platform's description for a command that runs in dir: DefaultFile in dir or in the nearest parent
// that has this file, else DefaultFile.
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

// Platform has the addresses and credentials of a platform. Fields may be added, but not removed or renamed.
type Platform struct {
	Environment      string                       `json:"environment"`      // dev, prod or local
	AWSEndpoint      string                       `json:"awsEndpoint"`      // URL of the AWS emulator; empty: AWS itself
	AWSKey           *AWSKey                      `json:"awsKey,omitempty"` // for an emulator that accepts only its own key; nil: any key
	Region           string                       `json:"region"`
	MQTT             MQTT                         `json:"mqtt"`
	DeviceCA         KeyPair                      `json:"deviceCa"`                  // signs cars' certificates
	DeviceCADir      string                       `json:"deviceCaDir"`               // the CA's folder, as `carctl ca init` created it
	IoTDataEndpoint  string                       `json:"iotDataEndpoint,omitempty"` // of the IoT data API, if AWSEndpoint does not serve it
	APIURL           string                       `json:"apiUrl"`
	ConsoleURL       string                       `json:"consoleUrl"`
	UserPoolID       string                       `json:"userPoolId"`
	UserPoolClientID string                       `json:"userPoolClientId"`
	Users            []User                       `json:"users"`
	Vehicles         []string                     `json:"vehicles"` // VINs that are put on the allow-list when the platform is created
	Stacks           map[string]map[string]string `json:"stacks"`   // outputs by stack and name
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
	ServerCA string `json:"serverCa"` // file of the CA certificates that signed the gateway's certificate, PEM
}

// KeyPair has the paths of a certificate and of its private key, both PEM files.
type KeyPair struct {
	Cert string `json:"cert"`
	Key  string `json:"key"`
}

// User is a test user of the local platform.
type User struct {
	ID             string `json:"id"` // the platform's id of the user: the sub of their tokens
	Username       string `json:"username"`
	Password       string `json:"password"`
	Group          string `json:"group"`                    // role; empty: no role
	TOTPSecret     string `json:"totpSecret,omitempty"`     // secret of the authenticator app, base32; empty: no second factor
	ManufacturerID string `json:"manufacturerId,omitempty"` // of a user with the role manufacturer
	DealerID       string `json:"dealerId,omitempty"`       // of a user with the role dealer
}

// User returns the user with that username; the error lists the usernames.
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

// Load reads the description from the file at path.
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

// Save writes the description to path, atomically.
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

// Output returns the value of that output, from any of the stacks.
func (p Platform) Output(name string) (string, error) {
	for _, outputs := range p.Stacks {
		if v, ok := outputs[name]; ok {
			return v, nil
		}
	}
	return "", fmt.Errorf("output %s: none of the platform's %d stacks has it", name, len(p.Stacks))
}

// FindPeople sets the addresses of the API and of its user pool, from the stacks' outputs.
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

// Application returns the application level of the platform's topics.
func (p Platform) Application() (names.Application, error) {
	s, err := p.Output(names.OutputApplication)
	if err != nil {
		return "", err
	}
	return names.ParseApplication(s)
}

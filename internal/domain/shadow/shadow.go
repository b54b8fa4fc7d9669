// Package shadow handles people's lasting requests to a car by named device shadows, in which a person writes the desired state and the
// car reports its actual one. It checks desired values, and reads the documents of AWS IoT's Device Shadow service.
// https://docs.aws.amazon.com/iot/latest/developerguide/iot-device-shadows.html
package shadow

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/errs"
)

// Name is the name of a shadow.
type Name string

// The shadows of a car. Cars write no others.
const (
	Climate Name = "climate" // the climate in the car
	Config  Name = "config"  // the rate of the car's messages
	State   Name = "state"   // the car's own state; it has no desired values
)

// ErrChanged is returned if the shadow does not have the version that the change is for.
var ErrChanged = errs.As(errs.Conflict, errors.New("the shadow has changed since it was read"))

// Document is a shadow. Its values have the types of encoding/json; a map may be nil.
type Document struct {
	Version  int64 // 0 if the shadow has never been written
	Desired  map[string]any
	Reported map[string]any
	Delta    map[string]any // desired values that differ from the reported ones
	At       time.Time      // time of the newest change, to the second; zero if there is none
}

// Age returns the time since the shadow last changed; 0 if it never did, or if now is earlier.
func (d Document) Age(now time.Time) time.Duration {
	if d.At.IsZero() {
		return 0
	}
	return max(0, now.Sub(d.At))
}

// Parse decodes the service's response to GetThingShadow.
func Parse(payload []byte) (Document, error) {
	var answer struct {
		State struct {
			Desired  map[string]any `json:"desired"`
			Reported map[string]any `json:"reported"`
			Delta    map[string]any `json:"delta"`
		} `json:"state"`
		Metadata map[string]any `json:"metadata"`
		Version  int64          `json:"version"`
	}
	if err := json.Unmarshal(payload, &answer); err != nil {
		return Document{}, fmt.Errorf("decode the shadow: %w", err)
	}
	d := Document{Version: answer.Version, Desired: answer.State.Desired, Reported: answer.State.Reported, Delta: answer.State.Delta}
	if seconds := newest(answer.Metadata); seconds > 0 {
		d.At = time.Unix(seconds, 0).UTC()
	}
	return d, nil
}

// newest returns the newest timestamp in a shadow's metadata, in seconds since 1970; 0 if there is none. The timestamps are in the leaves,
// objects with a number named timestamp; a shadow value that is itself named timestamp has an object there instead.
func newest(metadata any) int64 {
	var seconds int64
	switch m := metadata.(type) {
	case map[string]any:
		for name, inner := range m {
			if at, ok := inner.(float64); ok && name == "timestamp" {
				seconds = max(seconds, int64(at))
				continue
			}
			seconds = max(seconds, newest(inner))
		}
	case []any:
		for _, inner := range m {
			seconds = max(seconds, newest(inner))
		}
	}
	return seconds
}

// Request returns the service's request to set the desired state. version is the version to change; nil accepts any.
func Request(desired map[string]any, version *int64) ([]byte, error) {
	request := map[string]any{"state": map[string]any{"desired": desired}}
	if version != nil {
		request["version"] = *version
	}
	payload, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("encode the change of a shadow: %w", err)
	}
	return payload, nil
}

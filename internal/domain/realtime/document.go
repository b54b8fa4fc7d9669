package realtime

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"connectedcar/internal/domain/shadow"
	"connectedcar/internal/errs"
	"connectedcar/internal/names"
)

// Limits of AWS IoT Core (its quotas page): the characters of a policy document without white space, and the policies of one
// Cognito identity.
// https://docs.aws.amazon.com/general/latest/gr/iot-core.html#security-limits
const (
	MaxDocument = 2048
	MaxPolicies = 10
)

// identityPattern matches an identity's id: its region, a colon and a UUID. None of these characters is special in a policy.
var identityPattern = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// CheckIdentity returns an error for a text that cannot be the id of a Cognito identity.
func CheckIdentity(id string) error {
	if identityPattern.MatchString(id) {
		return nil
	}
	return errs.As(errs.Invalid, fmt.Errorf("identity id %q: allowed is a region, a colon and a UUID", id[:min(len(id), 64)]))
}

// Filters returns the topic filters of one car to which each of its users may subscribe, with {vin} for its VIN: the car's messages, the
// alerts to it, and the updates of the shadows that borrowers may see too.
func Filters(app names.Application) []string {
	return readable(app, "{vin}", "+", borrowed)
}

// borrowed are the shadows that a borrower may see, as in the REST API (drivers.cedar): only the owner sees the car's configuration.
var borrowed = []string{string(shadow.Climate), string(shadow.State)}

// readable returns the topics of a car and of its shadows, with that wildcard for the levels that vary.
func readable(app names.Application, thing, wildcard string, shadows []string) []string {
	topics := []string{app.Topic(thing, names.Kind(wildcard)), app.AlertRequest(thing)}
	for _, name := range shadows {
		topics = append(topics, "$aws/things/"+thing+"/shadow/name/"+name+"/update/"+wildcard)
	}
	return topics
}

// Documents returns the policy documents that let the identity listen to these cars, each filled up to AWS IoT's limit, and the number
// of cars (the last ones) that did not fit into MaxPolicies. No cars, no documents: without one the identity cannot even connect.
func (s *Service) Documents(identityID string, cars []Car) (documents []string, leftOut int) {
	for len(cars) > 0 && len(documents) < MaxPolicies {
		first := len(documents) == 0
		n := 1
		document := s.document(identityID, cars[:n], first)
		for n < len(cars) {
			longer := s.document(identityID, cars[:n+1], first)
			if len(longer) > MaxDocument {
				break
			}
			n, document = n+1, longer
		}
		documents, cars = append(documents, document), cars[n:]
	}
	return documents, len(cars)
}

type document struct {
	Version   string
	Statement []statement
}

type statement struct {
	Effect   string
	Action   []string
	Resource []string
}

// document returns one policy. The first of an identity's policies lets it connect, with a client id that begins with its own id, so
// that nobody can disconnect another user by using their client id.
func (s *Service) document(identityID string, cars []Car, connect bool) string {
	d := document{Version: "2012-10-17"}
	if connect {
		d.Statement = append(d.Statement, statement{"Allow", []string{"iot:Connect"}, []string{s.ARN + ":client/" + identityID + "*"}})
	}
	var resources []string
	for _, car := range cars {
		shadows := []string{"*"}
		if !car.Until.IsZero() {
			shadows = borrowed
		}
		for _, topic := range readable(s.Application, car.VIN.ThingName(), "*", shadows) {
			resources = append(resources, s.ARN+":topic/"+topic, s.ARN+":topicfilter/"+topic)
		}
	}
	d.Statement = append(d.Statement, statement{"Allow", []string{"iot:Receive", "iot:Subscribe"}, resources})
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(d); err != nil {
		panic(fmt.Sprintf("realtime: encode a policy: %v", err)) // cannot happen: lists of texts always encode
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// policyName returns the name of the identity's n-th policy. It has a hash of the id, because a policy name may not have a colon.
func (s *Service) policyName(identityID string, n int) string {
	sum := sha256.Sum256([]byte(identityID))
	return s.Application.IdentityPolicy(hex.EncodeToString(sum[:16]), n)
}

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

// identityPattern is an identity's id: its region, a colon and a UUID. Nothing in it has a meaning in a policy.
var identityPattern = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// CheckIdentity fails for what cannot be the id of a Cognito identity.
func CheckIdentity(id string) error {
	if identityPattern.MatchString(id) {
		return nil
	}
	return errs.As(errs.Invalid, fmt.Errorf("identity id %q: allowed is a region, a colon and a UUID", id[:min(len(id), 64)]))
}

// Filters are the topic filters of one car that each of its people may subscribe to, {vin} for its VIN: what the car sends, the alerts to
// it, and what became of the shadows that its borrowers see too.
func Filters(app names.Application) []string {
	return readable(app, "{vin}", "+", borrowed)
}

// borrowed are the shadows that a borrower sees, as by the REST API (drivers.cedar): how the car reports is its owner's alone.
var borrowed = []string{string(shadow.Climate), string(shadow.State)}

// readable are the topics of a car, with that wildcard for the levels that vary, and those of its shadows.
func readable(app names.Application, thing, wildcard string, shadows []string) []string {
	topics := []string{app.Topic(thing, names.Kind(wildcard)), app.AlertRequest(thing)}
	for _, name := range shadows {
		topics = append(topics, "$aws/things/"+thing+"/shadow/name/"+name+"/update/"+wildcard)
	}
	return topics
}

// Documents are the policy documents that let the identity listen to these cars, each as long as AWS IoT allows, and how many of
// the cars (the last ones) found no room in MaxPolicies of them. No cars, no documents: without one the identity cannot even connect.
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

// document is one policy. The first of an identity's policies lets it connect, under a client id that begins with its own id; so
// that nobody can disconnect another by taking its client id.
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
		panic(fmt.Sprintf("realtime: encode a policy: %v", err)) // lists of texts always encode
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// policyName is the name of the identity's n-th policy. A hash, because an identity's id has a colon, which no policy name may.
func (s *Service) policyName(identityID string, n int) string {
	sum := sha256.Sum256([]byte(identityID))
	return s.Application.IdentityPolicy(hex.EncodeToString(sum[:16]), n)
}

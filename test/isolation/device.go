package isolation

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"connectedcar/internal/twin/iot/policy"
	"connectedcar/internal/vin"
)

// Fleet returns n VINs, the same at every call. The first VINs differ in one character.
func Fleet(n int) []string {
	const alphabet = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
	r := rand.New(rand.NewPCG(1, 2))
	out := []string{"1HGCM82633A004352", "1HGCM82633A004353", "2HGCM82633A004352", "1HGCM82633A004325"}
	for len(out) < n {
		b := make([]byte, vin.Length)
		for i := range b {
			b[i] = alphabet[r.IntN(len(alphabet))]
		}
		out = append(out, string(b))
	}
	return out[:n]
}

// asItself is the connection of a car under its own name.
func asItself(car string) *policy.Connection {
	return &policy.Connection{
		ClientID: car, SourceIP: netip.MustParseAddr("192.0.2.7"),
		Thing: &policy.Thing{Name: car, Type: "Vehicle", Attached: true},
	}
}

// disguises returns the connections that a client with one car's certificate can attempt to reach another car: with the other car's name,
// with a longer name that contains it, with wildcards, and without MQTT.
func disguises(other string) []*policy.Connection {
	out := []*policy.Connection{{}, {ClientID: other, Thing: &policy.Thing{Name: other, Type: "Vehicle"}}}
	for _, id := range []string{other, other + "x", "+", "#", "*", "?", "${iot:ClientId}", "+/" + other} {
		out = append(out, &policy.Connection{ClientID: id})
	}
	return out
}

// CheckDevice checks the device policy with every pair of cars of the fleet. It returns an error for the first violation, and nil if there
// is none.
func CheckDevice(document string, at Place, fleet []string) error {
	set, err := parse(document)
	if err != nil {
		return err
	}
	if err := checkAttachment(document, at, fleet[0], fleet[1]); err != nil {
		return err
	}
	for _, car := range fleet {
		if err := checkOwn(set, at, car); err != nil {
			return err
		}
	}
	for _, victim := range append(lookalikes(fleet[:2]), fleet...) {
		if err := checkVictim(set, at, victim, fleet); err != nil {
			return err
		}
	}
	return nil
}

// CheckQuarantine proves that a car of the quarantine group, whose policy stands beside those of its certificate, can be diagnosed and do
// nothing else of its duties.
func CheckQuarantine(device, quarantine string, at Place, car string) error {
	var both []policy.Named
	for name, document := range map[string]string{"device": device, "quarantine": quarantine} {
		parsed, err := policy.Parse([]byte(document))
		if err != nil {
			return fmt.Errorf("policy %s: %w", name, err)
		}
		both = append(both, policy.Named{Name: name, Document: parsed})
	}
	set, diagnosis := policy.NewSet(both...), at.diagnosis(car)
	for _, a := range at.duties(car) {
		if d := decide(set, a, asItself(car)); d.Allowed != slices.Contains(diagnosis, a) {
			return fmt.Errorf("car %s in quarantine: %s", car, d.Reason())
		}
	}
	return nil
}

// lookalikes are names of things that a wildcard beside a car's name would cover. Not all things are cars with a VIN for a name.
func lookalikes(cars []string) []string {
	var out []string
	for _, c := range cars {
		out = append(out, c+"x", "x"+c, c+"-"+c)
	}
	return out
}

func parse(document string) (policy.Set, error) {
	doc, err := policy.Parse([]byte(document))
	if err != nil {
		return policy.Set{}, err
	}
	if unknown := doc.Unknown(); len(unknown) > 0 {
		return policy.Set{}, fmt.Errorf("the policy uses variables that AWS IoT does not have: %s", strings.Join(unknown, ", "))
	}
	return policy.NewSet(policy.Named{Name: "device", Document: doc}), nil
}

// checkOwn checks that a car can perform all its duties and no trespass.
func checkOwn(set policy.Set, at Place, car string) error {
	self := asItself(car)
	for _, a := range at.duties(car) {
		if d := decide(set, a, self); !d.Allowed {
			return fmt.Errorf("car %s cannot do what it must: %s", car, d.Reason())
		}
	}
	for _, a := range at.trespasses(car) {
		if d := decide(set, a, self); d.Allowed {
			return fmt.Errorf("car %s can do what no car should: %s", car, d.Reason())
		}
	}
	return nil
}

// checkVictim checks that no other client can do anything with the car's resources.
func checkVictim(set policy.Set, at Place, victim string, fleet []string) error {
	strangers := disguises(victim)
	for _, car := range fleet {
		if car != victim {
			strangers = append(strangers, asItself(car))
		}
	}
	for _, a := range at.attemptsOn(victim) {
		for _, who := range strangers {
			if d := decide(set, a, who); d.Allowed {
				return fmt.Errorf("client %q, which is not car %s: %s", who.ClientID, victim, d.Reason())
			}
		}
	}
	return nil
}

// checkAttachment checks that the policy requires the certificate to be attached to the thing of the client id. AWS IoT sets the variable
// ThingName only then; the check does not rely on that and gives the variable any client id.
func checkAttachment(document string, at Place, car, other string) error {
	for _, claimed := range []string{car, other} {
		set, err := parse(strings.ReplaceAll(document, "${iot:Connection.Thing.ThingName}", claimed))
		if err != nil {
			return err
		}
		detached := &policy.Connection{ClientID: claimed, Thing: &policy.Thing{Name: claimed, Type: "Vehicle"}}
		for _, who := range []*policy.Connection{detached, {ClientID: claimed}} {
			if d := decide(set, attempt{policy.Connect, at.ARNs.Client(claimed)}, who); d.Allowed {
				return fmt.Errorf("a certificate that is not attached to thing %s can connect as it: %s", claimed, d.Reason())
			}
		}
	}
	return nil
}

func decide(set policy.Set, a attempt, who *policy.Connection) policy.Decision {
	return set.Decide(policy.Request{Action: a.action, Resource: a.resource, Connection: who})
}

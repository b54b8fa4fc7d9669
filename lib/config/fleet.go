package config

import (
	"fmt"
	"regexp"
	"slices"
)

var (
	manufacturerPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)
	// The id of a certificate in AWS IoT is its SHA-256 fingerprint.
	// https://docs.aws.amazon.com/iot/latest/apireference/API_Certificate.html
	caCertificateIDPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

	wmiPattern = regexp.MustCompile(`^[A-HJ-NPR-Z0-9]{3}$`)

	thingPattern = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,128}$`)
	// The names and values of a thing's attributes that AWS IoT accepts.
	// https://docs.aws.amazon.com/iot/latest/apireference/API_AttributePayload.html
	attributeName  = regexp.MustCompile(`^[a-zA-Z0-9_.,@/:#=\[\]-]{1,128}$`)
	attributeValue = regexp.MustCompile(`^[a-zA-Z0-9_.,@/:#=\[\]-]{0,800}$`)
)

// maxManufacturers is the quota of direct child groups of a thing group: each manufacturer has a group below the fleet's group.
// https://docs.aws.amazon.com/general/latest/gr/iot_device_management.html
const maxManufacturers = 100

// maxAttributes is the largest number of attributes of a thing with a thing type.
// https://docs.aws.amazon.com/general/latest/gr/iot_device_management.html
const maxAttributes = 50

type manufacturerSetting struct {
	ID             string      `json:"id"`
	Name           string      `json:"name"`
	CACertificates []caSetting `json:"caCertificates"`
	WMIs           []string    `json:"wmis"`

	// Older settings had one CA per manufacturer. The old fields are read only to report an error that explains the new form.
	CAFile                      string `json:"caFile"`
	CACertificateID             string `json:"caCertificateId"`
	VerificationCertificateFile string `json:"verificationCertificateFile"`
}

// caSetting is a CA: either a file, which this app registers, or the id of a CA that is registered by other means.
type caSetting struct {
	File             string `json:"file"`
	VerificationFile string `json:"verificationFile"`
	ID               string `json:"id"`
}

// where returns the path of a field, for error messages.
type where func(field string) string

func (r reader) manufacturers() []Manufacturer {
	var in []manufacturerSetting
	if value, ok := r.raw[keyManufacturers]; ok && !decode(value, &in) {
		r.fail(keyManufacturers, `must be a list like [{"id": "acme", "name": "Acme Motors", "caCertificates": [{"file": "ca.pem"}]}], each CA certificate with a file, and a verificationFile where its key is proved, or with an id`)
		return nil
	}
	if len(in) > maxManufacturers {
		r.fail(keyManufacturers, "has %d manufacturers; allowed are %d: each has a thing group below the fleet's, and AWS IoT lets a group have "+
			"no more direct child groups; a second environment can hold the others", len(in), maxManufacturers)
		return nil
	}
	var out []Manufacturer
	owners := map[string]string{} // manufacturers by the id of their CA
	makers := map[string]string{} // manufacturers by world manufacturer identifier
	for i, m := range in {
		at := func(field string) string { return fmt.Sprintf("%s[%d].%s", r.origin(keyManufacturers), i, field) }
		if !manufacturerPattern.MatchString(m.ID) {
			r.bad.add(at("id"), m.ID, "must be 1 to 31 lower-case letters, digits and hyphens, a letter first")
		}
		if slices.ContainsFunc(out, func(o Manufacturer) bool { return o.ID == m.ID }) {
			r.bad.add(at("id"), m.ID, "is there twice; each manufacturer needs an id of its own")
		}
		if m.Name == "" || len(m.Name) > 100 {
			r.bad.add(at("name"), m.Name, "must be 1 to 100 characters")
		}
		r.refuseSingleCA(m, at)
		for n, wmi := range m.WMIs {
			r.wmi(wmi, at(fmt.Sprintf("wmis[%d]", n)), m.ID, makers)
		}
		out = append(out, Manufacturer{ID: m.ID, Name: m.Name, CAs: r.caCertificates(m, at, owners), WMIs: m.WMIs})
	}
	return out
}

// wmi checks a world manufacturer identifier, which must be unique among manufacturers.
func (r reader) wmi(s, at, manufacturer string, makers map[string]string) {
	if !wmiPattern.MatchString(s) {
		r.bad.add(at, s, "must be a world manufacturer identifier (ISO 3780): the first three characters of a VIN")
		return
	}
	if other, taken := makers[s]; taken {
		r.bad.add(at, s, "is manufacturer %s's already; an identifier belongs to one", other)
	}
	makers[s] = manufacturer
}

// refuseSingleCA reports the fields of the old form with one CA, and names the new form.
func (r reader) refuseSingleCA(m manufacturerSetting, at where) {
	for field, now := range map[string]struct{ value, form string }{
		"caFile":                      {m.CAFile, `{"file": %q}`},
		"caCertificateId":             {m.CACertificateID, `{"id": %q}`},
		"verificationCertificateFile": {m.VerificationCertificateFile, `{"file": "...", "verificationFile": %q}`},
	} {
		if now.value != "" {
			r.bad.add(at(field), now.value, `is now one of a list: write "caCertificates": [`+now.form+`]`, now.value)
		}
	}
}

func (r reader) caCertificates(m manufacturerSetting, of where, owners map[string]string) []CA {
	var out []CA
	for n, setting := range m.CACertificates {
		at := func(field string) string { return of(fmt.Sprintf("caCertificates[%d].%s", n, field)) }
		ca, ok := r.ca(setting, at)
		if !ok {
			continue
		}
		if owner, taken := owners[ca.ID]; taken {
			r.bad.add(at("id"), ca.ID, "is a CA of manufacturer %s already; a CA vouches for the cars of one", owner)
		}
		owners[ca.ID] = m.ID
		out = append(out, ca)
	}
	return out
}

func (r reader) ca(s caSetting, at where) (CA, bool) {
	switch {
	case s.ID != "" && (s.File != "" || s.VerificationFile != ""):
		r.bad.add(at("id"), s.ID, "is for a CA that is registered already; file has this app register it: name one of them")
	case s.ID != "" && !caCertificateIDPattern.MatchString(s.ID):
		r.bad.add(at("id"), s.ID, "must be the id that `carctl ca register` prints: 64 hexadecimal digits")
	case s.ID != "":
		return CA{ID: s.ID}, true
	case s.File == "" && s.VerificationFile != "":
		r.bad.add(at("verificationFile"), s.VerificationFile, "needs the file of the CA that it verifies")
	case s.File == "":
		r.bad.add(at("file"), s.File, "a CA certificate has a file or an id")
	default:
		return r.caOfFile(s, at)
	}
	return CA{}, false
}

func (r reader) caOfFile(s caSetting, at where) (CA, bool) {
	pem, cert, err := readCertificate(r.dir, s.File)
	if err == nil {
		err = checkCA(cert)
	}
	if err != nil {
		r.bad.add(at("file"), s.File, "must be the PEM file of the CA that signs the cars' certificates: %v", err)
		return CA{}, false
	}
	ca := CA{ID: certificateID(cert), PEM: pem}
	if s.VerificationFile == "" {
		return ca, true
	}
	verification, proof, err := readCertificate(r.dir, s.VerificationFile)
	if err == nil {
		err = checkVerification(proof, cert)
	}
	if err != nil {
		r.bad.add(at("verificationFile"), s.VerificationFile,
			"must be the PEM file of a certificate that this CA signed, its common name the account's registration code: %v", err)
	}
	ca.VerificationPEM = verification
	return ca, true
}

type thingSetting struct {
	Name       string            `json:"name"`
	Attributes map[string]string `json:"attributes"`
}

func (r reader) things() []Thing {
	var in []thingSetting
	if value, ok := r.raw[keyThings]; ok && !decode(value, &in) {
		r.fail(keyThings, `must be a list like [{"name": "1ACEV26S0TA000001", "attributes": {"model": "Comet"}}]`)
		return nil
	}
	var out []Thing
	for i, t := range in {
		at := fmt.Sprintf("%s[%d]", r.origin(keyThings), i)
		if !thingPattern.MatchString(t.Name) {
			r.bad.add(at+".name", t.Name, "must be 1 to 128 letters, digits, hyphens and underscores")
		}
		if slices.ContainsFunc(out, func(o Thing) bool { return o.Name == t.Name }) {
			r.bad.add(at+".name", t.Name, "is there twice")
		}
		if len(t.Attributes) > maxAttributes {
			r.bad.add(at+".attributes", len(t.Attributes), "a thing has at most %d attributes", maxAttributes)
		}
		for name, value := range t.Attributes {
			if !attributeName.MatchString(name) || !attributeValue.MatchString(value) {
				r.bad.add(at+".attributes."+name, value, "AWS IoT allows only letters, digits and _.,@/:#=[]- here")
			}
		}
		out = append(out, Thing(t))
	}
	return out
}

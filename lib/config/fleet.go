package config

import (
	"fmt"
	"regexp"
	"slices"
)

var (
	manufacturerPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)
	// AWS IoT names a certificate by its SHA-256.
	// https://docs.aws.amazon.com/iot/latest/apireference/API_Certificate.html
	caCertificateIDPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

	thingPattern = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,128}$`)
	// What AWS IoT takes as the name and the value of a thing's attribute.
	// https://docs.aws.amazon.com/iot/latest/apireference/API_AttributePayload.html
	attributeName  = regexp.MustCompile(`^[a-zA-Z0-9_.,@/:#=\[\]-]{1,128}$`)
	attributeValue = regexp.MustCompile(`^[a-zA-Z0-9_.,@/:#=\[\]-]{0,800}$`)
)

// maxAttributes is the largest number of attributes of a thing with a thing type.
// https://docs.aws.amazon.com/general/latest/gr/iot_device_management.html
const maxAttributes = 50

type manufacturerSetting struct {
	ID                          string `json:"id"`
	Name                        string `json:"name"`
	CAFile                      string `json:"caFile"`
	CACertificateID             string `json:"caCertificateId"`
	VerificationCertificateFile string `json:"verificationCertificateFile"`
}

func (r reader) manufacturers() []Manufacturer {
	var in []manufacturerSetting
	if value, ok := r.raw[keyManufacturers]; ok && !decode(value, &in) {
		r.fail(keyManufacturers, `must be a list like [{"id": "acme", "name": "Acme Motors", "caFile": "ca.pem", "verificationCertificateFile": "verification.pem"}], the files optional, or caCertificateId in their place`)
		return nil
	}
	var out []Manufacturer
	var ids []string
	for i, m := range in {
		at := func(field string) string { return fmt.Sprintf("%s[%d].%s", r.origin(keyManufacturers), i, field) }
		if !manufacturerPattern.MatchString(m.ID) {
			r.bad.add(at("id"), m.ID, "must be 1 to 31 lower-case letters, digits and hyphens, a letter first")
		}
		if slices.Contains(ids, m.ID) {
			r.bad.add(at("id"), m.ID, "is there twice; each manufacturer needs an id of its own")
		}
		ids = append(ids, m.ID)
		if m.Name == "" || len(m.Name) > 100 {
			r.bad.add(at("name"), m.Name, "must be 1 to 100 characters")
		}
		if m.CACertificateID != "" && !caCertificateIDPattern.MatchString(m.CACertificateID) {
			r.bad.add(at("caCertificateId"), m.CACertificateID, "must be the id that `carctl ca register` prints: 64 hexadecimal digits")
		}
		if m.CACertificateID != "" && m.CAFile != "" {
			r.bad.add(at("caCertificateId"), m.CACertificateID, "is for a CA that is registered already; caFile has this app register it: name one of them")
		}
		out = append(out, Manufacturer{ID: m.ID, Name: m.Name, CA: r.ca(m, at), CACertificateID: m.CACertificateID})
	}
	return out
}

func (r reader) ca(m manufacturerSetting, at func(field string) string) *CA {
	if m.CAFile == "" {
		if m.VerificationCertificateFile != "" {
			r.bad.add(at("verificationCertificateFile"), m.VerificationCertificateFile, "needs the caFile that it verifies")
		}
		return nil
	}
	pem, ca, err := readCertificate(r.dir, m.CAFile)
	if err == nil {
		err = checkCA(ca)
	}
	if err != nil {
		r.bad.add(at("caFile"), m.CAFile, "must be the PEM file of the CA that signs the cars' certificates: %v", err)
		return nil
	}
	if m.VerificationCertificateFile == "" {
		return &CA{PEM: pem}
	}
	verification, cert, err := readCertificate(r.dir, m.VerificationCertificateFile)
	if err == nil {
		err = checkVerification(cert, ca)
	}
	if err != nil {
		r.bad.add(at("verificationCertificateFile"), m.VerificationCertificateFile,
			"must be the PEM file of a certificate that this CA signed, its common name the account's registration code: %v", err)
	}
	return &CA{PEM: pem, VerificationPEM: verification}
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

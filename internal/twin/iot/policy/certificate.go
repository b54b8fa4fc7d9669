package policy

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"sort"
	"strings"
)

// maxValues is the largest number of values to keep of an attribute.
const maxValues = 5

// Certificate holds the attributes of an X.509 certificate that policies can read: iot:Certificate.Subject.CommonName and
// so on.
// https://docs.aws.amazon.com/iot/latest/developerguide/cert-policy-variables.html
type Certificate struct{ values map[string][]string }

// nameAttributes maps object identifiers (X.520) to the attributes of subjects and issuers.
var nameAttributes = map[string]string{
	"2.5.4.46": "DistinguishedNameQualifier", "2.5.4.6": "Country", "2.5.4.10": "Organization", "2.5.4.11": "OrganizationalUnit",
	"2.5.4.8": "State", "2.5.4.3": "CommonName", "2.5.4.5": "SerialNumber", "2.5.4.12": "Title", "2.5.4.4": "Surname",
	"2.5.4.42": "GivenName", "2.5.4.43": "Initials", "2.5.4.65": "Pseudonym", "2.5.4.44": "GenerationQualifier",
}

var alternativeNames = []string{"RFC822Name", "DNSName", "DirectoryName", "UniformResourceIdentifier", "IPAddress"}

// certificateAttributes holds the names of all attributes, in lower case.
var certificateAttributes = func() map[string]bool {
	out := map[string]bool{"serialnumber": true, "availablekeys": true}
	for _, side := range []string{"subject.", "issuer."} {
		for _, name := range nameAttributes {
			out[side+strings.ToLower(name)] = true
		}
		for _, name := range alternativeNames {
			out[side+"alternativename."+strings.ToLower(name)] = true
		}
	}
	return out
}()

// CertificateOf returns the attributes of a certificate.
func CertificateOf(c *x509.Certificate) *Certificate {
	out := &Certificate{values: map[string][]string{}}
	out.addName("Subject.", c.Subject)
	out.addName("Issuer.", c.Issuer)
	for _, e := range append(c.Extensions[:len(c.Extensions):len(c.Extensions)], c.ExtraExtensions...) {
		switch {
		case e.Id.Equal(subjectAlternativeName):
			out.addAlternatives("Subject.AlternativeName.", e.Value)
		case e.Id.Equal(issuerAlternativeName):
			out.addAlternatives("Issuer.AlternativeName.", e.Value)
		}
	}
	if c.SerialNumber != nil {
		out.add("SerialNumber", strings.ToUpper(c.SerialNumber.Text(16)))
	}
	out.listKeys()
	return out
}

func (c *Certificate) add(attribute, v string) {
	k := strings.ToLower(attribute)
	if len(c.values[k]) < maxValues {
		c.values[k] = append(c.values[k], v)
	}
}

func (c *Certificate) addName(side string, n pkix.Name) {
	names := n.Names
	if names == nil { // not parsed, but made by this program
		for _, set := range n.ToRDNSequence() {
			names = append(names, set...)
		}
	}
	for _, a := range names {
		if name, ok := nameAttributes[asn1.ObjectIdentifier(a.Type).String()]; ok {
			c.add(side+name, fmt.Sprint(a.Value))
		}
	}
}

func (c *Certificate) listKeys() {
	keys := make([]string, 0, len(c.values))
	for k := range c.values {
		keys = append(keys, certificatePrefix+k)
	}
	sort.Strings(keys)
	c.values["availablekeys"] = keys
}

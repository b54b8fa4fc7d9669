package policy

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"net/netip"
)

// Extensions with alternative names (RFC 5280, 4.2.1.6 and 4.2.1.7).
var (
	subjectAlternativeName = asn1.ObjectIdentifier{2, 5, 29, 17}
	issuerAlternativeName  = asn1.ObjectIdentifier{2, 5, 29, 18}
)

// Tags of alternative names (RFC 5280, 4.2.1.6: GeneralName).
const (
	tagEmail     = 1
	tagDNS       = 2
	tagDirectory = 4
	tagURI       = 6
	tagIP        = 7
)

// addAlternatives adds the names of an extension of alternative names. It ignores malformed ones.
func (c *Certificate) addAlternatives(side string, extension []byte) {
	var names []asn1.RawValue
	if rest, err := asn1.Unmarshal(extension, &names); err != nil || len(rest) > 0 {
		return
	}
	for _, n := range names {
		if n.Class != asn1.ClassContextSpecific {
			continue
		}
		switch n.Tag {
		case tagEmail:
			c.add(side+"RFC822Name", string(n.Bytes))
		case tagDNS:
			c.add(side+"DNSName", string(n.Bytes))
		case tagURI:
			c.add(side+"UniformResourceIdentifier", string(n.Bytes))
		case tagDirectory:
			var sequence pkix.RDNSequence
			if _, err := asn1.Unmarshal(n.Bytes, &sequence); err == nil {
				c.add(side+"DirectoryName", sequence.String())
			}
		case tagIP:
			if address, ok := netip.AddrFromSlice(n.Bytes); ok {
				c.add(side+"IPAddress", address.String())
			}
		}
	}
}

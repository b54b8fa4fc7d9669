package policy_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/policy"
)

func TestCertificateVariables(t *testing.T) {
	c := car(carA)
	c.Certificate = policy.CertificateOf(signed(t, "Honda Intermediate", &x509.Certificate{
		Subject: pkix.Name{
			CommonName: carA, Organization: []string{"AnyCompany", "Example Corp"}, Country: []string{"D*"},
			OrganizationalUnit: []string{strings.Repeat("x", 1025)}, SerialNumber: "77",
		},
		SerialNumber: big.NewInt(0xab12),
		DNSNames:     []string{"car.example"}, EmailAddresses: []string{"car@example.org"},
		IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)}, URIs: []*url.URL{{Scheme: "urn", Opaque: "vin:1"}},
		ExtraExtensions: []pkix.Extension{issuerNames(t)},
	}))
	for name, tc := range map[string]struct {
		condition string
		want      bool
	}{
		"the subject's name":                {`"StringEquals":{"iot:Certificate.Subject.CommonName":"` + carA + `"}`, true},
		"the issuer's name":                 {`"StringEquals":{"iot:Certificate.Issuer.CommonName":"Honda Intermediate"}`, true},
		"the subject's serial number":       {`"StringEquals":{"iot:Certificate.Subject.SerialNumber":"77"}`, true},
		"the certificate's serial number":   {`"StringEquals":{"iot:Certificate.SerialNumber":"AB12"}`, true},
		"the first of several":              {`"StringEquals":{"iot:Certificate.Subject.Organization":"AnyCompany"}`, true},
		"the second of several":             {`"StringEquals":{"iot:Certificate.Subject.Organization.1":"Example Corp"}`, true},
		"a third of two":                    {`"StringEquals":{"iot:Certificate.Subject.Organization.2":"AnyCompany"}`, false},
		"all within a list":                 {`"ForAllValues:StringEquals":{"iot:Certificate.Subject.Organization.List":["AnyCompany","Example Corp","x"]}`, true},
		"all, one beyond the list":          {`"ForAllValues:StringEquals":{"iot:Certificate.Subject.Organization.List":["AnyCompany"]}`, false},
		"any in a list":                     {`"ForAnyValue:StringEquals":{"iot:Certificate.Subject.Organization.List":["AnyCompany"]}`, true},
		"a value with wildcards has no use": {`"StringEquals":{"iot:Certificate.Subject.Country":"D*"}`, false},
		"nor has a long value":              {`"Null":{"iot:Certificate.Subject.OrganizationalUnit":"true"}`, true},
		"a DNS name":                        {`"StringEquals":{"iot:Certificate.Subject.AlternativeName.DNSName":"car.example"}`, true},
		"an e-mail address":                 {`"StringEquals":{"iot:Certificate.Subject.AlternativeName.RFC822Name":"car@example.org"}`, true},
		"an address":                        {`"StringEquals":{"iot:Certificate.Subject.AlternativeName.IPAddress":"192.0.2.1"}`, true},
		"a URI":                             {`"StringEquals":{"iot:Certificate.Subject.AlternativeName.UniformResourceIdentifier":"urn:vin:1"}`, true},
		"an issuer's e-mail address":        {`"StringEquals":{"iot:Certificate.Issuer.AlternativeName.RFC822Name":"ca@example.org"}`, true},
		"an issuer's DNS name":              {`"StringEquals":{"iot:Certificate.Issuer.AlternativeName.DNSName":"ca.example"}`, true},
		"an issuer's address":               {`"StringEquals":{"iot:Certificate.Issuer.AlternativeName.IPAddress":"192.0.2.9"}`, true},
		"an issuer's URI":                   {`"StringEquals":{"iot:Certificate.Issuer.AlternativeName.UniformResourceIdentifier":"urn:ca"}`, true},
		"an issuer's directory name":        {`"StringEquals":{"iot:Certificate.Issuer.AlternativeName.DirectoryName":"CN=Honda"}`, true},
		"the list of attributes":            {`"ForAnyValue:StringEquals":{"iot:Certificate.AvailableKeys":"iot:certificate.issuer.commonname"}`, true},
		"an attribute that is not there":    {`"StringEquals":{"iot:Certificate.Subject.Title":"x"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, allows(t, `"Action":"iot:Publish","Resource":"*","Condition":{`+tc.condition+`}`, c))
		})
	}
}

// signed returns the certificate signed by an authority with that name.
func signed(t *testing.T, authority string, c *x509.Certificate) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, c, &x509.Certificate{Subject: pkix.Name{CommonName: authority}}, &key.PublicKey, key)
	require.NoError(t, err)
	out, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return out
}

// issuerNames returns an extension with one alternative name of each kind.
func issuerNames(t *testing.T) pkix.Extension {
	t.Helper()
	name, err := asn1.Marshal(pkix.Name{CommonName: "Honda"}.ToRDNSequence())
	require.NoError(t, err)
	names := []asn1.RawValue{{Tag: 1, Bytes: []byte("ca@example.org")}, {Tag: 2, Bytes: []byte("ca.example")}, {Tag: 4, Bytes: name, IsCompound: true},
		{Tag: 6, Bytes: []byte("urn:ca")}, {Tag: 7, Bytes: []byte{192, 0, 2, 9}}}
	for i := range names {
		names[i].Class = asn1.ClassContextSpecific
	}
	value, err := asn1.Marshal(names)
	require.NoError(t, err)
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 18}, Value: value}
}

func TestWithoutACertificateItsVariablesHaveNoValue(t *testing.T) {
	assert.False(t, allows(t, `"Action":"*","Resource":"*","Condition":{"StringEquals":{"iot:Certificate.Subject.CommonName":"x"}}`, car(carA)))
	assert.False(t, allows(t, `"Action":"*","Resource":"*","Condition":{"ForAnyValue:StringLike":{"iot:Certificate.Subject.CommonName.List":"*"}}`, car(carA)))
}

func TestARNs(t *testing.T) {
	a := policy.ARNs{Partition: "aws-cn", Region: "cn-north-1", Account: "123456789012"}
	for want, got := range map[string]string{
		"client/c": a.Client("c"), "topic/a/b": a.Topic("a/b"), "topicfilter/a/+": a.TopicFilter("a/+"), "thing/t": a.Thing("t"),
		"thing/t/s": a.NamedShadow("t", "s"),
	} {
		assert.Equal(t, "arn:aws-cn:iot:cn-north-1:123456789012:"+want, got)
	}
	assert.Equal(t, "arn:aws:iot:eu-central-1:123456789012:thing/t", arns.Thing("t"))
}

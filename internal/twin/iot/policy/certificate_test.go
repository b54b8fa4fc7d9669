package policy_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/twin/iot/policy"
)

func TestCertificateVariables(t *testing.T) {
	c := car(carA)
	c.Certificate = policy.CertificateOf(&x509.Certificate{
		Subject: pkix.Name{
			CommonName: carA, Organization: []string{"Example Corp", "AnyCompany"}, Country: []string{"D*"},
			OrganizationalUnit: []string{strings.Repeat("x", 1025)}, SerialNumber: "77",
		},
		Issuer:       pkix.Name{CommonName: "Honda Intermediate"},
		SerialNumber: big.NewInt(0xab12),
		DNSNames:     []string{"car.example"}, EmailAddresses: []string{"car@example.org"},
		IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)}, URIs: []*url.URL{{Scheme: "urn", Opaque: "vin:1"}},
	})
	for name, tc := range map[string]struct {
		condition string
		want      bool
	}{
		"the subject's name":                {`"StringEquals":{"iot:Certificate.Subject.CommonName":"` + carA + `"}`, true},
		"the issuer's name":                 {`"StringEquals":{"iot:Certificate.Issuer.CommonName":"Honda Intermediate"}`, true},
		"the subject's serial number":       {`"StringEquals":{"iot:Certificate.Subject.SerialNumber":"77"}`, true},
		"the certificate's serial number":   {`"StringEquals":{"iot:Certificate.SerialNumber":"AB12"}`, true},
		"the first of several":              {`"StringEquals":{"iot:Certificate.Subject.Organization":"Example Corp"}`, true},
		"the second of several":             {`"StringEquals":{"iot:Certificate.Subject.Organization.1":"AnyCompany"}`, true},
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
		"the list of attributes":            {`"ForAnyValue:StringEquals":{"iot:Certificate.AvailableKeys":"iot:certificate.issuer.commonname"}`, true},
		"an attribute that is not there":    {`"StringEquals":{"iot:Certificate.Subject.Title":"x"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, allows(t, `"Action":"iot:Publish","Resource":"*","Condition":{`+tc.condition+`}`, c))
		})
	}
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

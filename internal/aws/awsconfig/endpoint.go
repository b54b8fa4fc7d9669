package awsconfig

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// awsDomains are the DNS suffixes of AWS in all partitions, as listed in the SDK's partitions.json, and the domains of resources that AWS
// hosts for an account: function URLs, sign-in pages.
var awsDomains = []string{
	"amazonaws.com", "api.aws", "on.aws", "amazoncognito.com",
	"amazonaws.com.cn", "api.amazonwebservices.com.cn",
	"amazonaws.eu", "api.amazonwebservices.eu",
	"c2s.ic.gov", "api.aws.ic.gov", "sc2s.sgov.gov", "api.aws.scloud",
	"cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "csp.hci.ic.gov", "api.aws.hci.ic.gov",
}

// ParseEndpoint checks the URL of an AWS emulator and returns it without trailing slashes. A host of AWS is an error: commands that need
// an emulator bootstrap, deploy and make keys without asking for confirmation.
func ParseEndpoint(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("AWS endpoint %q: allowed is an http or https URL such as http://127.0.0.1:4566", text)
	}
	if isAWS(u.Hostname()) {
		return "", fmt.Errorf("AWS endpoint %q is AWS itself: allowed is an emulator, such as http://127.0.0.1:4566", text)
	}
	return strings.TrimRight(text, "/"), nil
}

// canonical converts a host to the form in which hosts are compared: lower case, without the final dot of a fully qualified name.
func canonical(host string) string { return strings.TrimRight(strings.ToLower(host), ".") }

func isAWS(host string) bool {
	host = canonical(host)
	for _, domain := range awsDomains {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

// isLoopback reports whether the host is this machine. Names that end in .localhost always are (RFC 6761, section 6.3).
func isLoopback(host string) bool {
	host = canonical(host)
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || (ip != nil && ip.IsLoopback())
}

// onThisMachine reports whether the endpoint's host is a loopback one.
func onThisMachine(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return err == nil && isLoopback(u.Hostname())
}

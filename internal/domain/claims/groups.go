package claims

import (
	"encoding/json"
	"net/url"
	"strings"
)

// ProviderGroups reads the groups that an identity provider named, from the user pool's attribute. An attribute is one text, and
// there are three ways in which several groups become one: Amazon Cognito writes a SAML attribute's values as [a, b], each
// form-encoded where it has other than letters, digits and .-*_; an OIDC claim's list stays JSON; and a single group stands alone.
func ProviderGroups(attribute string) []string {
	s := strings.TrimSpace(attribute)
	if s == "" {
		return nil
	}
	inner, open := strings.CutPrefix(s, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if !open || !closed {
		return []string{s}
	}
	var list []string
	if json.Unmarshal([]byte(s), &list) == nil {
		return list
	}
	for _, value := range strings.Split(inner, ",") {
		value = strings.TrimSpace(value)
		if decoded, err := url.QueryUnescape(value); err == nil {
			value = decoded
		}
		if value != "" {
			list = append(list, value)
		}
	}
	return list
}

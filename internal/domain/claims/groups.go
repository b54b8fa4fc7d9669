package claims

import (
	"encoding/json"
	"net/url"
	"strings"
)

// ProviderGroups returns the groups that an identity provider sent, from the user pool's attribute, which is one text. Several groups
// come in three forms: Amazon Cognito writes a SAML attribute's values as [a, b], each form-encoded where it has characters other
// than letters, digits and .-*_; an OIDC claim's list stays JSON; and a single group stands alone.
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

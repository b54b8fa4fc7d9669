package gateway

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"

	"connectedcar/internal/twin/iot/mqtt/packet"
)

func badRequest(format string, args ...any) error {
	return apiError{http.StatusBadRequest, "InvalidRequestException", fmt.Sprintf(format, args...)}
}

// userProperties decodes the base64 of [{"key": "value"}, ...].
func userProperties(text string) ([]packet.UserProperty, error) {
	if text == "" {
		return nil, nil
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, badRequest("user properties are not base64")
	}
	var list []map[string]string
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, badRequest("user properties are not an array of JSON objects with texts")
	}
	var out []packet.UserProperty
	for _, object := range list {
		for k, v := range object {
			out = append(out, packet.UserProperty{Key: k, Value: v})
		}
	}
	return out, nil
}

func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	return host
}

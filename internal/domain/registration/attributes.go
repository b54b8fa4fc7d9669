package registration

import (
	"strconv"
	"strings"

	"connectedcar/internal/domain/vehicle"
)

// maxAttribute is AWS IoT's limit for the value of a thing attribute.
// https://docs.aws.amazon.com/iot/latest/apireference/API_AttributePayload.html
const maxAttribute = 800

// attributes returns the thing attributes of a car. Empty ones are left out: AWS IoT treats an empty value as "remove".
func attributes(v vehicle.Vehicle) map[string]string {
	all := map[string]string{"make": v.Make, "model": v.Model, "powertrain": v.Powertrain}
	if v.ModelYear != 0 {
		all["modelYear"] = strconv.Itoa(v.ModelYear)
	}
	for name, value := range all {
		if all[name] = attributeValue(value); all[name] == "" {
			delete(all, name)
		}
	}
	return all
}

// attributeValue replaces characters that AWS IoT rejects in an attribute (allowed are letters, digits and _.,@/:#=[]-): "Alfa
// Romeo" becomes "Alfa_Romeo".
func attributeValue(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune("_.,@/:#=[]-", r):
			return r
		}
		return '_'
	}, s)
	return s[:min(len(s), maxAttribute)]
}

// Package shape validates calls against the service models that AWS publishes: required members, types, lengths, ranges, patterns and
// enumerations.
//
// Members that a model does not have pass: servers of AWS's JSON protocols ignore them, so that a newer SDK can call an older service
// (https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html), and the SDKs cannot send unknown members.
package shape

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"connectedcar/cmd/localcloud/internal/front"
	"connectedcar/cmd/localcloud/internal/front/awsmodel"
	"connectedcar/cmd/localcloud/internal/front/wire"
)

// Check refuses a call whose members violate the model. The error lists every violation, as AWS does.
func Check(_ context.Context, c *front.Call) *front.Refusal {
	if c.Op == nil || c.Op.Input == nil {
		return nil
	}
	v := &visit{model: c.Model}
	v.structure("", c.Model.Shape(c.Op.Input), c.Input)
	if len(v.faults) == 0 {
		return nil
	}
	slices.Sort(v.faults)
	plural := ""
	if len(v.faults) > 1 {
		plural = "s"
	}
	message := fmt.Sprintf("%d validation error%s detected: %s", len(v.faults), plural, strings.Join(v.faults, "; "))
	return &front.Refusal{Rule: "shape", Fault: wire.Fault{Status: http.StatusBadRequest, Code: code(c.Service), Message: message}}
}

// codes are the error codes that services return for an invalid member. The default is ValidationException, one of the errors common to all
// actions. The linked pages list the errors of each service.
var codes = map[string]string{
	"cloudformation": "ValidationError",                // https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html
	"cognito-idp":    "InvalidParameterException",      // https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html
	"iam":            "ValidationError",                // https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
	"iot":            "InvalidRequestException",        // https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html
	"iot-data":       "InvalidRequestException",        // https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_Publish.html
	"lambda":         "InvalidParameterValueException", // https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
	"logs":           "InvalidParameterException",      // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
	"s3":             "InvalidArgument",                // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
	"sesv2":          "BadRequestException",            // https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
	"sns":            "InvalidParameter",               // https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
	"sqs":            "InvalidParameterValue",          // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
	"sts":            "ValidationError",                // https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
}

func code(service string) string {
	if c, ok := codes[service]; ok {
		return c
	}
	return "ValidationException"
}

// visit walks the members of one call.
type visit struct {
	model  *awsmodel.Model
	faults []string
}

// missing is printed as the value of an absent member.
const missing = "null"

func (v *visit) fault(path, value, constraint string) {
	switch value {
	case "": // a list, map or blob, whose value AWS does not repeat in the message
	case missing:
		value = " " + value
	default:
		value = " '" + shorten(value) + "'"
	}
	v.faults = append(v.faults, fmt.Sprintf("Value%s at '%s' failed to satisfy constraint: %s", value, path, constraint))
}

func (v *visit) structure(path string, shape *awsmodel.Shape, members map[string]any) {
	for _, name := range shape.Required {
		if _, there := members[name]; !there && !v.filledIn(shape.Members[name]) {
			v.fault(join(path, name), missing, "Member must not be null")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if ref := shape.Members[name]; ref != nil && !ref.Streaming {
			v.value(join(path, name), ref, members[name])
		}
	}
}

// filledIn reports whether the decoded input may lack a required member: the SDK generates it, or it is streamed or a group of headers.
func (v *visit) filledIn(ref *awsmodel.Ref) bool {
	return ref == nil || ref.Idempotent || ref.Streaming || v.model.Shape(ref).Streaming || ref.Location == "headers"
}

func (v *visit) value(path string, ref *awsmodel.Ref, value any) {
	shape := v.model.Shape(ref)
	if value == nil {
		return
	}
	if _, excepted := exceptions[v.model.Name+"."+ref.Shape]; excepted {
		shape = &awsmodel.Shape{Type: shape.Type}
	}
	switch shape.Type {
	case "structure":
		if members, ok := value.(map[string]any); ok {
			v.structure(path, shape, members)
		} else {
			v.wrongType(path, shape, value)
		}
	case "list":
		v.list(path, shape, value)
	case "map":
		v.mapping(path, shape, value)
	case "string", "character":
		v.text(path, shape, value)
	case "blob":
		v.blob(path, shape, value)
	case "integer", "long", "float", "double":
		v.number(path, shape, value)
	case "boolean":
		if _, ok := value.(bool); !ok {
			v.wrongType(path, shape, value)
		}
	}
}

func (v *visit) wrongType(path string, shape *awsmodel.Shape, value any) {
	v.fault(path, fmt.Sprint(value), "Member must be a "+shape.Type)
}

func (v *visit) list(path string, shape *awsmodel.Shape, value any) {
	list, ok := value.([]any)
	if !ok {
		v.wrongType(path, shape, value)
		return
	}
	v.length(path, shape, len(list), "")
	for i, element := range list {
		v.value(fmt.Sprintf("%s.%d.member", path, i+1), shape.Member, element)
	}
}

func (v *visit) mapping(path string, shape *awsmodel.Shape, value any) {
	entries, ok := value.(map[string]any)
	if !ok {
		v.wrongType(path, shape, value)
		return
	}
	v.length(path, shape, len(entries), "")
	for key, element := range entries {
		v.value(path, shape.Key, key)
		v.value(path+"."+key+".member", shape.Value, element)
	}
}

func (v *visit) text(path string, shape *awsmodel.Shape, value any) {
	text, ok := value.(string)
	if !ok {
		v.wrongType(path, shape, value)
		return
	}
	v.length(path, shape, utf8.RuneCountInString(text), text)
	if len(shape.Enum) > 0 && !slices.Contains(shape.Enum, text) {
		v.fault(path, text, "Member must satisfy enum value set: ["+strings.Join(shape.Enum, ", ")+"]")
	}
	if p := pattern(shape.Pattern); p != nil && !p.MatchString(text) {
		v.fault(path, text, "Member must satisfy regular expression pattern: "+shape.Pattern)
	}
}

func (v *visit) blob(path string, shape *awsmodel.Shape, value any) {
	b, ok := value.([]byte)
	if !ok {
		v.wrongType(path, shape, value)
		return
	}
	v.length(path, shape, len(b), "")
}

func (v *visit) number(path string, shape *awsmodel.Shape, value any) {
	number, ok := value.(json.Number)
	n, err := number.Float64()
	if !ok || err != nil {
		v.wrongType(path, shape, value)
		return
	}
	if shape.Min != nil && n < *shape.Min {
		v.fault(path, number.String(), fmt.Sprintf("Member must have value greater than or equal to %.0f", *shape.Min))
	}
	if shape.Max != nil && n > *shape.Max {
		v.fault(path, number.String(), fmt.Sprintf("Member must have value less than or equal to %.0f", *shape.Max))
	}
}

func (v *visit) length(path string, shape *awsmodel.Shape, n int, value string) {
	if shape.Min != nil && float64(n) < *shape.Min {
		v.fault(path, value, fmt.Sprintf("Member must have length greater than or equal to %.0f", *shape.Min))
	}
	if shape.Max != nil && float64(n) > *shape.Max {
		v.fault(path, value, fmt.Sprintf("Member must have length less than or equal to %.0f", *shape.Max))
	}
}

func join(path, name string) string {
	name = strings.ToLower(name[:1]) + name[1:]
	if path == "" {
		return name
	}
	return path + "." + name
}

func shorten(text string) string {
	const most = 80
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "..."
}

package front

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"connectedcar/cmd/localcloud/internal/front/awsmodel"
	"connectedcar/cmd/localcloud/internal/front/wire"
)

// Call is one request to AWS, decoded as far as possible. A request to no service that the front knows, such as one to a deployed API, has
// only its Request set and passes.
type Call struct {
	// Service is botocore's name of the service, such as cognito-idp; without a model, the name in the signature.
	Service   string
	Operation string
	Region    string
	// AccessKeyID is empty where the call is not signed.
	AccessKeyID string
	// AppID is the application id in the SDK's user agent, which the caller sets with AWS_SDK_UA_APP_ID.
	AppID string
	// Input holds the members by the model's names; package wire documents the types of values. It is nil if Op is nil.
	Input map[string]any
	// Body is the body of the request; nil if the body is a stream, which the front does not read.
	Body    []byte
	Request *http.Request

	Model *awsmodel.Model     // nil if the front has no model of the service
	Op    *awsmodel.Operation // nil if the model does not have the operation
}

// Is reports whether the call is one of the operations of the service.
func (c *Call) Is(service string, operations ...string) bool {
	return c.Service == service && slices.Contains(operations, c.Operation)
}

// maxBody is above every body that AWS accepts outside streams: the largest is a function's code of 50 MB in base64.
const maxBody = 70 << 20

// errBodyTooLarge is returned for a body that no service would accept.
var errBodyTooLarge = errors.New("the body is longer than that of any call")

// newCall decodes a request. The request's body can be read again afterwards.
func newCall(r *http.Request) (*Call, error) {
	c := &Call{Request: r, AppID: appID(r.UserAgent())}
	c.AccessKeyID, c.Region, c.Service = scope(r)
	prefix, operation, targeted := cutLast(r.Header.Get("X-Amz-Target"), ".")
	c.Model = findModel(c.Service, prefix)
	if c.Model == nil {
		c.Operation = operation
		return c, nil
	}
	c.Service = c.Model.Name
	switch protocol := c.Model.Metadata.Protocol; {
	case protocol == "json" && targeted:
		return c, c.decode(operation, nil)
	case protocol == "query":
		return c, c.decodeForm()
	case strings.HasPrefix(protocol, "rest-"):
		op, labels := c.Model.Route(r)
		if op == nil {
			return c, nil
		}
		return c, c.decode(op.Name, labels)
	}
	return c, nil
}

// findModel finds the model by the prefix of the X-Amz-Target header, or by the service name in the signature; nil if there is none.
func findModel(signed, targetPrefix string) *awsmodel.Model {
	for _, m := range awsmodel.All() {
		if targetPrefix != "" && m.Metadata.TargetPrefix == targetPrefix {
			return m
		}
	}
	for _, m := range awsmodel.All() {
		if targetPrefix == "" && m.SigningService() == signed {
			return m
		}
	}
	return nil
}

// decodeForm decodes an operation of the query protocol from the form in the body of a POST.
func (c *Call) decodeForm() error {
	if c.Request.Method != http.MethodPost {
		c.Operation = c.Request.URL.Query().Get("Action")
		return nil
	}
	body, err := readBody(c.Request)
	if err != nil {
		return err
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return fmt.Errorf("%w: %w", wire.ErrSyntax, err)
	}
	return c.decode(values.Get("Action"), nil)
}

func (c *Call) decode(operation string, labels map[string]string) (err error) {
	c.Operation, c.Op = operation, c.Model.Operations[operation]
	if c.Op == nil {
		return nil
	}
	if !streams(c.Model, c.Op.Input) {
		if c.Body, err = readBody(c.Request); err != nil {
			return err
		}
	}
	c.Input, err = wire.DecodeInput(c.Model, c.Op, c.Request, labels, c.Body)
	return err
}

// streams reports whether the body of the call or answer is one streamed member.
func streams(m *awsmodel.Model, ref *awsmodel.Ref) bool {
	shape := m.Shape(ref)
	if shape == nil || shape.Payload == "" {
		return false
	}
	payload := shape.Members[shape.Payload]
	return payload.Streaming || m.Shape(payload).Streaming
}

// readBody reads the whole body and replaces it with a copy that can be read again.
func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	if len(body) > maxBody {
		return nil, errBodyTooLarge
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// scope reads the access key id, region and service of the signature, from the header or from the query of a presigned URL.
func scope(r *http.Request) (keyID, region, service string) {
	_, credential, signed := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if !signed && r.URL.RawQuery != "" {
		credential = r.URL.Query().Get("X-Amz-Credential")
	}
	credential, _, _ = strings.Cut(credential, ",")
	parts := strings.Split(credential, "/")
	if len(parts) != 5 { // key/date/region/service/aws4_request
		return "", "", ""
	}
	return parts[0], parts[2], parts[3]
}

// appID reads the application id from the SDK's user agent; an example is app/telemetry.
func appID(userAgent string) string {
	for _, word := range strings.Fields(userAgent) {
		if id, ok := strings.CutPrefix(word, "app/"); ok {
			return id
		}
	}
	return ""
}

func cutLast(text, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(text, separator); i >= 0 {
		return text[:i], text[i+len(separator):], true
	}
	return "", "", false
}

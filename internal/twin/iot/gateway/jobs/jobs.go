// Package jobs is a client of AWS IoT's jobs data plane, which stores the executions of jobs. The SDK's client for it is a separate module.
// This package has the four operations, with responses in the form in which devices get them over MQTT.
//
// https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT_Jobs_Data_Plane.html
package jobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Object is a JSON object.
type Object = map[string]any

// Rejection is an error response of the service.
// https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-https-api.html#jobs-mqtt-error-response
type Rejection struct{ Code, Message string }

func (r *Rejection) Error() string { return r.Code + ": " + r.Message }

// Client calls the data plane.
type Client struct {
	config aws.Config
	now    func() time.Time
}

// NewClient makes a client for the endpoint and the credentials of the configuration.
func NewClient(cfg aws.Config) *Client { return &Client{cfg, time.Now} }

// maxAnswer is the largest response, in bytes. A job document has at most 32 KB.
const maxAnswer = 1 << 20

// Pending lists the thing's unfinished executions as inProgressJobs and queuedJobs.
func (c *Client) Pending(ctx context.Context, thing string) (Object, error) {
	return c.call(ctx, http.MethodGet, path(thing), nil, nil)
}

// StartNext starts the next execution and returns it. The response is empty if there is none.
func (c *Client) StartNext(ctx context.Context, thing string, request Object) (Object, error) {
	return c.call(ctx, http.MethodPut, path(thing, "$next"), nil, request)
}

// Describe returns an execution. For the job $next it returns the one that StartNext would start.
func (c *Client) Describe(ctx context.Context, thing, job string, request Object) (Object, error) {
	q := url.Values{}
	for _, name := range []string{"includeJobDocument", "executionNumber"} {
		if v, ok := request[name]; ok {
			q.Set(name, fmt.Sprint(v))
		}
	}
	return c.call(ctx, http.MethodGet, path(thing, job), q, nil)
}

// Update sets the status of an execution.
func (c *Client) Update(ctx context.Context, thing, job string, request Object) (Object, error) {
	return c.call(ctx, http.MethodPost, path(thing, job), nil, request)
}

func path(thing string, job ...string) string {
	p := "/things/" + url.PathEscape(thing) + "/jobs"
	for _, j := range job {
		p += "/" + url.PathEscape(j)
	}
	return p
}

func (c *Client) call(ctx context.Context, method, path string, q url.Values, request Object) (Object, error) {
	var body []byte
	if request != nil {
		var err error
		if body, err = json.Marshal(request); err != nil {
			return nil, fmt.Errorf("encode a request for jobs: %w", err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(aws.ToString(c.config.BaseEndpoint), "/")+path+"?"+q.Encode(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make a request for jobs: %w", err)
	}
	if err := c.sign(ctx, r, body); err != nil {
		return nil, err
	}
	answer, err := c.config.HTTPClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask for jobs: %w", err)
	}
	defer answer.Body.Close() // opened for reading only
	b, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read an answer about jobs: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, rejection(answer, b)
	}
	d, out := json.NewDecoder(bytes.NewReader(b)), Object{}
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		return nil, fmt.Errorf("decode an answer about jobs: %w", err)
	}
	return out, nil
}

func (c *Client) sign(ctx context.Context, r *http.Request, body []byte) error {
	key, err := c.config.Credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("read the key for jobs: %w", err)
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, key, r, hex.EncodeToString(sum[:]), "iot-jobs-data", c.config.Region, c.now()); err != nil {
		return fmt.Errorf("sign a request for jobs: %w", err)
	}
	return nil
}

// codes maps the exceptions of the API to the error codes over MQTT.
var codes = map[string]string{
	"InvalidRequestException":         "InvalidRequest",
	"InvalidStateTransitionException": "InvalidStateTransition",
	"ResourceNotFoundException":       "ResourceNotFound",
	"TerminalStateException":          "TerminalStateReached",
	"ThrottlingException":             "RequestThrottled",
	"VersionConflictException":        "VersionMismatch",
}

func rejection(answer *http.Response, body []byte) error {
	var e struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(body, &e) // a body that is not JSON leaves the type empty
	name, _, _ := strings.Cut(answer.Header.Get("x-amzn-ErrorType"), ":")
	if name == "" {
		name = e.Type[strings.LastIndexByte(e.Type, '#')+1:]
	}
	code, ok := codes[name]
	switch {
	case strings.HasPrefix(e.Message, "Expected version"): // the API has no separate exception for this
		code = "VersionMismatch"
	case !ok && answer.StatusCode == http.StatusNotFound:
		code = "ResourceNotFound"
	case !ok:
		code = "InternalError"
	}
	return &Rejection{code, e.Message}
}

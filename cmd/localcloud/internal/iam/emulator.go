package iam

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httputil"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// misjudged are the calls that MiniStack 1.5.33 authorizes differently from AWS when it enforces IAM. The front signs them as the
// administrator; only this package's judge decides them, at the end of the run.
var misjudged = []struct {
	method, path, target string
	because              string
}{
	// The emulator knows no ARN of a CA, so no statement for one matches.
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiot.html#awsiot-actions-as-permissions
	{http.MethodGet, "/cacertificate/", "", "DescribeCACertificate is of the CA's ARN"},
	// The emulator authorizes these calls on the policy, AWS on the certificate or thing group that the policy is attached to.
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiot.html#awsiot-actions-as-permissions
	{http.MethodPut, "/target-policies/", "", "AttachPolicy is of its target"},
	{http.MethodPost, "/target-policies/", "", "DetachPolicy is of its target"},
	// The emulator treats every schedule as one of the group "default".
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html
	{http.MethodPost, "/schedules/", "", "CreateSchedule is of the schedule in its group"},
	{http.MethodPut, "/schedules/", "", "UpdateSchedule is of the schedule in its group"},
	{http.MethodDelete, "/schedules/", "", "DeleteSchedule is of the schedule in its group"},
	// The emulator supports neither the sender's identity as a resource nor the condition key ses:FromAddress.
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
	{http.MethodPost, "/v2/email/outbound-emails", "", "SendEmail is of the sender's identity"},
	// The emulator checks an action of the batch operation's name, which IAM does not have.
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
	{http.MethodPost, "", "AmazonSQS.SendMessageBatch", "SendMessageBatch needs sqs:SendMessage"},
	{http.MethodPost, "", "AmazonSQS.DeleteMessageBatch", "DeleteMessageBatch needs sqs:DeleteMessage"},
}

// Rewrite prepares a call for an emulator that enforces IAM. It marks every call as encrypted, because bucket policies deny calls without
// TLS, and signs a call that the emulator misjudges as the administrator.
func Rewrite(administrator aws.Credentials) func(*httputil.ProxyRequest) {
	signer := v4.NewSigner()
	return func(p *httputil.ProxyRequest) {
		p.Out.Header.Set("X-Forwarded-Proto", "https")
		for _, m := range misjudged {
			if p.In.Method == m.method && strings.HasPrefix(p.In.URL.Path, m.path) &&
				(m.target == "" || p.In.Header.Get("X-Amz-Target") == m.target) {
				signAs(p.Out, signer, administrator)
				return
			}
		}
	}
}

// signAs signs the request again with other credentials, for the same service and region. If the body cannot be read, the request stays
// unchanged and the emulator refuses it.
func signAs(r *http.Request, signer *v4.Signer, key aws.Credentials) {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	scope := strings.Split(credential, "/") // key/date/region/service/aws4_request
	if len(scope) < 5 {
		return
	}
	var body []byte
	if r.Body != nil { // the proxy removes the body of a call without one
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} {
		r.Header.Del(name)
	}
	sum := sha256.Sum256(body)
	_ = signer.SignHTTP(context.WithoutCancel(r.Context()), key, r, hex.EncodeToString(sum[:]), scope[3], scope[2], time.Now()) // fails for credentials without a key
}

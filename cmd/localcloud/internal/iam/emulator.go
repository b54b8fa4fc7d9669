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

// misjudged are the calls that MiniStack 1.5.33 decides otherwise than AWS when it enforces IAM. They reach it as the administrator's,
// and are decided at the end of the run alone.
var misjudged = []struct {
	method, path, target string
	because              string
}{
	// It knows no ARN of a CA, so no statement for one fits.
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiot.html#awsiot-actions-as-permissions
	{http.MethodGet, "/cacertificate/", "", "DescribeCACertificate is of the CA's ARN"},
	// It decides them on the policy; AWS on the certificate or thing group that the policy is attached to.
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiot.html#awsiot-actions-as-permissions
	{http.MethodPut, "/target-policies/", "", "AttachPolicy is of its target"},
	{http.MethodPost, "/target-policies/", "", "DetachPolicy is of its target"},
	// It takes every schedule for one of the group default.
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html
	{http.MethodPost, "/schedules/", "", "CreateSchedule is of the schedule in its group"},
	{http.MethodPut, "/schedules/", "", "UpdateSchedule is of the schedule in its group"},
	{http.MethodDelete, "/schedules/", "", "DeleteSchedule is of the schedule in its group"},
	// It knows neither the sender's identity nor ses:FromAddress of a message.
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
	{http.MethodPost, "/v2/email/outbound-emails", "", "SendEmail is of the sender's identity"},
	// It takes a batch for an action of its own.
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
	{http.MethodPost, "", "AmazonSQS.SendMessageBatch", "SendMessageBatch needs sqs:SendMessage"},
	{http.MethodPost, "", "AmazonSQS.DeleteMessageBatch", "DeleteMessageBatch needs sqs:DeleteMessage"},
}

// Rewrite prepares a call for an emulator that enforces IAM. Every call to AWS comes encrypted, and buckets' policies deny others; a
// call that the emulator misjudges is signed anew as the administrator's.
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

// signAs signs the request for the same service and region with other credentials. One whose body does not arrive stays as it is: the
// emulator refuses it.
func signAs(r *http.Request, signer *v4.Signer, key aws.Credentials) {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	scope := strings.Split(credential, "/") // key/date/region/service/aws4_request
	if len(scope) < 5 {
		return
	}
	var body []byte
	if r.Body != nil { // of a call without one the proxy takes it away
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

package iam

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMisjudgedCallsAreTheAdministrators(t *testing.T) {
	const function = "AWS4-HMAC-SHA256 Credential=ASIAFUNCTION/20261128/eu-central-1/sqs/aws4_request, SignedHeaders=host, Signature=x"
	for name, tc := range map[string]struct {
		method, path, target string
		administrator        bool
	}{
		"a single message is the function's":          {http.MethodPost, "/", "AmazonSQS.SendMessage", false},
		"a batch of messages":                         {http.MethodPost, "/", "AmazonSQS.SendMessageBatch", true},
		"the description of a CA":                     {http.MethodGet, "/cacertificate/ca1", "", true},
		"the change of a CA is the caller's":          {http.MethodPut, "/cacertificate/ca1", "", false},
		"the attachment of a policy":                  {http.MethodPut, "/target-policies/p", "", true},
		"a schedule in its group":                     {http.MethodPost, "/schedules/s", "", true},
		"mail":                                        {http.MethodPost, "/v2/email/outbound-emails", "", true},
		"the attachment to a thing is the function's": {http.MethodPut, "/things/t/principals", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			got := make(chan *http.Request, 1)
			emulator := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r }))
			defer emulator.Close()
			to, err := url.Parse(emulator.URL)
			require.NoError(t, err)
			rewrite := Rewrite(aws.Credentials{AccessKeyID: "admin", SecretAccessKey: "secret"})
			proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(to); rewrite(p) }})
			defer proxy.Close()
			req, err := http.NewRequestWithContext(t.Context(), tc.method, proxy.URL+tc.path, bodyOf(tc.method))
			require.NoError(t, err)
			req.Header.Set("Authorization", function)
			req.Header.Set("X-Amz-Security-Token", "session")
			req.Header.Set("X-Amz-Target", tc.target)
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			r := <-got
			assert.Equal(t, "https", r.Header.Get("X-Forwarded-Proto"))
			if !tc.administrator {
				assert.Equal(t, function, r.Header.Get("Authorization"))
				return
			}
			assert.Contains(t, r.Header.Get("Authorization"), "Credential=admin/")
			assert.Contains(t, r.Header.Get("Authorization"), "/eu-central-1/sqs/aws4_request")
			assert.Empty(t, r.Header.Get("X-Amz-Security-Token"))
		})
	}
}

func bodyOf(method string) io.Reader {
	if method == http.MethodGet {
		return nil
	}
	return strings.NewReader("{}")
}

package principal_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/gateway/principal"
	"connectedcar/internal/twin/iot/policy"
)

const (
	identity = "eu-central-1:11111111-2222-3333-4444-555555555555"
	own      = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:eu-central-1:000000000000:client/${cognito-identity.amazonaws.com:sub}"}]}`
	attached = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iot:Publish","Resource":"*"},{"Effect":"Allow","Action":"iot:*","Resource":"arn:aws:iot:eu-central-1:000000000000:topic/a"}]}`
)

// answers are the emulator's responses, by operation.
var answers = map[string]string{
	"AWSCognitoIdentityService.GetCredentialsForIdentity": `{"IdentityId":"` + identity + `","Credentials":{"AccessKeyId":"ASIAPERSON","SecretKey":"s","SessionToken":"t","Expiration":%d}}`,
	"AWSCognitoIdentityService.GetId":                     `{"IdentityId":"` + identity + `"}`,
	"GetCallerIdentity": `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::000000000000:assumed-role/people/CognitoIdentityCredentials</Arn>
<UserId>AROA1:CognitoIdentityCredentials</UserId><Account>000000000000</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
	"ListRolePolicies":         `<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames><member>own</member></PolicyNames></ListRolePoliciesResult></ListRolePoliciesResponse>`,
	"GetRolePolicy":            `<GetRolePolicyResponse><GetRolePolicyResult><PolicyDocument>` + url.PathEscape(own) + `</PolicyDocument></GetRolePolicyResult></GetRolePolicyResponse>`,
	"ListAttachedRolePolicies": `<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies><member><PolicyName>shared</PolicyName><PolicyArn>arn:aws:iam::aws:policy/shared</PolicyArn></member></AttachedPolicies></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>`,
	"GetPolicy":                `<GetPolicyResponse><GetPolicyResult><Policy><DefaultVersionId>v1</DefaultVersionId></Policy></GetPolicyResult></GetPolicyResponse>`,
	"GetPolicyVersion":         `<GetPolicyVersionResponse><GetPolicyVersionResult><PolicyVersion><Document>` + attached + `</Document></PolicyVersion></GetPolicyVersionResult></GetPolicyVersionResponse>`,
}

// emulator serves the answers and records the signer of each operation.
func emulator(t *testing.T, expires time.Time, signers map[string]string) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		operation := r.Header.Get("X-Amz-Target")
		if operation == "" {
			operation = r.FormValue("Action")
		}
		signers[operation] = r.Header.Get("Authorization")
		answer, ok := answers[operation]
		if !ok {
			http.Error(w, operation, http.StatusBadRequest)
			return
		}
		if strings.Contains(answer, "%d") {
			assert.Equal(t, principal.Via, r.Header.Get("Via"))
			answer = fmt.Sprintf(answer, expires.Unix())
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return s
}

// newBook returns a book, and a function that calls Amazon Cognito through the book.
func newBook(t *testing.T, now func() time.Time, signers map[string]string) (*principal.Book, func(operation, body string) map[string]any) {
	t.Helper()
	s := emulator(t, time.Unix(2_000_000_000, 0), signers)
	at, err := url.Parse(s.URL)
	require.NoError(t, err)
	b, err := principal.New(aws.Config{
		Region: "eu-central-1", BaseEndpoint: &s.URL, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}, at, http.DefaultTransport, now)
	require.NoError(t, err)
	return b, func(operation, body string) map[string]any {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("X-Amz-Target", "AWSCognitoIdentityService."+operation)
		require.True(t, b.Handles(r))
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		require.Equal(t, http.StatusOK, w.Code)
		var out map[string]any
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out))
		return out
	}
}

func TestKeysAreLearntWhenTheyAreIssued(t *testing.T) {
	now, signers := time.Unix(1_900_000_000, 0), map[string]string{}
	b, call := newBook(t, func() time.Time { return now }, signers)
	_, ok := b.Key("ASIAPERSON")
	require.False(t, ok)
	assert.Equal(t, identity, call("GetId", `{}`)["IdentityId"])
	assert.Equal(t, identity, call("GetCredentialsForIdentity", `{"IdentityId":"`+identity+`","Logins":{"a":"b"}}`)["IdentityId"], "the caller has the answer too")
	k, ok := b.Key("ASIAPERSON")
	require.True(t, ok)
	assert.Equal(t, "s", k.Secret)
	assert.Equal(t, "t", k.Token)

	p, err := b.Principal(t.Context(), "ASIAPERSON")
	require.NoError(t, err)
	assert.Contains(t, signers["GetCallerIdentity"], "Credential=ASIAPERSON/")
	assert.Contains(t, signers["GetRolePolicy"], "Credential=test/")
	assert.Equal(t, "AROA1:CognitoIdentityCredentials", p.ID)
	assert.Equal(t, identity, p.Identity)
	assert.True(t, p.Attached, "the person signed in")

	arn := policy.ARNs{Region: "eu-central-1", Account: "000000000000"}
	may := func(action, resource string) bool {
		return p.IAM.Decide(policy.Request{Action: action, Resource: resource, Connection: &policy.Connection{Identity: p.Identity}}).Allowed
	}
	assert.True(t, may(policy.Connect, arn.Client(identity)), "by the role's own policy")
	assert.False(t, may(policy.Connect, arn.Client("other")))
	assert.True(t, may(policy.Receive, arn.Topic("a")), "by the attached policy")
	assert.False(t, may(policy.Publish, arn.Topic("a")), "denied by it")

	now = time.Unix(2_000_000_001, 0)
	_, ok = b.Key("ASIAPERSON")
	assert.False(t, ok, "the key has expired")
}

func TestAResponseWithoutCredentialsIsAnError(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"IdentityId":"`+identity+`"}`)
	}))
	t.Cleanup(s.Close)
	at, err := url.Parse(s.URL)
	require.NoError(t, err)
	b, err := principal.New(aws.Config{
		Region: "eu-central-1", BaseEndpoint: &s.URL, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}, at, http.DefaultTransport, time.Now)
	require.NoError(t, err)
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{}`))
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityService.GetCredentialsForIdentity")
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	assert.Equal(t, http.StatusBadGateway, w.Code)
}

func TestGuestsAreNoPersons(t *testing.T) {
	b, call := newBook(t, time.Now, map[string]string{})
	call("GetCredentialsForIdentity", `{"IdentityId":"`+identity+`"}`)
	p, err := b.Principal(t.Context(), "ASIAPERSON")
	require.NoError(t, err)
	assert.False(t, p.Attached, "IAM alone decides on who did not sign in")
}

func TestAdministratorMayDoEverything(t *testing.T) {
	b, _ := newBook(t, time.Now, map[string]string{})
	p, err := b.Principal(t.Context(), "test")
	require.NoError(t, err)
	assert.True(t, p.IAM.Decide(policy.Request{Action: policy.Publish, Resource: "arn:aws:iot:eu-central-1:000000000000:topic/a"}).Allowed)
	_, err = b.Principal(t.Context(), "STRANGER")
	assert.ErrorIs(t, err, principal.ErrUnknown)
}

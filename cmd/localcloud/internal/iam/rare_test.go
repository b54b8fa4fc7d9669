package iam

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/cmd/localcloud/internal/front"
	"connectedcar/cmd/localcloud/internal/iam/template"
)

// cloud receives calls that `make smoke` does not make: the front records them, and a fake answers them.
type cloud struct {
	cfg   aws.Config
	judge *Judge
}

// name is the physical name of a resource.
func (c cloud) name(kind, id string) string {
	for _, r := range c.judge.Assembly.Of(kind) {
		if r.ID == id {
			return c.judge.Assembly.PhysicalID(r)
		}
	}
	return id
}

// rareRequests makes the calls of every row of rareCalls and returns their IAM requests.
func rareRequests(t *testing.T, j *Judge) []Request {
	t.Helper()
	recorder := &Recorder{}
	nothing := httptest.NewServer(http.HandlerFunc(answerOnward))
	defer nothing.Close()
	emulator, err := url.Parse(nothing.URL)
	require.NoError(t, err)
	proxy := httptest.NewServer(front.New(front.Config{
		Emulator: emulator, DataPlane: emulator, Log: slog.New(slog.DiscardHandler), Observers: []front.Observer{recorder.Observe(j.Assembly.Account)},
	}))
	defer proxy.Close()
	for function, calls := range rareCalls {
		cfg := aws.Config{
			Region: j.Assembly.Region, BaseEndpoint: &proxy.URL, AppID: function, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
			Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		}
		for _, call := range calls {
			call(t.Context(), cloud{cfg, j})
		}
	}
	proxy.Close() // observers run after the caller has the answer: wait for all of them
	recording, err := recorder.Recording(template.Place{}, j.Knows)
	require.NoError(t, err)
	return recording.Requests
}

// onward is a fake answer to every call of AWS IoT. It has as many versions of a policy as a policy may have besides its default.
const onward = `{"policyVersions": [{"versionId": "1"}, {"versionId": "2"}, {"versionId": "3"}, {"versionId": "4"}], "Username": "u"}`

// answerOnward answers so that adapters continue to their next call: lookups find nothing, and creations succeed.
func answerOnward(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	switch {
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "absent"), r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, "/schedules/"):
		w.Header().Set("X-Amzn-Errortype", "ResourceNotFoundException")
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/principals"):
		w.Header().Set("X-Amzn-Errortype", "InvalidRequestException")
		w.WriteHeader(http.StatusBadRequest)
	case r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/things/"):
		w.Header().Set("X-Amzn-Errortype", "ResourceAlreadyExistsException")
		w.WriteHeader(http.StatusConflict)
	}
	_, _ = io.WriteString(w, onward)
}

func TestRareCalls(t *testing.T) {
	j := released(t)
	decisions, err := j.Decide(t.Context(), rareRequests(t, j))
	require.NoError(t, err)
	asked := map[string]bool{}
	for _, d := range decisions {
		assert.True(t, d.Allowed, d.Describe())
		asked[d.Request.Caller+" "+d.Request.Action] = true
	}
	for function, actions := range rare {
		for action := range actions {
			assert.True(t, asked[function+" "+action], "no call in this file shows that %s needs %s", function, action)
		}
	}
}

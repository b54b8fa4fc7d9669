package iot_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/iot"
	"connectedcar/internal/domain/shadow"
	"connectedcar/internal/errs"
	"connectedcar/internal/testing/storetest"
	twin "connectedcar/internal/twin/iot/gateway/shadow"
	"connectedcar/internal/vin"
)

// service is a fake Device Shadow service over HTTP, with the calls that the tests need.
type service struct {
	store *twin.Store
	now   time.Time
}

func (s service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k := twin.Key{Thing: r.PathValue("thing"), Name: r.URL.Query().Get("name")}
	var out any
	var bad *twin.Error
	if r.Method == http.MethodGet {
		out, bad = s.store.Get(k, nil, s.now)
	} else {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		out, bad = s.store.Update(k, body, s.now)
	}
	if bad != nil {
		names := map[int]string{http.StatusNotFound: "ResourceNotFoundException", http.StatusConflict: "ConflictException"}
		w.Header().Set("X-Amzn-Errortype", names[bad.Code])
		w.WriteHeader(bad.Code)
		out = map[string]string{"message": bad.Message}
	}
	_ = json.NewEncoder(w).Encode(out)
}

func config(t *testing.T, handler http.Handler) aws.Config {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return aws.Config{
		Region: "eu-central-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
}

func TestShadows(t *testing.T) {
	storetest.Shadows(t, func(t *testing.T, now time.Time) (shadow.Store, storetest.Report) {
		store, err := twin.Open("", false)
		require.NoError(t, err)
		mux := http.NewServeMux()
		mux.Handle("/things/{thing}/shadow", service{store, now})
		return iot.NewShadows(config(t, mux)), func(v vin.VIN, name shadow.Name, reported map[string]any) error {
			payload, err := json.Marshal(map[string]any{"state": map[string]any{"reported": reported}})
			require.NoError(t, err)
			_, bad := store.Update(twin.Key{Thing: v.ThingName(), Name: string(name)}, payload, now)
			if bad != nil {
				return bad
			}
			return nil
		}
	})
}

func TestAServiceThatIsAwayIsUnavailable(t *testing.T) {
	s := iot.NewShadows(config(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })))
	_, err := s.Shadow(t.Context(), "WVWZZZ1JZXW000001", shadow.Climate)
	assert.Equal(t, errs.Unavailable, errs.Of(err))
	_, err = s.Desire(t.Context(), "WVWZZZ1JZXW000001", shadow.Climate, map[string]any{"seatHeating": 1}, nil)
	assert.Equal(t, errs.Unavailable, errs.Of(err))
}

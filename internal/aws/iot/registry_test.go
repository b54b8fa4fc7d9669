package iot_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"connectedcar/internal/aws/iot"
	"connectedcar/internal/domain/registration"
	"connectedcar/internal/errs"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/testing/storetest"
)

// things is a fake registry of AWS IoT over HTTP, with the calls that the tests need. It rejects every second attachment of a certificate,
// also to the same thing, because AWS does not document that it accepts one.
func things(groups map[string]string) http.Handler {
	var store memory.Things
	for name, parent := range groups {
		store.AddGroup(name, parent)
	}
	attached := map[string]bool{}
	mux := http.NewServeMux()
	handle := func(pattern string, answer func(r *http.Request, body map[string]any) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			var body map[string]any
			_ = json.NewDecoder(r.Body).Decode(&body)
			out, err := answer(r, body)
			switch errs.Of(err) {
			case errs.Invalid:
				refuse(w, http.StatusBadRequest, "InvalidRequestException", err)
			case errs.NotFound:
				refuse(w, http.StatusNotFound, "ResourceNotFoundException", err)
			default:
				_ = json.NewEncoder(w).Encode(out)
			}
		})
	}
	text := func(body map[string]any, name string) string { s, _ := body[name].(string); return s }
	handle("POST /things/{thing}", func(r *http.Request, _ map[string]any) (any, error) {
		return map[string]any{}, store.EnsureThing(r.Context(), registration.Thing{Name: r.PathValue("thing")})
	})
	handle("PUT /thing-groups/addThingToThingGroup", func(r *http.Request, body map[string]any) (any, error) {
		return map[string]any{}, store.Join(r.Context(), text(body, "thingName"), text(body, "thingGroupName"))
	})
	handle("PUT /target-policies/{policy}", func(r *http.Request, body map[string]any) (any, error) {
		return map[string]any{}, store.AttachPolicies(r.Context(), text(body, "target"))
	})
	handle("PUT /things/{thing}/principals", func(r *http.Request, _ map[string]any) (any, error) {
		arn := r.Header.Get("X-Amzn-Principal")
		if attached[arn] {
			return nil, memory.ErrExclusive
		}
		err := store.AttachCertificate(r.Context(), r.PathValue("thing"), arn)
		attached[arn] = err == nil
		return map[string]any{}, err
	})
	handle("GET /things/{thing}/principals", func(r *http.Request, _ map[string]any) (any, error) {
		return map[string]any{"principals": store.All().Attached[r.PathValue("thing")]}, nil
	})
	return mux
}

func refuse(w http.ResponseWriter, status int, code string, err error) {
	w.Header().Set("X-Amzn-Errortype", code)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": err.Error()})
}

func TestRegistryOfThings(t *testing.T) {
	storetest.Things(t, func(t *testing.T, groups map[string]string) registration.Things {
		return iot.New(config(t, things(groups)), "vehicle", "device", "basic-ingest")
	})
}

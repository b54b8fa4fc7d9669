package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/notification/preference"
	"connectedcar/internal/errs"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/testing/memory"
)

// texts keeps the last text message.
type texts struct{ last string }

func (t *texts) Text(_ context.Context, _, message string) error {
	t.last = message
	return nil
}

func newPreferences() (*Preferences, *texts) {
	store, sent := &memory.Preferences{}, &texts{}
	return &Preferences{
		Store: store, Visit: func(context.Context) (Visit, error) { return Visit{UserID: "her"}, nil },
		Phones: &preference.Verifier{Challenges: &memory.Challenges{}, Countries: preference.Countries{"+": 10}, Store: store, Texter: sent, Random: rand.Reader, Now: time.Now},
	}, sent
}

func getPreferences(t *testing.T, h *Preferences) (oapi.Preferences, string) {
	t.Helper()
	out, err := h.GetPreferences(t.Context(), oapi.GetPreferencesRequestObject{})
	require.NoError(t, err)
	got := out.(oapi.GetPreferences200JSONResponse)
	return got.Body, *got.Headers.ETag
}

func put(t *testing.T, h *Preferences, body oapi.Preferences, tag *string) (oapi.PutPreferencesResponseObject, error) {
	t.Helper()
	return h.PutPreferences(t.Context(), oapi.PutPreferencesRequestObject{Body: &body, Params: oapi.PutPreferencesParams{IfMatch: tag}})
}

const wanted = `{"email":{"on":true,"minimum":"LOW"},"sms":{"on":true,"minimum":"CRITICAL"},"kinds":{"fuel_low":{"email":false,"sms":false}},
	"resolvedToo":true,"quiet":{"from":"22:00","to":"06:30","zone":"Europe/Berlin"},"limit":{"perHour":5,"perDay":20}}`

func TestPreferencesComeBackAsTheyWerePut(t *testing.T) {
	h, _ := newPreferences()
	first, tag := getPreferences(t, h)
	assert.Equal(t, `"0"`, tag, "nobody has said anything yet")
	assert.True(t, first.Email.On)
	var body oapi.Preferences
	require.NoError(t, json.Unmarshal([]byte(wanted), &body))
	_, err := put(t, h, body, &tag)
	require.NoError(t, err)
	got, tag := getPreferences(t, h)
	assert.Equal(t, `"1"`, tag)
	b, err := json.Marshal(got)
	require.NoError(t, err)
	assert.JSONEq(t, wanted, string(b))
	_, err = put(t, h, got, &tag)
	require.NoError(t, err, "what was read may be put back")
}

func TestPreferencesArePutOnTopOfWhatWasSeen(t *testing.T) {
	h, _ := newPreferences()
	body, tag := getPreferences(t, h)
	_, err := put(t, h, body, nil)
	require.ErrorIs(t, err, errNeedIfMatch)
	_, err = put(t, h, body, &tag)
	require.NoError(t, err)
	_, err = put(t, h, body, &tag)
	require.NoError(t, err, "the same again: the answer may have been lost")
	body.Limit.PerDay++
	_, err = put(t, h, body, &tag)
	require.ErrorIs(t, err, preference.ErrStale)
}

func TestPreferencesThatMakeNoSenseAreRefused(t *testing.T) {
	h, _ := newPreferences()
	for says, change := range map[string]func(*oapi.Preferences){
		"allowed is an IANA name": func(p *oapi.Preferences) { p.Quiet.Zone = "Berlin" },
		"allowed are 00:00":       func(p *oapi.Preferences) { p.Quiet.From = "25:00" },
		"two different times":     func(p *oapi.Preferences) { p.Quiet.From = p.Quiet.To },
		"limit.perHour is 0":      func(p *oapi.Preferences) { p.Limit.PerHour = 0 },
		`kinds has "x"`:           func(p *oapi.Preferences) { (*p.Kinds)["x"] = oapi.Choice{} },
	} {
		var body oapi.Preferences
		require.NoError(t, json.Unmarshal([]byte(wanted), &body))
		change(&body)
		tag := `"0"`
		_, err := put(t, h, body, &tag)
		require.ErrorContains(t, err, says)
		assert.Equal(t, errs.Invalid, errs.Of(err))
	}
}

func TestAPhoneIsProvenAndRemoved(t *testing.T) {
	h, sent := newPreferences()
	_, err := h.AddPhone(t.Context(), oapi.AddPhoneRequestObject{Body: &oapi.AddPhoneJSONRequestBody{Number: "+4915112345678"}})
	require.NoError(t, err)
	before, _ := getPreferences(t, h)
	assert.Nil(t, before.Phone, "a code that is on its way proves nothing")
	_, err = h.VerifyPhone(t.Context(), oapi.VerifyPhoneRequestObject{Body: &oapi.VerifyPhoneJSONRequestBody{Code: "none"}})
	require.ErrorIs(t, err, preference.ErrWrongCode)
	code := regexp.MustCompile(`[0-9]{6}`).FindString(sent.last)
	out, err := h.VerifyPhone(t.Context(), oapi.VerifyPhoneRequestObject{Body: &oapi.VerifyPhoneJSONRequestBody{Code: code}})
	require.NoError(t, err)
	assert.Equal(t, oapi.VerifyPhone200JSONResponse{Number: "+4915112345678", Verified: true}, out)
	after, _ := getPreferences(t, h)
	assert.Equal(t, &oapi.Phone{Number: "+4915112345678", Verified: true}, after.Phone)
	_, err = h.RemovePhone(t.Context(), oapi.RemovePhoneRequestObject{})
	require.NoError(t, err)
	gone, _ := getPreferences(t, h)
	assert.Nil(t, gone.Phone)
}

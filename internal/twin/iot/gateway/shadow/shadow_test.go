package shadow_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/gateway/shadow"
)

var (
	now = time.Unix(1_700_000_000, 0)
	car = shadow.Key{Thing: "CAR1", Name: "climate"}
)

func newStore(t *testing.T) *shadow.Store {
	t.Helper()
	s, err := shadow.Open("", false)
	require.NoError(t, err)
	return s
}

func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

// updates applies the states one after the other.
func updates(t *testing.T, s *shadow.Store, states ...string) shadow.Updated {
	t.Helper()
	var last shadow.Updated
	for _, state := range states {
		u, bad := s.Update(car, []byte(`{"state": `+state+`}`), now)
		require.Nil(t, bad, state)
		last = u
	}
	return last
}

func TestUpdateMerges(t *testing.T) {
	for name, tc := range map[string]struct {
		states []string
		want   string // expected state of the document
	}{
		"members are added":                  {[]string{`{"desired": {"a": 1}}`, `{"desired": {"b": 2}}`}, `{"desired": {"a": 1, "b": 2}, "delta": {"a": 1, "b": 2}}`},
		"objects merge":                      {[]string{`{"desired": {"o": {"a": 1}}}`, `{"desired": {"o": {"b": 2}}}`}, `{"desired": {"o": {"a": 1, "b": 2}}, "delta": {"o": {"a": 1, "b": 2}}}`},
		"arrays are replaced":                {[]string{`{"reported": {"l": [1, 2]}}`, `{"reported": {"l": [3]}}`}, `{"reported": {"l": [3]}}`},
		"null removes a member":              {[]string{`{"reported": {"a": 1, "b": 2}}`, `{"reported": {"a": null}}`}, `{"reported": {"b": 2}}`},
		"null removes a section":             {[]string{`{"desired": {"a": 1}, "reported": {"a": 1}}`, `{"desired": null}`}, `{"reported": {"a": 1}}`},
		"what agrees is no delta":            {[]string{`{"desired": {"a": 1, "b": 2}, "reported": {"a": 1, "b": 3}}`}, `{"desired": {"a": 1, "b": 2}, "reported": {"a": 1, "b": 3}, "delta": {"b": 2}}`},
		"numbers agree by value":             {[]string{`{"desired": {"a": 1.0}, "reported": {"a": 1}}`}, `{"desired": {"a": 1.0}, "reported": {"a": 1}}`},
		"the delta of objects is their own":  {[]string{`{"desired": {"o": {"a": 1, "b": 2}}, "reported": {"o": {"a": 1}}}`}, `{"desired": {"o": {"a": 1, "b": 2}}, "reported": {"o": {"a": 1}}, "delta": {"o": {"b": 2}}}`},
		"what is reported alone is no delta": {[]string{`{"desired": {"a": 1}, "reported": {"a": 1, "z": 9}}`}, `{"desired": {"a": 1}, "reported": {"a": 1, "z": 9}}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			updates(t, s, tc.states...)
			r, bad := s.Get(car, nil, now)
			require.Nil(t, bad)
			assert.JSONEq(t, tc.want, encode(t, r.State))
			assert.Equal(t, int64(len(tc.states)), r.Version)
		})
	}
}

func TestUpdateAnswers(t *testing.T) {
	s := newStore(t)
	updates(t, s, `{"reported": {"on": false}}`)
	u, bad := s.Update(car, []byte(`{"state": {"desired": {"on": true, "l": [1, 2]}}, "clientToken": "t", "version": 1}`), now)
	require.Nil(t, bad)
	assert.JSONEq(t, `{"state": {"desired": {"on": true, "l": [1, 2]}},
		"metadata": {"desired": {"on": {"timestamp": 1700000000}, "l": [{"timestamp": 1700000000}, {"timestamp": 1700000000}]}},
		"version": 2, "timestamp": 1700000000, "clientToken": "t"}`, encode(t, u.Accepted))
	require.NotNil(t, u.Delta)
	assert.JSONEq(t, `{"state": {"on": true, "l": [1, 2]}, "metadata": {"on": {"timestamp": 1700000000}, "l": [{"timestamp": 1700000000}, {"timestamp": 1700000000}]},
		"version": 2, "timestamp": 1700000000, "clientToken": "t"}`, encode(t, u.Delta))
	var documents map[string]map[string]any
	require.NoError(t, json.Unmarshal([]byte(strings.NewReplacer(`"timestamp":1700000000,"clientToken":"t"`, `"x":{}`).Replace(encode(t, u.Documents))), &documents))
	assert.InDelta(t, 1, documents["previous"]["version"], 0)
	assert.InDelta(t, 2, documents["current"]["version"], 0)
	assert.Nil(t, updates(t, s, `{"reported": {"on": true, "l": [1, 2]}}`).Delta)
}

func TestRejectedUpdates(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 9) + "1" + strings.Repeat("}", 9)
	for name, tc := range map[string]struct {
		request string
		code    int
		message string
	}{
		"not JSON":                 {`{`, 400, "Invalid JSON"},
		"two documents":            {`{"state": {}} {}`, 400, "Invalid JSON"},
		"no state":                 {`{"desired": {}}`, 400, "Missing required node: state"},
		"state is no object":       {`{"state": 1}`, 400, "State node must be an object"},
		"desired is no object":     {`{"state": {"desired": 1}}`, 400, "Desired node must be an object"},
		"reported is no object":    {`{"state": {"reported": []}}`, 400, "Reported node must be an object"},
		"an unknown section":       {`{"state": {"wanted": {}}}`, 400, "invalid node: 'wanted'"},
		"a version that is text":   {`{"state": {}, "version": "1"}`, 400, "Invalid version"},
		"a token that is too long": {`{"state": {}, "clientToken": "` + strings.Repeat("x", 65) + `"}`, 400, "Invalid clientToken"},
		"too many levels":          {`{"state": {"desired": ` + deep + `}}`, 400, "too many levels"},
		"another version":          {`{"state": {}, "version": 7}`, 409, "Version conflict"},
		"more than 8 KB":           {`{"state": {"desired": {"x": "` + strings.Repeat("x", 8<<10) + `"}}}`, 413, "exceeds the maximum size"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			_, bad := s.Update(car, []byte(tc.request), now)
			require.NotNil(t, bad)
			assert.Equal(t, tc.code, bad.Code)
			assert.Contains(t, bad.Message, tc.message)
			_, bad = s.Get(car, nil, now)
			require.NotNil(t, bad, "nothing was stored")
			assert.Equal(t, 404, bad.Code)
		})
	}
}

func TestVersionCountsOnAfterDelete(t *testing.T) {
	s := newStore(t)
	updates(t, s, `{"desired": {"a": 1}}`, `{"desired": {"a": 2}}`)
	_, bad := s.Delete(car, []byte(`{"version": 1}`), now)
	require.NotNil(t, bad)
	assert.Equal(t, 409, bad.Code)
	r, bad := s.Delete(car, []byte(`{"clientToken": "t"}`), now)
	require.Nil(t, bad)
	assert.Equal(t, int64(2), r.Version)
	assert.Equal(t, "t", r.ClientToken)
	_, bad = s.Delete(car, nil, now)
	require.NotNil(t, bad)
	assert.Equal(t, 404, bad.Code)
	assert.Equal(t, int64(3), updates(t, s, `{"reported": {"b": 1}}`).Accepted.Version)
}

func TestNamesComeInPages(t *testing.T) {
	s := newStore(t)
	for i := range 5 {
		_, bad := s.Update(shadow.Key{Thing: "CAR1", Name: fmt.Sprintf("s%d", i)}, []byte(`{"state": {}}`), now)
		require.Nil(t, bad)
	}
	_, bad := s.Update(shadow.Key{Thing: "CAR1"}, []byte(`{"state": {}}`), now)
	require.Nil(t, bad)
	names, more := s.Names("CAR1", "", 3)
	assert.Equal(t, []string{"s0", "s1", "s2"}, names)
	assert.True(t, more)
	names, more = s.Names("CAR1", "s2", 3)
	assert.Equal(t, []string{"s3", "s4"}, names)
	assert.False(t, more)
}

func TestShadowsOutliveTheirStore(t *testing.T) {
	dir := t.TempDir()
	s, err := shadow.Open(dir, true)
	require.NoError(t, err)
	updates(t, s, `{"desired": {"n": 1.50}}`)
	s, err = shadow.Open(dir, true)
	require.NoError(t, err)
	r, bad := s.Get(car, nil, now)
	require.Nil(t, bad)
	assert.Contains(t, encode(t, r), `"n":1.50`, "numbers keep their spelling")
	assert.Equal(t, int64(1), r.Version)
}

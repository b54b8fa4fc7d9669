package main

import (
	"context"
	"encoding/json"
	"fmt"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/httpapi/oapi"
)

const alertOfTest = "01JD0W2V6X9Q1Z3A5B7C9D1E3F"

// alertAPI is a fake API with one car: an alert on the second page of its alerts, one dismissal, and two pages of telemetry.
func alertAPI(t *testing.T, kind string) getter {
	t.Helper()
	begin := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	return func(_ context.Context, path string) ([]byte, error) {
		u, err := url.Parse(path)
		require.NoError(t, err)
		second := u.Query().Get("nextToken") != ""
		switch resource := strings.TrimPrefix(u.Path, "/v1/vehicles/WVWZZZ1JZXW000001/"); {
		case resource == "alerts" && !second:
			return []byte(`{"items":[],"nextToken":"2"}`), nil
		case resource == "alerts":
			return fmt.Appendf(nil, `{"items":[{"alertId":%q,"vin":"WVWZZZ1JZXW000001","kind":%q,"severity":"MEDIUM","status":"OPEN",
				"firstAt":"2026-11-23T15:00:00Z","lastAt":"2026-11-23T15:10:00Z","count":1,"unit":"celsius","detail":"The coolant is unusual."}]}`, alertOfTest, kind), nil
		case resource == "dismissals":
			return []byte(`{"items":[{"alertId":"01JD0W2V6X9Q1Z3A5B7C9D1E3A","signal":"Vehicle.Coolant","dedupKey":"anomaly.Vehicle.Coolant#unusual0",
				"alertAt":"2026-11-20T15:00:00Z","until":"2027-05-19T15:00:00Z","width":2}]}`), nil
		case resource == "telemetry":
			page := oapi.SamplePage{}
			if !second {
				next := "2"
				page.NextToken = &next
			}
			for n := range 40 {
				at := begin.Add(time.Duration(n) * time.Minute)
				if second {
					at = at.Add(40 * time.Minute)
				}
				page.Items = append(page.Items, oapi.Sample{At: at, Signals: map[string]any{"Vehicle.Coolant": 90 + n%3}})
			}
			return json.Marshal(page)
		}
		return nil, fmt.Errorf("no such resource: %s", path)
	}
}

func TestAlertWhyPrintsAndPlots(t *testing.T) {
	var out strings.Builder
	o := alertWhy{out: filepath.Join(t.TempDir(), "why.png"), before: time.Hour}
	require.NoError(t, o.explain(t.Context(), &out, "WVWZZZ1JZXW000001", alertOfTest, alertAPI(t, "anomaly.Vehicle.Coolant")))
	assert.Contains(t, out.String(), "The coolant is unusual.\n")
	assert.Contains(t, out.String(), "the limit of anomaly.Vehicle.Coolant#unusual0 is 2 times as wide until 2027-05-19")
	assert.Contains(t, out.String(), "80 samples drawn")
	f, err := os.Open(o.out)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	picture, err := png.Decode(f)
	require.NoError(t, err)
	assert.Greater(t, picture.Bounds().Dx(), 600)
}

func TestAlertWhyOfAFixedLimitDrawsNothing(t *testing.T) {
	var out strings.Builder
	o := alertWhy{out: filepath.Join(t.TempDir(), "why.png"), before: time.Hour}
	require.NoError(t, o.explain(t.Context(), &out, "WVWZZZ1JZXW000001", alertOfTest, alertAPI(t, "engine_overheat")))
	assert.Contains(t, out.String(), "the same for every car")
	assert.NoFileExists(t, o.out)
}

func TestAlertWhyOfAnUnknownAlertFails(t *testing.T) {
	err := alertWhy{}.explain(t.Context(), &strings.Builder{}, "WVWZZZ1JZXW000001", "01JD0W2V6X9Q1Z3A5B7C9D1E3Z", alertAPI(t, "crash"))
	assert.ErrorContains(t, err, `has no alert "01JD0W2V6X9Q1Z3A5B7C9D1E3Z"`)
}

func TestAlertsAreListedAndShown(t *testing.T) {
	get := alertAPI(t, "coolant")
	for name, tc := range map[string]struct {
		print func(out *strings.Builder) error
		want  string
	}{
		"a table names its time zone": {
			func(out *strings.Builder) error {
				return get.listAlerts(t.Context(), out, "WVWZZZ1JZXW000001", "", 20, output{})
			},
			"LAST (UTC)           SEVERITY  STATUS  KIND     COUNT  ALERT                       WHAT\n" +
				"2026-11-23 15:10:00  MEDIUM    OPEN    coolant  1      " + alertOfTest + "  The coolant is unusual.\n",
		},
		"JSON has numbers as numbers": {
			func(out *strings.Builder) error {
				return get.listAlerts(t.Context(), out, "WVWZZZ1JZXW000001", "", 20, output{format: "json"})
			},
			`{"alertId":"` + alertOfTest + `","count":1,"detail":"The coolant is unusual.","firstAt":"2026-11-23T15:00:00Z","kind":"coolant",` +
				`"lastAt":"2026-11-23T15:10:00Z","severity":"MEDIUM","status":"OPEN","unit":"celsius","vin":"WVWZZZ1JZXW000001"}` + "\n",
		},
		"one alert": {
			func(out *strings.Builder) error {
				a, err := get.alert(t.Context(), "WVWZZZ1JZXW000001", alertOfTest)
				require.NoError(t, err)
				value, threshold := float32(118), float32(115)
				a.Value, a.Threshold = &value, &threshold
				return printAlert(out, a)
			},
			"alert      " + alertOfTest + "\ncar        WVWZZZ1JZXW000001\nkind       coolant\nseverity   MEDIUM\nstatus     OPEN\n" +
				"what       The coolant is unusual.\nvalue      118 celsius\nthreshold  115 celsius\nfirst      2026-11-23T15:00:00Z\n" +
				"last       2026-11-23T15:10:00Z\ncount      1\n",
		},
		"none": {
			func(out *strings.Builder) error {
				none := getter(func(context.Context, string) ([]byte, error) { return []byte(`{"items":[]}`), nil })
				return none.listAlerts(t.Context(), out, "WVWZZZ1JZXW000001", oapi.AlertStatusOPEN, 20, output{})
			},
			"WVWZZZ1JZXW000001 has no alerts that are OPEN\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			require.NoError(t, tc.print(&out))
			assert.Equal(t, tc.want, out.String())
		})
	}
	_, _, err := carctl(t, "alert", "list", "WVWZZZ1JZXW000001", "--status", "open")
	require.ErrorContains(t, err, `status "open": allowed are OPEN, ACKNOWLEDGED, RESOLVED`)
	assert.Equal(t, misused, status(err))
}

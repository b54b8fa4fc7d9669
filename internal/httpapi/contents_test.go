package httpapi_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/domain/command"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/healthreport"
	"connectedcar/internal/domain/ownership"
	"connectedcar/internal/domain/shadow"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/domain/vehicle"
)

// marker is a text or number that stands in one field of one row, and who may read it. The words of who are relations to the car at the time
// of the request; one with +consent needs the owner's.
type marker struct {
	text string // as it is in an answer
	what string // in the page's words
	who  string
}

const (
	all         = "owner borrower dealer maker operator"
	whoDrives   = "owner borrower"
	others      = "dealer maker operator" // what was before the owner's time, of the car itself
	positions   = "owner borrower dealer+consent operator+consent"
	journeys    = "owner borrower operator+consent"
	everAfter   = "nobody"
	oldPosition = everAfter
)

// markers are all markers. Those of before are of a time before the owner's.
var markers = []marker{
	{"m-model", "make, model, status and dealer of the car", all},
	{"m-nickname", "the owner's name for it", whoDrives},
	{"m-lent-to", "to whom it is lent", "owner operator"},
	{"m-ending", "why an ownership was ended by others", "maker operator"},
	{"48.625", "technical signals, now and over time", all},
	{"49.625", "technical signals of before the ownership", others},
	{"m-heart", "signals that the platform does not know", whoDrives},
	{"m-old-heart", "the same of before the ownership", everAfter},
	{"47.625", "positions", positions},
	{"46.625", "positions of before the ownership", oldPosition},
	{"m-trip", "trips, and the trip of a sample, fault or alert", journeys},
	{"m-old-trip", "trips of before the ownership", everAfter},
	{"m-overheat", "alerts about the car", all},
	{"m-old-overheat", "alerts about the car of before the ownership", others},
	{"m-overspeed", "alerts about how somebody drives", whoDrives},
	{"m-mismatch", "alerts about its certificates and the platform", "maker operator"},
	{"m-seen-by", "who acknowledged or resolved an alert", whoDrives},
	{"M-ECU", "open faults", all},
	{"m-frame", "what is not technical of a freeze frame", whoDrives},
	{"m-report", "health reports", all},
	{"m-old-report", "health reports of before the ownership", others},
	{"m-locked", "commands such as lock and climate, and their results", whoDrives},
	{"m-old-locked", "the same of before the ownership", everAfter},
	{"m-diagnosed", "commands for the workshop: diagnose and healthreport", "owner borrower dealer operator"},
	{"m-locker", "who told the car to do something", whoDrives},
	{"m-climate", "shadow climate", "owner borrower dealer operator"},
	{"m-config", "shadow config", "owner dealer maker operator"},
	{"m-state", "shadow state", "owner borrower operator"},
	{strings.Repeat("c", 64), "certificates", "maker operator"},
}

// tripIDs are the ids that stand for the markers of trips, which are ULIDs.
var tripIDs = map[string]string{"m-trip": alert.ID(at.Add(-11*time.Minute), "m"), "m-old-trip": alert.ID(at.Add(-2*time.Hour), "old")}

func TestDocumentedContentsAreTheMatrix(t *testing.T) {
	page, err := os.ReadFile("../../docs/security.md")
	require.NoError(t, err)
	for _, m := range markers {
		row := "| " + m.what + " |"
		for _, relation := range strings.Fields(all) {
			cell := " |"
			for _, who := range strings.Fields(m.who) {
				switch who {
				case relation:
					cell = " yes |"
				case relation + "+consent":
					cell = " by consent |"
				}
			}
			row += cell
		}
		assert.Contains(t, string(page), row+"\n", "docs/security.md lacks or has another row")
	}
}

// phases are moments in the life of a car: what its people are to it then.
var phases = map[string]struct {
	change func(w *whole, v *vehicle.Vehicle)
	people map[string]string // relation by name; others are nobody
	more   string            // what the owner consents to
	since  bool              // the ownership began after everything that is planted
}{
	"all are there": {nil, map[string]string{"owner": "owner", "friend": "borrower", "dealer": "dealer", "maker": "maker", "operator": "operator"}, "", false},
	"the owner lets the dealer see": {
		func(_ *whole, v *vehicle.Vehicle) {
			v.Consent = vehicle.Consent{DealerID: "munich", DealerUntil: at.Add(time.Minute)}
		},
		map[string]string{"owner": "owner", "friend": "borrower", "dealer": "dealer", "maker": "maker", "operator": "operator"}, "dealer", false,
	},
	"the owner lets operators see": {
		func(_ *whole, v *vehicle.Vehicle) { v.Consent.OperatorsUntil = at.Add(time.Minute) },
		map[string]string{"owner": "owner", "friend": "borrower", "dealer": "dealer", "maker": "maker", "operator": "operator"}, "operator", false,
	},
	"the consents are over": {
		func(_ *whole, v *vehicle.Vehicle) {
			v.Consent = vehicle.Consent{DealerID: "munich", DealerUntil: at, OperatorsUntil: at}
		},
		map[string]string{"owner": "owner", "friend": "borrower", "dealer": "dealer", "maker": "maker", "operator": "operator"}, "", false,
	},
	"another dealer looks after it": {
		func(w *whole, v *vehicle.Vehicle) {
			v.DealerID, v.Consent = "berlin", vehicle.Consent{DealerID: "munich", DealerUntil: at.Add(time.Minute)}
			require.NoError(w.t, w.book.Assign(w.t.Context(), theCar, "berlin"))
		},
		map[string]string{"owner": "owner", "friend": "borrower", "otherDealer": "dealer", "maker": "maker", "operator": "operator"}, "", false,
	},
	"no dealer looks after it": {
		func(w *whole, v *vehicle.Vehicle) { v.DealerID = "" },
		map[string]string{"owner": "owner", "friend": "borrower", "maker": "maker", "operator": "operator"}, "", false,
	},
	"the loan is over": {
		func(w *whole, _ *vehicle.Vehicle) {
			require.NoError(w.t, w.cars.PutGrant(w.t.Context(), ownership.Grant{VIN: theCar, UserID: "friend", Email: "m-lent-to", GrantedBy: "owner", GrantedAt: at.Add(-time.Hour), Until: at}))
		},
		map[string]string{"owner": "owner", "dealer": "dealer", "maker": "maker", "operator": "operator"}, "", false,
	},
	"somebody else has bought it": {
		func(_ *whole, v *vehicle.Vehicle) {
			v.OwnerID, v.OwnedSince = "stranger", at.Add(-time.Millisecond)
		},
		map[string]string{"stranger": "owner", "dealer": "dealer", "maker": "maker", "operator": "operator"}, "", true,
	},
	"nobody owns it": {
		func(_ *whole, v *vehicle.Vehicle) { v.OwnerID, v.OwnedSince, v.Nickname = "", time.Time{}, "" },
		map[string]string{"dealer": "dealer", "maker": "maker", "operator": "operator"}, "", true,
	},
}

// ofTheCarItself are the markers that are no record of a time: a new owner reads them too.
var ofTheCarItself = []string{"m-model", "m-nickname", "M-ECU", "m-climate", "m-config", "m-state"}

// ended are markers of grants, which an ended loan or ownership takes away.
func expected(m marker, relation, consent, phase string, since bool) bool {
	if m.text == "m-lent-to" && (since || phase == "the loan is over") {
		return false
	}
	if since && relation == "owner" && !slices.Contains(ofTheCarItself, m.text) {
		return false
	}
	if m.text == "m-nickname" && phase == "nobody owns it" {
		return false
	}
	for _, who := range strings.Fields(m.who) {
		if who == relation || who == relation+"+consent" && consent == relation {
			return true
		}
	}
	return false
}

func TestWhoSeesWhat(t *testing.T) {
	p, cells := newPool(t), 0
	for phase, tc := range phases {
		t.Run(phase, func(t *testing.T) {
			w := newWhole(t, p)
			w.plant()
			v, err := w.cars.Vehicle(t.Context(), theCar)
			require.NoError(t, err)
			if tc.change != nil {
				tc.change(w, &v)
			}
			require.NoError(t, w.cars.PutVehicle(t.Context(), v))
			for _, name := range strings.Fields(everybody) {
				seen := w.everythingFor(name)
				for _, m := range markers {
					text := m.text
					if id := tripIDs[text]; id != "" {
						text = id
					}
					where := ""
					for path, body := range seen {
						if strings.Contains(body, text) {
							where = path
						}
					}
					want := expected(m, tc.people[name], tc.more, phase, tc.since)
					assert.Equal(t, want, where != "", "%s of %s: %s (%s)", m.text, name, m.what, where)
					cells += len(seen)
				}
			}
		})
	}
	t.Logf("%d cells: %d moments, %d people, %d markers, in every answer", cells, len(phases), len(strings.Fields(everybody)), len(markers))
}

// everythingFor is every answer that somebody gets about the car, by path.
func (w *whole) everythingFor(name string) map[string]string {
	paths := []string{"/v1/vehicles/{vin}/telemetry?from=" + at.Add(-12*time.Hour).Format(time.RFC3339), "/v1/vehicles/{vin}/diagnostics"}
	for _, row := range matrix {
		if row.method == "GET" {
			paths = append(paths, row.path)
		}
	}
	for _, id := range tripIDs {
		paths = append(paths, "/v1/vehicles/{vin}/trips/"+id)
	}
	for _, what := range []string{"new", "old"} {
		paths = append(paths, "/v1/vehicles/{vin}/commands/"+plantedID(what, "locked"), "/v1/vehicles/{vin}/commands/"+plantedID(what, "diagnosed"), "/v1/vehicles/{vin}/healthreports/"+plantedID(what, "report"))
	}
	answers := map[string]string{}
	for _, path := range paths {
		path = strings.NewReplacer("{vin}", string(theCar), "{ulid}", anID).Replace(path)
		if out := w.ask(name, "GET", path, ""); out.Code < 300 {
			answers[path] = out.Body.String()
		}
	}
	return answers
}

// planted are the times of the two rounds of markers.
var planted = map[string]time.Time{"new": at.Add(-10 * time.Minute), "old": at.Add(-2 * time.Hour)}

func plantedID(round, what string) string { return alert.ID(planted[round], what) }

// plant puts every marker into its place.
func (w *whole) plant() {
	w.t.Helper()
	t, ctx := w.t, w.t.Context()
	v, err := w.cars.Vehicle(ctx, theCar)
	require.NoError(t, err)
	v.Model, v.Nickname, v.ThingName = "m-model", "m-nickname", string(theCar)
	v.Endings = []vehicle.Ending{{By: "maker", As: "manufacturer", Reason: "m-ending", At: at.AddDate(0, 0, -2)}}
	require.NoError(t, w.cars.PutVehicle(ctx, v))
	require.NoError(t, w.cars.PutGrant(ctx, ownership.Grant{VIN: theCar, UserID: "friend", Email: "m-lent-to", GrantedBy: "owner", GrantedAt: at.Add(-time.Hour), Until: at.Add(time.Hour)}))
	require.NoError(t, w.certs.PutRecord(ctx, certificate.Record{VIN: string(theCar), CertificateID: strings.Repeat("c", 64), Status: certificate.Active, RegisteredAt: at}))
	for name, field := range map[shadow.Name]string{shadow.Climate: "m-climate", shadow.Config: "m-config", shadow.State: "m-state"} {
		require.NoError(t, w.shadows.Report(theCar, name, map[string]any{"marker": field}))
	}
	w.plantRound("old", "m-old-", "49.625", "46.625")
	w.plantRound("new", "m-", "48.625", "47.625")
	w.plantAlerts()
}

// plantRound puts the markers of one time into the car's records.
func (w *whole) plantRound(round, prefix, technical, position string) {
	t, ctx, when := w.t, w.t.Context(), planted[round]
	var speed, north float64
	_, err := fmt.Sscan(technical+" "+position, &speed, &north)
	require.NoError(t, err)
	signals := telemetry.Signals{telemetry.Speed: telemetry.Number(speed), telemetry.Latitude: telemetry.Number(north), telemetry.Longitude: telemetry.Number(11), heartRate: telemetry.Text(prefix + "heart")}
	id := tripIDs[prefix+"trip"]
	_, err = w.history.PutRows(ctx, []telemetry.Row{{VIN: theCar, At: when, Seq: 9, TripID: id, Signals: signals}})
	require.NoError(t, err)
	state := w.state()
	state.Apply(telemetry.Received{IngestedAt: when.UnixMilli(), Message: telemetry.Message{TS: when, Seq: 9, BootID: "b", TripID: id, Signals: signals}})
	require.NoError(t, w.states.PutState(ctx, state))
	_, err = w.trips.PutTrip(ctx, trip.Trip{VIN: theCar, ID: id, Source: trip.ByCar, StartedAt: when, EndedAt: when.Add(time.Minute), Start: &trip.Place{Latitude: north, Longitude: 11}})
	require.NoError(t, err)
	for what, kind := range map[string]command.Kind{"locked": command.Lock, "diagnosed": command.Diagnose} {
		require.NoError(t, w.told.PutCommand(ctx, command.Command{VIN: theCar, ID: plantedID(round, what), Kind: kind, Status: command.Succeeded, IssuedAt: when,
			ExpiresAt: when.Add(time.Minute), IssuedBy: "m-locker", IssuedAs: "driver", Result: map[string]any{"marker": prefix + what}}))
	}
	report := healthreport.Report{VIN: theCar, ID: plantedID(round, "report"), Progress: healthreport.Pending, RequestedAt: when}
	require.NoError(t, w.reports.PutPending(ctx, report))
	report.Progress, report.Source, report.TS, report.TripID = healthreport.Ready, healthreport.ByCar, when, id
	report.Systems = map[healthreport.System]healthreport.Status{healthreport.Engine: healthreport.OK}
	report.Findings = []healthreport.Finding{{System: healthreport.Engine, Status: healthreport.OK, Detail: prefix + "report"}}
	_, err = w.reports.PutReady(ctx, report)
	require.NoError(t, err)
}

// plantAlerts raises alerts of each scope, and a fault with a freeze frame.
func (w *whole) plantAlerts() {
	t, ctx, id := w.t, w.t.Context(), tripIDs["m-trip"]
	raise := func(k alert.Kind, when time.Time, detail string) string {
		a, _, err := w.book.Raise(ctx, alert.Notice{VIN: string(theCar), Kind: k, DedupKey: detail, At: when, Detail: detail, TripID: id})
		require.NoError(t, err)
		return a.ID
	}
	raise(alert.EngineOverheat, planted["old"], "m-old-overheat")
	seen := raise(alert.EngineOverheat, planted["new"], "m-overheat")
	raise(alert.Overspeed, planted["new"], "m-overspeed")
	raise(alert.IdentityMismatch, planted["new"], "m-mismatch")
	_, err := w.book.Acknowledge(ctx, string(theCar), seen, "m-seen-by", at)
	require.NoError(t, err)
	when := planted["new"].Add(time.Second)
	_, err = w.diagnostics.Handle(ctx, diagnostic.Received{VIN: theCar, IngestedAt: when, Message: diagnostic.Message{
		ID: alert.ID(when, "marked"), TS: when, Seq: 9, Kind: diagnostic.Set, TripID: id,
		Codes: []diagnostic.Reported{{Fault: dtc.Fault{Code: 0x0420}, ECU: "M-ECU", Status: dtc.Confirmed, FreezeFrame: telemetry.Signals{heartRate: telemetry.Text("m-frame")}}},
	}})
	require.NoError(t, err)
}

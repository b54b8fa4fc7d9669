package ingest_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/paging"
)

func coolant(c float64) telemetry.Signals {
	return telemetry.Signals{telemetry.EngineCoolant: telemetry.Number(c)}
}

// alertsOf returns the car's alerts.
func (s *stores) alertsOf(t testing.TB) []alert.Alert {
	t.Helper()
	p, err := s.alerts.OfVehicle(t.Context(), string(carOne), alert.Filter{}, paging.Request{Limit: 100})
	require.NoError(t, err)
	return p.Items
}

// heating returns the records of an engine that gets too hot for a while, twice.
func heating(t testing.TB) []ingest.Record {
	var records []ingest.Record
	for n := range 200 {
		c := 90.0
		if n%80 > 40 {
			c = 118
		}
		at := noon.Add(time.Duration(n-200) * time.Second)
		records = append(records, record(t, messageOf(carOne, uint64(n), at, coolant(c)))) // small: no overflow
	}
	return records
}

func TestAnOverheatingEngineRaisesOneAlertAndResolvesIt(t *testing.T) {
	s := &stores{}
	s.take(heating(t)[:60]...)
	require.Len(t, s.alertsOf(t), 1)
	assert.Equal(t, alert.Open, s.alertsOf(t)[0].Status)
	s.take(heating(t)[60:100]...)
	require.Len(t, s.alertsOf(t), 1)
	assert.Equal(t, alert.Resolved, s.alertsOf(t)[0].Status)
	assert.Equal(t, int32(2), s.writes.Load(), "one write a batch")
}

// Within a batch the order makes no difference; across batches, samples that are not newer than the newest one are ignored.
func TestShuffledAndDoubledTelemetryLeavesTheSameAlerts(t *testing.T) {
	clean := &stores{}
	clean.take(heating(t)...)
	want := clean.alertsOf(t)
	require.NotEmpty(t, want)
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 1))
		s, all := &stores{}, heating(t)
		for from := 0; from < len(all); {
			to := min(len(all), from+1+rng.IntN(60))
			batch := append([]ingest.Record{}, all[from:to]...)
			for range rng.IntN(30) {
				batch = append(batch, all[rng.IntN(to)])
			}
			rng.Shuffle(len(batch), func(a, b int) { batch[a], batch[b] = batch[b], batch[a] })
			for range 1 + rng.IntN(2) {
				require.Equal(t, -1, s.take(batch...).FirstFailed)
			}
			from = to
		}
		require.Equal(t, want, s.alertsOf(t), "seed %d", seed)
	}
}

func TestACrashBetweenAlertAndStateNeitherLosesNorDoublesTheAlert(t *testing.T) {
	s := &stores{put: func(*vehicle.State) error { return errors.New("crash") }}
	records := heating(t)[:60]
	assert.Equal(t, 0, s.take(records...).FirstFailed)
	first := s.alertsOf(t)
	require.Len(t, first, 1, "told before the state is written")
	s.put = nil
	assert.Equal(t, -1, s.take(records...).FirstFailed)
	assert.Equal(t, first, s.alertsOf(t))
}

type brokenAlerts struct{ ingest.Alerts }

func (brokenAlerts) Raise(context.Context, alert.Notice) (alert.Alert, bool, error) {
	return alert.Alert{}, false, errors.New("boom")
}

func TestAnAlertThatIsNotWrittenHasTheBatchTriedAgain(t *testing.T) {
	s := &stores{}
	i := s.ingester()
	i.Alerts = brokenAlerts{}
	assert.Equal(t, 0, i.Handle(t.Context(), heating(t)[:60], noon).FirstFailed)
	assert.Empty(t, s.States.All(), "what was not told is not remembered as told")
	assert.Equal(t, -1, s.take(heating(t)[:60]...).FirstFailed)
	assert.Len(t, s.alertsOf(t), 1)
}

// onlyAlerts is an alert service that knows only one kind of alert, as an older version of the function would.
type onlyAlerts struct {
	ingest.Alerts
	kind alert.Kind
}

func (o onlyAlerts) Raise(ctx context.Context, n alert.Notice) (alert.Alert, bool, error) {
	if n.Kind != o.kind {
		n.Kind = "unheard_of"
	}
	return o.Alerts.Raise(ctx, n)
}

func TestAnInvalidAlertIsRejectedAndTheStateIsStored(t *testing.T) {
	s := &stores{}
	i := s.ingester()
	i.Alerts = onlyAlerts{i.Alerts, alert.OilOvertemp}
	var records []ingest.Record
	for n := range 10 {
		hot := telemetry.Signals{telemetry.EngineCoolant: telemetry.Number(118), telemetry.EngineOil: telemetry.Number(140)}
		records = append(records, record(t, messageOf(carOne, uint64(n), noon.Add(time.Duration(n-10)*time.Second), hot)))
	}
	result := i.Handle(t.Context(), records, noon)
	assert.Equal(t, -1, result.FirstFailed)
	assert.Empty(t, result.Errors)
	assert.Len(t, s.States.All(), 1)
	require.Len(t, s.alertsOf(t), 1, "the other alert of the batch is raised")
	require.Len(t, s.kept.envelopes, 1)
	assert.Equal(t, s.kept.envelopes, result.Quarantined)
	e := s.kept.envelopes[0]
	assert.Equal(t, ingest.InvalidAlert, e.Reason)
	assert.Contains(t, e.Detail, `kind is "unheard_of"; allowed are [`)
	assert.Equal(t, string(carOne), e.VIN)
	assert.Equal(t, alert.EngineOverheat, e.Alert.Kind)
}

func TestAnInvalidAlertThatCannotBeKeptHasTheBatchTriedAgain(t *testing.T) {
	s := &stores{kept: kept{down: true}}
	i := s.ingester()
	i.Alerts = onlyAlerts{i.Alerts, alert.OilOvertemp}
	assert.Equal(t, 0, i.Handle(t.Context(), heating(t)[:60], noon).FirstFailed)
	assert.Empty(t, s.States.All())
}

func TestAnUnreadableMemoryIsReportedAndBegunAnew(t *testing.T) {
	s := &stores{}
	state := vehicle.NewState(carOne)
	state.Watch = []byte{99, 1, 2}
	require.NoError(t, s.States.PutState(t.Context(), state))
	result := s.take(heating(t)[:60]...)
	assert.Equal(t, -1, result.FirstFailed)
	require.Len(t, result.Forgotten, 1)
	require.ErrorIs(t, result.Forgotten[0], anomaly.ErrForm)
	assert.NotContains(t, result.Forgotten[0].Error(), string(carOne))
	assert.Len(t, s.alertsOf(t), 1)
	assert.Empty(t, s.take(heating(t)[60:61]...).Forgotten)
}

func TestOldTelemetryRaisesNothing(t *testing.T) {
	s := &stores{}
	i := s.ingester()
	i.Handle(t.Context(), heating(t), noon.Add(16*time.Minute))
	assert.Empty(t, s.alertsOf(t))
}

func TestTheCarsOwnTyrePressureCounts(t *testing.T) {
	s := &stores{}
	require.NoError(t, s.cars.PutVehicle(t.Context(), vehicle.Vehicle{VIN: carOne, PlacardKPa: 300}))
	var records []ingest.Record
	for n := range 40 {
		at := noon.Add(time.Duration(n-40) * time.Second)
		records = append(records, record(t, messageOf(carOne, uint64(n), at, // small: no overflow
			telemetry.Signals{telemetry.TirePressureFrontLeft: telemetry.Number(239)})))
	}
	s.take(records...)
	require.Len(t, s.alertsOf(t), 1)
	assert.Equal(t, alert.TyrePressureLow, s.alertsOf(t)[0].Kind)
}

func TestANewCarIsJudgedByTheFleetOfItsModel(t *testing.T) {
	priors, err := anomaly.ParsePriors([]byte(`{"form":1,"models":[{"make":"Acme","model":"Comet","powertrain":"COMBUSTION","priors":[
		{"subject":"anomaly.Vehicle.LowVoltageBattery.CurrentVoltage#unusual1","cars":40,"low":14.1,"median":14.2,"high":14.3}]}]}`))
	require.NoError(t, err)
	for model, alerts := range map[string]int{"Comet": 1, "Meteor": 0} {
		s := &stores{}
		require.NoError(t, s.cars.PutVehicle(t.Context(), vehicle.Vehicle{VIN: carOne, Make: "Acme", Model: model, Powertrain: "COMBUSTION"}))
		i := s.ingester()
		i.Priors = priors
		var records []ingest.Record
		for n := range 300 {
			records = append(records, record(t, messageOf(carOne, uint64(n), noon.Add(time.Duration(n-300)*time.Second), telemetry.Signals{ // small: no overflow
				telemetry.LowVoltageSystemState: telemetry.Text("ON"), telemetry.EngineSpeed: telemetry.Number(2000), telemetry.LowVoltageBattery: telemetry.Number(13.2),
			})))
		}
		require.Equal(t, -1, i.Handle(t.Context(), records, noon).FirstFailed)
		assert.Len(t, s.alertsOf(t), alerts, model)
	}
}

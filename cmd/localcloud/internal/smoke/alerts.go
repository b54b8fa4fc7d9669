package smoke

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/names"
	"connectedcar/internal/tool/testcar"
	"connectedcar/internal/vin"
)

// alarmLimit bounds each check of alerts, more tightly than checkLimit: a passing check takes only seconds.
const alarmLimit = time.Minute

// patient is a car that ana owns, acme built and the dealer north services. The check sets its temperatures, and its simulated clock runs
// faster than real time, so that a long drive needs no waiting.
type patient struct {
	*testcar.Car
	w       *world
	owner   *person
	clock   time.Time
	seq     uint64
	coolant float64 // Celsius
	oil     float64 // Celsius
}

// Engine temperatures in Celsius, below and above the alert thresholds. They differ by less than the change between two samples that the
// platform accepts as plausible.
const (
	warmCoolant, hotCoolant = 104, 119
	warmOil, hotOil         = 121, 136
)

// patient registers a new car, sells it to ana and connects it.
func (w *world) patient(ctx context.Context) (*patient, error) {
	c, err := w.ready(ctx)
	if err != nil {
		return nil, err
	}
	if err := w.sold(ctx, c.VIN); err != nil {
		return nil, err
	}
	ana, err := w.as(ctx, "ana")
	if err != nil {
		return nil, err
	}
	return &patient{Car: c, w: w, owner: ana, clock: time.Now().UTC().Truncate(time.Millisecond), coolant: warmCoolant, oil: warmOil}, nil
}

// sold transfers the car from acme to the dealer north, and from north to ana.
func (w *world) sold(ctx context.Context, v vin.VIN) error {
	maker, err := w.as(ctx, "acme")
	if err != nil {
		return err
	}
	path := "/v1/vehicles/" + string(v)
	car, err := maker.must(ctx, http.StatusOK, "GET", path, nil)
	if err != nil {
		return err
	}
	if _, err := maker.must(ctx, http.StatusOK, "PATCH", path, map[string]any{"dealerId": "north"}, "If-Match", car.etag); err != nil {
		return err
	}
	return w.handOver(ctx, v, "north", "ana")
}

// runs sends a sample for every two seconds of the car's clock, each of them twice, for long enough to pass an alert's minimum duration.
// All samples of a check together span less than telemetry.MaxFuture: the platform rejects timestamps further in the future.
func (p *patient) runs(ctx context.Context) error {
	const step, samples = 2 * time.Second, 4
	for range samples {
		p.clock, p.seq = p.clock.Add(step), p.seq+1
		m := telemetry.Message{
			Schema: telemetry.Schema, ID: newID(p.clock), TS: p.clock, BootID: "smoke", Seq: p.seq, Signals: telemetry.Signals{
				telemetry.LowVoltageSystemState: telemetry.Text("ON"), telemetry.EngineSpeed: telemetry.Number(2400),
				telemetry.EngineCoolant: telemetry.Number(p.coolant), telemetry.EngineOil: telemetry.Number(p.oil),
			},
		}
		for range 2 {
			if err := p.PublishJSON(ctx, names.Telemetry, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// comesTo sends samples with those temperatures until the owner sees exactly one alert of that kind with that status, and returns the
// alert.
func (p *patient) comesTo(ctx context.Context, coolant, oil float64, kind alert.Kind, status alert.Status, count float64) (map[string]any, error) {
	p.coolant, p.oil = coolant, oil
	if err := p.runs(ctx); err != nil {
		return nil, err
	}
	var seen map[string]any
	what := fmt.Sprintf("wait for %s to be %s with count %v", kind, status, count)
	err := testcar.Eventually(ctx, what, func(ctx context.Context) error {
		page, err := p.owner.must(ctx, http.StatusOK, "GET", "/v1/vehicles/"+string(p.VIN)+"/alerts", nil)
		if err != nil {
			return err
		}
		all := slices.DeleteFunc(page.items(), func(a map[string]any) bool { return a["kind"] != string(kind) })
		if len(all) != 1 || all[0]["status"] != string(status) || all[0]["count"] != count {
			return fmt.Errorf("its owner sees %v", all)
		}
		seen = all[0]
		return nil
	})
	return seen, err
}

// raisesOneAlert overheats an engine twice within a few minutes, which must raise one alert.
func raisesOneAlert(ctx context.Context, w *world) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, alarmLimit)
	defer cancel()
	p, err := w.patient(ctx)
	if err != nil {
		return "", err
	}
	defer p.Leave()
	first, err := p.overheatsTwice(ctx)
	if err != nil {
		return "", err
	}
	if err := p.listed(ctx, first["alertId"]); err != nil {
		return "", err
	}
	rows, err := p.rows(ctx, alert.EngineOverheat)
	if err != nil {
		return "", err
	}
	if len(rows) != 1 || text(rows[0]["alertId"]) != first["alertId"] || text(rows[0]["status"]) != string(alert.Resolved) {
		return "", fmt.Errorf("the table has %d rows: %v", len(rows), rows)
	}
	return fmt.Sprintf("alert %v: OPEN at %v %v, RESOLVED, OPEN again, RESOLVED: one row", first["alertId"], first["value"], first["unit"]), nil
}

// overheatsTwice overheats the engine twice and returns the alert as it was first raised.
func (p *patient) overheatsTwice(ctx context.Context) (map[string]any, error) {
	const kind = alert.EngineOverheat
	if err := p.runs(ctx); err != nil { // first with normal temperatures
		return nil, err
	}
	first, err := p.comesTo(ctx, hotCoolant, warmOil, kind, alert.Open, 1)
	if err != nil {
		return nil, err
	}
	for _, then := range []struct {
		coolant float64
		status  alert.Status
		count   float64
	}{{hotCoolant, alert.Open, 1}, {warmCoolant, alert.Resolved, 1}, {hotCoolant, alert.Open, 2}, {warmCoolant, alert.Resolved, 2}} {
		now, err := p.comesTo(ctx, then.coolant, warmOil, kind, then.status, then.count)
		if err != nil {
			return nil, err
		}
		if now["alertId"] != first["alertId"] || now["severity"] != string(alert.Critical) {
			return nil, fmt.Errorf("alert %v became %v", first, now)
		}
	}
	return first, nil
}

// listed checks that the alert is in the list of alerts of all the owner's cars.
func (p *patient) listed(ctx context.Context, id any) error {
	page, err := p.owner.must(ctx, http.StatusOK, "GET", "/v1/alerts?limit=100", nil)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(page.items(), func(a map[string]any) bool { return a["alertId"] == id }) {
		return errors.New("the list of alerts of all her cars lacks it")
	}
	return nil
}

// rows returns the car's alerts of that kind in the alerts table.
func (p *patient) rows(ctx context.Context, kind alert.Kind) ([]map[string]dynamotypes.AttributeValue, error) {
	items, err := p.w.query(ctx, names.OutputAlertsTable, "vin", string(p.VIN), 1)
	return slices.DeleteFunc(items, func(i map[string]dynamotypes.AttributeValue) bool { return text(i["kind"]) != string(kind) }), err
}

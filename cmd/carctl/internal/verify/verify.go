// Package verify checks a deployed environment with one test car, which it creates and removes. Its checks are those of the local
// platform's smoke test that do not disturb real cars.
package verify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/iot"

	"connectedcar/internal/platform"
	"connectedcar/internal/tool/allowlist"
	"connectedcar/internal/tool/readback"
	"connectedcar/internal/tool/testcar"
)

// Settings describe the environment and the scope of the checks.
type Settings struct {
	Platform     platform.Platform
	AWS          aws.Config
	Web          http.RoundTripper // transport for the calls of the REST API
	APIURL       string            // base URL of the REST API
	Token        string            // an operator's token; empty: only the health page is checked
	Gateway      testcar.Gateway
	Manufacturer string
	LakeWait     time.Duration // longest wait for rows in the lake; 0: the lake is not checked
}

// Line is the result of one check.
type Line struct {
	Check  string  `json:"check"`
	OK     bool    `json:"ok"`
	Detail string  `json:"detail"`
	Took   float64 `json:"seconds"`
}

func (l Line) String() string {
	status := "ok"
	if !l.OK {
		status = "FAIL"
	}
	return fmt.Sprintf("%-4s  %s (%.1f s): %s", status, l.Check, l.Took, l.Detail)
}

// run is the state of one verification.
type run struct {
	Settings
	car      *testcar.Car
	vehicles allowlist.Store
	stored   readback.Store
	db       *dynamodb.Client
	iot      *iot.Client
}

type check struct {
	name  string
	limit time.Duration
	do    func(context.Context, *run) (detail string, err error)
}

// checkLimit is the timeout of a check; it allows for a cold start and for a registration that AWS IoT throttles.
const checkLimit = 2 * time.Minute

// cleanLimit is the timeout for the removal of the car, which continues after Ctrl-C.
const cleanLimit = time.Minute

// Run runs every check, reports each result, and always removes the car. The error has the number of failed checks.
func Run(ctx context.Context, s Settings, report func(Line)) error {
	r, err := begin(s)
	if err != nil {
		return err
	}
	checks := []check{
		{"API health", checkLimit, health},
		{"registration", checkLimit, registers},
		{"telemetry", checkLimit, storesTelemetry},
		{"shadow", checkLimit, keepsShadow},
		{"API for an operator", checkLimit, answersOperator},
		{"lake", s.LakeWait, reachesLake},
	}
	failed, made := 0, 0
	for _, c := range checks {
		if c.name == "API for an operator" && s.Token == "" || c.limit == 0 {
			continue
		}
		made++
		if !r.one(ctx, c, report) {
			failed++
		}
		if ctx.Err() != nil || c.name == "registration" && failed > 0 {
			break // all other checks need the car
		}
	}
	removal := check{"the test car is removed", cleanLimit, func(ctx context.Context, r *run) (string, error) { return r.remove(ctx) }}
	if !r.one(context.WithoutCancel(ctx), removal, report) {
		failed++
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, made+1)
	}
	return nil
}

func begin(s Settings) (*run, error) {
	car, err := testcar.New(s.Gateway, testcar.NewVIN())
	if err != nil {
		return nil, err
	}
	db := dynamodb.NewFromConfig(s.AWS)
	r := &run{Settings: s, car: car, db: db, iot: iot.NewFromConfig(s.AWS)}
	var errs []error
	table := func(output string) string {
		name, err := s.Platform.Output(output)
		errs = append(errs, err)
		return name
	}
	r.vehicles = allowlist.Store{DB: db, Table: table(vehiclesTable), Now: time.Now}
	r.stored = readback.Store{DB: db, StateTable: table(stateTable), HistoryTable: table(historyTable)}
	return r, errors.Join(errs...)
}

// one runs a check and reports the result.
func (r *run) one(ctx context.Context, c check, report func(Line)) bool {
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	start := time.Now()
	detail, err := c.do(ctx, r)
	if err != nil {
		detail = err.Error()
	}
	report(Line{Check: c.name, OK: err == nil, Detail: detail, Took: time.Since(start).Seconds()})
	return err == nil
}

package verify

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/oklog/ulid/v2"

	"connectedcar/internal/aws/athena"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/names"
	"connectedcar/internal/tool/allowlist"
	"connectedcar/internal/tool/testcar"
)

const (
	vehiclesTable     = names.OutputVehiclesTable
	stateTable        = names.OutputVehicleStateTable
	historyTable      = names.OutputTelemetryTable
	certificatesTable = names.OutputCertificatesTable
)

// registers puts the car on the allow-list and connects it. The first connection must be refused, as that of every new car is.
func registers(ctx context.Context, r *run) (string, error) {
	v, err := allowlist.Entry{
		VIN: string(r.car.VIN), Manufacturer: r.Manufacturer, Make: "Test", Model: "carctl verify", ModelYear: strconv.Itoa(time.Now().Year()), Powertrain: "COMBUSTION",
	}.Check(time.Now())
	if err != nil {
		return "", err
	}
	if _, err := r.vehicles.Add(ctx, v); err != nil {
		return "", err
	}
	if err := r.car.Join(ctx); err != nil {
		return "", err
	}
	id := r.car.CertificateID()
	d, err := r.iot.DescribeCertificate(ctx, &iot.DescribeCertificateInput{CertificateId: &id})
	if err != nil {
		return "", fmt.Errorf("read the car's certificate: %w", err)
	}
	if d.CertificateDescription.Status != types.CertificateStatusActive {
		return "", fmt.Errorf("the car is connected, but its certificate is %s", d.CertificateDescription.Status)
	}
	return fmt.Sprintf("%s of manufacturer %s is registered and connected", r.car.VIN, r.Manufacturer), nil
}

// speedKPH is the speed that the car reports, in km/h. No default has this value.
const speedKPH = 87.5

// storesTelemetry sends one message twice, and expects its value in the state and one sample in the history.
func storesTelemetry(ctx context.Context, r *run) (string, error) {
	at := time.Now().UTC().Truncate(time.Millisecond)
	m := telemetry.Message{
		Schema: telemetry.Schema, ID: ulid.MustNew(ulid.Timestamp(at), rand.Reader).String(), TS: at, BootID: "verify", Seq: 1,
		Signals: telemetry.Signals{telemetry.Speed: telemetry.Number(speedKPH)},
	}
	for range 2 { // a duplicate message counts once
		if err := r.car.PublishJSON(ctx, names.Telemetry, m); err != nil {
			return "", err
		}
	}
	start := time.Now()
	err := testcar.Eventually(ctx, "wait for the sample", func(ctx context.Context) error {
		stored, err := r.stored.Read(ctx, r.car.VIN, at.Add(-time.Minute), 0)
		if err != nil {
			return err
		}
		if got := stored.State[string(telemetry.Speed)].Value; len(stored.Samples) != 1 || got != speedKPH {
			return fmt.Errorf("%d samples are stored and the newest speed is %v, want 1 and %v", len(stored.Samples), got, speedKPH)
		}
		return nil
	})
	return fmt.Sprintf("stored %.1f s after the acknowledgement, once of two", time.Since(start).Seconds()), err
}

// shadow is the named shadow that only the car writes.
const shadow = "state"

func keepsShadow(ctx context.Context, r *run) (string, error) {
	r.car.Leave() // the car's next session has the same client id
	if err := r.car.ReportShadow(ctx, shadow, `{"verified":true}`); err != nil {
		return "", err
	}
	return "shadow " + shadow + " accepts the car's report", nil
}

func health(ctx context.Context, r *run) (string, error) { return r.get(ctx, "/v1/health", "") }

func answersOperator(ctx context.Context, r *run) (string, error) {
	return r.get(ctx, "/v1/vehicles/"+string(r.car.VIN)+"/state", r.Token)
}

// mostBody is the length to which a response is shortened for display.
const mostBody = 300

func (r *run) get(ctx context.Context, path, token string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(r.APIURL, "/")+path, nil)
	if err != nil {
		return "", err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := (&http.Client{Transport: r.Web}).Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostBody))
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("GET %s: %s: %s", path, resp.Status, body)
	}
	return "GET " + path + ": " + resp.Status, nil
}

// reachesLake waits for the sample's rows in the lake. Amazon Data Firehose buffers for minutes before it writes an object.
func reachesLake(ctx context.Context, r *run) (string, error) {
	database, err := r.Platform.Output(names.OutputLakeDatabase)
	if err != nil {
		return "the environment has none", nil
	}
	workgroup, err := r.Platform.Output(names.OutputLakeWorkgroup)
	if err != nil {
		return "", err
	}
	lake := athena.New(r.AWS, database, workgroup)
	if catalog, err := r.Platform.Output(names.OutputLakeCatalog); err == nil && catalog != athena.Ordinary {
		lake.Catalog = catalog
	}
	// Depending on the table's format, a row is a message or a reading; both formats have the columns vin and day.
	sql := fmt.Sprintf("SELECT count(DISTINCT message_id) FROM telemetry WHERE day >= '%s' AND vin = '%s'",
		time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly), r.car.VIN)
	start := time.Now()
	err = testcar.Eventually(ctx, "wait for the row", func(ctx context.Context) error {
		answer, err := lake.Ask(ctx, sql)
		if err != nil {
			return err
		}
		if len(answer.Rows) != 1 || answer.Rows[0][0] == nil || *answer.Rows[0][0] != "1" {
			return fmt.Errorf("the lake has not the one message of the car")
		}
		return nil
	})
	return fmt.Sprintf("the message is there after %.0f s; it stays, as the lake is kept", time.Since(start).Seconds()), err
}

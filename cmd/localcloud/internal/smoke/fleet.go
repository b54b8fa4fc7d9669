package smoke

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"connectedcar/internal/names"
	"connectedcar/internal/tool/testcar"
)

// drive is the output of `carctl drive --json`.
type drive struct {
	VINs         []string `json:"vins"`
	Produced     int      `json:"produced"`
	Queued       int      `json:"queued"`
	Acknowledged int      `json:"acknowledged"`
	Duplicated   int      `json:"duplicated"`
	Reordered    int      `json:"reordered"`
	Log          struct {
		Rows  int `json:"rows"`
		Valid int `json:"valid"`
	} `json:"log"`
}

// drive runs `carctl drive` and checks that every message was acknowledged.
func (w *world) drive(ctx context.Context, args ...string) (drive, error) {
	out, err := w.carctl(ctx, append([]string{"drive", "--json", "--allow", "--manufacturer", w.Manufacturer}, args...)...)
	if err != nil {
		return drive{}, err
	}
	var d drive
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		return drive{}, fmt.Errorf("decode the drive's summary %q: %w", out, err)
	}
	if d.Queued == 0 || d.Acknowledged != d.Queued {
		return drive{}, fmt.Errorf("of %d messages %d were acknowledged", d.Queued, d.Acknowledged)
	}
	return d, nil
}

// replaysALog replays a log of several cars, each under a new VIN.
func replaysALog(ctx context.Context, w *world) (string, error) {
	rehearsal, err := w.carctl(ctx, "drive", "--dry-run", "--replay", w.Replay)
	if err != nil {
		return "", err
	}
	var vins []string
	for range topics(rehearsal, names.Telemetry) {
		vins = append(vins, string(testcar.NewVIN()))
	}
	d, err := w.drive(ctx, "--replay", w.Replay, "--vin", strings.Join(vins, ","))
	if err != nil {
		return "", err
	}
	if d.Log.Valid == 0 || d.Log.Valid > d.Log.Rows {
		return "", fmt.Errorf("the log has %d rows, %d of them valid", d.Log.Rows, d.Log.Valid)
	}
	if err := w.awaitSamples(ctx, d.VINs, d.Log.Valid); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: %d rows, %d valid, %d samples of %d cars", w.Replay, d.Log.Rows, d.Log.Valid, d.Log.Valid, len(d.VINs)), nil
}

// topics returns the distinct topics of that kind in the output of `carctl drive --dry-run`, which has one message a line.
func topics(rehearsal string, k names.Kind) map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(rehearsal) {
		var m struct{ Topic string }
		if json.Unmarshal([]byte(line), &m) == nil && strings.HasSuffix(m.Topic, "/"+string(k)) {
			out[m.Topic] = true
		}
	}
	return out
}

// awaitSamples waits until exactly that many samples of the cars are stored.
func (w *world) awaitSamples(ctx context.Context, vins []string, want int) error {
	return testcar.Eventually(ctx, "wait for the samples", func(ctx context.Context) error {
		got := 0
		for _, v := range vins {
			n, err := w.samples(ctx, v)
			if err != nil {
				return err
			}
			got += n
		}
		if got != want {
			return fmt.Errorf("%d are stored, want %d", got, want)
		}
		return nil
	})
}

// samples counts a car's stored samples of the last days.
func (w *world) samples(ctx context.Context, vin string) (int, error) {
	n := 0
	for day := range 3 {
		date := time.Now().UTC().AddDate(0, 0, -day).Format(time.DateOnly)
		items, err := w.query(ctx, names.OutputTelemetryTable, "pk", vin+"#"+date, 0)
		if err != nil {
			return 0, err
		}
		n += len(items)
	}
	return n, nil
}

// drivesAFleet drives cars that repeat and reorder their messages, and then accounts for every message in the stores where it belongs.
func drivesAFleet(ctx context.Context, w *world) (string, error) {
	vins := []string{string(testcar.NewVIN()), string(testcar.NewVIN()), string(testcar.NewVIN())}
	d, err := w.drive(ctx, "--vin", strings.Join(vins, ","), "--duration", "3m", "--speedup", "max", "--interval", "2s",
		"--duplicate", "0.1", "--reorder", "0.1", "--dtc", "P0301", "--seed", fmt.Sprint(time.Now().UnixNano()))
	if err != nil {
		return "", err
	}
	if d.Duplicated == 0 || d.Reordered == 0 {
		return "", fmt.Errorf("the radio duplicated %d and reordered %d messages", d.Duplicated, d.Reordered)
	}
	var kept stored
	err = testcar.Eventually(ctx, "account for every message", func(ctx context.Context) error {
		kept = stored{}
		for _, v := range vins {
			if err := w.count(ctx, v, &kept); err != nil {
				return err
			}
		}
		if all := kept.samples + kept.reports + kept.trips + kept.raw; all != d.Produced {
			return fmt.Errorf("%s make %d, but the cars produced %d", kept, all, d.Produced)
		}
		return nil
	})
	return fmt.Sprintf("%d messages of %d cars (%d duplicated, %d reordered): %s", d.Produced, len(vins), d.Duplicated, d.Reordered, kept), err
}

// stored counts messages by store.
type stored struct{ samples, reports, trips, raw int }

func (s stored) String() string {
	return fmt.Sprintf("%d samples, %d health reports, %d trips and %d raw messages", s.samples, s.reports, s.trips, s.raw)
}

// count adds the stored messages of a car to the totals.
func (w *world) count(ctx context.Context, vin string, to *stored) error {
	samples, err := w.samples(ctx, vin)
	if err != nil {
		return err
	}
	reports, err := w.query(ctx, names.OutputHealthReportsTable, "vin", vin, 0)
	if err != nil {
		return err
	}
	trips, err := w.query(ctx, names.OutputTripsTable, "vin", vin, 0)
	if err != nil {
		return err
	}
	trips = slices.DeleteFunc(trips, func(t map[string]dynamotypes.AttributeValue) bool { return text(t["source"]) != "car" })
	raw, err := w.rawMessages(ctx, vin)
	if err != nil {
		return err
	}
	to.samples, to.reports, to.trips, to.raw = to.samples+samples, to.reports+len(distinct(reports, "reportId")), to.trips+len(trips), to.raw+raw
	return nil
}

// text is a string attribute's value; empty for other types.
func text(a dynamotypes.AttributeValue) string {
	s, ok := a.(*dynamotypes.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}

func distinct(items []map[string]dynamotypes.AttributeValue, key string) map[string]bool {
	out := map[string]bool{}
	for _, item := range items {
		if s := text(item[key]); s != "" {
			out[s] = true
		}
	}
	return out
}

// rawMessages counts the distinct messages of a car in the raw bucket.
func (w *world) rawMessages(ctx context.Context, vin string) (int, error) {
	bucket, err := w.Platform.Output(names.OutputRawBucket)
	if err != nil {
		return 0, err
	}
	ids := map[any]bool{}
	pages := s3.NewListObjectsV2Paginator(w.s3, &s3.ListObjectsV2Input{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, fmt.Errorf("list %s: %w", bucket, err)
		}
		for _, o := range page.Contents {
			if !strings.Contains(*o.Key, vin) {
				continue
			}
			content, err := w.object(ctx, bucket, *o.Key)
			if err != nil {
				return 0, err
			}
			ids[sent(content)["id"]] = true
		}
	}
	return len(ids), nil
}

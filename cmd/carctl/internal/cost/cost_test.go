package cost_test

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/cmd/carctl/internal/cost"
)

var update = flag.Bool("update", false, "measure the inputs anew and write the document's tables")

// tolerance is the allowed relative difference between a measured input in the file and a new measurement: a change of the messages
// changes their cost.
const tolerance = 0.05

var root = filepath.Join("..", "..", "..", "..")

func load(t *testing.T) *cost.Book {
	t.Helper()
	b, err := cost.Load()
	require.NoError(t, err)
	return b
}

func TestMeasuredInputsAreWhatTheCodeDoes(t *testing.T) {
	now := measured(t)
	if *update {
		rewrite(t, now)
	}
	n := 0
	for _, i := range load(t).Inputs() {
		if i.Source != cost.Measured {
			continue
		}
		n++
		require.Contains(t, now, i.Name)
		if !*update {
			assert.InEpsilon(t, now[i.Name], i.Value, tolerance, "%s: take the new value over by -update, and read what docs/cost.md says then", i.Name)
		}
	}
	assert.Len(t, now, n, "every measured value is an input")
}

// rewrite writes measured values into inputs.json, which is embedded in the next build.
func rewrite(t *testing.T, now map[string]float64) {
	t.Helper()
	b, err := os.ReadFile("inputs.json")
	require.NoError(t, err)
	for name, value := range now {
		digits, err := json.Marshal(math.Round(value*100) / 100)
		require.NoError(t, err)
		entry := regexp.MustCompile(`("name": "` + regexp.QuoteMeta(name) + `", "value": )[0-9.]+`)
		require.Regexp(t, entry, string(b))
		b = entry.ReplaceAll(b, append([]byte("${1}"), digits...))
	}
	require.NoError(t, os.WriteFile("inputs.json", b, 0o644))
}

func TestTheDocumentHasTheTablesAsTheyAreComputed(t *testing.T) {
	path := filepath.Join(root, "docs", "cost.md")
	accepted, err := os.ReadFile(path)
	require.NoError(t, err)
	book := load(t)
	now, err := cost.Fill(string(accepted), book)
	require.NoError(t, err)
	assert.Empty(t, book.Unused(), "prices and inputs that nothing is computed with")
	assert.Contains(t, now, book.Date, "the document says of which day its prices are")
	assert.Contains(t, now, book.Region)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(now), 0o644))
		return
	}
	assert.Equal(t, now, string(accepted), "write them anew: go test ./cmd/carctl/internal/cost -update, twice if inputs were measured")
}

func TestADocumentWithAnUnknownTableOrWithoutOneIsRefused(t *testing.T) {
	_, err := cost.Fill("<!-- computed: weather -->\n<!-- end of computed -->", load(t))
	assert.ErrorContains(t, err, "weather")
	_, err = cost.Fill("nothing computed", load(t))
	assert.ErrorContains(t, err, "has no place")
}

// TestChargesAreWhatTheirUnitsSay compares some lines with a manual calculation.
func TestChargesAreWhatTheirUnitsSay(t *testing.T) {
	b := load(t)
	line := func(p cost.Path, what string) cost.Line {
		for _, l := range p.Lines {
			if l.What == what {
				return l
			}
		}
		t.Fatalf("%s has no charge %q", p.Name, what)
		return cost.Line{}
	}
	// A million messages of less than one kilobyte count as a million kilobytes on the stream, and as five million in Firehose.
	assert.InDelta(t, 1024e6/(1<<30)*0.08, line(b.Entry(), "written to the stream").USD(), 1e-9)
	assert.InDelta(t, 5120e6/(1<<30)*0.029, line(b.Parquet(), "delivered").USD(), 1e-9)
	assert.InDelta(t, 5120e6/(1<<30)*0.018, line(b.Parquet(), "converted").USD(), 1e-9)
	// With an Iceberg table, two delivery streams read the stream.
	assert.InDelta(t, 2*line(b.Parquet(), "read from the stream").USD(), line(b.Iceberg(), "read from the stream").USD(), 1e-9)
	// One PutObject per message costs more than all other charges of the message.
	assert.InDelta(t, 0.15+0.15+5, b.Straight().USD(), 1e-9)
	assert.Greater(t, b.Straight().USD(), b.Entry().USD()+b.Parquet().USD())
}

func TestAFleetOfNoCarsCostsWhatIsFixed(t *testing.T) {
	b := load(t)
	assert.InDelta(t, cost.Path{Lines: b.Fixed()}.USD(), b.Month(cost.Fleet{Interval: 1}), 1e-9)
	one, two := cost.Fleet{Cars: 1000, Hours: 1, Interval: 10}, cost.Fleet{Cars: 2000, Hours: 1, Interval: 10}
	fixed := b.Month(cost.Fleet{Interval: 1})
	assert.InEpsilon(t, 2*(b.Month(one)-fixed), b.Month(two)-fixed, 1e-9, "twice the cars cost twice as much on top")
	assert.InEpsilon(t, 1000*3600/10*730/24, one.Messages(b), 1e-9)
}

// TestFixedCostsCountWhatTheTemplatesHave compares the number of resources with a monthly charge with prod's templates.
func TestFixedCostsCountWhatTheTemplatesHave(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "test", "snapshot", "testdata", "connectedcar-prod-*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	counts := map[string]float64{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		var template struct {
			Resources map[string]struct {
				Type       string
				Properties struct {
					Rules      json.RawMessage
					ShardCount float64
				}
			}
		}
		require.NoError(t, json.Unmarshal(b, &template))
		for _, r := range template.Resources {
			counts[r.Type]++
			counts["shards"] += r.Properties.ShardCount
			if r.Type == "AWS::WAFv2::WebACL" {
				var rules []any
				require.NoError(t, json.Unmarshal(r.Properties.Rules, &rules))
				counts["rules"] += float64(len(rules))
			}
		}
	}
	want := map[string]float64{
		"fixed.keys": counts["AWS::KMS::Key"], "fixed.acls": counts["AWS::WAFv2::WebACL"], "fixed.rules": counts["rules"],
		"fixed.alarms": counts["AWS::CloudWatch::Alarm"], "fixed.shards": counts["shards"],
	}
	for _, i := range load(t).Inputs() {
		if n, ok := want[i.Name]; ok {
			assert.InDelta(t, n, i.Value, 0, i.Name)
			delete(want, i.Name)
		}
	}
	assert.Empty(t, want, "each is an input")
	assert.InDelta(t, 1, counts["AWS::Kinesis::Stream"], 0, "an environment has one stream, which is what Fixed counts")
}

func TestPricesHaveADate(t *testing.T) {
	_, err := time.Parse(time.DateOnly, load(t).Date)
	assert.NoError(t, err)
}

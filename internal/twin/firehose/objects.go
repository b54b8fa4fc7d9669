package firehose

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// expression matches an expression in a prefix, such as !{timestamp:yyyy-MM-dd}.
var expression = regexp.MustCompile(`!\{([A-Za-z]+):([^}]*)\}`)

// timeLetters translates the pattern letters of Java's DateTimeFormatter that prefixes use here to Go's layout.
var timeLetters = strings.NewReplacer("yyyy", "2006", "MM", "01", "dd", "02", "HH", "15", "mm", "04", "ss", "05")

// prefix evaluates a prefix's expressions. An unknown expression is an error, because objects would be written where nobody looks for them.
func prefix(template string, at time.Time, values map[string]string) (string, error) {
	var unknown error
	out := expression.ReplaceAllStringFunc(template, func(e string) string {
		parts := expression.FindStringSubmatch(e)
		if parts[1] == "timestamp" {
			return at.UTC().Format(timeLetters.Replace(parts[2]))
		}
		value, ok := values[parts[1]+":"+parts[2]]
		if !ok {
			unknown = errors.Join(unknown, fmt.Errorf("the prefix %q: no value for %s", template, e))
		}
		return value
	})
	return out, unknown
}

// put writes an object under a prefix, with a name in the style of Firehose.
func (d *Delivery) put(ctx context.Context, template string, values map[string]string, extension string, body []byte) error {
	now := d.Now()
	folder, err := prefix(template, now, values)
	if err != nil {
		return err
	}
	key := folder + d.Settings.Name + "-1-" + now.UTC().Format("2006-01-02-15-04-05-") + newID() + extension
	return d.Objects.Put(ctx, key, body)
}

// keepRaw writes the records unchanged, one after the other, in one compressed object. Like Firehose, it puts no separator between them.
func (d *Delivery) keepRaw(ctx context.Context, records []Record) error {
	if d.Settings.Raw == "" {
		return nil
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for _, r := range records {
		if _, err := z.Write(r.Data); err != nil {
			return fmt.Errorf("compress raw records: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("compress raw records: %w", err)
	}
	return d.put(ctx, d.Settings.Raw, nil, ".gz", b.Bytes())
}

// writeRows writes one Parquet object per partition. Lines that do not fit the table become failures.
func (d *Delivery) writeRows(ctx context.Context, out *output) error {
	for p, lines := range out.rows {
		body, bad, err := encode(d.Columns, lines)
		if err != nil {
			return err
		}
		for _, f := range bad {
			f.arrived = d.Now()
			out.failed = append(out.failed, f)
		}
		if body == nil {
			continue
		}
		values := map[string]string{"partitionKeyFromLambda:day": p.day, "partitionKeyFromLambda:hour": p.hour}
		if err := d.put(ctx, d.Settings.Prefix, values, ".parquet", body); err != nil {
			return err
		}
	}
	return nil
}

// writeErrors writes one object per kind of failure, with one JSON line per failure that holds the record and the reason.
func (d *Delivery) writeErrors(ctx context.Context, out *output) error {
	lines := map[string][]byte{}
	for _, f := range out.failed {
		line, err := json.Marshal(map[string]any{
			"attemptsMade": f.attempts, "arrivalTimestamp": f.arrived.UnixMilli(), "attemptEndingTimestamp": d.Now().UnixMilli(),
			"errorCode": f.code, "errorMessage": f.message, "rawData": f.data, "lambdaArn": d.Settings.Function,
		})
		if err != nil {
			return fmt.Errorf("encode a failure: %w", err)
		}
		lines[f.kind] = append(append(lines[f.kind], line...), '\n')
	}
	for kind, body := range lines {
		d.Log.Error("records failed", "kind", kind, "bytes", len(body))
		if err := d.put(ctx, d.Settings.ErrorPrefix, map[string]string{"firehose:error-output-type": kind}, "", body); err != nil {
			return err
		}
	}
	return nil
}

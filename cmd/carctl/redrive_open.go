package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	objectstore "connectedcar/internal/aws/s3"
	"connectedcar/internal/names"
	"connectedcar/internal/tool/redrive"
)

// openFailures opens the failures of that kind and of the other kinds in its family, which have the same messages. If name is empty, it
// opens all kinds that the environment has. The result is grouped by family.
func openFailures(ctx context.Context, t *target, name string) ([][]redrive.Failures, redrive.Ledger, error) {
	w, err := t.open(ctx)
	if err != nil {
		return nil, redrive.Ledger{}, err
	}
	r := &reader{where: w}
	ledger := redrive.Ledger{API: objectstore.NewClient(w.aws), Bucket: r.output(names.OutputFailuresBucket), Now: time.Now}
	var families [][]redrive.Failures
	var order []string
	for _, k := range redrive.Kinds() {
		family := cmp.Or(k.Family, k.Name)
		_, missing := w.Output(k.Failures) // not every environment has every kind
		if missing != nil && k.Name != name || name != "" && family != familyOf(name) {
			continue
		}
		n := slices.Index(order, family)
		if n < 0 {
			n, order, families = len(order), append(order, family), append(families, nil)
		}
		families[n] = append(families[n], r.failures(k, family))
	}
	return families, ledger, r.err
}

// familyOf returns the family of the kind with that name.
func familyOf(name string) string {
	kinds := redrive.Kinds()
	n := slices.IndexFunc(kinds, func(k redrive.Kind) bool { return k.Name == name }) // cobra accepts only existing kinds
	return cmp.Or(kinds[n].Family, name)
}

func (r *reader) failures(k redrive.Kind, family string) redrive.Failures {
	f := redrive.Failures{Kind: k.Name, Family: family}
	if k.Name == "batches" {
		b := redrive.Batches{API: objectstore.NewClient(r.aws), Bucket: r.output(k.Failures), Streams: r.streams()}
		f.Store, f.Source = b, b
		return f
	}
	f.Store, f.Source = r.queue(k.Failures), r.source(k.Name)
	return f
}

// listAll groups the failures of all families. It reads the families concurrently, as even an empty queue takes two seconds.
func listAll(ctx context.Context, families [][]redrive.Failures, ledger redrive.Ledger, limit int) ([]redrive.Group, error) {
	found, errs := make([][]redrive.Group, len(families)), make([]error, len(families))
	var wait sync.WaitGroup
	for n, family := range families {
		wait.Go(func() { found[n], errs[n] = redrive.List(ctx, family, ledger, limit) })
	}
	wait.Wait()
	for n, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("list failures of kind %s: %w", families[n][0].Kind, err)
		}
	}
	return slices.Concat(found...), nil
}

// source returns the Source that decodes the failures of a queue.
func (r *reader) source(name string) redrive.Source {
	for _, w := range names.Workers {
		if w.Name == name {
			return redrive.Worked{
				Queue: r.queue(w.Queue), Judge: func(payload []byte) error { return redrive.Judge(name, "", payload) },
			}
		}
	}
	switch name {
	case "registration":
		return redrive.Registration{Queue: r.queue(names.OutputRegistrationQueue)}
	case "notify":
		return r.followed(names.OutputNotifyFunction, redrive.Worked{Queue: r.queue(names.OutputNotifyQueue)})
	case "listeners":
		return r.followed(names.OutputListenersFunction, nil)
	case redrive.Findings:
		return judged(redrive.Telemetry{Stream: r.findings(), Key: name}, name)
	case "rules":
		return r.rules()
	}
	return judged(redrive.Telemetry{Stream: r.stream()}, string(names.Telemetry))
}

// judged sets Judge, so that messages that the functions on the stream would reject are not brought back.
func judged(t redrive.Telemetry, kind string) redrive.Telemetry {
	t.Judge = func(key string, payload []byte) error { return redrive.Judge(kind, key, payload) }
	return t
}

// reader looks up the resources for redriving in the platform's outputs, and keeps the first error.
type reader struct {
	where
	err error
}

func (r *reader) output(name string) string {
	v, err := r.Output(name)
	if err != nil && r.err == nil {
		r.err = err
	}
	return v
}

func (r *reader) queue(output string) redrive.Queue {
	return redrive.Queue{API: sqs.NewFromConfig(r.aws), URL: r.output(output)}
}

func (r *reader) stream() redrive.Stream {
	return redrive.Stream{API: kinesis.NewFromConfig(r.aws), Name: r.output(names.OutputTelemetryStream)}
}

func (r *reader) findings() redrive.Stream {
	return redrive.Stream{API: kinesis.NewFromConfig(r.aws), Name: r.output(names.OutputFindingsStream)}
}

// streams returns the streams whose failed batches are in the bucket. The stream of findings exists only in some environments.
func (r *reader) streams() []redrive.Stream {
	all := []redrive.Stream{r.stream()}
	if _, err := r.Output(names.OutputFindingsStream); err == nil {
		all = append(all, r.findings())
	}
	return all
}

func (r *reader) followed(function string, others redrive.Source) redrive.Followed {
	return redrive.Followed{
		Streams:  dynamodbstreams.NewFromConfig(r.aws),
		Function: redrive.Function{API: lambda.NewFromConfig(r.aws), Name: r.output(function)}, Others: others,
	}
}

func (r *reader) rules() redrive.Rules {
	application, err := r.Application()
	if err != nil && r.err == nil {
		r.err = err
	}
	return redrive.Rules{
		Application: application, Stream: r.stream(), Registration: r.queue(names.OutputRegistrationQueue),
		Raw:     redrive.Bucket{API: objectstore.NewClient(r.aws), Name: r.output(names.OutputRawBucket)},
		Reports: redrive.Table{API: dynamodb.NewFromConfig(r.aws), Name: r.output(names.OutputHealthReportsTable)},
		Workers: r.workers(), Judge: redrive.Judge,
	}
}

// workers returns the queues that the workers' messages return to, by the worker's name.
func (r *reader) workers() map[string]redrive.Queue {
	all := map[string]redrive.Queue{}
	for _, w := range names.Workers {
		all[w.Name] = r.queue(w.Queue)
	}
	return all
}

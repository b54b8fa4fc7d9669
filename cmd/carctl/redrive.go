package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/spf13/cobra"

	objectstore "connectedcar/internal/aws/s3"
	"connectedcar/internal/names"
	"connectedcar/internal/tool/printable"
	"connectedcar/internal/tool/redrive"
)

// failureKinds are the names of the kinds of failures.
func failureKinds() []string {
	var names []string
	for _, k := range redrive.Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// describeKinds is a line for each kind.
func describeKinds() string {
	var text strings.Builder
	for _, k := range redrive.Kinds() {
		fmt.Fprintf(&text, "  %-13s %s\n", k.Name, k.What)
	}
	return text.String()
}

func redriveCommand(t *target) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "redrive",
		Short: "Look at messages that could not be handled, and bring them back",
		Long: "Failures are kept in queues, and batches of streams in a bucket:\n" + describeKinds() +
			"Nothing is deleted before it has been brought back.",
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(redriveListCommand(t), redriveRunCommand(t))
	return cmd
}

func redriveListCommand(t *target) *cobra.Command {
	limit, asJSON := 0, false
	cmd := &cobra.Command{
		Use:       "list KIND",
		Short:     "Show what failed and why, without losing any of it",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: failureKinds(),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := openFailures(cmd.Context(), t, args[0])
			if err != nil {
				return err
			}
			groups, err := f.list(cmd.Context(), limit)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(groups)
			}
			return printGroups(cmd.OutOrStdout(), groups)
		},
	}
	cmd.Flags().IntVar(&limit, "max", 0, "look at most at so many messages; 0 is all")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func redriveRunCommand(t *target) *cobra.Command {
	var o redrive.Options
	asJSON := false
	cmd := &cobra.Command{
		Use:       "run KIND",
		Short:     "Bring failed messages back to where they failed",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: failureKinds(),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := openFailures(cmd.Context(), t, args[0])
			if err != nil {
				return err
			}
			r, err := f.run(cmd.Context(), o)
			if asJSON {
				if printErr := json.NewEncoder(cmd.OutOrStdout()).Encode(r); printErr != nil {
					return printErr
				}
			} else {
				printResult(cmd.OutOrStdout(), r, o.DryRun)
			}
			return err
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.Max, "max", 0, "at most so many messages; 0 is all that were there at the start")
	f.BoolVar(&o.DryRun, "dry-run", false, "only say what would be brought back")
	f.StringVar(&o.Reason, "reason", "", "only failures with this reason, as list shows it")
	f.StringVar(&o.VIN, "vin", "", "only failures of this car")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// failures are those of one kind.
type failures struct {
	list func(ctx context.Context, limit int) ([]redrive.Group, error)
	run  func(ctx context.Context, o redrive.Options) (redrive.Result, error)
}

func openFailures(ctx context.Context, t *target, name string) (failures, error) {
	w, err := t.open(ctx)
	if err != nil {
		return failures{}, err
	}
	r := &reader{where: w}
	kinds := redrive.Kinds()
	kind := kinds[slices.IndexFunc(kinds, func(k redrive.Kind) bool { return k.Name == name })] // cobra lets no others through
	if name == "batches" {
		b := redrive.Batches{API: objectstore.NewClient(w.aws), Bucket: r.output(kind.Failures), Streams: r.streams()}
		return failures{list: b.List, run: b.Run}, r.err
	}
	return ofQueue(r.queue(kind.Failures), r.source(name)), r.err
}

// source reads the failures of a queue.
func (r *reader) source(name string) redrive.Source {
	for _, w := range names.Workers {
		if w.Name == name {
			return redrive.Worked{Queue: r.queue(w.Queue)}
		}
	}
	switch name {
	case "registration":
		return redrive.Registration{Queue: r.queue(names.OutputRegistrationQueue)}
	case "notify":
		return r.followed(names.OutputNotifyFunction, redrive.Worked{Queue: r.queue(names.OutputNotifyQueue)})
	case "listeners":
		return r.followed(names.OutputListenersFunction, nil)
	case "findings":
		return redrive.Telemetry{Stream: r.findings(), Key: name}
	case "rules":
		return r.rules()
	}
	return redrive.Telemetry{Stream: r.stream()}
}

func ofQueue(q redrive.Queue, s redrive.Source) failures {
	return failures{
		list: func(ctx context.Context, limit int) ([]redrive.Group, error) { return redrive.List(ctx, q, s, limit) },
		run:  func(ctx context.Context, o redrive.Options) (redrive.Result, error) { return redrive.Run(ctx, q, s, o) },
	}
}

// reader makes what redriving needs from the platform's outputs, and keeps the first error.
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

// streams are all whose batches are in the bucket: only some environments have findings.
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
		Workers: r.workers(),
	}
}

// workers are the queues that messages of the workers go back to, by the worker's name.
func (r *reader) workers() map[string]redrive.Queue {
	all := map[string]redrive.Queue{}
	for _, w := range names.Workers {
		all[w.Name] = r.queue(w.Queue)
	}
	return all
}

func printGroups(w io.Writer, groups []redrive.Group) error {
	if len(groups) == 0 {
		_, err := fmt.Fprintln(w, "nothing failed")
		return err
	}
	table := newTable(w)
	printRow(table, "COUNT", "REASON", "VIN", "OLDEST", "CANNOT BE BROUGHT BACK BECAUSE")
	for _, g := range groups {
		printRow(table, g.Count, g.Reason, g.VIN, g.Oldest.UTC().Format(time.RFC3339), g.Stuck)
	}
	return table.Flush()
}

func printResult(w io.Writer, r redrive.Result, dryRun bool) {
	did := "brought back"
	if dryRun {
		did = "would bring back"
	}
	fmt.Fprintf(w, "%s %d\n", did, r.Returned)
	var reasons []string
	for why := range r.Kept {
		reasons = append(reasons, why)
	}
	slices.Sort(reasons)
	for _, why := range reasons {
		fmt.Fprintf(w, "kept %d: %s\n", r.Kept[why], printable.Text(why))
	}
}

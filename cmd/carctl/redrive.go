package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/internal/tool/printable"
	"connectedcar/internal/tool/redrive"
)

// failureKinds returns the names of the kinds of failures.
func failureKinds() []string {
	var names []string
	for _, k := range redrive.Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// describeKinds returns a help text with a line for each kind.
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
			"A message that fails as telemetry and lake is one message.\n\n" +
			"Nothing is deleted before it has been brought back or archived. A message that its function would refuse again stays, with the\n" +
			"reason: edit it, or drop it. One that was brought back before and failed again stays until run --again.",
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(redriveListCommand(t), redriveShowCommand(t), redriveRunCommand(t), redriveEditCommand(t), redriveDropCommand(t))
	return cmd
}

// kindAnd validates the arguments of a command: a kind of failures, and optionally one message's id.
func kindAnd(least, most int) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return fmt.Errorf("%d arguments: the first is a kind, of %s", len(args), strings.Join(failureKinds(), ", "))
		}
		if len(args) > 0 && !slices.Contains(failureKinds(), args[0]) {
			return fmt.Errorf("kind %q: allowed are %s", args[0], strings.Join(failureKinds(), ", "))
		}
		return nil
	}
}

func redriveListCommand(t *target) *cobra.Command {
	limit, format := 0, output{}
	cmd := &cobra.Command{
		Use:       "list [KIND]",
		Short:     "Show what failed and why, without losing any of it",
		Args:      kindAnd(0, 1),
		ValidArgs: failureKinds(),
		RunE: func(cmd *cobra.Command, args []string) error {
			families, ledger, err := openFailures(cmd.Context(), t, strings.Join(args, ""))
			if err != nil {
				return err
			}
			groups, err := listAll(cmd.Context(), families, ledger, limit)
			if err != nil {
				return err
			}
			if format.json() {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(groups)
			}
			return printGroups(cmd.OutOrStdout(), groups)
		},
	}
	cmd.Flags().IntVar(&limit, "max", 0, "look at most at so many messages of a kind; 0 is all")
	format.flag(cmd)
	return cmd
}

func redriveShowCommand(t *target) *cobra.Command {
	var o redrive.Options
	cmd := &cobra.Command{
		Use:   "show KIND [ID]",
		Short: "Print failures whole, one JSON object each",
		Args:  kindAnd(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			families, ledger, err := openFailures(cmd.Context(), t, args[0])
			if err != nil {
				return err
			}
			o.ID = strings.Join(args[1:], "")
			encoder, shown := json.NewEncoder(cmd.OutOrStdout()), 0
			encoder.SetIndent("", "  ")
			var failed error
			err = redrive.Show(cmd.Context(), families[0], ledger, o, func(e redrive.Entry) {
				shown++
				failed = cmp.Or(failed, encoder.Encode(e))
			})
			if err == nil && shown == 0 && o.ID != "" {
				return fmt.Errorf("there is no message %s of kind %s", o.ID, args[0])
			}
			return cmp.Or(err, failed)
		},
	}
	narrow(cmd, &o)
	return cmd
}

// narrow defines the flags that select failures.
func narrow(cmd *cobra.Command, o *redrive.Options) {
	f := cmd.Flags()
	f.IntVar(&o.Max, "max", 0, "look at most at so many messages; 0 is all that were there at the start")
	f.StringVar(&o.Reason, "reason", "", "only failures with this `reason`, as list shows it")
	f.StringVar(&o.VIN, "vin", "", "only failures of this car")
}

func redriveRunCommand(t *target) *cobra.Command {
	var o redrive.Options
	format := output{}
	cmd := &cobra.Command{
		Use:   "run KIND",
		Short: "Bring failed messages back to where they failed",
		Args:  kindAnd(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			families, ledger, err := openFailures(cmd.Context(), t, args[0])
			if err != nil {
				return err
			}
			r, err := redrive.Run(cmd.Context(), families[0], ledger, o)
			if format.json() {
				return cmp.Or(json.NewEncoder(cmd.OutOrStdout()).Encode(r), err)
			}
			printResult(cmd.OutOrStdout(), r, o.DryRun)
			return err
		},
	}
	narrow(cmd, &o)
	cmd.Flags().BoolVar(&o.Again, "again", false, "also messages that were brought back before and failed again: mend the cause first")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "only count what would be brought back")
	format.flag(cmd)
	return cmd
}

func redriveDropCommand(t *target) *cobra.Command {
	var o redrive.Options
	all := false
	cmd := &cobra.Command{
		Use:   "drop KIND [ID]",
		Short: "Archive failures that are not wanted any more, and delete them",
		Long: "drop writes failures to redrive/dropped/KIND/DATE/ in the bucket of failures, and then deletes them where they were.\n" +
			"It needs a choice: a message's ID, --reason, --vin, --refused or --all.",
		Args: kindAnd(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.ID = strings.Join(args[1:], ""); o == (redrive.Options{Max: o.Max, DryRun: o.DryRun}) && !all {
				return usageError{errors.New("nothing chosen: give a message's ID, --reason, --vin, --refused or --all")}
			}
			families, ledger, err := openFailures(cmd.Context(), t, args[0])
			if err != nil {
				return err
			}
			n, err := redrive.Drop(cmd.Context(), families[0], ledger, o)
			did := "dropped"
			if o.DryRun {
				did = "would drop"
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s %d\n", did, n)
			return err
		},
	}
	narrow(cmd, &o)
	cmd.Flags().BoolVar(&o.Stuck, "refused", false, "only failures that cannot be brought back")
	cmd.Flags().BoolVar(&all, "all", false, "all failures of the kind")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "only count what would be dropped")
	return cmd
}

func printGroups(w io.Writer, groups []redrive.Group) error {
	if len(groups) == 0 {
		_, err := fmt.Fprintln(w, "nothing failed")
		return err
	}
	table := newTable(w)
	printRow(table, "KIND", "COUNT", "REASON", "VIN", "FIRST (UTC)", "CANNOT BE BROUGHT BACK BECAUSE")
	for _, g := range groups {
		printRow(table, strings.Join(g.Kinds, "+"), g.Count, g.Reason, g.VIN, g.First.UTC().Format(time.DateTime), g.Stuck)
	}
	return table.Flush()
}

func printResult(w io.Writer, r redrive.Result, dryRun bool) {
	did := "brought back"
	if dryRun {
		did = "would bring back"
	}
	fmt.Fprintf(w, "%s %d\n", did, r.Returned)
	if r.Copies > 0 {
		fmt.Fprintf(w, "the same in another queue: %d\n", r.Copies)
	}
	for _, why := range slices.Sorted(maps.Keys(r.Kept)) {
		fmt.Fprintf(w, "kept %d: %s\n", r.Kept[why], printable.Text(why))
	}
}

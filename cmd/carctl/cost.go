package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/cmd/carctl/internal/cost"
)

func costCommand() *cobra.Command {
	f, interval := cost.Fleet{}, time.Second
	cmd := &cobra.Command{
		Use:   "cost",
		Short: "Say what a fleet costs a month on AWS, at list prices",
		Long: "Connections, telemetry, the lake, hot history, and what an environment costs before the first message. docs/cost.md says\n" +
			"what that is computed from, what is left out, and how sure it is.",
		Args:    cobra.NoArgs,
		Example: "  carctl cost --cars 5000 --hours 1.5 --interval 10s",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.Interval = interval.Seconds(); f.Cars < 0 || f.Hours < 0 || f.Hours > 24 || f.Interval <= 0 {
				return fmt.Errorf("allowed are --cars from 0, --hours from 0 to 24 and an --interval above 0s")
			}
			book, err := cost.Load()
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%.1f million messages a month; USD at the prices of %s on %s\n", f.Messages(book)/1e6, book.Region, book.Date)
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', tabwriter.AlignRight)
			for _, s := range book.Shares(f) {
				fmt.Fprintf(table, "%.2f\t  %s\n", s.USD, s.What)
			}
			fmt.Fprintf(table, "%.2f\t  Together\n", book.Month(f))
			return table.Flush()
		},
	}
	flags := cmd.Flags()
	flags.Float64Var(&f.Cars, "cars", 1000, "how many cars")
	flags.Float64Var(&f.Hours, "hours", 1, "how long each is on the road, a day")
	flags.DurationVar(&interval, "interval", interval, "time between two messages of a car")
	return cmd
}

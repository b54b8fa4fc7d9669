package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"connectedcar/internal/aws/athena"
)

// driftsQuestion is the name of the query for signals that slowly approach a limit. The query also runs every night.
const driftsQuestion = "slow_drifts"

func anomalyDriftsCommand(t *target) *cobra.Command {
	on := ""
	cmd := &cobra.Command{
		Use: "drifts", Short: "Say of which cars a battery, a brake or a tyre slowly goes towards its limit, and on which day it will be there", Args: cobra.NoArgs,
		Long: "It asks the lake the question " + driftsQuestion + ", which looks at means of the 56 days before, and prints a sentence for each finding, the most\n" +
			"urgent first. The interval is of 95 %. `carctl lake query " + driftsQuestion + " --format csv` has the same as numbers.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			sql, err := question(cmd.InOrStdin(), driftsQuestion, on)
			if err != nil {
				return err
			}
			answer, err := ask(cmd, t, sql)
			if err != nil {
				return err
			}
			return printDrifts(cmd.OutOrStdout(), answer)
		},
	}
	cmd.Flags().StringVar(&on, "on", "", "the day (2006-01-02, UTC) to look back from; default today")
	return cmd
}

func printDrifts(to io.Writer, a athena.Answer) error {
	table := newTable(to)
	for n, row := range a.Rows {
		d := drift{}
		for i, name := range a.Columns {
			if row[i] == nil {
				return fmt.Errorf("row %d: %s is missing", n+1, name)
			}
			d[name] = *row[i]
		}
		sentence, err := d.sentence()
		if err != nil {
			return fmt.Errorf("row %d: %w", n+1, err)
		}
		printRow(table, d["vin"], d["make"]+" "+d["model"], sentence)
	}
	if len(a.Rows) == 0 {
		printRow(table, "No car is within 120 days of a limit.")
	}
	return table.Flush()
}

// drift is a row of the query's result, by column.
type drift map[string]string

func (d drift) sentence() (string, error) {
	var numbers [5]float64
	for n, name := range []string{"level", "bound", "slope_a_week", "flattest_a_week", "steepest_a_week"} {
		v, err := strconv.ParseFloat(d[name], 64)
		if err != nil {
			return "", fmt.Errorf("%s %q is no number", name, d[name])
		}
		numbers[n] = v
	}
	level, bound, slope, flattest, steepest := numbers[0], numbers[1], -numbers[2], -numbers[3], -numbers[4]
	unit := d["unit"]
	falls := fmt.Sprintf("The %s is %.4g %s and falls by %.2g a week (%.2g to %.2g, by %s days)", d["measure"], level, unit, slope, flattest,
		steepest, d["days"])
	if level <= bound {
		return fmt.Sprintf("%s: it is below its limit, %.4g.", falls, bound), nil
	}
	return fmt.Sprintf("%s: it will be at its limit, %.4g, on %s (between %s and %s).", falls, bound, d["limit_on"], d["earliest_on"], d["latest_on"]), nil
}

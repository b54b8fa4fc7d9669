package main

import "github.com/spf13/cobra"

func anomalyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "anomaly", Short: "Measure the detection of anomalies"}
	cmd.AddCommand(anomalyCorpusCommand(), anomalyReplayCommand(), anomalyBenchCommand(), anomalyFaultsCommand())
	return cmd
}

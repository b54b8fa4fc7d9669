package main

import "github.com/spf13/cobra"

func anomalyCommand(t *target) *cobra.Command {
	cmd := &cobra.Command{Use: "anomaly", Short: "Measure the detection of anomalies"}
	cmd.AddCommand(anomalyCorpusCommand(), anomalyReplayCommand(), anomalyBenchCommand(), anomalyFaultsCommand(), anomalyPriorsCommand(t), anomalyDriftsCommand(t))
	return cmd
}

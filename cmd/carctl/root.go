package main

import (
	"io"
	"strings"

	"connectedcar/internal/platform"
	"connectedcar/internal/tool/printable"

	"github.com/spf13/cobra"
)

// newRoot is the command with all its subcommands. Results go to out; progress and warnings to info.
func newRoot(out, info io.Writer) *cobra.Command {
	t := &target{}
	root := &cobra.Command{
		Use:   "carctl",
		Short: "Operate and try out the connected-car platform",
		Long: "carctl operates the connected-car platform: certificate authorities, vehicles, certificates, drives, failures,\n" +
			"people and their calls of the API.\n\n" +
			"It works on the platform that --platform describes (by default the local one), or with --env on that environment\n" +
			"in the AWS account of the usual credentials.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetOut(printable.Writer{To: out})
	root.SetErr(printable.Writer{To: info})
	root.PersistentFlags().StringVar(&t.file, "platform", platform.DefaultFile, "description of the platform, as `make up` writes it")
	root.PersistentFlags().StringVar(&t.environment, "env", "", "environment deployed in an AWS account (dev, prod ...) instead of --platform")
	root.MarkFlagsMutuallyExclusive("platform", "env")
	root.AddCommand(caCommand(t), vehicleCommand(t), certCommand(t), driveCommand(t), telemetryCommand(t), anomalyCommand(), redriveCommand(t), lakeCommand(t),
		costCommand(), environmentCommand(t), userCommand(t), loginCommand(t), logoutCommand(t), mfaCommand(t), apiCommand(t), preflightCommand(t), verifyCommand(t))
	return root
}

// oneLine makes one line of an error that joins several.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

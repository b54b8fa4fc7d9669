package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"connectedcar/internal/platform"
	"connectedcar/internal/tool/printable"
)

// newRoot returns the root command with all its subcommands. Results are written to out, progress and warnings to info.
func newRoot(out, info io.Writer) *cobra.Command {
	t := &target{}
	root := &cobra.Command{
		Use:   "carctl",
		Short: "Operate and try out the connected-car platform",
		Long: "carctl operates the connected-car platform: certificate authorities, vehicles, certificates, drives, failures,\n" +
			"people and their calls of the API.\n\n" +
			"It works on the platform that --platform describes (by default the local one), or with --env on that environment\n" +
			"in the AWS account of the usual credentials.\n\n" +
			"It exits with 0 when it did what was asked, with 2 when it did not understand its flags or arguments and did nothing,\n" +
			"and with 1 when something else failed.",
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetOut(printable.Writer{To: out})
	root.SetErr(printable.Writer{To: info})
	root.PersistentFlags().StringVar(&t.file, "platform", "", "`file` with the platform's description, which make up writes (default: "+
		"$"+platformVariable+", or\n"+platform.DefaultFile+" in this folder or the nearest one above it)")
	root.PersistentFlags().StringVar(&t.environment, "env", "", "`name` of an environment deployed in an AWS account (dev, prod ...) instead of --platform")
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return t.find(os.Getenv) }
	root.MarkFlagsMutuallyExclusive("platform", "env")
	root.AddCommand(caCommand(t), vehicleCommand(t), certCommand(t), driveCommand(t), telemetryCommand(t), alertCommand(t), anomalyCommand(t), redriveCommand(t), lakeCommand(t),
		costCommand(), environmentCommand(t), userCommand(t), loginCommand(t), logoutCommand(t), mfaCommand(t), apiCommand(t), preflightCommand(t), verifyCommand(t))
	for _, c := range every(root) {
		misuse(c)
	}
	return root
}

// every returns the command and all its subcommands, recursively.
func every(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		all = append(all, every(sub)...)
	}
	return all
}

// usageError is an error in the command line. The command has done nothing.
type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

// misuse turns a command's errors about flags and arguments into usage errors.
func misuse(c *cobra.Command) {
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	check := c.Args
	switch {
	case c.HasSubCommands():
		check = known
	case check == nil:
		check = cobra.ArbitraryArgs
	}
	c.Args = func(c *cobra.Command, args []string) error {
		err := errors.Join(check(c, args), c.ValidateRequiredFlags(), c.ValidateFlagGroups())
		if err != nil {
			return usageError{err}
		}
		return nil
	}
	if c.HasSubCommands() && c.RunE == nil && c.Run == nil {
		c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	}
}

// known refuses arguments of a command that has subcommands.
func known(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return fmt.Errorf("unknown command %q for %q: allowed are %s", args[0], c.CommandPath(), strings.Join(names, ", "))
}

// version returns the version of the module, with the commit from which the program was built.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	text := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && !strings.Contains(text, s.Value[:min(12, len(s.Value))]) {
			text += " of commit " + s.Value
		}
	}
	return text
}

// oneLine returns the text of a joined error on one line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

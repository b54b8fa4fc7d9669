package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/spf13/cobra"

	"connectedcar/cmd/localcloud/internal/smoke"
	"connectedcar/internal/aws/awsconfig"
)

// destroyed is the last claim of the smoke test.
const destroyed = "the environment is destroyed"

func smokeCommand() *cobra.Command {
	replay, only := "examples/obd-log.csv", ""
	var hostility smoke.Hostility
	cmd := &cobra.Command{
		Use:   "smoke",
		Short: "Start the platform, check every route with real cars, stop it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := regexp.Compile(only)
			if err != nil {
				return fmt.Errorf("--only %q: %w", only, err)
			}
			c, held, err := newCloud("smoke")
			if err != nil {
				return err
			}
			defer held.release()
			if err := c.up(cmd.Context()); err != nil {
				return err
			}
			defer c.down()
			c.progress.say("")
			cfg, err := c.aws()
			if err != nil {
				return err
			}
			physical, err := c.physicalIDs(cmd.Context(), cloudformation.NewFromConfig(cfg)) // read before the stacks are deleted
			if err != nil {
				return err
			}
			err = smoke.Run(cmd.Context(), smoke.Settings{
				AWS: cfg, Web: awsconfig.HTTPClient(c.endpoint).Transport, Environment: c.environment(),
				Platform: c.platform, PlatformFile: c.descriptionFile(), Carctl: c.tool("carctl"),
				Manufacturer: manufacturer, Replay: replay, Out: os.Stdout, Only: chosen, Hostility: hostility,
				Schemathesis: filepath.Join(c.repo, ".venv", "bin", "schemathesis"), Contract: filepath.Join(c.repo, "api", "openapi.yaml"),
				NewAccount: filepath.Join(c.repo, "examples", "quotas-new-account.json"),
			})
			if err == nil && chosen.MatchString(destroyed) {
				err = c.progress.step(destroyed, func() (string, error) { return c.destroy(cmd.Context()) })
			}
			return errors.Join(err, c.judgeIAM(cmd.Context(), physical, only == ""))
		},
	}
	cmd.Flags().StringVar(&replay, "replay", replay, "the OBD-II log to play")
	cmd.Flags().IntVar(&hostility.Honest, "honest", 0, "honest cars beside hostile ones, with --hostile and --span; 0: a few")
	cmd.Flags().IntVar(&hostility.Cars, "hostile", 0, "hostile cars")
	cmd.Flags().DurationVar(&hostility.Span, "span", 0, "the time over which the honest cars drive")
	cmd.Flags().DurationVar(&hostility.Late, "late", 5*time.Second, "the longest time from a crash of theirs to its alert, with --honest")
	cmd.Flags().IntVar(&hostility.Rate, "rate", 20, "messages a second of each hostile car")
	cmd.Flags().StringVar(&only, "only", only, "run the checks alone whose sentence this regular expression finds")
	return cmd
}

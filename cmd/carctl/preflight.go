package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/cmd/carctl/internal/preflight"
	"connectedcar/internal/platform"
)

type preflightOptions struct {
	templates, quotas, output string
	fleet                     preflight.Fleet
	interval                  time.Duration
}

func preflightCommand(t *target) *cobra.Command {
	o := preflightOptions{fleet: preflight.Fleet{Cars: 1000}, interval: time.Second}
	cmd := &cobra.Command{
		Use:   "preflight",
		Short: "Compare an account with the templates before they are deployed to it",
		Long: "Reads the account and region of the usual credentials, and the templates that `make synth` wrote, and prints a line a check:\n" +
			"ok, warn (it works, but throttled or in part, or it could not be read) or fail (AWS refuses the deployment, or a part of it\n" +
			"cannot work), with the remedy. Nothing is written. It needs no deployed environment.\n\n" +
			"The exit status is 0 if nothing fails, and 1 if a check fails or the templates cannot be read.\n\n" +
			"--quotas puts values of a file before the account's, {\"lambda\": {\"L-B99A9384\": 10}}: to rehearse another account, and for\n" +
			"the local platform, whose emulator has no quotas.",
		Example: "  make synth && carctl preflight --env dev --cars 20000 --interval 10s\n" +
			"  carctl preflight --quotas examples/quotas-new-account.json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd, t) },
	}
	f := cmd.Flags()
	f.StringVar(&o.templates, "templates", "", "folder that `cdk synth` wrote (default: cdk.out, or the local platform's own)")
	f.StringVar(&o.quotas, "quotas", "", "JSON file with quotas to assume instead of the account's")
	f.StringVarP(&o.output, "output", "o", "text", "text, or json: an object a line")
	f.Float64Var(&o.fleet.Cars, "cars", o.fleet.Cars, "how many cars the environment is for")
	f.DurationVar(&o.interval, "interval", o.interval, "time between two messages of a car")
	return cmd
}

func (o preflightOptions) run(cmd *cobra.Command, t *target) error {
	if o.output != "text" && o.output != "json" {
		return fmt.Errorf("--output %q: allowed are text and json", o.output)
	}
	if o.fleet.Interval = o.interval.Seconds(); o.fleet.Cars < 0 || o.fleet.Interval <= 0 {
		return fmt.Errorf("allowed are --cars from 0 and an --interval above 0s")
	}
	account, needs, err := o.read(cmd, t)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(cmd.OutOrStdout())
	checked := 0
	failed, err := preflight.Run(cmd.Context(), account, needs, o.fleet, func(l preflight.Line) {
		checked++
		if o.output == "json" {
			_ = encoder.Encode(l)
		} else {
			fmt.Fprintln(cmd.OutOrStdout(), l)
		}
	})
	if err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, checked)
	}
	return nil
}

// read returns a reader of the account, and the environment's templates.
func (o preflightOptions) read(cmd *cobra.Command, t *target) (preflight.Account, preflight.Needs, error) {
	environment, templates := t.environment, "cdk.out"
	if environment == "" {
		p, err := platform.Load(t.file)
		if err != nil {
			return preflight.Account{}, preflight.Needs{}, err
		}
		environment, templates = p.Environment, filepath.Join(t.dir(), "cdk.out")
	}
	needs, err := preflight.ReadNeeds(cmp.Or(o.templates, templates), environment)
	if err != nil {
		return preflight.Account{}, preflight.Needs{}, err
	}
	cfg, err := t.openAWS(cmd.Context())
	if err != nil {
		return preflight.Account{}, preflight.Needs{}, err
	}
	account := preflight.NewAccount(cfg)
	if o.quotas != "" {
		assumed, err := preflight.ReadAssumed(o.quotas)
		if err != nil {
			return preflight.Account{}, preflight.Needs{}, err
		}
		account = assumed.Instead(account)
	}
	return account, needs, nil
}

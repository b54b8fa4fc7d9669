package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/cmd/carctl/internal/verify"
	"connectedcar/internal/device/pki"
	"connectedcar/internal/tool/testcar"
)

type verifyOptions struct {
	ca, manufacturer, as, output string
	lake                         time.Duration
}

func verifyCommand(t *target) *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check a deployed environment with one test car, which is removed again",
		Long: "Puts a made-up car on the allow-list, signs its certificate with --ca, and checks registration, telemetry, a shadow, the API and\n" +
			"the lake, a line each. At the end, and also after a failure or Ctrl-C, the car is removed: certificate, thing, shadow, rows.\n" +
			"Its one message stays in the lake. Real cars notice nothing.\n\n" +
			"--as names an operator who is signed in (carctl login): the API is then asked for the car, else for its health alone.\n\n" +
			"The exit status is 0 if everything holds, 1 if a check fails or cannot begin, 130 after Ctrl-C.",
		Example: "  carctl verify --env dev --ca pki/acme --manufacturer acme --as ops@example.com\n  carctl verify",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd, t) },
	}
	f := cmd.Flags()
	f.StringVar(&o.ca, "ca", "", "folder of the authority that signs the test car (default: the platform's)")
	f.StringVar(&o.manufacturer, "manufacturer", "acme", "manufacturer of the test car, whose authority that is")
	f.StringVar(&o.as, "as", "", "e-mail address of an operator who is signed in")
	f.DurationVar(&o.lake, "lake", 10*time.Minute, "how long to wait for the lake at most; 0: do not check it")
	f.StringVarP(&o.output, "output", "o", "text", "text, or json: an object a line")
	return cmd
}

func (o verifyOptions) run(cmd *cobra.Command, t *target) error {
	if o.output != "text" && o.output != "json" {
		return fmt.Errorf("--output %q: allowed are text and json", o.output)
	}
	s, err := o.settings(cmd, t)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(cmd.OutOrStdout())
	return verify.Run(cmd.Context(), s, func(l verify.Line) {
		if o.output == "json" {
			_ = encoder.Encode(l)
			return
		}
		fmt.Fprintln(cmd.OutOrStdout(), l)
	})
}

func (o verifyOptions) settings(cmd *cobra.Command, t *target) (verify.Settings, error) {
	w, err := t.open(cmd.Context())
	if err != nil {
		return verify.Settings{}, err
	}
	issuer, err := pki.Folder(cmp.Or(o.ca, t.caDir(w.Platform))).Issuer()
	if err != nil {
		return verify.Settings{}, err
	}
	application, err := w.Application()
	if err != nil {
		return verify.Settings{}, err
	}
	api, err := w.apiURL()
	if err != nil {
		return verify.Settings{}, err
	}
	token := ""
	if o.as != "" {
		session, err := t.session(cmd.Context())
		if err != nil {
			return verify.Settings{}, err
		}
		if token, err = session.bearer(cmd.Context(), o.as); err != nil {
			return verify.Settings{}, err
		}
	}
	return verify.Settings{
		Platform: w.Platform, AWS: w.aws, Web: w.web, APIURL: api, Token: token, Manufacturer: o.manufacturer, LakeWait: o.lake,
		Gateway: testcar.Gateway{MQTT: w.MQTT, Application: application, Issuer: issuer},
	}, nil
}

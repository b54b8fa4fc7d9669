package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/spf13/cobra"
	"golang.org/x/time/rate"

	"connectedcar/cmd/carctl/internal/caleak"
	tables "connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/names"
)

type caRevoke struct {
	reason string
	rate   float64
	yes    bool
}

func caRevokeCommand(t *target) *cobra.Command {
	o := caRevoke{}
	cmd := &cobra.Command{
		Use:   "revoke CA-CERTIFICATE-ID",
		Short: "Revoke every certificate of a CA whose key is in other hands",
		Long: "Makes the CA inactive and switches its automatic registration off, then revokes each of its certificates, then notes it in the\n" +
			"platform's records. Cars with these certificates connect no more: each needs a new one of another CA.\n" +
			"Interrupted, it goes on where it was when it is called again. A revoked certificate stays revoked.",
		Example: "  carctl ca revoke 3f9a... --reason 'issuing key leaked, incident 42' --rate 5 --yes --env prod",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.run(cmd, t, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.reason, "reason", "", "why, for the records: at least 10 characters")
	// AWS IoT allows 10 calls of UpdateCertificate per second in an account and region, over all callers.
	// https://docs.aws.amazon.com/general/latest/gr/iot-core.html#security-limits
	f.Float64Var(&o.rate, "rate", 5, "calls of the control plane a second: half of the quota, so that other makers' cars register meanwhile")
	f.BoolVar(&o.yes, "yes", false, "really revoke; without it the command says what it would do")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}

var certificateID = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (o caRevoke) run(cmd *cobra.Command, t *target, ca string) error {
	switch {
	case !certificateID.MatchString(ca):
		return fmt.Errorf("CA certificate %q: allowed are the 64 hexadecimal digits that `carctl ca register` prints", ca)
	case len(strings.TrimSpace(o.reason)) < 10:
		return errors.New("--reason: allowed are 10 characters and more: the records keep it")
	case o.rate <= 0:
		return fmt.Errorf("--rate %v: allowed is more than 0", o.rate)
	case !o.yes:
		return fmt.Errorf("this cuts off every car with a certificate of CA %s, for good: add --yes", ca)
	}
	w, err := t.open(cmd.Context())
	if err != nil {
		return err
	}
	table, err := w.Output(names.OutputCertificatesTable)
	if err != nil {
		return err
	}
	cleanup := &caleak.Cleanup{
		Registry: iot.NewFromConfig(w.aws), Records: tables.NewAllCertificates(dynamodb.NewFromConfig(w.aws), table),
		Calls: rate.NewLimiter(rate.Limit(o.rate), 1), Progress: o.progress(cmd),
	}
	n, err := cleanup.Revoke(cmd.Context(), ca, o.reason)
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("interrupted after %d certificates; the same command goes on with the others", n)
	}
	if err != nil {
		return fmt.Errorf("after %d certificates: %w; the same command goes on with the others", n, err)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "CA %s is closed; %d certificates revoked\n", ca, n)
	return nil
}

// progress returns a function that prints the progress every few seconds.
func (o caRevoke) progress(cmd *cobra.Command) func(done, all int) {
	last := time.Now()
	return func(done, all int) {
		if now := time.Now(); now.Sub(last) >= plainTick {
			last = now
			fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d revoked, about %s left\n", done, all, caleak.Left(all-done, o.rate))
		}
	}
}

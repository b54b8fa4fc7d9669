package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/spf13/cobra"

	"connectedcar/internal/device/pki"
)

func caCommand(t *target) *cobra.Command {
	cmd := &cobra.Command{Use: "ca", Short: "Make, register and revoke a manufacturer's certificate authority", Args: cobra.NoArgs}
	cmd.AddCommand(caInitCommand(t), caRegisterCommand(t), caRevokeCommand(t))
	return cmd
}

type caInit struct {
	dir, organization, code string
	verification, ifMissing bool
}

func caInitCommand(t *target) *cobra.Command {
	var o caInit
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make root and intermediate, and a verification certificate if asked",
		Long: "Makes the root and the intermediate (the issuing CA of a manufacturer) with ECDSA P-256 keys, in files\n" +
			"root.pem root.key intermediate.pem intermediate.key chain.pem. Keys are readable by their owner alone and are never\n" +
			"overwritten. With a registration code it also makes verification.pem, which registration in mode `default` needs.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd, t) },
	}
	f := cmd.Flags()
	f.StringVar(&o.dir, "dir", filepath.Join(".local", "ca"), "folder of the authority")
	f.StringVar(&o.organization, "organization", "ACME Motors", "name of the manufacturer in the certificates")
	f.StringVar(&o.code, "registration-code", "", "registration code of the AWS account and region: makes verification.pem")
	f.BoolVar(&o.verification, "verification", false, "ask AWS IoT for the registration code: makes verification.pem")
	f.BoolVar(&o.ifMissing, "if-missing", false, "succeed without touching keys if the authority is there")
	cmd.MarkFlagsMutuallyExclusive("registration-code", "verification")
	return cmd
}

func (o caInit) run(cmd *cobra.Command, t *target) error {
	folder := pki.Folder(o.dir)
	now := time.Now()
	err := folder.Init(o.organization, now)
	there := errors.Is(err, pki.ErrExists)
	switch {
	case there && o.ifMissing:
		fmt.Fprintf(cmd.OutOrStdout(), "certificate authority in %s is there\n", o.dir)
	case there:
		return fmt.Errorf("%w (--if-missing accepts it)", err)
	case err != nil:
		return err
	default:
		fmt.Fprintf(cmd.OutOrStdout(), "made certificate authority of %s in %s\n", o.organization, o.dir)
	}
	code := o.code
	if o.verification {
		if code, err = registrationCode(cmd, t); err != nil {
			return err
		}
	}
	if code == "" {
		return nil
	}
	if err := folder.Verify(code, now); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "made %s\n", filepath.Join(o.dir, pki.Verification))
	return nil
}

func registrationCode(cmd *cobra.Command, t *target) (string, error) {
	cfg, err := t.openAWS(cmd.Context())
	if err != nil {
		return "", err
	}
	out, err := iot.NewFromConfig(cfg).GetRegistrationCode(cmd.Context(), &iot.GetRegistrationCodeInput{})
	if err != nil {
		return "", fmt.Errorf("ask AWS IoT for the registration code: %w", err)
	}
	return *out.RegistrationCode, nil
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/spf13/cobra"

	"connectedcar/internal/device/pki"
)

type caRegister struct {
	dir, manufacturer, mode string
}

// Modes of a CA certificate, as values of the flag.
const (
	modeSNIOnly = "sni-only"
	modeDefault = "default"
)

func caRegisterCommand(t *target) *cobra.Command {
	var o caRegister
	cmd := &cobra.Command{
		Use:   "register",
		Short: "Register the issuing CA with AWS IoT, active and with auto-registration",
		Long: "Registers intermediate.pem with AWS IoT by its API: active, with automatic registration of the certificates that it\n" +
			"signed. Usually the stack `fleet` does this, from the setting `manufacturers`; this is for a CA that it cannot register.\n" +
			"Registering again changes nothing.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd, t) },
	}
	f := cmd.Flags()
	f.StringVar(&o.dir, "dir", filepath.Join(".local", "ca"), "folder of the authority, as `carctl ca init` made it")
	f.StringVar(&o.manufacturer, "manufacturer", "", "id of the manufacturer whose cars it signs")
	f.StringVar(&o.mode, "mode", modeSNIOnly, "certificate mode: sni-only, or default (needs verification.pem)")
	_ = cmd.MarkFlagRequired("manufacturer")
	return cmd
}

func (o caRegister) run(cmd *cobra.Command, t *target) error {
	input, err := o.input()
	if err != nil {
		return err
	}
	cfg, err := t.openAWS(cmd.Context())
	if err != nil {
		return err
	}
	client := iot.NewFromConfig(cfg)
	out, err := client.RegisterCACertificate(cmd.Context(), input)
	var exists *types.ResourceAlreadyExistsException
	id := ""
	switch {
	case errors.As(err, &exists):
		if id, err = activate(cmd, client, exists); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "CA certificate %s is registered already; it is active\n", id)
	case err != nil:
		return fmt.Errorf("register the CA of %s: %w", o.manufacturer, err)
	default:
		id = aws.ToString(out.CertificateId)
		fmt.Fprintf(cmd.OutOrStdout(), "registered CA certificate %s\n", id)
	}
	setting, err := json.Marshal(map[string]string{"id": id})
	if err != nil {
		return fmt.Errorf("encode setting: %w", err)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "to register its cars, put this into the list `caCertificates` of manufacturer %s in the environment's setting `manufacturers`: %s\n", o.manufacturer, setting)
	return nil
}

var manufacturerID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

func (o caRegister) input() (*iot.RegisterCACertificateInput, error) {
	if !manufacturerID.MatchString(o.manufacturer) {
		return nil, fmt.Errorf("manufacturer %q: allowed are 1 to 31 lower-case letters, digits and hyphens, a letter first", o.manufacturer)
	}
	path := filepath.Join(o.dir, pki.IntermediateCertificate)
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read CA certificate: %w", err)
	}
	if _, err := pki.ParseCertificate(pem); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	in := &iot.RegisterCACertificateInput{CaCertificate: aws.String(string(pem)), SetAsActive: true, AllowAutoRegistration: true}
	switch o.mode {
	case modeSNIOnly:
		in.CertificateMode = types.CertificateModeSniOnly
	case modeDefault:
		verification, err := pki.Folder(o.dir).VerificationPEM()
		if err != nil {
			return nil, err
		}
		in.CertificateMode, in.VerificationCertificate = types.CertificateModeDefault, aws.String(string(verification))
	default:
		return nil, fmt.Errorf("mode %q: allowed are %s and %s", o.mode, modeSNIOnly, modeDefault)
	}
	return in, nil
}

// activate makes sure that a CA that is registered already is active and has automatic registration on.
func activate(cmd *cobra.Command, client *iot.Client, exists *types.ResourceAlreadyExistsException) (string, error) {
	id := aws.ToString(exists.ResourceId)
	if id == "" {
		return "", fmt.Errorf("the CA is registered already, but AWS IoT does not say as which: %w", exists)
	}
	_, err := client.UpdateCACertificate(cmd.Context(), &iot.UpdateCACertificateInput{
		CertificateId: &id, NewStatus: types.CACertificateStatusActive, NewAutoRegistrationStatus: types.AutoRegistrationStatusEnable,
	})
	if err != nil {
		return "", fmt.Errorf("activate CA certificate %s: %w", id, err)
	}
	return id, nil
}

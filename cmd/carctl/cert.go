package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/platform"
	"connectedcar/internal/vin"
)

func certCommand(t *target) *cobra.Command {
	cmd := &cobra.Command{Use: "cert", Short: "Issue the certificates of cars", Args: cobra.NoArgs}
	cmd.AddCommand(certIssueCommand(t))
	return cmd
}

type certIssue struct {
	ca, out string
	days    int
	renew   bool
}

func certIssueCommand(t *target) *cobra.Command {
	var o certIssue
	cmd := &cobra.Command{
		Use:   "issue VIN",
		Short: "Make the key and certificate of a car, as its factory would",
		Long: "Writes car.key (readable by its owner alone) and car.pem (the certificate and the intermediate that signed it) into\n" +
			"OUT/VIN. A car that has a certificate keeps it unless --renew, which sets the old one aside in the same folder.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, t, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.ca, "ca", "", "folder of the authority (default: the platform's, or ca in the folder of its description)")
	f.StringVar(&o.out, "out", "", "folder that holds a folder for each car (default: cars, beside the platform's description)")
	f.IntVar(&o.days, "days", pki.DefaultDays, "days that the certificate is valid")
	f.BoolVar(&o.renew, "renew", false, "replace the car's certificate and keep the old one aside")
	return cmd
}

func (o certIssue) run(cmd *cobra.Command, t *target, text string) error {
	v, err := vin.Parse(text)
	if err != nil {
		return err
	}
	if o.ca == "" {
		o.ca = t.caDir(described(t))
	}
	if o.out == "" {
		o.out = t.carDir()
	}
	issuer, err := pki.Folder(o.ca).Issuer()
	if err != nil {
		return err
	}
	folder := pki.CarFolder(filepath.Join(o.out, string(v)))
	issue := folder.Issue
	if o.renew {
		issue = folder.Renew
	}
	p, err := issue(issuer, v.ThingName(), o.days, time.Now())
	if errors.Is(err, pki.ErrHasCertificate) {
		return fmt.Errorf("%w (--renew)", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "issued certificate %s of %s, valid until %s, in %s\n",
		pki.CertificateID(p.Certificate), v, p.Certificate.NotAfter.Format(time.DateOnly), folder)
	return nil
}

// described returns the platform's description, or the zero Platform if there is none: issuing a certificate does not need one.
func described(t *target) platform.Platform {
	p, err := platform.Load(t.file)
	if err != nil || t.environment != "" {
		return platform.Platform{}
	}
	return p
}

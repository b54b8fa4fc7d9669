package registry

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/aws/smithy-go"
)

// AWS is the Source that reads the control plane of AWS IoT or of an emulator.
type AWS struct {
	client *iot.Client
	cache  cache
}

// attempts is the number of attempts of one call. A failed call is repeated with the next snapshot or connect.
const attempts = 2

// AppID names the gateway in the user agent of its calls, to mark them: the gateway registers certificates as PENDING_ACTIVATION by API,
// which the API of AWS itself refuses.
const AppID = "devicegateway"

// NewAWS makes a source.
func NewAWS(cfg aws.Config) *AWS {
	return &AWS{client: iot.NewFromConfig(cfg, func(o *iot.Options) { o.RetryMaxAttempts, o.AppID = attempts, AppID })}
}

// Certificate implements Source.
func (a *AWS) Certificate(ctx context.Context, id string) (Certificate, error) {
	out, err := a.client.DescribeCertificate(ctx, &iot.DescribeCertificateInput{CertificateId: &id})
	if err != nil {
		return Certificate{}, fmt.Errorf("describe certificate %s: %w", id, notFound(err))
	}
	d := out.CertificateDescription
	return Certificate{ID: id, ARN: aws.ToString(d.CertificateArn), Status: d.Status, CAID: aws.ToString(d.CaCertificateId)}, nil
}

// thingName matches valid thing names. A client id may have any other form.
var thingName = regexp.MustCompile(`^[a-zA-Z0-9:_-]{1,128}$`)

// Thing implements Source.
func (a *AWS) Thing(ctx context.Context, name string) (Thing, error) {
	if !thingName.MatchString(name) { // AWS IoT would reject it as an invalid request
		return Thing{}, fmt.Errorf("thing %q: %w", name, ErrNotFound)
	}
	out, err := a.client.DescribeThing(ctx, &iot.DescribeThingInput{ThingName: &name})
	if err != nil {
		return Thing{}, fmt.Errorf("describe thing %s: %w", name, notFound(err))
	}
	t := Thing{Name: name, Type: aws.ToString(out.ThingTypeName), Attributes: out.Attributes}
	pages := iot.NewListThingPrincipalsPaginator(a.client, &iot.ListThingPrincipalsInput{ThingName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return Thing{}, fmt.Errorf("list principals of thing %s: %w", name, notFound(err))
		}
		t.Principals = append(t.Principals, page.Principals...)
	}
	return t, nil
}

// Register implements Source. In AWS only AWS IoT itself registers a certificate as PENDING_ACTIVATION, at a device's first connect. If the
// API refuses that status, Register registers the certificate as INACTIVE and then updates the status.
func (a *AWS) Register(ctx context.Context, c *x509.Certificate, ca CA) (Certificate, error) {
	in := &iot.RegisterCertificateInput{
		CertificatePem: aws.String(encode(c)), CaCertificatePem: aws.String(encode(ca.Certificate)), Status: Pending,
	}
	out, err := a.client.RegisterCertificate(ctx, in)
	var state *types.CertificateStateException
	var invalid *types.InvalidRequestException
	direct := true
	if errors.As(err, &state) || errors.As(err, &invalid) {
		direct = false
		in.Status = types.CertificateStatusInactive
		out, err = a.client.RegisterCertificate(ctx, in)
	}
	var exists *types.ResourceAlreadyExistsException
	if errors.As(err, &exists) {
		return a.Certificate(ctx, CertificateID(c))
	}
	if err != nil {
		return Certificate{}, fmt.Errorf("register certificate: %w", err)
	}
	made := Certificate{ID: aws.ToString(out.CertificateId), ARN: aws.ToString(out.CertificateArn), Status: Pending, CAID: ca.ID}
	if direct {
		return made, nil
	}
	_, err = a.client.UpdateCertificate(ctx, &iot.UpdateCertificateInput{CertificateId: out.CertificateId, NewStatus: Pending})
	if err != nil {
		return Certificate{}, fmt.Errorf("set certificate %s to %s: %w", made.ID, Pending, err)
	}
	return made, nil
}

// CertificateID is the id that AWS IoT gives a certificate.
func CertificateID(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

func encode(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// notFound converts AWS IoT's error to ErrNotFound.
func notFound(err error) error {
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		return ErrNotFound
	}
	return err
}

// unreachable reports whether the service gave no response.
func unreachable(err error) bool {
	var answer smithy.APIError
	return err != nil && !errors.Is(err, ErrNotFound) && !errors.As(err, &answer)
}

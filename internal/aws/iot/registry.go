// Package iot adapts AWS IoT Core: its registry for the registration of cars, messages to cars, shadows and policies.
package iot

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/registration"
)

// client lists the calls of the SDK's client that this package makes.
type client interface {
	DescribeCertificate(context.Context, *iot.DescribeCertificateInput, ...func(*iot.Options)) (*iot.DescribeCertificateOutput, error)
	DescribeCACertificate(context.Context, *iot.DescribeCACertificateInput, ...func(*iot.Options)) (*iot.DescribeCACertificateOutput, error)
	UpdateCertificate(context.Context, *iot.UpdateCertificateInput, ...func(*iot.Options)) (*iot.UpdateCertificateOutput, error)
	CreateThing(context.Context, *iot.CreateThingInput, ...func(*iot.Options)) (*iot.CreateThingOutput, error)
	DescribeThing(context.Context, *iot.DescribeThingInput, ...func(*iot.Options)) (*iot.DescribeThingOutput, error)
	UpdateThing(context.Context, *iot.UpdateThingInput, ...func(*iot.Options)) (*iot.UpdateThingOutput, error)
	AddThingToThingGroup(context.Context, *iot.AddThingToThingGroupInput, ...func(*iot.Options)) (*iot.AddThingToThingGroupOutput, error)
	AttachPolicy(context.Context, *iot.AttachPolicyInput, ...func(*iot.Options)) (*iot.AttachPolicyOutput, error)
	AttachThingPrincipal(context.Context, *iot.AttachThingPrincipalInput, ...func(*iot.Options)) (*iot.AttachThingPrincipalOutput, error)
	iot.ListThingPrincipalsAPIClient
}

// Registry is the registry of one account and region.
type Registry struct {
	client    client
	thingType string
	policies  []string
}

// New creates things of that thing type and attaches the policies of those names to certificates.
func New(cfg aws.Config, thingType string, policies ...string) *Registry {
	return &Registry{client: iot.NewFromConfig(cfg), thingType: thingType, policies: policies}
}

// Certificate returns the certificate with that id, or registration.ErrUnknownCertificate.
func (r *Registry) Certificate(ctx context.Context, id string) (registration.Presented, error) {
	out, err := r.client.DescribeCertificate(ctx, &iot.DescribeCertificateInput{CertificateId: &id})
	if is[*types.ResourceNotFoundException](err) {
		return registration.Presented{}, registration.ErrUnknownCertificate
	}
	if err != nil {
		return registration.Presented{}, awsconfig.Sort(err)
	}
	d := out.CertificateDescription
	if d == nil {
		return registration.Presented{}, errors.New("the registry's answer has no certificate")
	}
	return registration.Presented{
		ID: aws.ToString(d.CertificateId), ARN: aws.ToString(d.CertificateArn), CACertificateID: aws.ToString(d.CaCertificateId),
		PEM: aws.ToString(d.CertificatePem), Status: registration.Status(d.Status), CreatedAt: aws.ToTime(d.CreationDate).UTC(),
	}, nil
}

// AuthorityPEM returns the certificate, in PEM, of the certificate authority with that id.
func (r *Registry) AuthorityPEM(ctx context.Context, id string) (string, error) {
	out, err := r.client.DescribeCACertificate(ctx, &iot.DescribeCACertificateInput{CertificateId: &id})
	if err != nil {
		return "", awsconfig.Sort(err)
	}
	if out.CertificateDescription == nil {
		return "", errors.New("the registry's answer has no authority")
	}
	return aws.ToString(out.CertificateDescription.CertificatePem), nil
}

// SetStatus sets a certificate's status in AWS IoT.
func (r *Registry) SetStatus(ctx context.Context, id string, status registration.Status) error {
	_, err := r.client.UpdateCertificate(ctx, &iot.UpdateCertificateInput{CertificateId: &id, NewStatus: types.CertificateStatus(status)})
	return awsconfig.Sort(err)
}

// EnsureThing creates the thing, or updates the existing one: its attributes are replaced, and a missing thing type is set. A thing of
// another type belongs to another environment of the account and is registration.ErrElsewhere: a certificate of this environment must not
// act as that environment's car.
func (r *Registry) EnsureThing(ctx context.Context, thing registration.Thing) error {
	attributes := &types.AttributePayload{Attributes: thing.Attributes}
	_, err := r.client.CreateThing(ctx, &iot.CreateThingInput{
		ThingName: &thing.Name, ThingTypeName: &r.thingType, AttributePayload: attributes,
	})
	if !is[*types.ResourceAlreadyExistsException](err) {
		return awsconfig.Sort(err)
	}
	there, err := r.client.DescribeThing(ctx, &iot.DescribeThingInput{ThingName: &thing.Name})
	if err != nil {
		return awsconfig.Sort(fmt.Errorf("it exists and cannot be read: %w", err))
	}
	if kind := aws.ToString(there.ThingTypeName); kind != "" && kind != r.thingType {
		return fmt.Errorf("%w: its type is %q, here it is %q", registration.ErrElsewhere, kind, r.thingType)
	}
	_, err = r.client.UpdateThing(ctx, &iot.UpdateThingInput{
		ThingName: &thing.Name, ThingTypeName: &r.thingType, AttributePayload: attributes, // Merge is false: attributes are replaced
	})
	if err != nil {
		return awsconfig.Sort(fmt.Errorf("it exists and cannot be updated: %w", err))
	}
	return nil
}

// Join adds a thing to a thing group.
func (r *Registry) Join(ctx context.Context, thing, group string) error {
	_, err := r.client.AddThingToThingGroup(ctx, &iot.AddThingToThingGroupInput{ThingName: &thing, ThingGroupName: &group})
	return awsconfig.Sort(err)
}

// AttachPolicies attaches the policies of all cars to the certificate.
func (r *Registry) AttachPolicies(ctx context.Context, certificateARN string) error {
	for _, policy := range r.policies {
		_, err := r.client.AttachPolicy(ctx, &iot.AttachPolicyInput{PolicyName: &policy, Target: &certificateARN})
		if err != nil {
			return fmt.Errorf("attach policy %s: %w", policy, awsconfig.Sort(err))
		}
	}
	return nil
}

// AttachCertificate attaches the certificate to the thing exclusively. When an event is delivered twice, the certificate is attached
// twice. AWS IoT does not document whether it accepts the repetition, only that it rejects a second thing beside an exclusive one. After a
// rejection, the list of the thing's certificates therefore decides.
// https://docs.aws.amazon.com/iot/latest/developerguide/exclusive-thing.html
func (r *Registry) AttachCertificate(ctx context.Context, thing, certificateARN string) error {
	_, err := r.client.AttachThingPrincipal(ctx, &iot.AttachThingPrincipalInput{
		ThingName: &thing, Principal: &certificateARN, ThingPrincipalType: types.ThingPrincipalTypeExclusiveThing,
	})
	if !is[*types.InvalidRequestException](err) {
		return awsconfig.Sort(err)
	}
	attached, listed := r.hasCertificate(ctx, thing, certificateARN)
	if listed != nil {
		return awsconfig.Sort(errors.Join(err, fmt.Errorf("list the principals of the thing: %w", listed)))
	}
	if attached {
		return nil
	}
	return awsconfig.Sort(err)
}

func (r *Registry) hasCertificate(ctx context.Context, thing, certificateARN string) (bool, error) {
	pages := iot.NewListThingPrincipalsPaginator(r.client, &iot.ListThingPrincipalsInput{ThingName: &thing})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, err
		}
		if slices.Contains(page.Principals, certificateARN) {
			return true, nil
		}
	}
	return false, nil
}

func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

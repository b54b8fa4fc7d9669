// Package teardown removes the entries that cars and users added to AWS IoT's registry, so that CloudFormation can delete the stacks of an
// environment: AWS IoT does not delete a thing type in use, an attached policy or an active CA. Every step is idempotent; after an
// interruption, another run continues with the remaining entries.
package teardown

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"golang.org/x/sync/errgroup"
)

// Registry is one environment's part of AWS IoT's registry.
type Registry struct {
	Client *iot.Client
	// ThingType is the thing type of the environment's cars, Policies are the policies of their certificates, and CAs are the CAs that the
	// environment's stack registered.
	ThingType string
	Policies  []string
	CAs       []string
	// IdentityPrefix is the beginning of the names of the policies that the environment's functions created for users.
	IdentityPrefix string
	// Progress is called with a line for every step, and for every hundred things.
	Progress func(format string, args ...any)
}

const (
	// atOnce is the number of things that are removed concurrently. AWS IoT's control plane allows about ten calls per second of each kind;
	// the SDK backs off when it is throttled.
	atOnce = 4
	// progressEvery is the number of removed things after which progress is reported.
	progressEvery = 100
	// pageSize is the largest page of a list in AWS IoT.
	pageSize = 250
)

// Empty stops the registration of cars, and then removes things, certificates and attachments.
func (r *Registry) Empty(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		r.closeRegistration, r.removeThings, r.removeCertificates, r.detachPolicies, r.removeIdentityPolicies,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// closeRegistration must run first: a car that connects meanwhile would otherwise register again.
func (r *Registry) closeRegistration(ctx context.Context) error {
	for _, id := range r.CAs {
		_, err := r.Client.UpdateCACertificate(ctx, &iot.UpdateCACertificateInput{
			CertificateId: &id, NewStatus: types.CACertificateStatusInactive, NewAutoRegistrationStatus: types.AutoRegistrationStatusDisable,
		})
		if err != nil && !gone(err) {
			return fmt.Errorf("deactivate CA %s: %w", id, err)
		}
	}
	r.Progress("%d CAs deactivated: no further car registers", len(r.CAs))
	// A type can be deleted five minutes after it was deprecated, so it is deprecated before the steps that take long.
	// https://docs.aws.amazon.com/iot/latest/developerguide/delete-thing-types.html
	_, err := r.Client.DeprecateThingType(ctx, &iot.DeprecateThingTypeInput{ThingTypeName: &r.ThingType})
	if err != nil && !gone(err) {
		return fmt.Errorf("deprecate thing type %s: %w", r.ThingType, err)
	}
	r.Progress("thing type %s deprecated", r.ThingType)
	return nil
}

// removeThings lists and removes the first page of things until there is none left.
func (r *Registry) removeThings(ctx context.Context) error {
	removed := 0
	for {
		page, err := r.Client.ListThings(ctx, &iot.ListThingsInput{ThingTypeName: &r.ThingType, MaxResults: aws.Int32(pageSize)})
		if err != nil {
			return fmt.Errorf("list the things of type %s: %w", r.ThingType, err)
		}
		if len(page.Things) == 0 {
			r.Progress("%d things removed", removed)
			return nil
		}
		var work errgroup.Group
		work.SetLimit(atOnce)
		for _, t := range page.Things {
			work.Go(func() error { return r.removeThing(ctx, aws.ToString(t.ThingName)) })
		}
		if err := work.Wait(); err != nil {
			return fmt.Errorf("%d things removed: %w", removed, err)
		}
		if removed/progressEvery != (removed+len(page.Things))/progressEvery {
			r.Progress("%d things removed so far", removed+len(page.Things))
		}
		removed += len(page.Things)
	}
}

func (r *Registry) removeThing(ctx context.Context, name string) error {
	principals, err := r.Client.ListThingPrincipals(ctx, &iot.ListThingPrincipalsInput{ThingName: &name})
	if gone(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list the certificates of thing %s: %w", name, err)
	}
	for _, arn := range principals.Principals {
		if err := r.removeCertificate(ctx, arn); err != nil {
			return err
		}
	}
	// A detachment takes some seconds to take effect, and AWS IoT refuses to delete the thing until then.
	// https://docs.aws.amazon.com/iot/latest/apireference/API_DetachThingPrincipal.html
	err = patiently(ctx, func() error {
		_, err := r.Client.DeleteThing(ctx, &iot.DeleteThingInput{ThingName: &name})
		return err
	})
	if err != nil && !gone(err) {
		return fmt.Errorf("delete thing %s: %w", name, err)
	}
	return nil
}

// tries and firstWait bound the retries until a detachment takes effect: half a minute in all.
const (
	tries     = 6
	firstWait = 500 * time.Millisecond
)

// patiently retries do while it fails because a detachment has not taken effect yet.
func patiently(ctx context.Context, do func() error) error {
	wait := firstWait
	for n := 1; ; n++ {
		err := do()
		var conflict *types.DeleteConflictException
		var invalid *types.InvalidRequestException
		if n == tries || !errors.As(err, &conflict) && !errors.As(err, &invalid) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait *= 2
	}
}

func gone(err error) bool {
	var missing *types.ResourceNotFoundException
	return errors.As(err, &missing)
}

// idOf returns the id in the ARN of a certificate; ok is false for other principals.
func idOf(arn string) (id string, ok bool) {
	_, id, ok = strings.Cut(arn, ":cert/")
	return id, ok
}

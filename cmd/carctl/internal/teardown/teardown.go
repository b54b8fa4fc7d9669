// Package teardown takes out of AWS IoT's registry what cars and people left there, so that CloudFormation can delete the stacks of an
// environment: AWS IoT deletes no thing type in use, no attached policy, and no active CA. Every step can be repeated; one that was
// interrupted goes on with what is left.
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

// Registry is the part of AWS IoT's registry that an environment has.
type Registry struct {
	Client *iot.Client
	// ThingType is the type of its cars, Policies are those of their certificates, CAs those that its stack registered.
	ThingType string
	Policies  []string
	CAs       []string
	// IdentityPrefix begins the names of the policies that its functions made for people.
	IdentityPrefix string
	// Progress is told what was done, a line a step and a hundred things.
	Progress func(format string, args ...any)
}

const (
	// atOnce is the number of things that are removed at the same time. AWS IoT's control plane takes about ten calls a second of a kind;
	// the SDK waits when it is told to.
	atOnce = 4
	// progressEvery is the number of things between two lines of progress.
	progressEvery = 100
	// pageSize is the number of things looked at before they are removed, the most of one call.
	pageSize = 250
)

// Empty lets no further car register, then removes things, certificates and attachments.
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

// closeRegistration comes first: a car that connects meanwhile would register again.
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
	// Five minutes have to pass before a deprecated type can be deleted, so it is deprecated before the long part.
	// https://docs.aws.amazon.com/iot/latest/developerguide/delete-thing-types.html
	_, err := r.Client.DeprecateThingType(ctx, &iot.DeprecateThingTypeInput{ThingTypeName: &r.ThingType})
	if err != nil && !gone(err) {
		return fmt.Errorf("deprecate thing type %s: %w", r.ThingType, err)
	}
	r.Progress("thing type %s deprecated", r.ThingType)
	return nil
}

// removeThings asks for the first page until there is none: the last page holds the rest.
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
	// Detaching takes some seconds to be known everywhere, and until then the thing counts as attached.
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

// tries and firstWait are of what AWS IoT refuses until a detachment is known everywhere: half a minute together.
const (
	tries     = 6
	firstWait = 500 * time.Millisecond
)

// patiently tries again what is refused because of an attachment that is just gone.
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

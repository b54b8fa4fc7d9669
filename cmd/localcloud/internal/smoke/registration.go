package smoke

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/names"
	"connectedcar/internal/tool/testcar"
)

func registersANewCar(ctx context.Context, w *world) (string, error) {
	c, err := testcar.New(w.gateway, testcar.NewVIN())
	if err != nil {
		return "", err
	}
	if err := w.allow(ctx, c.VIN); err != nil {
		return "", err
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	seen := w.watchStatus(watching, c.CertificateID())
	if _, err := c.MustRefuse(ctx, w.gateway.Issuer); err != nil {
		return "", fmt.Errorf("first connection of a certificate nobody knows: %w", err)
	}
	start := time.Now()
	if err := c.Join(ctx); err != nil {
		return "", err
	}
	took := time.Since(start)
	stop()
	statuses := <-seen
	if len(statuses) > 0 && statuses[0] == "INACTIVE" { // the emulator's API makes the gateway register the certificate in two steps
		statuses = statuses[1:]
	}
	if want := []string{"PENDING_ACTIVATION", "ACTIVE"}; !slices.Equal(statuses, want) {
		return "", fmt.Errorf("certificate went through %v, want %v", statuses, want)
	}
	w.registered = c
	groups, err := w.checkRegistered(ctx, c)
	return fmt.Sprintf("%s: %s after %.1f s; groups %s", c.VIN, strings.Join(statuses, " -> "), took.Seconds(), strings.Join(groups, ", ")), err
}

// watchStatus collects the certificate's statuses in order, until the context ends.
func (w *world) watchStatus(ctx context.Context, certificateID string) <-chan []string {
	out := make(chan []string, 1)
	go func() {
		var statuses []string
		defer func() { out <- statuses }()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			if d, err := w.describe(ctx, certificateID); err == nil {
				if s := string(d.Status); len(statuses) == 0 || statuses[len(statuses)-1] != s {
					statuses = append(statuses, s)
				}
			}
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
		}
	}()
	return out
}

func (w *world) describe(ctx context.Context, certificateID string) (*types.CertificateDescription, error) {
	out, err := w.iot.DescribeCertificate(ctx, &iot.DescribeCertificateInput{CertificateId: &certificateID})
	if err != nil {
		return nil, err
	}
	return out.CertificateDescription, nil
}

// checkRegistered checks every resource of the registration, and returns the car's thing groups.
func (w *world) checkRegistered(ctx context.Context, c *testcar.Car) ([]string, error) {
	thing, err := w.iot.DescribeThing(ctx, &iot.DescribeThingInput{ThingName: aws.String(c.VIN.ThingName())})
	if err != nil {
		return nil, fmt.Errorf("describe thing: %w", err)
	}
	if got, want := aws.ToString(thing.ThingTypeName), w.gateway.Application.ThingType(); got != want {
		return nil, fmt.Errorf("thing type is %q, want %q", got, want)
	}
	if thing.Attributes["make"] != "Acme" || thing.Attributes["model"] != "Comet" {
		return nil, fmt.Errorf("thing attributes are %v, want those of the allow-list", thing.Attributes)
	}
	description, err := w.describe(ctx, c.CertificateID())
	if err != nil {
		return nil, fmt.Errorf("describe certificate: %w", err)
	}
	principals, err := w.iot.ListThingPrincipals(ctx, &iot.ListThingPrincipalsInput{ThingName: aws.String(c.VIN.ThingName())})
	if err != nil {
		return nil, fmt.Errorf("list principals: %w", err)
	}
	if !slices.Contains(principals.Principals, *description.CertificateArn) {
		return nil, fmt.Errorf("the thing's principals %v lack the certificate", principals.Principals)
	}
	if err := w.checkPolicies(ctx, *description.CertificateArn); err != nil {
		return nil, err
	}
	return w.checkGroups(ctx, c)
}

func (w *world) checkPolicies(ctx context.Context, certificateARN string) error {
	out, err := w.iot.ListAttachedPolicies(ctx, &iot.ListAttachedPoliciesInput{Target: &certificateARN})
	if err != nil {
		return fmt.Errorf("list policies: %w", err)
	}
	var attached []string
	for _, p := range out.Policies {
		attached = append(attached, aws.ToString(p.PolicyName))
	}
	for _, output := range []string{names.OutputDevicePolicy, names.OutputBasicIngestPolicy} {
		want, err := w.Platform.Output(output)
		if err != nil {
			return err
		}
		if !slices.Contains(attached, want) {
			return fmt.Errorf("the certificate's policies %v lack %s", attached, want)
		}
	}
	return nil
}

func (w *world) checkGroups(ctx context.Context, c *testcar.Car) ([]string, error) {
	out, err := w.iot.ListThingGroupsForThing(ctx, &iot.ListThingGroupsForThingInput{ThingName: aws.String(c.VIN.ThingName())})
	if err != nil {
		return nil, fmt.Errorf("list thing groups: %w", err)
	}
	var groups []string
	for _, g := range out.ThingGroups {
		groups = append(groups, aws.ToString(g.GroupName))
	}
	// The car is in its manufacturer's group, which is below the fleet's group: AWS allows a thing only one group of a hierarchy.
	if want := w.gateway.Application.ManufacturerGroup(w.Manufacturer); !slices.Equal(groups, []string{want}) {
		return nil, fmt.Errorf("the thing is in the groups %v, want %s alone", groups, want)
	}
	group, err := w.iot.DescribeThingGroup(ctx, &iot.DescribeThingGroupInput{ThingGroupName: &groups[0]})
	if err != nil {
		return nil, fmt.Errorf("describe thing group: %w", err)
	}
	if parent := aws.ToString(group.ThingGroupMetadata.ParentGroupName); parent != w.gateway.Application.ThingGroup("fleet") {
		return nil, fmt.Errorf("thing group %s is below %q, not below the fleet's", groups[0], parent)
	}
	return groups, nil
}

func renewalKeepsTheThing(ctx context.Context, w *world) (string, error) {
	if w.registered == nil {
		return "", errors.New("no car was registered")
	}
	before, err := w.iot.DescribeThing(ctx, &iot.DescribeThingInput{ThingName: aws.String(w.registered.VIN.ThingName())})
	if err != nil {
		return "", fmt.Errorf("describe thing: %w", err)
	}
	renewed, err := testcar.New(w.gateway, w.registered.VIN)
	if err != nil {
		return "", err
	}
	if err := renewed.Join(ctx); err != nil {
		return "", err
	}
	defer renewed.Leave()
	after, err := w.iot.DescribeThing(ctx, &iot.DescribeThingInput{ThingName: aws.String(w.registered.VIN.ThingName())})
	if err != nil {
		return "", fmt.Errorf("describe thing: %w", err)
	}
	if *before.ThingId != *after.ThingId {
		return "", fmt.Errorf("the thing's id changed from %s to %s", *before.ThingId, *after.ThingId)
	}
	_, err = w.checkRegistered(ctx, renewed)
	return "thing " + *after.ThingId + " has both certificates", err
}

func refusesAnUnknownCA(ctx context.Context, w *world) (string, error) {
	root, err := pki.NewRoot("Unknown Motors", time.Now())
	if err != nil {
		return "", err
	}
	stranger, err := pki.NewIntermediate(root, "Unknown Motors", time.Now())
	if err != nil {
		return "", err
	}
	c, err := testcar.Signed(w.gateway, stranger, testcar.NewVIN())
	if err != nil {
		return "", err
	}
	if err := w.allow(ctx, c.VIN); err != nil {
		return "", err
	}
	how, err := c.MustRefuse(ctx, stranger)
	if err != nil {
		return "", err
	}
	_, err = w.describe(ctx, c.CertificateID())
	var notFound *types.ResourceNotFoundException
	if !errors.As(err, &notFound) {
		return "", fmt.Errorf("its certificate must not be in the registry, but describing it gives: %v", err)
	}
	return how, nil
}

func refusesAVINNotAllowed(ctx context.Context, w *world) (string, error) {
	c, err := testcar.New(w.gateway, testcar.NewVIN())
	if err != nil {
		return "", err
	}
	if _, err := c.MustRefuse(ctx, w.gateway.Issuer); err != nil {
		return "", err
	}
	err = testcar.Eventually(ctx, "wait for the certificate to be revoked", func(ctx context.Context) error {
		d, err := w.describe(ctx, c.CertificateID())
		if err != nil {
			return err
		}
		if d.Status != types.CertificateStatusRevoked {
			return fmt.Errorf("its status is %s", d.Status)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	how, err := c.MustRefuse(ctx, w.gateway.Issuer)
	if err != nil {
		return "", err
	}
	kind, err := w.denial(ctx, c)
	return fmt.Sprintf("%s; alert %s", how, kind), err
}

// denial waits for the alert about the refused registration.
func (w *world) denial(ctx context.Context, c *testcar.Car) (string, error) {
	const kind = "registration_denied"
	items, err := w.query(ctx, names.OutputAlertsTable, "vin", certificate.OfAuthority(pki.CertificateID(w.gateway.Issuer.Certificate)), 1)
	if err != nil {
		return "", err
	}
	got, _ := items[0]["kind"].(*dynamotypes.AttributeValueMemberS)
	if got == nil || got.Value != kind {
		return "", fmt.Errorf("the alert's kind is %v, want %s", items[0]["kind"], kind)
	}
	return kind, nil
}

// query waits until the partition holds at least that many items and returns all of them.
func (w *world) query(ctx context.Context, output, key, value string, atLeast int) (items []map[string]dynamotypes.AttributeValue, err error) {
	table, err := w.Platform.Output(output)
	if err != nil {
		return nil, err
	}
	err = testcar.Eventually(ctx, fmt.Sprintf("wait for %d items in %s", atLeast, table), func(ctx context.Context) error {
		items = nil
		pages := dynamodb.NewQueryPaginator(w.dynamo, &dynamodb.QueryInput{
			TableName: &table, ConsistentRead: aws.Bool(true),
			KeyConditionExpression:    aws.String("#k = :v"),
			ExpressionAttributeNames:  map[string]string{"#k": key},
			ExpressionAttributeValues: map[string]dynamotypes.AttributeValue{":v": &dynamotypes.AttributeValueMemberS{Value: value}},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return fmt.Errorf("query %s: %w", table, err)
			}
			items = append(items, page.Items...)
		}
		if len(items) < atLeast {
			return fmt.Errorf("there are %d", len(items))
		}
		return nil
	})
	return items, err
}

func refusesARevokedCertificate(ctx context.Context, w *world) (string, error) {
	c, err := w.joined(ctx)
	if err != nil {
		return "", err
	}
	start := time.Now()
	_, err = w.iot.UpdateCertificate(ctx, &iot.UpdateCertificateInput{
		CertificateId: aws.String(c.CertificateID()), NewStatus: types.CertificateStatusRevoked,
	})
	if err != nil {
		return "", fmt.Errorf("revoke: %w", err)
	}
	select {
	case <-c.Ended():
	case <-ctx.Done():
		return "", errors.New("the open session was not ended")
	}
	took := time.Since(start)
	how, err := c.MustRefuse(ctx, w.gateway.Issuer)
	return fmt.Sprintf("session ended after %.1f s; then %s", took.Seconds(), how), err
}

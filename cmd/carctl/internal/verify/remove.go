package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"
	"github.com/aws/smithy-go"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/tool/testcar"
	"connectedcar/internal/vin"
)

// remove deletes the car's records and resources, even if only some of them were created. The car's rows in the lake stay.
func (r *run) remove(ctx context.Context) (string, error) {
	r.car.Leave()
	err := errors.Join(r.removeShadow(ctx), r.removeCertificate(ctx), r.removeThing(ctx), r.removeLateRows(ctx))
	return "certificate, thing, shadow, allow-list entry, state and samples", err
}

// missing returns nil if err means that the resource does not exist, and otherwise err.
func missing(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "ResourceNotFoundException" {
		return nil
	}
	return err
}

func (r *run) removeShadow(ctx context.Context) error {
	data := iotdataplane.NewFromConfig(r.AWS, func(o *iotdataplane.Options) {
		if r.Platform.IoTDataEndpoint != "" {
			o.BaseEndpoint = &r.Platform.IoTDataEndpoint
		}
	})
	_, err := data.DeleteThingShadow(ctx, &iotdataplane.DeleteThingShadowInput{ThingName: aws.String(r.car.VIN.ThingName()), ShadowName: aws.String(shadow)})
	if err := missing(err); err != nil {
		return fmt.Errorf("remove the shadow: %w", err)
	}
	return nil
}

// removeCertificate detaches and deletes the certificate; AWS IoT does not delete an attached one.
// https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteCertificate.html
func (r *run) removeCertificate(ctx context.Context) error {
	id := r.car.CertificateID()
	d, err := r.iot.DescribeCertificate(ctx, &iot.DescribeCertificateInput{CertificateId: &id})
	if err != nil {
		return missing(err)
	}
	arn := d.CertificateDescription.CertificateArn
	attached, err := r.iot.ListAttachedPolicies(ctx, &iot.ListAttachedPoliciesInput{Target: arn})
	if err != nil {
		return fmt.Errorf("list the certificate's policies: %w", err)
	}
	for _, p := range attached.Policies {
		if _, err := r.iot.DetachPolicy(ctx, &iot.DetachPolicyInput{PolicyName: p.PolicyName, Target: arn}); err != nil {
			return fmt.Errorf("detach policy %s: %w", aws.ToString(p.PolicyName), err)
		}
	}
	_, err = r.iot.DetachThingPrincipal(ctx, &iot.DetachThingPrincipalInput{ThingName: aws.String(r.car.VIN.ThingName()), Principal: arn})
	if err := missing(err); err != nil {
		return fmt.Errorf("detach the certificate from its thing: %w", err)
	}
	if _, err := r.iot.UpdateCertificate(ctx, &iot.UpdateCertificateInput{CertificateId: &id, NewStatus: types.CertificateStatusInactive}); err != nil {
		return fmt.Errorf("deactivate the certificate: %w", err)
	}
	return deleted(ctx, "the certificate", func(ctx context.Context) error {
		_, err := r.iot.DeleteCertificate(ctx, &iot.DeleteCertificateInput{CertificateId: &id})
		return err
	})
}

func (r *run) removeThing(ctx context.Context) error {
	return deleted(ctx, "the thing", func(ctx context.Context) error {
		_, err := r.iot.DeleteThing(ctx, &iot.DeleteThingInput{ThingName: aws.String(r.car.VIN.ThingName())})
		return err
	})
}

// deleted calls try, which deletes an AWS IoT resource, until it succeeds: a detachment takes some seconds to take effect, and AWS IoT
// refuses the deletion until then.
// https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteThing.html
func deleted(ctx context.Context, what string, try func(context.Context) error) error {
	var final error
	err := testcar.Eventually(ctx, "delete "+what, func(ctx context.Context) error {
		err := missing(try(ctx))
		var api smithy.APIError
		if errors.As(err, &api) && slices.Contains([]string{"DeleteConflictException", "InvalidRequestException"}, api.ErrorCode()) {
			return err
		}
		final = err
		return nil
	})
	if final != nil {
		err = fmt.Errorf("delete %s: %w", what, final)
	}
	return err
}

// lateRows is the time for which messages that the car sent may still become rows, because they wait in the stream.
const lateRows = 20 * time.Second

// removeLateRows deletes the car's rows repeatedly, for the time lateRows.
func (r *run) removeLateRows(ctx context.Context) error {
	for end := time.Now().Add(lateRows); ; {
		if err := r.removeRows(ctx); err != nil || time.Now().After(end) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// removeRows deletes the car's rows, beginning with the allow-list: messages of an unknown car make no rows.
func (r *run) removeRows(ctx context.Context) error {
	certificates, err := r.Platform.Output(certificatesTable)
	if err != nil {
		return err
	}
	var errs []error
	for _, t := range []struct{ table, partition, sort string }{
		{r.vehicles.Table, "vin", ""}, {certificates, "vin", "certificateId"}, {r.stored.StateTable, "vin", ""},
	} {
		errs = append(errs, r.removeItems(ctx, t.table, t.partition, string(r.car.VIN), t.sort))
	}
	for _, partition := range partitions(r.car.VIN) {
		errs = append(errs, r.removeItems(ctx, r.stored.HistoryTable, "pk", partition, "sk"))
	}
	return errors.Join(errs...)
}

func (r *run) removeItems(ctx context.Context, table, partition, value, sort string) error {
	pages := dynamodb.NewQueryPaginator(r.db, &dynamodb.QueryInput{
		TableName: &table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#p = :p"),
		ExpressionAttributeNames:  map[string]string{"#p": partition},
		ExpressionAttributeValues: map[string]dynamotypes.AttributeValue{":p": &dynamotypes.AttributeValueMemberS{Value: value}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("read %s: %w", table, err)
		}
		for _, item := range page.Items {
			key := map[string]dynamotypes.AttributeValue{partition: item[partition]}
			if sort != "" {
				key[sort] = item[sort]
			}
			if _, err := r.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &table, Key: key}); err != nil {
				return fmt.Errorf("remove a row of %s: %w", table, err)
			}
		}
	}
	return nil
}

// partitions returns the partitions of the history that may have the car's samples: today's, and yesterday's in case the check ran over
// midnight.
func partitions(v vin.VIN) []string {
	today := time.Now().UTC()
	return []string{telemetry.Partition(v, today), telemetry.Partition(v, today.AddDate(0, 0, -1))}
}

// Package flink starts applications of Amazon Managed Service for Apache Flink.
package flink

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesisanalyticsv2"
	"github.com/aws/aws-sdk-go-v2/service/kinesisanalyticsv2/types"
)

// client lists the calls of the service that this package makes.
type client interface {
	DescribeApplication(ctx context.Context, in *kinesisanalyticsv2.DescribeApplicationInput, opts ...func(*kinesisanalyticsv2.Options)) (*kinesisanalyticsv2.DescribeApplicationOutput, error)
	StartApplication(ctx context.Context, in *kinesisanalyticsv2.StartApplicationInput, opts ...func(*kinesisanalyticsv2.Options)) (*kinesisanalyticsv2.StartApplicationOutput, error)
}

// Applications starts the applications of one account and region.
type Applications struct{ client client }

// NewApplications returns a client for the account and region of cfg.
func NewApplications(cfg aws.Config) *Applications {
	return &Applications{client: kinesisanalyticsv2.NewFromConfig(cfg)}
}

// Start starts an application whose status is READY and returns whether it did. An application that is running or starting stays
// unchanged; any other status is an error. Start does not wait until the application runs, which takes minutes. The application resumes
// from its latest snapshot, if it has one.
func (a *Applications) Start(ctx context.Context, name string) (bool, error) {
	out, err := a.client.DescribeApplication(ctx, &kinesisanalyticsv2.DescribeApplicationInput{ApplicationName: &name})
	if err != nil {
		return false, fmt.Errorf("look at application %s: %w", name, err)
	}
	switch status := out.ApplicationDetail.ApplicationStatus; status {
	case types.ApplicationStatusReady:
	case types.ApplicationStatusStarting, types.ApplicationStatusRunning, types.ApplicationStatusUpdating, types.ApplicationStatusAutoscaling,
		types.ApplicationStatusMaintenance, types.ApplicationStatusRollingBack, types.ApplicationStatusRolledBack:
		return false, nil
	default:
		return false, fmt.Errorf("start application %s: it is %s", name, status)
	}
	_, err = a.client.StartApplication(ctx, &kinesisanalyticsv2.StartApplicationInput{ApplicationName: &name})
	var inUse *types.ResourceInUseException
	if errors.As(err, &inUse) {
		return false, nil // another caller started it first
	}
	if err != nil {
		return false, fmt.Errorf("start application %s: %w", name, err)
	}
	return true, nil
}

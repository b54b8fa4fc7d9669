package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/spf13/cobra"

	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

func vehicleQuarantineCommand(t *target) *cobra.Command {
	release := false
	cmd := &cobra.Command{
		Use:   "quarantine VIN",
		Short: "Cut a car off from all but diagnosis and a new certificate, until it is released",
		Long: "Puts the car's thing into the thing group `quarantine`, whose policy denies telemetry, trips, events and shadows. The car still\n" +
			"connects, sends trouble codes and health reports and answers commands. AWS IoT applies it within minutes, to sessions too.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := vin.Parse(args[0])
			if err != nil {
				return err
			}
			w, err := t.open(cmd.Context())
			if err != nil {
				return err
			}
			if release {
				err = w.release(cmd.Context(), v)
			} else {
				err = w.quarantine(cmd.Context(), v)
			}
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "%s is %s quarantine\n", v, map[bool]string{false: "in", true: "out of"}[release])
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&release, "release", false, "take the car out of it again")
	return cmd
}

// quarantine first attaches the policy to the group, which CloudFormation cannot do, so that membership in the group has an effect.
// Attaching is idempotent.
// https://docs.aws.amazon.com/iot/latest/apireference/API_AttachPolicy.html
func (w where) quarantine(ctx context.Context, v vin.VIN) error {
	group, err := w.Output(names.OutputQuarantineGroup)
	if err != nil {
		return err
	}
	policy, err := w.Output(names.OutputQuarantinePolicy)
	if err != nil {
		return err
	}
	client := iot.NewFromConfig(w.aws)
	out, err := client.DescribeThingGroup(ctx, &iot.DescribeThingGroupInput{ThingGroupName: &group})
	if err != nil {
		return fmt.Errorf("look up the thing group %s: %w", group, err)
	}
	if _, err := client.AttachPolicy(ctx, &iot.AttachPolicyInput{PolicyName: &policy, Target: out.ThingGroupArn}); err != nil {
		return fmt.Errorf("attach the policy of the quarantine to %s: %w", group, err)
	}
	_, err = client.AddThingToThingGroup(ctx, &iot.AddThingToThingGroupInput{ThingGroupName: &group, ThingName: aws.String(v.ThingName())})
	if err != nil {
		return fmt.Errorf("put %s into quarantine: %w", v, err)
	}
	return nil
}

func (w where) release(ctx context.Context, v vin.VIN) error {
	group, err := w.Output(names.OutputQuarantineGroup)
	if err != nil {
		return err
	}
	_, err = iot.NewFromConfig(w.aws).RemoveThingFromThingGroup(ctx, &iot.RemoveThingFromThingGroupInput{
		ThingGroupName: &group, ThingName: aws.String(v.ThingName()),
	})
	if err != nil {
		return fmt.Errorf("take %s out of quarantine: %w", v, err)
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/spf13/cobra"

	"connectedcar/cmd/carctl/internal/teardown"
	"connectedcar/internal/names"
)

func environmentCommand(t *target) *cobra.Command {
	cmd := &cobra.Command{Use: "environment", Short: "Look after the stacks of an environment", Args: cobra.NoArgs}
	cmd.AddCommand(environmentEmptyCommand(t), environmentStacksCommand(t))
	return cmd
}

func environmentEmptyCommand(t *target) *cobra.Command {
	yes := false
	cmd := &cobra.Command{
		Use:   "empty",
		Short: "Remove cars and people from AWS IoT's registry, before the stacks are destroyed",
		Long: "Removes what cars and people left in AWS IoT's registry: things, certificates, attachments, people's policies. CAs are\n" +
			"deactivated and the thing type is deprecated first, so that no car registers meanwhile. AWS refuses to delete the stack\n" +
			"`fleet` before. It can be interrupted and repeated. An environment with deletionProtection is refused.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return emptyEnvironment(cmd.Context(), t, yes, func(format string, args ...any) { fmt.Fprintf(cmd.OutOrStdout(), format+"\n", args...) })
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "really remove them")
	return cmd
}

func emptyEnvironment(ctx context.Context, t *target, yes bool, say func(format string, args ...any)) error {
	w, err := t.open(ctx)
	if err != nil {
		return err
	}
	stacks := cloudformation.NewFromConfig(w.aws)
	fleet := names.StackPrefix + "-" + w.Environment + "-fleet"
	if err := refuseProtected(ctx, stacks, fleet); err != nil {
		return err
	}
	application, err := w.Application()
	if err != nil {
		return err
	}
	registry := &teardown.Registry{Client: iot.NewFromConfig(w.aws), IdentityPrefix: application.IdentityPolicyPrefix(), Progress: say}
	if err := readFleet(ctx, stacks, fleet, registry); err != nil {
		return err
	}
	if !yes {
		return fmt.Errorf("this removes every thing of type %s, every certificate of %d CAs and the policies of people from environment %s: add --yes",
			registry.ThingType, len(registry.CAs), w.Environment)
	}
	if err := registry.Empty(ctx); err != nil {
		return fmt.Errorf("empty environment %s: %w; repeat the command to go on", w.Environment, err)
	}
	say("empty: destroy it with `cdk destroy '**' -c env=%s`", w.Environment)
	return nil
}

// refuseProtected fails if the environment is protected, that is, if its stacks have termination protection, which the setting
// deletionProtection turns on.
func refuseProtected(ctx context.Context, stacks *cloudformation.Client, name string) error {
	out, err := stacks.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	if err != nil {
		return fmt.Errorf("read stack %s: %w", name, err)
	}
	if len(out.Stacks) == 0 {
		return fmt.Errorf("read stack %s: it does not exist in this account and region", name)
	}
	if aws.ToBool(out.Stacks[0].EnableTerminationProtection) {
		return fmt.Errorf("stack %s is protected (deletionProtection): its cars stay; deploy it without protection first", name)
	}
	return nil
}

// readFleet finds the environment's resources in AWS IoT's registry by the resources of its stack.
func readFleet(ctx context.Context, stacks *cloudformation.Client, name string, into *teardown.Registry) error {
	pages := cloudformation.NewListStackResourcesPaginator(stacks, &cloudformation.ListStackResourcesInput{StackName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the resources of stack %s: %w", name, err)
		}
		for _, r := range page.StackResourceSummaries {
			id := aws.ToString(r.PhysicalResourceId)
			if r.ResourceStatus == types.ResourceStatusDeleteComplete {
				continue
			}
			switch aws.ToString(r.ResourceType) {
			case "AWS::IoT::ThingType":
				into.ThingType = id
			case "AWS::IoT::Policy":
				into.Policies = append(into.Policies, id)
			case "AWS::IoT::CACertificate":
				into.CAs = append(into.CAs, id)
			}
		}
	}
	if into.ThingType == "" {
		return fmt.Errorf("stack %s has no thing type any more: there is nothing to empty", name)
	}
	return nil
}

func environmentStacksCommand(t *target) *cobra.Command {
	return &cobra.Command{
		Use:   "stacks",
		Short: "List the environment's stacks, and those that its settings no longer name",
		Long: "Lists the stacks of the environment. The stack of an option that was switched off stays, and is billed, until it is deleted:\n" +
			"such a stack is marked, with the command that deletes it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w, err := t.open(cmd.Context())
			if err != nil {
				return err
			}
			parts, err := w.Output(names.OutputParts)
			if err != nil {
				return err
			}
			return listStacks(cmd, cloudformation.NewFromConfig(w.aws), names.StackPrefix+"-"+w.Environment+"-", strings.Split(parts, ","))
		},
	}
}

func listStacks(cmd *cobra.Command, client *cloudformation.Client, prefix string, parts []string) error {
	pages := cloudformation.NewDescribeStacksPaginator(client, &cloudformation.DescribeStacksInput{})
	var lines []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(cmd.Context())
		if err != nil {
			return fmt.Errorf("list stacks: %w", err)
		}
		for _, s := range page.Stacks {
			name := aws.ToString(s.StackName)
			part, ok := strings.CutPrefix(name, prefix)
			if !ok {
				continue
			}
			line := fmt.Sprintf("%-40s %s", name, s.StackStatus)
			if !slices.Contains(parts, part) {
				line += "  not in the settings any more: aws cloudformation delete-stack --stack-name " + name
			}
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return errors.New("no stack's name begins with " + prefix)
	}
	slices.Sort(lines)
	fmt.Fprintln(cmd.OutOrStdout(), strings.Join(lines, "\n"))
	return nil
}

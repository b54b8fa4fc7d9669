package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	objectstore "connectedcar/internal/aws/s3"
	"connectedcar/internal/names"
)

// destroy deletes the environment by the steps of docs/operations.md, and checks that nothing of it is left.
func (c *cloud) destroy(ctx context.Context) (string, error) {
	c.endDelivery()
	if err := c.tagBuckets(ctx); err != nil {
		return "", err
	}
	empty := []string{c.tool("carctl"), "environment", "empty", "--yes", "--platform", c.descriptionFile()}
	if err := c.run(ctx, "empty", c.repo, empty, c.environment()); err != nil {
		return "", err
	}
	if err := c.run(ctx, "destroy", c.repo, c.cdk("destroy", "**", "--app", c.path("cdk.out"), "--force"), c.environment()); err != nil {
		return "", err
	}
	left, err := c.leftovers(ctx)
	if err != nil {
		return "", err
	}
	if len(left) > 0 {
		return "", fmt.Errorf("destroyed, but left: %s", strings.Join(left, ", "))
	}
	return "no stack, bucket, thing, policy, group or CA is left", nil
}

// leftovers lists the environment's resources that are left in the account.
func (c *cloud) leftovers(ctx context.Context) ([]string, error) {
	cfg, err := c.aws()
	if err != nil {
		return nil, err
	}
	var left []string
	stacks, err := cloudformation.NewFromConfig(cfg).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{})
	if err != nil {
		return nil, fmt.Errorf("list stacks: %w", err)
	}
	for _, s := range stacks.Stacks {
		left = ours(left, "stack", aws.ToString(s.StackName))
	}
	buckets, err := objectstore.NewClient(cfg).ListBuckets(ctx, &s3.ListBucketsInput{})
	if err != nil {
		return nil, fmt.Errorf("list buckets: %w", err)
	}
	for _, b := range buckets.Buckets {
		left = ours(left, "bucket", aws.ToString(b.Name))
	}
	registry, err := registryLeftovers(ctx, iot.NewFromConfig(cfg))
	return append(left, registry...), err
}

// ours appends the name if it is a resource of this project: CloudFormation begins the names that it makes up with the stack's name.
func ours(left []string, kind, name string) []string {
	if strings.HasPrefix(name, names.StackPrefix) {
		return append(left, kind+" "+name)
	}
	return left
}

// registryLeftovers lists everything that is left in AWS IoT's registry: only the local platform uses the account.
func registryLeftovers(ctx context.Context, client *iot.Client) ([]string, error) {
	var left []string
	add := func(kind string, n int) {
		if n > 0 {
			left = append(left, fmt.Sprintf("%d %s", n, kind))
		}
	}
	things, err1 := client.ListThings(ctx, &iot.ListThingsInput{})
	certificates, err2 := client.ListCertificates(ctx, &iot.ListCertificatesInput{})
	policies, err3 := client.ListPolicies(ctx, &iot.ListPoliciesInput{})
	groups, err4 := client.ListThingGroups(ctx, &iot.ListThingGroupsInput{})
	authorities, err5 := client.ListCACertificates(ctx, &iot.ListCACertificatesInput{})
	types, err6 := client.ListThingTypes(ctx, &iot.ListThingTypesInput{})
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		return nil, fmt.Errorf("look into AWS IoT's registry: %w", err)
	}
	add("things", len(things.Things))
	add("certificates", len(certificates.Certificates))
	add("policies", len(policies.Policies))
	add("thing groups", len(groups.ThingGroups))
	add("CAs", len(authorities.Certificates))
	add("thing types", len(types.ThingTypes))
	return left, nil
}

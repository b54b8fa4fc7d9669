// Package deployed describes an environment in an AWS account, from the outputs of its stacks.
package deployed

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/smithy-go"

	"connectedcar/internal/names"
	"connectedcar/internal/platform"
)

// mqttPort is AWS IoT Core's port for MQTT with client certificates.
const mqttPort = 8883

// parts are the stacks, by the last part of their names, that every environment has.
var parts = []string{"data", "fleet", "ingest", "identity", "alerts", "api"}

// optional are the stacks that an environment may lack because of its settings or because it was deployed by an earlier version.
var optional = []string{"alarms", "analytics", "stream"}

var environmentPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,15}$`)

// Find returns the description of the environment with that name in the account and region of cfg.
func Find(ctx context.Context, cfg aws.Config, environment string) (platform.Platform, error) {
	if !environmentPattern.MatchString(environment) {
		return platform.Platform{}, fmt.Errorf("environment %q: allowed are 1 to 16 lower-case letters, digits and hyphens, a letter first", environment)
	}
	p := platform.Platform{
		Environment: environment, AWSEndpoint: aws.ToString(cfg.BaseEndpoint), Region: cfg.Region,
		Stacks: map[string]map[string]string{},
	}
	stacks := cloudformation.NewFromConfig(cfg)
	for n, part := range append(slices.Clone(parts), optional...) {
		name := names.StackPrefix + "-" + environment + "-" + part
		outputs, err := outputsOf(ctx, stacks, name)
		if errors.Is(err, errNoStack) && n >= len(parts) {
			continue
		}
		if err != nil {
			return platform.Platform{}, err
		}
		p.Stacks[name] = outputs
	}
	if err := p.FindPeople(); err != nil {
		return platform.Platform{}, err
	}
	endpoint, err := iot.NewFromConfig(cfg).DescribeEndpoint(ctx, &iot.DescribeEndpointInput{EndpointType: aws.String("iot:Data-ATS")})
	if err != nil {
		return platform.Platform{}, fmt.Errorf("find the account's IoT endpoint: %w", err)
	}
	p.MQTT = platform.MQTT{Host: aws.ToString(endpoint.EndpointAddress), Port: mqttPort}
	return p, nil
}

var errNoStack = errors.New("it does not exist in this account and region")

func outputsOf(ctx context.Context, stacks *cloudformation.Client, name string) (map[string]string, error) {
	out, err := stacks.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "ValidationError" || err == nil && len(out.Stacks) == 0 {
		return nil, fmt.Errorf("stack %s: %w: deploy it first, or choose another --env or AWS_REGION", name, errNoStack)
	}
	if err != nil {
		return nil, fmt.Errorf("read outputs of stack %s: %w", name, err)
	}
	outputs := map[string]string{}
	for _, o := range out.Stacks[0].Outputs {
		outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return outputs, nil
}

package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"connectedcar/cmd/localcloud/internal/iam"
	"connectedcar/cmd/localcloud/internal/iam/template"
	"connectedcar/internal/names"
)

// recordingFile holds the IAM requests of functions and rules from the last run of the checks.
func (c *cloud) recordingFile() string { return c.path("iam", "recording.json") }

// judgeIAM evaluates the recorded calls against the roles of the deployed templates and prints the summary. If everything is false, only
// some of the checks ran, and unused rights are not reported.
func (c *cloud) judgeIAM(ctx context.Context, physical map[string]map[string]string, everything bool) error {
	if c.recorder == nil {
		return nil
	}
	place := template.Place{Account: localAccount, Region: c.region, Physical: physical}
	assembly, err := template.Load(c.path("cdk.out"), names.StackPrefix+"-"+environment+"-", place)
	if err != nil {
		return err
	}
	judge, err := iam.NewJudge(c.repo, assembly)
	if err != nil {
		return err
	}
	recording, err := c.recorder.Recording(place, judge.Knows)
	if err != nil {
		return err
	}
	if err := recording.Save(c.recordingFile()); err != nil {
		return err
	}
	summary, err := judge.Sum(ctx, recording)
	if err != nil {
		return err
	}
	if !everything {
		summary.Unused, summary.Rare = nil, nil
	}
	return summary.Print(os.Stdout)
}

// physicalIDs returns the physical ids of the deployed stacks' resources, by stack and logical id.
func (c *cloud) physicalIDs(ctx context.Context, stacks *cloudformation.Client) (map[string]map[string]string, error) {
	ids := map[string]map[string]string{}
	for name := range c.platform.Stacks {
		ids[name] = map[string]string{}
		pages := cloudformation.NewListStackResourcesPaginator(stacks, &cloudformation.ListStackResourcesInput{StackName: aws.String(name)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("list the resources of stack %s: %w", name, err)
			}
			for _, r := range page.StackResourceSummaries {
				ids[name][aws.ToString(r.LogicalResourceId)] = aws.ToString(r.PhysicalResourceId)
			}
		}
	}
	return ids, nil
}

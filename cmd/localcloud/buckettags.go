package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	objectstore "connectedcar/internal/aws/s3"
)

// tagBuckets gives every bucket the tags of its template. The emulator's CloudFormation omits them, and the function that empties buckets
// before their deletion touches only tagged ones.
func (c *cloud) tagBuckets(ctx context.Context) error {
	cfg, err := c.aws()
	if err != nil {
		return err
	}
	stacks, buckets := cloudformation.NewFromConfig(cfg), objectstore.NewClient(cfg)
	physical, err := c.physicalIDs(ctx, stacks)
	if err != nil {
		return err
	}
	for stack, ids := range physical {
		out, err := stacks.GetTemplate(ctx, &cloudformation.GetTemplateInput{StackName: aws.String(stack)})
		if err != nil {
			return fmt.Errorf("read the template of stack %s: %w", stack, err)
		}
		tags, err := bucketTags([]byte(aws.ToString(out.TemplateBody)))
		if err != nil {
			return fmt.Errorf("read the template of stack %s: %w", stack, err)
		}
		for logical, set := range tags {
			in := &s3.PutBucketTaggingInput{Bucket: aws.String(ids[logical]), Tagging: &types.Tagging{TagSet: set}}
			if _, err := buckets.PutBucketTagging(ctx, in); err != nil {
				return fmt.Errorf("tag bucket %s: %w", ids[logical], err)
			}
		}
	}
	return nil
}

// bucketTags returns the tags of the template's buckets by logical id; buckets without tags are left out.
func bucketTags(template []byte) (map[string][]types.Tag, error) {
	var t struct {
		Resources map[string]struct {
			Type       string
			Properties struct {
				Tags json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(template, &t); err != nil {
		return nil, err
	}
	all := map[string][]types.Tag{}
	for id, r := range t.Resources {
		if r.Type != "AWS::S3::Bucket" || r.Properties.Tags == nil {
			continue
		}
		var tags []types.Tag
		if err := json.Unmarshal(r.Properties.Tags, &tags); err != nil {
			return nil, fmt.Errorf("tags of %s: %w", id, err)
		}
		all[id] = tags
	}
	return all, nil
}

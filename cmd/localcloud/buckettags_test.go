package main

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTagsOfBucketsAreThoseOfTheirTemplate(t *testing.T) {
	got, err := bucketTags([]byte(`{"Resources": {
		"Tagged": {"Type": "AWS::S3::Bucket", "Properties": {"Tags": [{"Key": "a", "Value": "1"}]}},
		"Plain": {"Type": "AWS::S3::Bucket"},
		"Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {"Tags": {"a": "1"}}}
	}}`))
	require.NoError(t, err)
	assert.Equal(t, map[string][]types.Tag{"Tagged": {{Key: aws.String("a"), Value: aws.String("1")}}}, got)

	_, err = bucketTags([]byte(`{"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"Tags": {}}}}}`))
	assert.ErrorContains(t, err, "tags of B")
}

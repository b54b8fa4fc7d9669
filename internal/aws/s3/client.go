// Package s3 talks to object storage: Amazon S3, or whatever the configured endpoint offers in its place.
package s3

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// NewClient is an S3 client. With a custom endpoint (AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_S3) it writes the bucket into the
// path, because an emulator's host name has no name per bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
func NewClient(cfg aws.Config) *s3.Client {
	return s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = o.BaseEndpoint != nil
	})
}

// Package s3 accesses object storage: Amazon S3, or an emulator at the configured endpoint.
package s3

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// NewClient returns an S3 client. With a custom endpoint (AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_S3) the client puts the bucket into the
// path, because an emulator has no host name per bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
func NewClient(cfg aws.Config) *s3.Client {
	return s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = o.BaseEndpoint != nil
	})
}

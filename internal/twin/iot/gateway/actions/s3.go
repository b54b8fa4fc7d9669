package actions

import (
	"bytes"
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

type s3API interface {
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// newS3 writes one object per message.
func (b *Builder) newS3(f *fields, a types.S3Action) Action {
	key, bucket := f.template("key", a.Key), f.template("bucketName", a.BucketName)
	return &single{"S3Action", aws.ToString(a.BucketName), b.retry, func(ctx context.Context, in Invocation) error {
		k, err := in.render(ctx, "key", key)
		if err != nil {
			return err
		}
		if k == "" {
			return Permanent(errors.New("the object's key is empty"))
		}
		name, err := in.destination(ctx, "bucketName", bucket)
		if err != nil {
			return err
		}
		_, err = b.s3.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &name, Key: &k, Body: bytes.NewReader(in.Output), ACL: s3types.ObjectCannedACL(a.CannedAcl),
		})
		return err
	}}
}

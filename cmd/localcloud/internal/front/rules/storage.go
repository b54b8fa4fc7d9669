package rules

import (
	"context"
	"net"
	"regexp"
	"strconv"
	"strings"
)

const (
	s3Guide = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
	s3API   = "https://docs.aws.amazon.com/AmazonS3/latest/API/"
)

const (
	maxKey      = 1024 // bytes
	maxMetadata = 2 << 10
	maxObject   = 5 << 30 // bytes in one request
	maxParts    = 10000
	maxTags     = 10
	maxDeletes  = 1000
)

var s3Writes = []string{"PutObject", "CopyObject", "CreateMultipartUpload"}

var s3 = []Rule{
	{"a bucket is deleted when it is empty", "s3", []string{"DeleteBucket"}, s3API + "API_DeleteBucket.html", "BucketNotEmpty", 409,
		func(ctx context.Context, c call) (string, error) { return bucketEmpty(ctx, c, c.text("Bucket")) }},
	{"a bucket's name is one that DNS takes", "s3", []string{"CreateBucket"}, s3Guide + "bucketnamingrules.html", "InvalidBucketName", 0,
		stateless(func(m members) string {
			return unless(bucketName(m.text("Bucket")), "The specified bucket is not valid.")
		})},
	{"a key has at most 1024 bytes", "s3", append([]string{"UploadPart"}, s3Writes...), s3Guide + "object-keys.html", "KeyTooLongError", 0,
		stateless(func(m members) string { return unless(m.bytes("Key") <= maxKey, "Your key is too long") })},
	{"an object has at most 2 KB of metadata", "s3", s3Writes, s3Guide + "UsingMetadata.html", "MetadataTooLarge", 0,
		stateless(func(m members) string {
			n := 0
			for name := range m.in("Metadata") {
				n += len(name) + m.in("Metadata").bytes(name)
			}
			return unless(n <= maxMetadata, "Your metadata headers exceed the maximum allowed metadata size")
		})},
	{"an object of one request has at most 5 GB", "s3", []string{"PutObject", "UploadPart"}, s3API + "API_PutObject.html", "EntityTooLarge", 0,
		func(_ context.Context, c call) (string, error) {
			size := c.Request.ContentLength
			if decoded, err := strconv.ParseInt(c.Request.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64); err == nil {
				size = decoded
			}
			return unless(size <= maxObject, "Your proposed upload exceeds the maximum allowed size"), nil
		}},
	{"a part has a number from 1 to 10,000", "s3", []string{"UploadPart"}, s3Guide + "qfacts.html", "InvalidArgument", 0,
		stateless(func(m members) string {
			n := m.number("PartNumber")
			return unless(n >= 1 && n <= maxParts, "Part number must be an integer between 1 and 10000, inclusive")
		})},
	{"a request deletes at most 1,000 objects", "s3", []string{"DeleteObjects"}, s3API + "API_DeleteObjects.html", "MalformedXML", 0,
		stateless(func(m members) string {
			return unless(len(m.in("Delete").list("Objects")) <= maxDeletes, "The XML you provided was not well-formed or did not validate against our published schema")
		})},
	{"an object has at most 10 tags", "s3", []string{"PutObjectTagging"}, s3Guide + "object-tagging.html", "BadRequest", 0,
		stateless(func(m members) string {
			return unless(len(m.in("Tagging").list("TagSet")) <= maxTags, "Object tags cannot be greater than 10")
		})},
}

// bucketEmpty also looks for object versions: a bucket that holds only old versions is not empty for S3.
func bucketEmpty(ctx context.Context, c call, bucket string) (string, error) {
	out, err := c.get(ctx, "s3", "ListObjectVersions", map[string]any{"Bucket": bucket, "MaxKeys": 1})
	left := len(out.list("Versions")) + len(out.list("DeleteMarkers"))
	return unless(left == 0, "The bucket you tried to delete is not empty"), err
}

var bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func bucketName(name string) bool {
	if !bucketForm.MatchString(name) || strings.Contains(name, "..") || net.ParseIP(name) != nil {
		return false
	}
	for _, prefix := range []string{"xn--", "sthree-", "amzn-s3-demo-"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	for _, suffix := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"} {
		if strings.HasSuffix(name, suffix) {
			return false
		}
	}
	return true
}

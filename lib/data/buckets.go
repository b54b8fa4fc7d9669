package data

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// Buckets are the S3 buckets.
type Buckets struct {
	constructs.Construct
	AccessLogs awss3.Bucket // access logs of the other buckets
	Raw        awss3.Bucket // events and diagnostics as the cars sent them
	Failures   awss3.Bucket // batches of the stream whose retries were exhausted, with their payload
	Lake       awss3.Bucket // telemetry for analysis: rows, and the raw records that they were made from
	Results    awss3.Bucket // results of analysts' queries
}

// BucketsProps configures Buckets.
type BucketsProps struct {
	// Protected enables versioning, and retains the buckets when the stack is deleted.
	Protected bool
	// RetentionDays is the retention of objects in days. Required.
	RetentionDays int
	// LakeRetentionDays is the retention in days of rows for analysis. Required.
	LakeRetentionDays int
	// LogRetentionDays is the retention in days of the buckets' access logs. Required.
	LogRetentionDays int
}

// Folders of the lake's bucket.
const (
	LakeRaw    = "raw/"    // unchanged records of the stream
	LakeRows   = "rows/"   // rows of the data store
	LakeErrors = "errors/" // records that could not be converted to rows, with the reason
)

// resultDays is the retention of query results in days: a query can be run again.
const resultDays = 30

// archiveAfter is the age in days at which raw messages move to cheaper storage. S3 does not allow this transition before 30 days.
const archiveAfter = 30

// NewBuckets makes the buckets. S3 refuses to delete a bucket that has objects: see Dispose.
func NewBuckets(scope constructs.Construct, id string, props BucketsProps) *Buckets {
	if props.RetentionDays < 1 || props.LakeRetentionDays < 1 || props.LogRetentionDays < 1 {
		panic("data.NewBuckets: RetentionDays, LakeRetentionDays and LogRetentionDays are required")
	}
	b := &Buckets{Construct: constructs.NewConstruct(scope, jsii.String(id))}
	logs := newBucket(b.Construct, "AccessLogs", props.Protected, expire(props.LogRetentionDays), nil)
	b.AccessLogs = logs
	cdknag.NagSuppressions_AddResourceSuppressions(logs, &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-S1"),
		Reason: jsii.String("This bucket is where access logs go; logging its own access would log the logging."),
	}}, nil)
	b.Raw = newBucket(b.Construct, "Raw", props.Protected, rarelyRead(props.RetentionDays), logs)
	b.Failures = newBucket(b.Construct, "Failures", props.Protected, expire(props.RetentionDays), logs)
	b.Lake = newBucket(b.Construct, "Lake", props.Protected, within(LakeRows, rarelyRead(props.LakeRetentionDays)), logs)
	for _, folder := range []string{LakeRaw, LakeErrors} {
		b.Lake.AddLifecycleRule(within(folder, rarelyRead(props.RetentionDays)))
	}
	b.Results = newBucket(b.Construct, "Results", props.Protected, expire(resultDays), logs)
	return b
}

func newBucket(scope constructs.Construct, id string, protected bool, rule *awss3.LifecycleRule, logs awss3.IBucket) awss3.Bucket {
	rule.AbortIncompleteMultipartUploadAfter = awscdk.Duration_Days(jsii.Number(7))
	if protected {
		rule.NoncurrentVersionExpiration = awscdk.Duration_Days(jsii.Number(30))
	}
	props := &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		Encryption:        awss3.BucketEncryption_S3_MANAGED,
		EnforceSSL:        jsii.Bool(true),
		MinimumTLSVersion: jsii.Number(1.2),
		ObjectOwnership:   awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED,
		Versioned:         jsii.Bool(protected),
		RemovalPolicy:     removal(protected),
		LifecycleRules:    &[]*awss3.LifecycleRule{rule},
	}
	if logs != nil {
		props.ServerAccessLogsBucket = logs
		props.ServerAccessLogsPrefix = jsii.String(id + "/")
	}
	return awss3.NewBucket(scope, jsii.String(id), props)
}

// within limits a lifecycle rule to a folder.
func within(folder string, rule *awss3.LifecycleRule) *awss3.LifecycleRule {
	rule.Id, rule.Prefix = jsii.String("expire-"+strings.TrimSuffix(folder, "/")), jsii.String(folder)
	return rule
}

func expire(days int) *awss3.LifecycleRule {
	return &awss3.LifecycleRule{Id: jsii.String("expire"), Expiration: awscdk.Duration_Days(jsii.Number(float64(days)))}
}

// rarelyRead moves objects to cheaper storage if their retention is long enough for the transition.
func rarelyRead(days int) *awss3.LifecycleRule {
	rule := expire(days)
	if days > archiveAfter {
		rule.Transitions = &[]*awss3.Transition{{
			StorageClass:    awss3.StorageClass_INTELLIGENT_TIERING(),
			TransitionAfter: awscdk.Duration_Days(jsii.Number(archiveAfter)),
		}}
	}
	return rule
}

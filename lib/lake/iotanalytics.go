package lake

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiotanalytics"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/analytics"
	"connectedcar/lib/grant"
)

// Ended is the synthesis warning about the backend IoTAnalytics.
const Ended = "analytics = \"iot-analytics\": AWS shut AWS IoT Analytics down on 2025-12-15. This template cannot be deployed any more; " +
	"it is for whoever keeps templates of that service. Choose \"lake\"."

// EndedWarning is the id of that warning.
const EndedWarning = "connectedcar:iot-analytics"

// IoTAnalytics is the backend on AWS IoT Analytics, which was shut down.
type IoTAnalytics struct {
	constructs.Construct
	Channel   awsiotanalytics.CfnChannel
	Pipeline  awsiotanalytics.CfnPipeline
	Datastore awsiotanalytics.CfnDatastore
	Datasets  []awsiotanalytics.CfnDataset
	Failures  awssqs.Queue // messages that cannot be converted to rows, with the reason
}

// NewIoTAnalytics makes the backend, with a warning that the service was shut down.
func NewIoTAnalytics(scope constructs.Construct, id string, props Props) *IoTAnalytics {
	props.check()
	a := &IoTAnalytics{Construct: constructs.NewConstruct(scope, &id)}
	awscdk.Annotations_Of(a.Construct).AddWarningV2(jsii.String(EndedWarning), jsii.String(Ended))
	awscdk.Validations_Of(a.Construct).Acknowledge(&awscdk.Acknowledgment{
		Id: jsii.String("CloudFormation-Validate::E3710"), Reason: jsii.String("Whoever chooses this backend wants the templates of a service that was shut down, and is warned."),
	})
	names := strings.ReplaceAll(props.Name, "-", "_")
	pipeline := &Lake{Construct: a.Construct}
	pipeline.transform(props)
	awslambda.NewCfnPermission(a.Construct, jsii.String("MayTransform"), &awslambda.CfnPermissionProps{
		Action: jsii.String("lambda:InvokeFunction"), FunctionName: pipeline.Function.FunctionArn(),
		Principal: jsii.String("iotanalytics.amazonaws.com"), SourceAccount: awscdk.Stack_Of(scope).Account(),
	})
	a.Channel = awsiotanalytics.NewCfnChannel(a.Construct, jsii.String("Channel"), &awsiotanalytics.CfnChannelProps{
		ChannelName: jsii.String(names + "_telemetry"),
		ChannelStorage: &awsiotanalytics.CfnChannel_ChannelStorageProperty{CustomerManagedS3: &awsiotanalytics.CfnChannel_CustomerManagedS3Property{
			Bucket: props.Channel.Bucket.BucketName(), KeyPrefix: jsii.String(props.Channel.Folder),
			RoleArn: a.storage("ChannelRole", props.Channel.Bucket, props.Channel.Folder).RoleArn(),
		}},
	})
	a.store(names, props.Datastore)
	a.pipe(names, *pipeline.Function.FunctionName())
	for _, d := range props.Datasets {
		a.ask(names, d, props)
	}
	a.Failures = pipeline.Failures
	a.admit()
	return a
}

// admit suppresses cfn-lint's finding about the service's end for each resource; see Ended.
func (a *IoTAnalytics) admit() {
	known := map[string]any{"config": map[string]any{"ignore_checks": []string{"E3710"}}}
	for _, r := range []awscdk.CfnResource{a.Channel, a.Pipeline, a.Datastore} {
		r.AddMetadata(jsii.String("cfn-lint"), known)
	}
	for _, d := range a.Datasets {
		d.AddMetadata(jsii.String("cfn-lint"), known)
	}
}

// storage makes a role with which the service writes below a folder.
func (a *IoTAnalytics) storage(id string, bucket awss3.IBucket, folder string) awsiam.Role {
	role := a.role(id, "What AWS IoT Analytics may do with "+folder)
	grant.Actions(role, bucket.BucketArn(), "s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
	grant.Actions(role, bucket.ArnForObjects(jsii.String(folder+"*")), "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject",
		"s3:ListMultipartUploadParts", "s3:PutObject")
	cdknag.NagSuppressions_AddResourceSuppressions(role, &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-IAM5"),
		Reason: jsii.String("The service makes up the names of the objects, all below the named folder."),
	}}, jsii.Bool(true))
	return role
}

func (a *IoTAnalytics) role(id, description string) awsiam.Role {
	return awsiam.NewRole(a.Construct, jsii.String(id), &awsiam.RoleProps{
		Description: jsii.String(description),
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("iotanalytics.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Stack_Of(a.Construct).Account()}},
		}),
	})
}

func (a *IoTAnalytics) store(names string, d Datastore) {
	var partitions []any
	for _, c := range analytics.Partitions() {
		partitions = append(partitions, &awsiotanalytics.CfnDatastore_DatastorePartitionProperty{
			Partition: &awsiotanalytics.CfnDatastore_PartitionProperty{AttributeName: jsii.String(c.Name)},
		})
	}
	a.Datastore = awsiotanalytics.NewCfnDatastore(a.Construct, jsii.String("Datastore"), &awsiotanalytics.CfnDatastoreProps{
		DatastoreName: jsii.String(names + "_" + analytics.Table),
		DatastoreStorage: &awsiotanalytics.CfnDatastore_DatastoreStorageProperty{CustomerManagedS3: &awsiotanalytics.CfnDatastore_CustomerManagedS3Property{
			Bucket: d.Bucket.BucketName(), KeyPrefix: jsii.String(d.Folder), RoleArn: a.storage("DatastoreRole", d.Bucket, d.Folder).RoleArn(),
		}},
		FileFormatConfiguration: &awsiotanalytics.CfnDatastore_FileFormatConfigurationProperty{
			ParquetConfiguration: &awsiotanalytics.CfnDatastore_ParquetConfigurationProperty{
				SchemaDefinition: &awsiotanalytics.CfnDatastore_SchemaDefinitionProperty{Columns: a.schema()},
			},
		},
		DatastorePartitions: &awsiotanalytics.CfnDatastore_DatastorePartitionsProperty{Partitions: partitions},
	})
}

func (a *IoTAnalytics) ask(names string, d Dataset, props Props) {
	id := pascal(d.Query.Name)
	folder := "datasets/" + d.Query.Name + "/"
	dataset := &awsiotanalytics.CfnDatasetProps{
		DatasetName: jsii.String(names + "_" + d.Query.Name),
		Actions: []any{&awsiotanalytics.CfnDataset_ActionProperty{
			ActionName: jsii.String("ask"),
			QueryAction: &awsiotanalytics.CfnDataset_QueryActionProperty{
				// A data set's SQL names the data store.
				SqlQuery: awscdk.Fn_Join(jsii.String(""), &[]*string{
					jsii.String("WITH " + analytics.Table + " AS (SELECT * FROM "), a.Datastore.Ref(), jsii.String(") SELECT * FROM ("),
					jsii.String(d.Query.Today()), jsii.String(")"),
				}),
			},
		}},
		ContentDeliveryRules: []any{&awsiotanalytics.CfnDataset_DatasetContentDeliveryRuleProperty{
			EntryName: jsii.String(d.Query.Name),
			Destination: &awsiotanalytics.CfnDataset_DatasetContentDeliveryRuleDestinationProperty{
				S3DestinationConfiguration: &awsiotanalytics.CfnDataset_S3DestinationConfigurationProperty{
					Bucket: props.Results.BucketName(), Key: jsii.String(folder + "!{iotanalytics:versionId}.csv"),
					RoleArn: a.storage(id+"Role", props.Results, folder).RoleArn(),
				},
			},
		}},
		RetentionPeriod: &awsiotanalytics.CfnDataset_RetentionPeriodProperty{NumberOfDays: jsii.Number(answersKept)},
	}
	if d.Schedule != "" {
		dataset.Triggers = []any{&awsiotanalytics.CfnDataset_TriggerProperty{
			Schedule: &awsiotanalytics.CfnDataset_ScheduleProperty{ScheduleExpression: jsii.String(d.Schedule)},
		}}
	}
	a.Datasets = append(a.Datasets, awsiotanalytics.NewCfnDataset(a.Construct, jsii.String(id), dataset))
}

// answersKept is the service's retention of a result in days; the copy in S3 expires by the bucket's lifecycle rule.
const answersKept = 30

package shape

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/cmd/localcloud/internal/front/awsmodel"
)

// unchecked are shapes whose patterns use lookahead or lookbehind, or more repetitions than Go's engine allows.
var unchecked = []string{
	"athena.NotebookName", "cognito-idp.S3BucketType", "firehose.ClusterJDBCURL", "firehose.TagKey",
	"glue.AssetTypeFormKey", "glue.AssetTypeName", "glue.CatalogNameString", "iam.accountAliasType", "iot.ReasonCode",
	"kinesisanalyticsv2.RecordRowPath", "lambda.Alias", "lambda.CollectionName", "lambda.FunctionUrlFunctionName",
	"lambda.FunctionUrlQualifier", "lambda.S3Bucket", "scheduler.Source", "ssm.CloudConnectorIamRoleArn",
	"ssm.InstancePropertyFilterValue", "ssm.InstancePropertyStringFilterKey", "ssm.StringDateTime",
	"ssm.TargetLocationsURL",
}

func TestEveryPatternIsCheckedBesidesThoseThatLookAhead(t *testing.T) {
	var left []string
	for _, m := range awsmodel.All() {
		for name, s := range m.Shapes {
			if _, err := translate(s.Pattern); err != nil {
				left = append(left, m.Name+"."+name)
			}
		}
	}
	slices.Sort(left)
	assert.Equal(t, unchecked, left)
}

func TestACodeIsOfAServiceThatHasAModel(t *testing.T) {
	for service := range codes {
		assert.NotNil(t, awsmodel.Get(service), service)
	}
}

func TestAnExceptionIsOfAShapeAndHasAReason(t *testing.T) {
	for name, reason := range exceptions {
		service, shape, _ := strings.Cut(name, ".")
		assert.Contains(t, awsmodel.Get(service).Shapes, shape)
		assert.NotEmpty(t, reason)
	}
}

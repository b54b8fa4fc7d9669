package snapshot_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"

	"connectedcar/lib/cdktest"
	"connectedcar/lib/lake"
)

func TestTemplatesAreTheAcceptedOnes(t *testing.T) {
	for _, template := range synthesise(t).templates {
		t.Run(template.Stack, func(t *testing.T) { cdktest.Golden(t, template) })
	}
}

func TestNagHasNothingToSay(t *testing.T) {
	ended := func(finding string) bool {
		return strings.HasPrefix(finding, "/dev/analytics/Analytics: "+lake.Ended)
	}
	found := synthesise(t).findings
	assert.Condition(t, func() bool { return slices.ContainsFunc(found, ended) }, "nobody is warned of the service that was shut down")
	assert.Empty(t, slices.DeleteFunc(slices.Clone(found), ended))
}

func TestNagSpeaksOfABadBucket(t *testing.T) {
	app := cdktest.App(t, nil)
	stage := awscdk.NewStage(app, jsii.String("bad"), nil)
	awss3.NewBucket(awscdk.NewStack(stage, jsii.String("stack"), nil), jsii.String("Bucket"), nil)
	nag(stage)
	all := findings(t, []awscdk.Stage{stage})
	assert.Contains(t, strings.Join(all, "\n"), "AwsSolutions-S1")
}

// TestEveryEnvironmentHasItsStacks ensures that the other tests do not pass because templates are missing. It also proves that
// CloudFormation's validation found nothing: a finding fails the synthesis, as the next test shows.
func TestEveryEnvironmentHasItsStacks(t *testing.T) {
	var names []string
	for _, template := range synthesise(t).templates {
		names = append(names, template.Stack)
	}
	assert.Equal(t, []string{
		"connectedcar-dev-alarms", "connectedcar-dev-alerts", "connectedcar-dev-analytics", "connectedcar-dev-api", "connectedcar-dev-data", "connectedcar-dev-fleet", "connectedcar-dev-identity", "connectedcar-dev-ingest",
		"connectedcar-local-alarms", "connectedcar-local-alerts", "connectedcar-local-analytics", "connectedcar-local-api", "connectedcar-local-console", "connectedcar-local-data", "connectedcar-local-fleet", "connectedcar-local-identity", "connectedcar-local-ingest",
		"connectedcar-prod-alarms", "connectedcar-prod-alerts", "connectedcar-prod-analytics", "connectedcar-prod-api", "connectedcar-prod-data", "connectedcar-prod-fleet", "connectedcar-prod-identity", "connectedcar-prod-ingest",
	}, names)
}

func TestFindingOfCloudFormationsValidationFailsTheSynthesis(t *testing.T) {
	app := cdktest.App(t, nil)
	stack := awscdk.NewStack(app, jsii.String("bad"), nil)
	awscdk.NewCfnResource(stack, jsii.String("Channel"), &awscdk.CfnResourceProps{Type: jsii.String("AWS::IoTAnalytics::Channel")})
	assert.NotEmpty(t, cdktest.Panic(func() { app.Synth(nil) }), "a service that was shut down passes")
}

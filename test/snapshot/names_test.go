package snapshot_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
	"connectedcar/lib/cdktest"
)

// named are the resource types with explicit names, and the reasons. CloudFormation names all others, so that environments can coexist and
// resources can be replaced.
var named = map[string]string{
	"AWS::IoT::TopicRule":                "RuleName",       // part of the cars' topics (Basic Ingest)
	"AWS::IoT::ThingType":                "ThingTypeName",  // operators search for things by it
	"AWS::IoT::ThingGroup":               "ThingGroupName", // Ref differs between the documentation and CloudFormation
	"AWS::IoT::Thing":                    "ThingName",      // defined in the settings
	"AWS::SNS::Topic":                    "TopicName",      // other stacks compute the topic's ARN for their alarms
	"AWS::Kinesis::StreamConsumer":       "ConsumerName",   // CloudFormation generates none; unique only within its stream
	"AWS::Athena::WorkGroup":             "Name",           // CloudFormation generates none
	"AWS::ApiGateway::RestApi":           "Name",           // the dimension of its CloudWatch metrics
	"AWS::Events::EventBus":              "Name",           // CloudFormation generates none
	"AWS::Scheduler::ScheduleGroup":      "Name",           // the CDK generates it from the construct's path
	"AWS::IoTAnalytics::Channel":         "ChannelName",    // SQL and rules refer to the service's resources by name
	"AWS::IoTAnalytics::Pipeline":        "PipelineName",
	"AWS::IoTAnalytics::Datastore":       "DatastoreName",
	"AWS::IoTAnalytics::Dataset":         "DatasetName",
	"AWS::ApiGateway::DomainName":        "DomainName",           // defined in the settings
	"AWS::SageMaker::NotebookInstance":   "NotebookInstanceName", // the notebook stops itself by its name
	"AWS::ElasticBeanstalk::Environment": "EnvironmentName",      // part of the names of log groups and of the instances' role
	"AWS::S3Tables::TableBucket":         "TableBucketName",      // CloudFormation generates none
	"AWS::S3Tables::Table":               "TableName",            // used in SQL
}

// noPhysicalName are properties that look like a physical name of the resource but are not.
var noPhysicalName = map[string]bool{
	"AWS::CloudWatch::Alarm/MetricName": true, "AWS::IAM::Policy/PolicyName": true, "AWS::Logs::MetricFilter/LogGroupName": true,
	"AWS::Lambda::EventSourceMapping/FunctionName": true, "AWS::IoT::ThingGroup/ParentGroupName": true, "AWS::Lambda::Permission/FunctionName": true,
	"AWS::SNS::Topic/DisplayName": true, "AWS::ApiGateway::Stage/StageName": true, "AWS::Cognito::UserPoolGroup/GroupName": true,
	"AWS::Cognito::UserPoolClient/ClientName": true, "AWS::Cognito::UserPoolResourceServer/Name": true, "AWS::WAFv2::WebACL/Name": true,
	"AWS::QuickSight::DataSource/Name": true, "AWS::QuickSight::DataSet/Name": true, "AWS::QuickSight::Dashboard/Name": true,
	"AWS::Route53::RecordSet/Name": true, "AWS::Cognito::UserPoolIdentityProvider/ProviderName": true,
	"AWS::Glue::Table/DatabaseName": true, "AWS::Athena::NamedQuery/Name": true, "AWS::Logs::LogStream/LogGroupName": true,
}

func TestOnlyWhatNeedsANameHasOneAndNoTwoEnvironmentsShareIt(t *testing.T) {
	owners := map[string]string{}
	for _, template := range everything(t) {
		environment := strings.Split(template.Stack, "-")[1]
		if environment == "local" {
			continue // the emulator's account, which no other environment uses
		}
		for id, r := range template.Resources {
			for property, value := range r.Properties {
				literal, ok := value.(string)
				if !strings.HasSuffix(property, "Name") || noPhysicalName[r.Type+"/"+property] || !ok {
					continue
				}
				assert.Equal(t, property, named[r.Type], "%s/%s has the literal name %s", template.Stack, id, literal)
				name := r.Type + " " + literal
				if r.Type == "AWS::S3Tables::Table" {
					name = template.Stack + " " + name // each stack has its own table bucket
				}
				assert.Contains(t, []string{"", environment}, owners[name], "%s is also in %s", name, environment)
				owners[name] = environment
			}
		}
	}
	assert.GreaterOrEqual(t, len(owners), 2*10, "rules, groups and the thing type of two environments")
}

func TestEverythingThatCanHaveTagsHasThem(t *testing.T) {
	for _, template := range everything(t) {
		parts := strings.Split(template.Stack, "-")
		want := []string{`{"Key":"environment","Value":"` + parts[1] + `"}`, `{"Key":"part","Value":"` + parts[2] + `"}`, `{"Key":"project","Value":"connectedcar"}`}
		if isProd(template) {
			want = append(want, `{"Key":"costCentre","Value":"4711"}`)
		}
		for id, r := range template.Resources {
			if untaggable[r.Type] {
				continue
			}
			b, err := json.Marshal(r.Properties)
			require.NoError(t, err)
			for _, tag := range want {
				if r.Type == "AWS::Cognito::UserPool" { // its tags are a map instead of a list
					tag = strings.NewReplacer(`{"Key":`, "", `,"Value"`, "", "}", "").Replace(tag)
				}
				assert.Contains(t, string(b), tag, "%s/%s (%s)", template.Stack, id, r.Type)
			}
		}
	}
}

// untaggable are the types that do not support tags in CloudFormation.
var untaggable = map[string]bool{
	"AWS::SNS::TopicPolicy": true, "AWS::SNS::Subscription": true, "AWS::SQS::QueuePolicy": true, "AWS::IAM::Policy": true,
	"AWS::Logs::MetricFilter": true, "AWS::IoT::Thing": true, "AWS::IoT::Logging": true, "AWS::S3::BucketPolicy": true, "AWS::CDK::Metadata": true,
	"AWS::Glue::Database": true, "AWS::Glue::Table": true, "AWS::Athena::NamedQuery": true, "AWS::Scheduler::Schedule": true,
	"AWS::Logs::LogStream": true, "AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption": true, "Custom::StartedApplication": true, "Custom::PlatformVersion": true, "AWS::ElasticBeanstalk::Application": true, "AWS::IAM::InstanceProfile": true, "AWS::ElasticBeanstalk::ApplicationVersion": true, "Custom::EmptiedBucket": true, "AWS::SQS::QueueInlinePolicy": true,
	"AWS::SageMaker::NotebookInstanceLifecycleConfig": true,
	"AWS::QuickSight::RefreshSchedule":                true,
	"AWS::S3Tables::Namespace":                        true,
	"AWS::Cognito::UserPoolClient":                    true, "AWS::Cognito::UserPoolGroup": true, "AWS::Cognito::UserPoolDomain": true, "AWS::Cognito::UserPoolResourceServer": true,
	"AWS::Cognito::ManagedLoginBranding": true, "AWS::Cognito::UserPoolIdentityProvider": true, "AWS::Cognito::IdentityPoolRoleAttachment": true,
	"AWS::Lambda::Permission": true, "AWS::Lambda::EventInvokeConfig": true, "AWS::ApiGateway::Deployment": true, "AWS::ApiGateway::Account": true,
	"AWS::ApiGateway::GatewayResponse": true, "AWS::WAFv2::WebACLAssociation": true, "AWS::ApiGateway::BasePathMapping": true, "AWS::Route53::RecordSet": true,
}

// ended matches types of services that were shut down or are closed to new customers.
var ended = regexp.MustCompile(`^AWS::(IoTAnalytics|IoTEvents|IoTThingsGraph|IoTFleetWise|IoT1Click|Greengrass|KinesisAnalytics|QLDB|Timestream|Evidently)::`)

func TestNoServiceThatEnded(t *testing.T) {
	for _, template := range synthesise(t).templates {
		for id, r := range template.Resources {
			assert.NotRegexp(t, ended, r.Type, "%s/%s", template.Stack, id)
			assert.NotContains(t, fmt.Sprint(r.Properties["RuntimeEnvironment"]), "SQL", "%s/%s: Kinesis Data Analytics for SQL was shut down", template.Stack, id)
		}
	}
	assert.Regexp(t, ended, "AWS::Greengrass::Group")
	assert.NotRegexp(t, ended, "AWS::GreengrassV2::Deployment")
}

// consoleOutputs are the outputs of the stack console, which exists only if the setting console is on; hostingOutputs are its additional
// outputs on Elastic Beanstalk.
var (
	consoleOutputs = []string{names.OutputSessionsTable}
	hostingOutputs = []string{names.OutputConsoleEndpoint}
)

func TestEveryOutputOfTheContractIsThereOnce(t *testing.T) {
	names := constants(t, "Output")
	for _, environment := range []string{"dev", "local", "prod"} {
		var outputs []string
		for _, template := range synthesise(t).templates {
			if strings.HasPrefix(template.Stack, "connectedcar-"+environment+"-") {
				outputs = append(outputs, slices.Collect(maps.Keys(template.Outputs))...)
			}
		}
		outputs = slices.DeleteFunc(outputs, func(name string) bool { return strings.HasPrefix(name, "ExportsOutput") })
		want := slices.Collect(maps.Values(names))
		want = slices.DeleteFunc(want, func(name string) bool {
			return slices.Contains(slices.Concat(flinkOutputs, hostingOutputs), name) || environment != "local" && slices.Contains(consoleOutputs, name)
		})
		assert.ElementsMatch(t, want, outputs, environment)
	}
}

// TestFunctionsGetTheVariablesThatTheyRead compares each function's environment with the variables of internal/names that its source uses.
func TestFunctionsGetTheVariablesThatTheyRead(t *testing.T) {
	variables := constants(t, "Env")
	folders := map[string]string{"JITRFunction": "registration", "TelemetryFunction": "telemetry", "LakeFunction": "lake", "AnalyticsFunction": "lake",
		"DiagnosticsFunction": "diagnostics", "TripsFunction": "trips", "EventsFunction": "events", "PresenceFunction": "presence", "CommandsFunction": "commands", "FindingsFunction": "fleetanomaly", "StartFunction": "flinkstart", "HostingPlatform": "platformversion", "EmptyFunction": "emptybucket",
		"NotifyFunction": "notification", "IdentityTokens": "claims", "ListenersFunction": "realtime", "Function": "api"}
	each(t, "AWS::Lambda::Function", func(t *testing.T, _ cdktest.Template, id string, r cdktest.Resource) {
		folder, ok := folders[strings.TrimRight(id, "0123456789ABCDEF")]
		require.True(t, ok, "which folder is the source of %s?", id)
		read := []string{names.EnvApplicationID} // read by the SDK
		for _, name := range selectors(t, filepath.Join(cdktest.Root(t), "lambdas", folder), "names") {
			if value, ok := variables[name]; ok {
				read = append(read, value)
			}
		}
		given, _ := at(r.Properties, "Environment", "Variables").(map[string]any)
		assert.ElementsMatch(t, read, slices.Collect(maps.Keys(given)))
	})
}

// constants returns the string constants of internal/names with that prefix, by name.
func constants(t *testing.T, prefix string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, file := range parse(t, filepath.Join(cdktest.Root(t), "internal", "names")) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, prefix) {
				return true
			}
			if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
				value, err := strconv.Unquote(literal.Value)
				require.NoError(t, err)
				found[spec.Names[0].Name] = value
			}
			return true
		})
	}
	require.NotEmpty(t, found)
	return found
}

// selectors returns the distinct identifiers of a package that the Go files of a folder use.
func selectors(t *testing.T, dir, pkg string) []string {
	t.Helper()
	found := map[string]bool{}
	for _, file := range parse(t, dir) {
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == pkg {
					found[s.Sel.Name] = true
				}
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(found))
}

func parse(t *testing.T, dir string) []*ast.File {
	t.Helper()
	var files []*ast.File
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		files = append(files, file)
	}
	require.NotEmpty(t, files, "%s: %v", dir, fs.ErrNotExist)
	return files
}

func TestProductionIsProtectedFromDeletion(t *testing.T) {
	for _, template := range everything(t) {
		assert.Equal(t, isProd(template), template.Protected, template.Stack)
	}
}

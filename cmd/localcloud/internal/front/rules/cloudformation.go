package rules

import (
	"context"
	"strings"
)

const (
	cfnLimits  = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
	cfnExports = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html"
	cfnAPI     = "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/"
	cfnErrors  = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html"
)

const (
	maxTemplateBody = 51200
	maxTemplate     = 1 << 20
	maxResources    = 500
	maxSections     = 200
	maxDescription  = 1024
	maxParameter    = 4096
)

var (
	deploys = []string{"CreateStack", "UpdateStack", "CreateChangeSet"}
	deletes = []string{"DeleteStack"}
)

// templates are rules of CloudFormation. AWS finds these faults only while it deploys or deletes a stack, which then fails and rolls back.
// The front refuses the call with the same text, so that nothing has to be rolled back.
var templates = []Rule{
	{"a template in the call has at most 51,200 bytes", "cloudformation", deploys, cfnLimits, "ValidationError", 0,
		ofTemplate(func(t template) string {
			return unless(t.byURL || t.bytes <= maxTemplateBody,
				"1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to %d", maxTemplateBody)
		})},
	{"a template in S3 has at most 1 MB", "cloudformation", deploys, cfnLimits, "ValidationError", 0,
		ofTemplate(func(t template) string {
			return unless(t.bytes <= maxTemplate, "Template may not exceed %d bytes in size.", maxTemplate)
		})},
	{"a template has at most 500 resources", "cloudformation", deploys, cfnLimits, "ValidationError", 0, ofTemplate(section("Resources", maxResources))},
	{"a template has at most 200 outputs", "cloudformation", deploys, cfnLimits, "ValidationError", 0, ofTemplate(section("Outputs", maxSections))},
	{"a template has at most 200 parameters", "cloudformation", deploys, cfnLimits, "ValidationError", 0, ofTemplate(section("Parameters", maxSections))},
	{"a template has at most 200 mappings", "cloudformation", deploys, cfnLimits, "ValidationError", 0, ofTemplate(section("Mappings", maxSections))},
	{"a template's description has at most 1,024 bytes", "cloudformation", deploys, cfnLimits, "ValidationError", 0,
		ofTemplate(func(t template) string {
			return unless(t.members.bytes("Description") <= maxDescription, "Template format error: Description can't be longer than %d bytes", maxDescription)
		})},
	{"a parameter's value has at most 4,096 bytes", "cloudformation", deploys, cfnLimits, "ValidationError", 0,
		stateless(func(m members) string {
			for _, p := range m.elements("Parameters") {
				if p.bytes("ParameterValue") > maxParameter {
					return "Parameter '" + p.text("ParameterKey") + "' must be no longer than 4096 bytes"
				}
			}
			return ""
		})},
	{"a template's roles have at most 10,240 characters of inline policies", "cloudformation", deploys, iamQuotas, "ValidationError", 0, ofTemplate(inlineInTemplate)},
	{"a template's managed policies have at most 6,144 characters", "cloudformation", deploys, iamQuotas, "ValidationError", 0,
		ofTemplate(each("AWS::IAM::ManagedPolicy", func(t template, p members) string {
			return unless(characters(t.policyText(p["PolicyDocument"])) <= maxManagedPolicy, "Cannot exceed quota for PolicySize: %d", maxManagedPolicy)
		}))},
	{"a template's IoT policies have at most 2,048 characters", "cloudformation", deploys, iotQuotas, "ValidationError", 0,
		ofTemplate(each("AWS::IoT::Policy", func(t template, p members) string { return iotPolicySize(t.policyText(p["PolicyDocument"])) }))},
	{"a template's functions have at most 4 KB of environment", "cloudformation", deploys, lambdaQuotas, "ValidationError", 0,
		ofTemplate(each("AWS::Lambda::Function", func(t template, p members) string {
			return environmentSize(asMembers(t.resolve(p.in("Environment")["Variables"])))
		}))},
	{"a template's functions leave Lambda's own variables alone", "cloudformation", deploys, lambdaGuide + "configuration-envvars.html", "ValidationError", 0,
		ofTemplate(each("AWS::Lambda::Function", func(_ template, p members) string { return reservedVariable(p.in("Environment").in("Variables")) }))},
	{"a template's queues are invisible for at least their function's timeout", "cloudformation", deploys,
		lambdaGuide + "services-sqs-configure.html", "ValidationError", 0, ofTemplate(visibleInTemplate)},
	{"a table's update in a template makes or deletes one index", "cloudformation", []string{"UpdateStack", "CreateChangeSet"},
		dynamoAPI + "API_UpdateTable.html", "ValidationError", 0, oneIndexChange},
	{"an export that is in use stays", "cloudformation", []string{"UpdateStack", "CreateChangeSet"}, cfnExports, "ValidationError", 0, exportsStay},
	{"an export that is in use keeps its value", "cloudformation", []string{"UpdateStack", "CreateChangeSet"}, cfnExports, "ValidationError", 0, exportsKeepValue},
	{"an export's name is exported once", "cloudformation", deploys, cfnExports, "ValidationError", 0, exportedOnce},
	{"a stack is deleted whose exports are not in use", "cloudformation", deletes, cfnExports, "ValidationError", 0, exportsUnused},
	{"a stack is deleted whose buckets are empty", "cloudformation", deletes, cfnErrors, "ValidationError", 0, bucketsEmpty},
	{"a stack is deleted whose IoT policies are attached nowhere", "cloudformation", deletes, iotAPI + "API_DeletePolicy.html", "ValidationError", 0, policiesDetached},
	{"a protected stack is not deleted", "cloudformation", deletes, cfnAPI + "API_UpdateTerminationProtection.html", "ValidationError", 0,
		func(ctx context.Context, c call) (string, error) {
			out, err := stackAsk(ctx, c, "DescribeStacks", map[string]any{"StackName": c.text("StackName")})
			for _, s := range out.elements("Stacks") {
				if s["EnableTerminationProtection"] == true {
					return "Stack [" + s.text("StackName") + "] cannot be deleted while TerminationProtection is enabled", nil
				}
			}
			return "", err
		}},
}

func ofTemplate(check func(template) string) func(context.Context, call) (string, error) {
	return func(ctx context.Context, c call) (string, error) {
		t, ok, err := templateOf(ctx, c)
		if err != nil || !ok {
			return "", err
		}
		return check(t), nil
	}
}

func section(name string, limit int) func(template) string {
	return func(t template) string {
		n := len(t.in(name))
		return unless(n <= limit, "Template format error: Number of %s, %d, is greater than maximum allowed, %d", strings.ToLower(name), n, limit)
	}
}

// each applies the check to every resource of a type.
func each(kind string, check func(template, members) string) func(template) string {
	return func(t template) (found string) {
		t.resources(kind, func(id string, properties members) {
			if message := check(t, properties); message != "" {
				found = id + ": " + message
			}
		})
		return found
	}
}

// inlineInTemplate sums the inline policies of each role: those of the role itself and those of separate policy resources.
func inlineInTemplate(t template) (found string) {
	sums := map[string]int{}
	t.resources("AWS::IAM::Role", func(id string, p members) {
		for _, policy := range p.elements("Policies") {
			sums[id] += characters(t.policyText(policy["PolicyDocument"]))
		}
	})
	t.resources("AWS::IAM::Policy", func(_ string, p members) {
		for _, role := range p.list("Roles") {
			sums[target(role)] += characters(t.policyText(p["PolicyDocument"]))
		}
	})
	for id, sum := range sums {
		if message := inlineLimit(id, sum); id != "" && message != "" {
			found = message
		}
	}
	return found
}

func visibleInTemplate(t template) (found string) {
	t.resources("AWS::Lambda::EventSourceMapping", func(id string, p members) {
		source := t.in("Resources").in(target(p["EventSourceArn"]))
		function := t.in("Resources").in(target(p["FunctionName"]))
		if source.text("Type") != "AWS::SQS::Queue" || function.text("Type") != "AWS::Lambda::Function" {
			return
		}
		queue := seconds(source.in("Properties"), "VisibilityTimeout", defaultInvisible)
		if message := invisibleFor(queue, seconds(function.in("Properties"), "Timeout", defaultTimeout)); message != "" {
			found = id + ": " + message
		}
	})
	return found
}

func seconds(properties members, name string, otherwise int) int {
	if n, ok := properties[name].(float64); ok {
		return int(n)
	}
	return otherwise
}

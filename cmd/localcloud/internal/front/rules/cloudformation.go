package rules

import (
	"context"
	"reflect"
	"slices"
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

// templates are rules of CloudFormation. What AWS finds while it deploys or deletes, with a stack that fails and rolls back, is
// refused here at the call: nothing has to be rolled back, and the text is the same.
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

// each checks every resource of a type.
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

// inlineInTemplate sums the inline policies of each role: its own and those of policies beside it.
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

// before is the template that the stack has.
func before(ctx context.Context, c call) (template, bool, error) {
	out, err := stackAsk(ctx, c, "GetTemplate", map[string]any{"StackName": c.text("StackName"), "TemplateStage": "Original"})
	if err != nil || out.text("TemplateBody") == "" {
		return template{}, false, err
	}
	parsed, err := parseTemplate([]byte(out.text("TemplateBody")))
	return template{members: parsed, region: c.Region}, err == nil, nil
}

func oneIndexChange(ctx context.Context, c call) (found string, err error) {
	now, ok, err := templateOf(ctx, c)
	if err != nil || !ok {
		return "", err
	}
	was, ok, err := before(ctx, c)
	if err != nil || !ok {
		return "", err
	}
	for _, kind := range []string{"AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"} {
		now.resources(kind, func(id string, p members) {
			old, there := was.in("Resources")[id]
			if there && indexChanges(asMembers(old).in("Properties"), p) > 1 {
				found = id + ": Cannot perform more than one GSI creation or deletion in a single update"
			}
		})
	}
	return found, nil
}

func indexChanges(was, now members) (n int) {
	had, has := indexNames(was), indexNames(now)
	for _, name := range has {
		if !slices.Contains(had, name) {
			n++
		}
	}
	for _, name := range had {
		if !slices.Contains(has, name) {
			n++
		}
	}
	return n
}

func indexNames(table members) (names []string) {
	for _, index := range table.elements("GlobalSecondaryIndexes") {
		names = append(names, index.text("IndexName"))
	}
	return names
}

// exports are the outputs of a template that have a name to import them by.
func (t template) exports() map[string]any {
	found := map[string]any{}
	for id := range t.in("Outputs") {
		output := t.in("Outputs").in(id)
		if name, ok := t.resolve(output.in("Export")["Name"]).(string); ok && name != "" {
			found[name] = t.resolve(output["Value"])
		}
	}
	return found
}

// importers are the stacks that import a value.
func importers(ctx context.Context, c call, export string) ([]any, error) {
	out, err := stackAsk(ctx, c, "ListImports", map[string]any{"ExportName": export})
	return out.list("Imports"), err
}

// overExports compares the exports that the stack has with those of the new template, as far as another stack imports them.
func overExports(ctx context.Context, c call, check func(export, importer string, was, is any, stays bool) string) (string, error) {
	now, ok, err := templateOf(ctx, c)
	if err != nil || !ok {
		return "", err
	}
	old, ok, err := before(ctx, c)
	if err != nil || !ok {
		return "", err
	}
	exports := now.exports()
	for name, was := range old.exports() {
		is, stays := exports[name]
		if stays && reflect.DeepEqual(was, is) {
			continue
		}
		by, err := importers(ctx, c, name)
		if err != nil {
			return "", err
		}
		if len(by) == 0 {
			continue
		}
		importer, _ := by[0].(string)
		if message := check(name, importer, was, is, stays); message != "" {
			return message, nil
		}
	}
	return "", nil
}

func exportsStay(ctx context.Context, c call) (string, error) {
	return overExports(ctx, c, func(export, importer string, _, _ any, stays bool) string {
		return unless(stays, "Export %s cannot be deleted as it is in use by %s", export, importer)
	})
}

// exportsKeepValue refuses where both values are known and differ; what only a deployment knows may stay the same.
func exportsKeepValue(ctx context.Context, c call) (string, error) {
	return overExports(ctx, c, func(export, importer string, was, is any, stays bool) string {
		return unless(!stays || was == "" || is == "" || was == is, "Export %s cannot be updated as it is in use by %s", export, importer)
	})
}

func exportedOnce(ctx context.Context, c call) (string, error) {
	now, ok, err := templateOf(ctx, c)
	if err != nil || !ok {
		return "", err
	}
	exports := now.exports()
	if len(exports) == 0 {
		return "", nil
	}
	all, err := c.list(ctx, "cloudformation", "ListExports", "Exports", "NextToken", map[string]any{})
	for _, e := range all {
		m := asMembers(e)
		_, taken := exports[m.text("Name")]
		if owner := stackName(m.text("ExportingStackId")); taken && owner != stackName(c.text("StackName")) {
			return "Export with name " + m.text("Name") + " is already exported by stack " + owner, nil
		}
	}
	return "", err
}

// stackName is the name in a stack's ARN, arn:...:stack/NAME/ID, or the name itself.
func stackName(id string) string {
	if parts := strings.Split(id, "/"); len(parts) == 3 {
		return parts[1]
	}
	return id
}

func exportsUnused(ctx context.Context, c call) (string, error) {
	all, err := c.list(ctx, "cloudformation", "ListExports", "Exports", "NextToken", map[string]any{})
	if err != nil {
		return "", err
	}
	for _, e := range all {
		m := asMembers(e)
		if stackName(m.text("ExportingStackId")) != stackName(c.text("StackName")) {
			continue
		}
		by, err := importers(ctx, c, m.text("Name"))
		if err != nil {
			return "", err
		}
		if len(by) > 0 {
			importer, _ := by[0].(string)
			return "Export " + m.text("Name") + " cannot be deleted as it is in use by " + importer, nil
		}
	}
	return "", nil
}

// physical calls back with what the stack would delete of a type: its logical and its physical id.
func physical(ctx context.Context, c call, kind string, visit func(old template, logical, physical string) (string, error)) (string, error) {
	old, ok, err := before(ctx, c)
	if err != nil || !ok {
		return "", err
	}
	out, err := stackAsk(ctx, c, "DescribeStackResources", map[string]any{"StackName": c.text("StackName")})
	if err != nil {
		return "", err
	}
	for _, r := range out.elements("StackResources") {
		id := r.text("LogicalResourceId")
		if r.text("ResourceType") != kind || strings.HasPrefix(old.in("Resources").in(id).text("DeletionPolicy"), "Retain") {
			continue
		}
		if message, err := visit(old, id, r.text("PhysicalResourceId")); err != nil || message != "" {
			return message, err
		}
	}
	return "", nil
}

// bucketsEmpty leaves out buckets that the stack empties itself, by CDK's custom resource.
func bucketsEmpty(ctx context.Context, c call) (string, error) {
	return physical(ctx, c, "AWS::S3::Bucket", func(old template, id, bucket string) (string, error) {
		emptied := false
		old.resources("Custom::S3AutoDeleteObjects", func(_ string, p members) { emptied = emptied || target(p["BucketName"]) == id })
		if emptied {
			return "", nil
		}
		message, err := bucketEmpty(ctx, c, bucket)
		return unless(message == "", "%s: %s", id, message), err
	})
}

func policiesDetached(ctx context.Context, c call) (string, error) {
	return physical(ctx, c, "AWS::IoT::Policy", func(_ template, id, policy string) (string, error) {
		out, err := c.get(ctx, "iot", "ListTargetsForPolicy", map[string]any{"policyName": policy})
		return unless(len(out.list("targets")) == 0, "%s: The policy cannot be deleted as the policy is attached to one or more principals (name=%s)", id, policy), err
	})
}

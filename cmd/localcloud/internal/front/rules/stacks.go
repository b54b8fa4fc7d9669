package rules

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"connectedcar/internal/names"
)

// before returns the stack's deployed template; ok is false if there is none.
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

// exports returns the template's outputs that have an export name, by that name.
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

// importers lists the stacks that import a value.
func importers(ctx context.Context, c call, export string) ([]any, error) {
	out, err := stackAsk(ctx, c, "ListImports", map[string]any{"ExportName": export})
	return out.list("Imports"), err
}

// overExports calls check for each deployed export that another stack imports and that the new template changes or removes.
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

// exportsKeepValue refuses an imported export whose value changes. It ignores a value that is known only at deployment, which may stay the
// same.
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

// stackName returns the name in a stack's ARN, arn:...:stack/NAME/ID; a plain name is returned unchanged.
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

// physical calls visit for each resource of a type that the call would delete, with its logical and its physical id. Retained resources are
// left out.
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

// emptying are the custom resources that empty a bucket when their stack is deleted, with the property that names the bucket: the CDK's
// autoDeleteObjects, and this project's own.
var emptying = map[string]string{"Custom::S3AutoDeleteObjects": "BucketName", names.TypeEmptiedBucket: names.PropertyBucket}

// bucketsEmpty refuses the deletion of buckets with content, except those that the stack empties itself.
func bucketsEmpty(ctx context.Context, c call) (string, error) {
	return physical(ctx, c, "AWS::S3::Bucket", func(old template, id, bucket string) (string, error) {
		emptied := false
		for kind, property := range emptying {
			old.resources(kind, func(_ string, p members) { emptied = emptied || target(p[property]) == id })
		}
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

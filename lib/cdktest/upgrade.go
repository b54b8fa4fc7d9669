package cdktest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Risk is a change between two versions of a stack that loses data, or that CloudFormation refuses.
type Risk struct {
	Stack string `json:"stack"`
	Kind  string `json:"kind"` // one of the constants below
	ID    string `json:"id"`   // logical id of a resource, or name of an export
	What  string `json:"what"` // description for the reader of a report
}

// The kinds of risks.
const (
	Replaced    = "replaced"      // a stateful resource is replaced: its type or a create-only property changes
	Deleted     = "deleted"       // a stateful resource is removed from its stack
	Moved       = "moved"         // a stateful resource is removed and an equal one is added: under another logical id, or in another stack
	ExportInUse = "export in use" // another stack imports an export that changes or is removed: CloudFormation refuses the update
	StackGone   = "stack gone"    // the app no longer has the stack: it stays in the account until somebody deletes it
)

// String formats the risk as one line of a report.
func (r Risk) String() string {
	return fmt.Sprintf("%s: %s: %s (%s)", r.Stack, r.Kind, r.ID, r.What)
}

// fixed are the stateful types: they keep data, or an identity that cars, users or other systems refer to. The values are the create-only
// properties, whose change makes CloudFormation replace the resource, from the type's schema (createOnlyProperties) or its page.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
var fixed = map[string][]string{
	"AWS::ApiGateway::DomainName":            {"DomainName"},
	"AWS::ApiGateway::RestApi":               {}, // its URL is the identity
	"AWS::Athena::WorkGroup":                 {"Name"},
	"AWS::Cognito::IdentityPool":             {},
	"AWS::Cognito::UserPool":                 {"AliasAttributes", "UsernameAttributes", "UsernameConfiguration"},
	"AWS::Cognito::UserPoolClient":           {"GenerateSecret", "UserPoolId"},
	"AWS::Cognito::UserPoolDomain":           {"Domain", "UserPoolId"},
	"AWS::Cognito::UserPoolGroup":            {"GroupName", "UserPoolId"},
	"AWS::Cognito::UserPoolIdentityProvider": {"ProviderName", "ProviderType", "UserPoolId"},
	"AWS::DynamoDB::GlobalTable":             {"KeySchema", "LocalSecondaryIndexes", "TableName"},
	"AWS::Events::EventBus":                  {"Name"},
	"AWS::Glue::Database":                    {"DatabaseName"},
	"AWS::Glue::Table":                       {"CatalogId", "DatabaseName", "Name", "TableInput/Name"},
	"AWS::IoT::CACertificate":                {"CACertificatePem", "CertificateMode", "VerificationCertificatePem"},
	"AWS::IoT::Policy":                       {"PolicyName"}, // attached to certificates
	"AWS::IoT::Thing":                        {"ThingName"},
	"AWS::IoT::ThingGroup":                   {"ParentGroupName", "ThingGroupName"},
	"AWS::IoT::ThingType":                    {"ThingTypeName", "ThingTypeProperties"},
	"AWS::IoT::TopicRule":                    {"RuleName"}, // firmware contains the name (Basic Ingest)
	"AWS::KMS::Key":                          {},
	"AWS::Kinesis::Stream":                   {"Name"},
	"AWS::KinesisFirehose::DeliveryStream":   {"DeliveryStreamName", "DeliveryStreamType", "KinesisStreamSourceConfiguration"},
	"AWS::Logs::LogGroup":                    {"LogGroupName"},
	"AWS::S3::Bucket":                        {"BucketName"},
	"AWS::S3Tables::Namespace":               {"Namespace", "TableBucketARN"},
	"AWS::S3Tables::Table":                   {"IcebergMetadata", "OpenTableFormat", "TableBucketARN", "WithoutMetadata"},
	"AWS::S3Tables::TableBucket":             {"TableBucketName"},
	"AWS::SNS::Topic":                        {"FifoTopic", "TopicName"},
	"AWS::SQS::Queue":                        {"FifoQueue", "QueueName"},
	"AWS::Scheduler::ScheduleGroup":          {"Name"},
}

// Stateful reports whether resources of the type keep data, or an identity that other systems refer to.
func Stateful(typ string) bool {
	_, ok := fixed[typ]
	return ok
}

// Upgrade compares the templates of a deployed platform with the next ones and returns the risks of the upgrade.
func Upgrade(before, after []Template) []Risk {
	u := upgrade{before: before, after: map[string]Template{}}
	for _, t := range after {
		u.after[t.Stack] = t
	}
	for _, t := range before {
		u.stack(t)
	}
	slices.SortFunc(u.risks, func(a, b Risk) int {
		return cmp.Or(strings.Compare(a.Stack, b.Stack), strings.Compare(a.Kind, b.Kind), strings.Compare(a.ID, b.ID))
	})
	return u.risks
}

type upgrade struct {
	before []Template
	after  map[string]Template
	risks  []Risk
}

func (u *upgrade) add(t Template, kind, id, what string, args ...any) {
	u.risks = append(u.risks, Risk{Stack: t.Stack, Kind: kind, ID: id, What: fmt.Sprintf(what, args...)})
}

func (u *upgrade) stack(was Template) {
	is, ok := u.after[was.Stack]
	if !ok {
		u.add(was, StackGone, was.Stack, "CloudFormation keeps it")
		return
	}
	replaced := map[string]bool{}
	for id, r := range was.Resources {
		if properties, stateful := fixed[r.Type]; stateful && u.resource(was, is, id, r, properties) {
			replaced[id] = true
		}
	}
	u.exports(was, is, replaced)
}

// resource reports whether the resource is replaced or deleted by the upgrade.
func (u *upgrade) resource(was, is Template, id string, r Resource, properties []string) bool {
	now, ok := is.Resources[id]
	switch {
	case !ok:
		if place := u.like(r); place != "" {
			u.add(was, Moved, id, "%s, now %s: what it holds stays behind", r.Type, place)
		} else {
			u.add(was, Deleted, id, "%s", r.Type)
		}
		return true
	case now.Type != r.Type:
		u.add(was, Replaced, id, "%s becomes %s", r.Type, now.Type)
		return true
	}
	for _, p := range properties {
		if !reflect.DeepEqual(property(r, p), property(now, p)) {
			u.add(was, Replaced, id, "%s: %s changes, which is fixed when it is made", r.Type, p)
			return true
		}
	}
	return false
}

// like finds an added resource with equal properties.
func (u *upgrade) like(r Resource) string {
	for _, stack := range slices.Sorted(maps.Keys(u.after)) {
		for id, other := range u.after[stack].OfType(r.Type) {
			if reflect.DeepEqual(untagged(r), untagged(other)) && !u.had(stack, id) {
				return stack + "/" + id
			}
		}
	}
	return ""
}

func (u *upgrade) had(stack, id string) bool {
	return slices.ContainsFunc(u.before, func(t Template) bool { _, ok := t.Resources[id]; return ok && t.Stack == stack })
}

// untagged returns the properties without tags: one of the tags names the stack.
func untagged(r Resource) map[string]any {
	out := maps.Clone(r.Properties)
	delete(out, "Tags")
	return out
}

func property(r Resource, path string) any {
	var value any = r.Properties
	for _, key := range strings.Split(path, "/") {
		m, _ := value.(map[string]any)
		value = m[key]
	}
	return value
}

// exports checks changed exports that other stacks import. The importing stacks still exist while this stack is deployed.
func (u *upgrade) exports(was, is Template, replaced map[string]bool) {
	now := exported(is)
	for name, value := range exported(was) {
		importers := u.importers(was, name)
		if len(importers) == 0 {
			continue
		}
		after, ok := now[name]
		switch {
		case !ok:
			u.add(was, ExportInUse, name, "it goes, and %s has it", strings.Join(importers, ", "))
		case !reflect.DeepEqual(value, after):
			u.add(was, ExportInUse, name, "it changes, and %s has it", strings.Join(importers, ", "))
		case replaced[referred(value)]:
			u.add(was, ExportInUse, name, "%s is made anew, and %s has it", referred(value), strings.Join(importers, ", "))
		}
	}
}

func (u *upgrade) importers(of Template, export string) []string {
	var names []string
	quoted, _ := json.Marshal(export)
	for _, t := range u.before {
		if t.Stack != of.Stack && strings.Contains(string(t.Raw), `"Fn::ImportValue": `+string(quoted)) {
			names = append(names, t.Stack)
		}
	}
	return names
}

// exported returns a template's exports: values by name.
func exported(t Template) map[string]any {
	out := map[string]any{}
	for _, o := range t.Outputs {
		output, _ := o.(map[string]any)
		export, _ := output["Export"].(map[string]any)
		if name, ok := export["Name"].(string); ok {
			out[name] = output["Value"]
		}
	}
	return out
}

// referred is the logical id that a value refers to, if the value is a single reference; otherwise empty.
func referred(value any) string {
	m, _ := value.(map[string]any)
	if id, ok := m["Ref"].(string); ok {
		return id
	}
	if path, ok := m["Fn::GetAtt"].([]any); ok && len(path) > 0 {
		id, _ := path[0].(string)
		return id
	}
	return ""
}

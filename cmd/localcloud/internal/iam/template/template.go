// Package template reads synthesised CloudFormation templates for the judgement of permissions: roles with their policies, the policies and
// keys of resources, and the AWS integrations that use a function's role.
package template

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Place is the account and region that the templates are deployed to.
type Place struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	// Physical maps logical ids to physical ids, by stack. A resource without an entry is named by its logical id.
	Physical map[string]map[string]string `json:"physical"`
}

// Assembly holds the templates of one environment.
type Assembly struct {
	Place
	stacks  map[string]*stack
	exports map[string]export
}

type stack struct {
	name      string
	Resources map[string]*Resource
	Outputs   map[string]struct {
		Value  any
		Export struct{ Name string }
	}
}

// Resource is one resource of a template. Its properties still contain intrinsic functions; see Assembly.Resolve.
type Resource struct {
	Stack, ID  string `json:"-"`
	Type       string
	Properties map[string]any
}

type export struct {
	stack *stack
	value any
}

// Load reads the templates of the stacks whose names have the prefix. dir is a CDK assembly, or a folder of files such as <stack>.json.
func Load(dir, prefix string, place Place) (*Assembly, error) {
	a := &Assembly{Place: place, stacks: map[string]*stack{}, exports: map[string]export{}}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if entry.Name() == "manifest.json" {
			return a.readAssembly(path, prefix)
		}
		name, ok := strings.CutSuffix(entry.Name(), ".json")
		if !ok || !strings.HasPrefix(name, prefix) {
			return nil
		}
		return a.read(name, path)
	})
	if err != nil {
		return nil, fmt.Errorf("read the templates in %s: %w", dir, err)
	}
	if len(a.stacks) == 0 {
		return nil, fmt.Errorf("no templates of stacks %s* in %s: synthesise them first", prefix, dir)
	}
	return a, nil
}

// readAssembly reads the stacks that a manifest lists. The manifest is needed because an assembly's files are not named after the stacks.
// https://docs.aws.amazon.com/cdk/api/v2/docs/cloud-assembly-schema-readme.html
func (a *Assembly) readAssembly(manifest, prefix string) error {
	b, err := os.ReadFile(manifest)
	if err != nil {
		return err
	}
	var m struct {
		Artifacts map[string]struct {
			Type       string
			Properties struct{ TemplateFile, StackName string }
		}
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return fmt.Errorf("%s: %w", manifest, err)
	}
	for id, artifact := range m.Artifacts {
		name := cmp.Or(artifact.Properties.StackName, id)
		if artifact.Type != "aws:cloudformation:stack" || !strings.HasPrefix(name, prefix) {
			continue
		}
		if err := a.read(name, filepath.Join(filepath.Dir(manifest), artifact.Properties.TemplateFile)); err != nil {
			return err
		}
	}
	return nil
}

func (a *Assembly) read(name, path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	s := &stack{name: name}
	if err := json.Unmarshal(b, s); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for id, r := range s.Resources {
		r.Stack, r.ID = name, id
	}
	for _, out := range s.Outputs {
		if out.Export.Name != "" {
			a.exports[out.Export.Name] = export{s, out.Value}
		}
	}
	a.stacks[name] = s
	return nil
}

// Stacks lists the names of the stacks.
func (a *Assembly) Stacks() []string { return slices.Sorted(maps.Keys(a.stacks)) }

// Of lists the resources of that type, sorted.
func (a *Assembly) Of(kind string) (list []*Resource) {
	for _, name := range a.Stacks() {
		resources := a.stacks[name].Resources
		for _, id := range slices.Sorted(maps.Keys(resources)) {
			if resources[id].Type == kind {
				list = append(list, resources[id])
			}
		}
	}
	return list
}

// PhysicalID returns the resource's physical id.
func (a *Assembly) PhysicalID(r *Resource) string {
	if id := a.Physical[r.Stack][r.ID]; id != "" {
		return id
	}
	return r.ID
}

// ARN returns the resource's ARN. It fails for a type without a row in arns.
func (a *Assembly) ARN(r *Resource) (string, error) {
	id := a.PhysicalID(r)
	if strings.HasPrefix(id, "arn:") {
		return id, nil
	}
	form, ok := arns[r.Type]
	if !ok {
		return "", fmt.Errorf("%s of stack %s: the form of ARNs of %s is not known here", r.ID, r.Stack, r.Type)
	}
	if r.Type == "AWS::SQS::Queue" {
		id = id[strings.LastIndex(id, "/")+1:] // the queue's name from its URL; log group names contain slashes too
	}
	return fmt.Sprintf(form, a.Region, a.Account, id), nil
}

// arns are format strings of ARNs by resource type; they take the region, the account and the physical id.
var arns = map[string]string{
	"AWS::Cognito::UserPool":               "arn:aws:cognito-idp:%s:%s:userpool/%s",
	"AWS::DynamoDB::GlobalTable":           "arn:aws:dynamodb:%s:%s:table/%s",
	"AWS::DynamoDB::Table":                 "arn:aws:dynamodb:%s:%s:table/%s",
	"AWS::Events::EventBus":                "arn:aws:events:%s:%s:event-bus/%s",
	"AWS::Events::Rule":                    "arn:aws:events:%s:%s:rule/%s",
	"AWS::IAM::ManagedPolicy":              "arn:aws:iam::%[2]s:policy/%[3]s",
	"AWS::IAM::Role":                       "arn:aws:iam::%[2]s:role/%[3]s",
	"AWS::IoT::CACertificate":              "arn:aws:iot:%s:%s:cacert/%s",
	"AWS::IoT::ThingGroup":                 "arn:aws:iot:%s:%s:thinggroup/%s",
	"AWS::KMS::Key":                        "arn:aws:kms:%s:%s:key/%s",
	"AWS::Kinesis::Stream":                 "arn:aws:kinesis:%s:%s:stream/%s",
	"AWS::Lambda::Function":                "arn:aws:lambda:%s:%s:function:%s",
	"AWS::Logs::LogGroup":                  "arn:aws:logs:%s:%s:log-group:%s:*",
	"AWS::S3::Bucket":                      "arn:aws:s3:::%[3]s",
	"AWS::SNS::Topic":                      "arn:aws:sns:%s:%s:%s",
	"AWS::SQS::Queue":                      "arn:aws:sqs:%s:%s:%s",
	"AWS::Scheduler::ScheduleGroup":        "arn:aws:scheduler:%s:%s:schedule-group/%s",
	"AWS::KinesisFirehose::DeliveryStream": "arn:aws:firehose:%s:%s:deliverystream/%s",
}

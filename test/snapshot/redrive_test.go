package snapshot_test

import (
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/tool/redrive"
	"connectedcar/lib/cdktest"
)

// notBroughtBack are the failure queues that the redrive command does not process, by the prefix of their logical ids, with the reasons.
var notBroughtBack = map[string]string{
	"LakeUnanswered":  "a question that is asked every day: nothing is lost, and it is asked again by hand or by its schedule",
	"ChannelFailures": "AWS IoT Analytics is closed; its variant is for whoever still needs the template, and the lake's raw rows have the messages",
}

// bringable are the outputs of queues and buckets that the redrive command reads.
func bringable() map[string]bool {
	names := map[string]bool{}
	for _, k := range redrive.Kinds() {
		names[k.Failures] = true
	}
	return names
}

// outputOf is the name of the output among named that refers to the resource; empty if there is none.
func outputOf(in cdktest.Template, id string, named map[string]bool) string {
	for name, o := range in.Outputs {
		if named[name] && at(o, "Value", "Ref") == id {
			return name
		}
	}
	return ""
}

func TestEveryQueueOfFailuresCanBeBroughtBack(t *testing.T) {
	used := map[string]bool{}
	for _, in := range everything(t) {
		for id, r := range in.OfType("AWS::SQS::Queue") {
			if r.Properties["RedrivePolicy"] != nil { // a work queue: its failures go to its dead-letter queue
				continue
			}
			if name := outputOf(in, id, bringable()); name != "" {
				used[name] = true
				continue
			}
			known := false
			for prefix := range notBroughtBack {
				if strings.HasPrefix(id, prefix) {
					known, used[prefix] = true, true
				}
			}
			assert.True(t, known, "%s: carctl redrive does not know the queue %s", in.Stack, id)
		}
		for id := range in.OfType("AWS::S3::Bucket") {
			used[outputOf(in, id, bringable())] = true
		}
	}
	for name := range bringable() {
		assert.True(t, used[name], "no template has a queue or bucket with the output %s", name)
	}
	for prefix := range notBroughtBack {
		assert.True(t, used[prefix], "no template has a queue %s any more", prefix)
	}
}

// TestNothingFailsIntoSomethingElse: failures go to a queue of the same stack or to the bucket of failed batches, with few exceptions.
func TestNothingFailsIntoSomethingElse(t *testing.T) {
	for _, in := range everything(t) {
		for id, r := range in.OfType("AWS::SNS::Subscription") {
			if r.Properties["RedrivePolicy"] == nil {
				assert.Equal(t, "email", r.Properties["Protocol"], "%s: what subscription %s cannot deliver is lost", in.Stack, id)
			}
		}
		for _, kind := range []string{"AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig"} {
			for id, r := range in.OfType(kind) {
				to := at(r.Properties, "DestinationConfig", "OnFailure", "Destination")
				if to == nil { // a queue's event source: the queue has a dead-letter queue
					continue
				}
				bucket, _ := at(to, "Fn::ImportValue").(string)
				if strings.Contains(bucket, "BucketsFailures") {
					continue
				}
				target := list(at(to, "Fn::GetAtt"))
				require.NotEmpty(t, target, "%s: failures of %s go to %v", in.Stack, id, to)
				queue, _ := target[0].(string)
				assert.Equal(t, "AWS::SQS::Queue", in.Resources[queue].Type, id)
			}
		}
	}
}

var (
	hash     = regexp.MustCompile(`[0-9A-F]{8}$`)
	quoted   = regexp.MustCompile("`([^`]+)`")
	handbook = "../../docs/operations.md"
)

// patterns returns the alarm names in the first column of the handbook's table.
func patterns(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(handbook)
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(text), "## When an alarm rings\n")
	require.True(t, ok)
	section, _, _ = strings.Cut(section, "\n## ")
	var all []string
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, "|"); len(cells) > 3 {
			for _, name := range quoted.FindAllStringSubmatch(cells[1], -1) {
				all = append(all, name[1])
			}
		}
	}
	return all
}

func TestTheHandbookHasEveryAlarm(t *testing.T) {
	all := patterns(t)
	require.NotEmpty(t, all)
	var used []string
	for _, in := range everything(t) {
		for id := range in.OfType("AWS::CloudWatch::Alarm") {
			name := hash.ReplaceAllString(id, "")
			found := false
			for _, pattern := range all {
				matches, err := path.Match(pattern, name)
				require.NoError(t, err)
				if matches {
					found, used = true, append(used, pattern)
				}
			}
			assert.True(t, found, "docs/operations.md does not say what to do about the alarm %s of %s", name, in.Stack)
		}
	}
	for _, pattern := range all {
		assert.True(t, slices.Contains(used, pattern), "docs/operations.md has an alarm %s that there is not", pattern)
	}
}

func TestTheHandbookHasEveryKindOfFailure(t *testing.T) {
	text, err := os.ReadFile(handbook)
	require.NoError(t, err)
	for _, k := range redrive.Kinds() {
		assert.Contains(t, string(text), "\n| `"+k.Name+"` | `"+k.Failures+"` |")
	}
}

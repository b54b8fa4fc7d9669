package snapshot_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
	"connectedcar/lib/cdktest"
	"connectedcar/lib/gobuild"
)

var (
	firstCell = regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|")
	arrow     = regexp.MustCompile(`(?m)^  ([a-z& ]+?) (?:-->|-\. by name \.->) ([a-z& ]+)$`)
)

// chapter returns the text of a chapter of docs/architecture.md.
func chapter(t *testing.T, title string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(cdktest.Root(t), "docs", "architecture.md"))
	require.NoError(t, err)
	_, text, found := strings.Cut(string(b), "\n## "+title+"\n")
	require.True(t, found, "docs/architecture.md has no chapter %s", title)
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

func rows(text string) (names []string) {
	for _, m := range firstCell.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// stackPart is the last part of a stack's name, such as ingest.
func stackPart(name string) string {
	return name[strings.LastIndex(name, "-")+1:]
}

func TestTheArchitecturePageListsEveryStack(t *testing.T) {
	seen := map[string]bool{}
	for _, in := range everything(t) {
		require.True(t, strings.HasPrefix(in.Stack, names.StackPrefix), in.Stack)
		seen[stackPart(in.Stack)] = true
	}
	listed := rows(chapter(t, "Stacks"))
	for part := range seen {
		assert.Contains(t, listed, part, "docs/architecture.md lacks the stack")
	}
	for _, part := range listed {
		assert.True(t, seen[part], "docs/architecture.md lists a stack that no template has: %s", part)
	}
}

func TestTheArchitecturePageListsEveryFunction(t *testing.T) {
	root := cdktest.Root(t)
	folders, err := gobuild.Names(root)
	require.NoError(t, err)
	assert.ElementsMatch(t, folders, rows(chapter(t, "Functions")))
}

// TestTheDiagramOfStacksIsTheTemplates compares the diagram's arrows with the references of each template to other stacks.
func TestTheDiagramOfStacksIsTheTemplates(t *testing.T) {
	drawn := map[string]bool{}
	for _, m := range arrow.FindAllStringSubmatch(chapter(t, "Stacks"), -1) {
		for from := range strings.SplitSeq(m[1], "&") {
			for to := range strings.SplitSeq(m[2], "&") {
				drawn[strings.TrimSpace(from)+" to "+strings.TrimSpace(to)] = true
			}
		}
	}
	taken := map[string]bool{}
	for _, in := range everything(t) {
		for _, from := range takes(in) {
			taken[from+" to "+stackPart(in.Stack)] = true
		}
	}
	assert.Equal(t, taken, drawn)
}

// takes lists the stacks whose exports or outputs a template reads, and "alarms" if it names the alarm topic.
func takes(in cdktest.Template) (parts []string) {
	seen := map[string]bool{stackPart(in.Stack): true}
	var walk func(v any)
	note := func(text string) {
		for m := range strings.SplitSeq(text, ":") {
			if strings.HasPrefix(m, names.StackPrefix+"-") && !seen[part(m)] {
				seen[part(m)] = true
				parts = append(parts, part(m))
			}
		}
	}
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				switch s, isText := value.(string); {
				case key == "Fn::ImportValue" && isText:
					note(s)
				case key == "Fn::GetStackOutput":
					name, _ := at(value, "StackName").(string)
					note(name)
				default:
					walk(value)
				}
			}
		case []any:
			for _, value := range v {
				walk(value)
			}
		case string:
			if strings.HasSuffix(v, "-alarms") {
				note(v)
			}
		}
	}
	for _, r := range in.Resources {
		walk(r.Properties)
	}
	return parts
}

// part is the part after the environment in a stack's name or an export's.
func part(name string) string {
	fields := strings.Split(name, "-")
	return fields[min(2, len(fields)-1)]
}

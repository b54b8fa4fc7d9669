package arch_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// workflow has the checked parts of a workflow file.
type workflow struct {
	Jobs map[string]struct {
		Timeout int `yaml:"timeout-minutes"`
		Steps   []struct {
			Uses  string
			Run   string
			Shell string
			With  struct {
				Path   string
				Hidden bool `yaml:"include-hidden-files"`
			}
		}
	}
}

func workflows(t *testing.T) map[string]workflow {
	t.Helper()
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	all := map[string]workflow{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		var w workflow
		require.NoError(t, yaml.Unmarshal(b, &w), f)
		all[filepath.Base(f)] = w
	}
	return all
}

// TestWorkflowsDoWhatTheySay checks for mistakes that GitHub does not report: upload-artifact omits hidden files, a pipe hides the exit
// status of all but its last command, and a job without a time limit runs for up to six hours.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
func TestWorkflowsDoWhatTheySay(t *testing.T) {
	for file, w := range workflows(t) {
		for name, job := range w.Jobs {
			assert.NotZero(t, job.Timeout, "%s: job %s has no timeout-minutes", file, name)
			for _, step := range job.Steps {
				if strings.HasPrefix(step.Uses, "actions/upload-artifact@") && strings.HasPrefix(step.With.Path, ".") {
					assert.True(t, step.With.Hidden, "%s: %s uploads nothing of the hidden %s without include-hidden-files", file, name, step.With.Path)
				}
				if strings.Contains(step.Run, " | ") {
					assert.Equal(t, "bash", step.Shell, "%s: %s: a pipe needs pipefail, which `shell: bash` sets: %s", file, name, step.Run)
				}
			}
		}
	}
}

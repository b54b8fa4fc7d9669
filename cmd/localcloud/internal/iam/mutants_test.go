package iam

import (
	"flag"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/cmd/localcloud/internal/iam/template"
)

var (
	recordingFile = flag.String("recording", "", "what make smoke recorded, .local/iam/recording.json")
	templates     = flag.String("templates", "", "the templates that it deployed, .local/cdk.out")
)

// TestEveryRightIsMissed removes each right of every function and rule in turn, and names the test that fails without it: `make smoke`,
// which judges its recorded calls, or TestRareCalls.
func TestEveryRightIsMissed(t *testing.T) {
	if *recordingFile == "" {
		t.Skip("`make iam-mutants` runs it, after `make smoke`")
	}
	recording, err := LoadRecording(*recordingFile)
	require.NoError(t, err)
	a, err := template.Load(*templates, "connectedcar-local-", recording.Place)
	require.NoError(t, err)
	j, err := NewJudge(repo, a)
	require.NoError(t, err)
	asked, err := j.Asked(recording)
	require.NoError(t, err)
	bySmoke, err := j.Mutants(t.Context(), asked)
	require.NoError(t, err)
	byTest, err := j.Mutants(t.Context(), rareRequests(t, j))
	require.NoError(t, err)
	fmt.Println("| function or rule | right | noticed by | first request that is denied |\n|---|---|---|---|")
	for i, m := range bySmoke {
		by, denied := "make smoke", m.Denied
		if len(denied) == 0 {
			by, denied = "TestRareCalls", byTest[i].Denied
		}
		if assert.NotEmpty(t, denied, "nobody misses %s", m.Right) {
			fmt.Printf("| %s | %s on %s | %s | %s %s %s|\n", m.Right.Caller, m.Right.Action, m.Right.resources(), by,
				denied[0].Action, denied[0].Resource, denied[0].Because)
		}
	}
	fmt.Printf("\n%d rights taken away, one at a time\n", len(bySmoke))
}

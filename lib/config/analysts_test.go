package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/config"
)

func TestAnalystsHaveWhatIsChosen(t *testing.T) {
	all, err := config.Load(context(t, three, map[string]any{
		"env": "dev", "bi": "quicksight", "quicksightPrincipals": `["arn:aws:quicksight:eu-central-1:123456789012:group/default/analysts"]`,
		"notebook": "sagemaker", "notebookNetwork": `{"subnetId": "subnet-01234567", "securityGroupIds": ["sg-01234567"]}`,
	}), ".")
	require.NoError(t, err)
	assert.Equal(t, &config.BI{Principals: []string{"arn:aws:quicksight:eu-central-1:123456789012:group/default/analysts"}}, all[0].Analytics.BI)
	assert.Equal(t, &config.Notebook{SubnetID: "subnet-01234567", SecurityGroupIDs: []string{"sg-01234567"}}, all[0].Analytics.Notebook)
}

func TestBadSettingsOfAnalystsAreReported(t *testing.T) {
	for name, tc := range map[string]struct {
		more map[string]any
		want string
	}{
		"a dashboard for nobody":         {map[string]any{"bi": "quicksight"}, `quicksightPrincipals = null: must name who sees the dashboard`},
		"a dashboard for everybody":      {map[string]any{"bi": "quicksight", "quicksightPrincipals": `["*"]`}, `must be a list of ARNs of users and groups`},
		"another tool":                   {map[string]any{"bi": "excel"}, `bi = "excel": must be one of off, quicksight`},
		"a dashboard of no lake":         {map[string]any{"bi": "quicksight", "analytics": "off", "quicksightPrincipals": `["arn:aws:quicksight:eu-central-1:123456789012:user/default/a"]`}, `its dashboard is over the lake`},
		"a notebook nowhere":             {map[string]any{"notebook": "sagemaker"}, `notebookNetwork = null: must be, since notebook is sagemaker`},
		"a notebook without a firewall":  {map[string]any{"notebook": "sagemaker", "notebookNetwork": `{"subnetId": "subnet-01234567"}`}, `notebookNetwork = `},
		"a notebook in no subnet":        {map[string]any{"notebook": "sagemaker", "notebookNetwork": `{"subnetId": "vpc-1", "securityGroupIds": ["sg-01234567"]}`}, `notebookNetwork = `},
		"a notebook on an emulated lake": {map[string]any{"env": "local", "notebook": "sagemaker", "notebookNetwork": `{"subnetId": "subnet-01234567", "securityGroupIds": ["sg-01234567"]}`}, `it asks the lake`},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.more["env"] == nil {
				tc.more["env"] = "dev"
			}
			_, err := config.Load(context(t, three, tc.more), ".")
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

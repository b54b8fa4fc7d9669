package snapshot_test

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheNotebookIsShutInAndStopsItself(t *testing.T) {
	in := synthesise(t).variants["notebook"][0]
	notebook := one(t, in, "AWS::SageMaker::NotebookInstance").Properties
	assert.Equal(t, "Disabled", notebook["DirectInternetAccess"])
	assert.Equal(t, "Disabled", notebook["RootAccess"])
	assert.Equal(t, "2", at(notebook, "InstanceMetadataServiceConfiguration", "MinimumInstanceMetadataServiceVersion"))
	key, _ := at(notebook, "KmsKeyId", "Ref").(string)
	assert.Equal(t, "AWS::KMS::Key", in.Resources[key].Type)

	start := one(t, in, "AWS::SageMaker::NotebookInstanceLifecycleConfig").Properties
	script := text(t, at(list(start["OnStart"])[0], "Content", "Fn::Base64"))
	assert.Contains(t, script, "stop-notebook-instance")
	assert.Contains(t, script, `"`+notebook["NotebookInstanceName"].(string)+`"`)
	require.Less(t, base64.StdEncoding.EncodedLen(len(script)), 16384, "SageMaker takes no longer script")
}

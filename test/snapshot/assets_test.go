package snapshot_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/cdktest"
	"connectedcar/lib/gobuild"
)

// TestSameBytesAreTheSameAsset checks the CDK's part of reproducible builds: the same bytes in two checkouts have the same asset hash. The
// tests of lib/gobuild check the other part, that two checkouts build the same bytes.
func TestSameBytesAreTheSameAsset(t *testing.T) {
	stack := cdktest.Stack(t)
	hash := func(id, content string) string {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, gobuild.Bootstrap), []byte(content), 0o755))
		return *awss3assets.NewAsset(stack, jsii.String(id), &awss3assets.AssetProps{Path: jsii.String(dir)}).AssetHash()
	}
	cdktest.Check(t, func() {
		first := hash("First", "binary")
		assert.Equal(t, first, hash("Second", "binary"))
		assert.NotEqual(t, first, hash("Third", "other binary"))
	})
}

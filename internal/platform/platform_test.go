package platform_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
	"connectedcar/internal/platform"
)

func TestWhatIsSavedIsLoaded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "platform.json")
	want := platform.Platform{
		Environment: "local", AWSEndpoint: "http://127.0.0.1:4566", Region: "eu-central-1",
		MQTT:   platform.MQTT{Host: "localhost", Port: 8883, ServerCA: "ca.pem"},
		Users:  []platform.User{{Username: "driver", Password: "secret", Group: "driver"}},
		Stacks: map[string]map[string]string{"connectedcar-local-data": {names.OutputApplication: "cars"}},
	}
	require.NoError(t, want.Save(path))
	got, err := platform.Load(path)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "it holds passwords")
}

func TestLoadSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	_, err := platform.Load(filepath.Join(dir, "missing.json"))
	assert.ErrorContains(t, err, "make up")
	bad := filepath.Join(dir, "bad.json")
	require.NoError(t, os.WriteFile(bad, []byte("{"), 0o600))
	_, err = platform.Load(bad)
	assert.ErrorContains(t, err, "bad.json")
}

func TestOutputs(t *testing.T) {
	p := platform.Platform{Stacks: map[string]map[string]string{
		"a": {names.OutputRawBucket: "raw"},
		"b": {names.OutputApplication: "cars-dev"},
	}}
	raw, err := p.Output(names.OutputRawBucket)
	require.NoError(t, err)
	assert.Equal(t, "raw", raw)
	app, err := p.Application()
	require.NoError(t, err)
	assert.Equal(t, names.Application("cars-dev"), app)
	_, err = p.Output("Nothing")
	assert.ErrorContains(t, err, "Nothing")
}

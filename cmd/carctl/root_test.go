package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/platform"
)

func TestTheNearestDescriptionAboveIsThePlatform(t *testing.T) {
	repo, err := filepath.EvalSymlinks(t.TempDir()) // the path of the working directory has no symbolic links
	require.NoError(t, err)
	deep := filepath.Join(repo, "docs", "deep")
	require.NoError(t, os.MkdirAll(deep, 0o700))
	above := filepath.Join(repo, platform.DefaultFile)
	require.NoError(t, platform.Platform{AWSEndpoint: "http://127.0.0.1:1"}.Save(above))
	for name, tc := range map[string]struct {
		dir, flag, variable, want string
	}{
		"in its folder":                       {dir: repo, want: platform.DefaultFile},
		"in a folder below":                   {dir: deep, want: above},
		"the variable before the folders":     {dir: deep, variable: "there.json", want: "there.json"},
		"the flag before the variable":        {dir: deep, flag: "here.json", variable: "there.json", want: "here.json"},
		"nowhere above: the error has a path": {dir: t.TempDir(), want: platform.DefaultFile},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(tc.dir)
			at := target{file: tc.flag}
			require.NoError(t, at.find(func(name string) string {
				assert.Equal(t, "CARCTL_PLATFORM", name)
				return tc.variable
			}))
			assert.Equal(t, tc.want, at.file)
		})
	}
}

func TestEachEnvironmentKeepsItsKeysApart(t *testing.T) {
	local, dev, prod := target{file: platform.DefaultFile}, target{environment: "dev"}, target{environment: "prod"}
	assert.Equal(t, filepath.FromSlash(".local/cars"), local.carDir())
	assert.Equal(t, filepath.FromSlash(".local/dev/cars"), dev.carDir())
	assert.Equal(t, filepath.FromSlash(".local/prod/ca"), prod.caDir(platform.Platform{}))
}

func TestTheExitStatusTellsMisuseFromFailure(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, tc := range map[string]struct {
		args []string
		want int
	}{
		"an unknown command":            {[]string{"vehicles"}, 2},
		"an unknown command of a group": {[]string{"vehicle", "frob"}, 2},
		"an unknown flag":               {[]string{"drive", "--nope"}, 2},
		"a flag's value of no use":      {[]string{"drive", "--cars", "many"}, 2},
		"too many arguments":            {[]string{"telemetry", car, car}, 2},
		"flags that exclude each other": {[]string{"vehicle", "list", "--env", "dev", "--platform", "x"}, 2},
		"a platform that is not there":  {[]string{"vehicle", "list"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := carctl(t, tc.args...)
			require.Error(t, err)
			assert.Equal(t, tc.want, status(err), err)
		})
	}
}

func TestTheHelpNamesValuesAsTheyAreWritten(t *testing.T) {
	help, _, err := carctl(t, "--help")
	require.NoError(t, err)
	assert.Contains(t, help, "--platform file ")
	assert.Contains(t, help, "--env name ")
	version, _, err := carctl(t, "--version")
	require.NoError(t, err)
	assert.Regexp(t, `^carctl version \S+`, version)
}

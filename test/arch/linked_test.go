package arch_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// everyFunction are modules that every function links, besides the AWS SDK.
var everyFunction = []string{"github.com/aws/aws-lambda-go", "github.com/aws/smithy-go"}

// linked are the further modules in the functions' binaries. Each one costs time at a cold start and must be trusted, so a new one has to
// be added here deliberately.
var linked = map[string][]string{
	"lambdas/api": {
		"github.com/MicahParks/jwkset", "github.com/MicahParks/keyfunc/v3", "github.com/golang-jwt/jwt/v5", "golang.org/x/time", // verification of tokens
		"github.com/cedar-policy/cedar-go", "github.com/go-json-experiment/json", "golang.org/x/exp", // authorisation
		"github.com/apapsch/go-jsonmerge/v2", "github.com/getkin/kin-openapi", "github.com/go-openapi/jsonpointer",
		"github.com/go-openapi/swag/jsonname", "github.com/google/uuid", "github.com/oapi-codegen/runtime", "github.com/oasdiff/yaml",
		"github.com/oasdiff/yaml3", "github.com/santhosh-tekuri/jsonschema/v6", "golang.org/x/text", // validation against the API contract
		"github.com/oklog/ulid/v2", "golang.org/x/sync",
	},
	"lambdas/claims": {
		"github.com/MicahParks/jwkset", "github.com/MicahParks/keyfunc/v3", "github.com/golang-jwt/jwt/v5", "golang.org/x/time",
		"github.com/cedar-policy/cedar-go", "github.com/go-json-experiment/json", "golang.org/x/exp",
	},
	"lambdas/registration": {"golang.org/x/time"}, // limits the rate of denials by CA
	"lambdas/lake":         {"github.com/go-json-experiment/json"},
}

func TestFunctionsLinkTheModulesOfTheTable(t *testing.T) {
	functions := map[string]bool{}
	for _, p := range packages(t) {
		name, ok := strings.CutPrefix(p.path, "lambdas/")
		if !ok {
			continue
		}
		functions[p.path] = true
		t.Run(name, func(t *testing.T) {
			assert.ElementsMatch(t, slices.Concat(everyFunction, linked[p.path]), modulesOf(t, p.path))
		})
	}
	for path := range linked {
		assert.True(t, functions[path], "%s is no function", path)
	}
}

// modulesOf returns the modules in a program's binary, except this one and the AWS SDK.
func modulesOf(t *testing.T, program string) []string {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "./"+program)
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	require.NoError(t, err)
	all := strings.Fields(string(out))
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(m string) bool {
		return m+"/" == module || strings.HasPrefix(m, "github.com/aws/aws-sdk-go-v2")
	})
}

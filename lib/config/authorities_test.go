package config_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/config"
)

func TestEnvironmentsOfOneAccountDoNotShareACA(t *testing.T) {
	const (
		file = `{"file": "ca.pem"}`
		id   = `{"id": "997e5214b3d01902378dc4d7ee45f90851dc2b8954eab55b816bcc767705191e"}` // the id of the certificate in the same test
	)
	dir := filepath.Join("..", "..", "test", "snapshot", "testdata", "ca")
	environment := func(more, ca string) string {
		return `{` + more + `"manufacturers": [{"id": "acme", "name": "Acme", "caCertificates": [` + ca + `]}]}`
	}
	for name, tc := range map[string]struct {
		dev, prod, local string
		selected         any
		refused          string // environment with the error; empty: no error
	}{
		"the same file":                      {environment(`"application": "a", `, file), environment("", file), `{}`, nil, "prod"},
		"the same id":                        {environment(`"application": "a", `, id), environment("", id), `{}`, nil, "prod"},
		"a file and the id of its CA":        {environment(`"application": "a", `, file), environment("", id), `{}`, nil, "prod"},
		"one of an environment not deployed": {environment(`"application": "a", `, file), environment("", id), `{}`, "dev", "dev"},
		"in two accounts": {
			environment(`"account": "111111111111", `, file), environment(`"account": "222222222222", `, file), `{}`, nil, "",
		},
		"in two regions": {environment(`"region": "eu-west-1", `, file), environment(`"region": "eu-central-1", `, file), `{}`, nil, ""},
		"with the local environment": {
			environment("", file), `{}`, environment("", file), "dev,local", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			environments := fmt.Sprintf(`{"dev": %s, "prod": %s, "local": %s}`, tc.dev, tc.prod, tc.local)
			_, err := config.Load(context(t, environments, map[string]any{"env": tc.selected}), dir)
			if tc.refused == "" {
				require.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, `environments.`+tc.refused+`.manufacturers = "997e5214b3d01902378dc4d7ee45f90851dc2b8954eab55b816bcc767705191e": is a CA of`)
		})
	}
}

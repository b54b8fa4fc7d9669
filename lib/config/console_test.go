package config_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/config"
)

// hosted are the settings of a console on Elastic Beanstalk, overridden by over.
func hosted(over map[string]any) map[string]any {
	settings := map[string]any{
		"env": "dev", "console": "elastic-beanstalk", "consoleUrl": "https://console.example.com",
		"consoleDomain":  `{"name": "console.example.com", "certificateArn": "arn:aws:acm:eu-west-1:012345678901:certificate/b"}`,
		"consoleNetwork": `{"vpcId": "vpc-0123456789abcdef0", "publicSubnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]}`,
	}
	maps.Copy(settings, over)
	maps.DeleteFunc(settings, func(_ string, v any) bool { return v == nil })
	return settings
}

func TestTheConsolesInstancesAreRead(t *testing.T) {
	all, err := config.Load(context(t, three, hosted(map[string]any{"consoleInstances": `{"min": 1, "max": 1}`})), ".")
	require.NoError(t, err)
	assert.Equal(t, &config.Beanstalk{
		Domain: config.Domain{Name: "console.example.com", CertificateARN: "arn:aws:acm:eu-west-1:012345678901:certificate/b"},
		VPCID:  "vpc-0123456789abcdef0", PublicSubnetIDs: []string{"subnet-0123456789abcdef0", "subnet-0123456789abcdef1"}, Least: 1, Most: 1,
	}, all[0].Beanstalk)

	all, err = config.Load(context(t, three, map[string]any{"env": "dev"}), ".")
	require.NoError(t, err)
	assert.Nil(t, all[0].Beanstalk)
}

func TestBadSettingsOfTheConsoleAreReported(t *testing.T) {
	for name, tc := range map[string]struct {
		over map[string]any
		want string
	}{
		"an emulator": {map[string]any{"env": "local"}, "emulators have no Elastic Beanstalk"},
		"no address":  {map[string]any{"consoleDomain": nil}, "consoleDomain = null: must be"},
		"another address than the API allows": {map[string]any{"consoleUrl": "https://other.example.com"},
			`consoleUrl = "https://other.example.com": must be https:// and the name of consoleDomain`},
		"an address in the clear": {map[string]any{"consoleUrl": "http://localhost:8080"}, "must be https:// and the name of consoleDomain"},
		"a certificate elsewhere": {map[string]any{"region": "eu-central-1"}, "must be in eu-central-1, where the load balancer is"},
		"a network without a VPC": {map[string]any{"consoleNetwork": `{"publicSubnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]}`}, "consoleNetwork"},
		"one subnet":              {map[string]any{"consoleNetwork": `{"vpcId": "vpc-0123456789abcdef0", "publicSubnetIds": ["subnet-0123456789abcdef0"]}`}, "public subnets of two zones"},
		"a private subnet by name": {map[string]any{"consoleNetwork": `{"vpcId": "vpc-0123456789abcdef0", "privateSubnetIds": ["mine"],
			"publicSubnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]}`}, "consoleNetwork"},
		"no instance":                   {map[string]any{"consoleInstances": `{"min": 0, "max": 1}`}, "from 1 to 20 instances"},
		"fewer at most than at least":   {map[string]any{"consoleInstances": `{"min": 3, "max": 2}`}, "from 1 to 20 instances"},
		"instances that are no numbers": {map[string]any{"consoleInstances": `"two"`}, "from 1 to 20 instances"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load(context(t, three, hosted(tc.over)), ".")
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

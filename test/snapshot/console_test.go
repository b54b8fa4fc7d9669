package snapshot_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/cdktest"
)

// hostedConsole is the template of a console on Elastic Beanstalk.
func hostedConsole(t *testing.T) cdktest.Template {
	t.Helper()
	for _, in := range synthesise(t).variants["console"] {
		if stackPart(in.Stack) == "console" {
			return in
		}
	}
	t.Fatal("the variant console has no stack console")
	return cdktest.Template{}
}

// optionsOf returns an environment's option settings, by namespace and name.
func optionsOf(t *testing.T, in cdktest.Template) map[string]any {
	t.Helper()
	all := map[string]any{}
	for _, option := range list(one(t, in, "AWS::ElasticBeanstalk::Environment").Properties["OptionSettings"]) {
		name := at(option, "Namespace").(string) + " " + at(option, "OptionName").(string)
		require.NotContains(t, all, name, "Elastic Beanstalk refuses an option that is there twice")
		all[name] = at(option, "Value")
	}
	return all
}

func TestTheConsolesEnvironment(t *testing.T) {
	options := optionsOf(t, hostedConsole(t))
	for name, want := range map[string]any{
		"aws:autoscaling:launchconfiguration DisableIMDSv1":                         "true",
		"aws:ec2:vpc AssociatePublicIpAddress":                                      "false",
		"aws:ec2:instances SupportedArchitectures":                                  "arm64",
		"aws:elasticbeanstalk:command DeploymentPolicy":                             "RollingWithAdditionalBatch",
		"aws:elasticbeanstalk:healthreporting:system SystemType":                    "enhanced",
		"aws:elasticbeanstalk:cloudwatch:logs StreamLogs":                           "true",
		"aws:elasticbeanstalk:cloudwatch:logs RetentionInDays":                      "90",
		"aws:elasticbeanstalk:managedactions ManagedActionsEnabled":                 "true",
		"aws:elasticbeanstalk:environment LoadBalancerIsShared":                     "true",
		"aws:elbv2:listener:default ListenerEnabled":                                "false",
		"aws:elbv2:listenerrule:console HostHeaders":                                "console.example.com",
		"aws:elasticbeanstalk:environment:process:default HealthCheckPath":          "/healthz",
		"aws:elasticbeanstalk:application:environment CONSOLE_PROXIES":              "2",
		"aws:elasticbeanstalk:application:environment CONSOLE_URL":                  "https://console.example.com",
		"aws:autoscaling:updatepolicy:rollingupdate MinInstancesInService":          "2",
		"aws:elasticbeanstalk:managedactions:platformupdate InstanceRefreshEnabled": "true",
	} {
		assert.Equal(t, want, options[name], name)
	}
	secret, _ := at(options["aws:elasticbeanstalk:application:environmentsecrets CONSOLE_SESSION_KEYS"], "Ref").(string)
	assert.Equal(t, "AWS::SecretsManager::Secret", hostedConsole(t).Resources[secret].Type)
	for name, value := range options {
		if strings.HasPrefix(name, "aws:elasticbeanstalk:application:environment ") {
			assert.NotContains(t, name, "KEYS", "secrets are no plain variables: %v", value)
		}
	}
}

// TestTheConsolesEnvironmentIsMadeOnAPlatformThatIsCurrent: the template must not name a platform version, because versions are retired.
func TestTheConsolesEnvironmentIsMadeOnAPlatformThatIsCurrent(t *testing.T) {
	in := hostedConsole(t)
	environment := one(t, in, "AWS::ElasticBeanstalk::Environment").Properties
	found := list(at(environment["PlatformArn"], "Fn::GetAtt"))
	require.Len(t, found, 2)
	assert.Equal(t, "Custom::PlatformVersion", in.Resources[found[0].(string)].Type)
	assert.Nil(t, environment["SolutionStackName"])
}

func TestTheConsoleIsReachedByHTTPSBehindTheFirewall(t *testing.T) {
	in := hostedConsole(t)
	actions := map[any]any{}
	for _, listener := range in.OfType("AWS::ElasticLoadBalancingV2::Listener") {
		actions[listener.Properties["Protocol"]] = at(list(listener.Properties["DefaultActions"])[0], "Type")
	}
	assert.Equal(t, map[any]any{"HTTPS": "fixed-response", "HTTP": "redirect"}, actions, "only the rule of the console's name leads to it")
	guarded, _ := at(one(t, in, "AWS::WAFv2::WebACLAssociation").Properties, "ResourceArn", "Ref").(string)
	assert.Equal(t, "AWS::ElasticLoadBalancingV2::LoadBalancer", in.Resources[guarded].Type)
}

package console

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awselasticbeanstalk"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
)

// settings are option settings of an environment: namespace, name and value.
// https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html
type settings []any

func (s *settings) set(namespace string, values map[string]*string) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		*s = append(*s, &awselasticbeanstalk.CfnEnvironment_OptionSettingProperty{
			Namespace: jsii.String(namespace), OptionName: jsii.String(name), Value: values[name],
		})
	}
}

func (s *settings) texts(namespace string, pairs ...string) {
	values := map[string]*string{}
	for n := 0; n < len(pairs); n += 2 {
		values[pairs[n]] = jsii.String(pairs[n+1])
	}
	s.set(namespace, values)
}

// options returns all option settings of the environment.
func (h *Hosting) options(b balancer, r roles, secret awssecretsmanager.Secret) settings {
	s := settings{}
	h.instances(&s, r)
	h.reached(&s, b)
	h.deployed(&s, r)
	h.observed(&s)
	s.set("aws:elasticbeanstalk:application:environment", h.variables())
	s.set("aws:elasticbeanstalk:application:environmentsecrets", map[string]*string{names.EnvSessionKeys: secret.SecretArn()})
	return s
}

// instances configures small instances: the program takes 30 MB of memory, and a live stream a few kilobytes. The processor architecture
// cannot change after creation.
func (h *Hosting) instances(s *settings, r roles) {
	architecture, size := "arm64", "t4g.small"
	if h.props.Runtime.Architecture == config.AMD64 {
		architecture, size = "x86_64", "t3.small"
	}
	at := h.props.Settings
	subnets, public := at.PrivateSubnetIDs, len(at.PrivateSubnetIDs) == 0
	if public {
		subnets = at.PublicSubnetIDs
	}
	s.texts("aws:ec2:instances", "InstanceTypes", size, "SupportedArchitectures", architecture)
	s.texts("aws:ec2:vpc", "VPCId", at.VPCID, "Subnets", strings.Join(subnets, ","), "ELBSubnets", strings.Join(at.PublicSubnetIDs, ","),
		"AssociatePublicIpAddress", text(public))
	s.set("aws:autoscaling:launchconfiguration", map[string]*string{
		"IamInstanceProfile": r.profile.Ref(), "DisableIMDSv1": jsii.String("true"), "RootVolumeType": jsii.String("gp3"), "RootVolumeSize": jsii.String("10"),
	})
	s.texts("aws:autoscaling:asg", "MinSize", strconv.Itoa(at.Least), "MaxSize", strconv.Itoa(at.Most))
	// A live stream is one request of several hours, so the number of requests does not measure the load; CPU usage does.
	s.texts("aws:autoscaling:trigger", "MeasureName", "CPUUtilization", "Statistic", "Average", "Unit", "Percent", "UpperThreshold", "60", "LowerThreshold", "20",
		"Period", "5", "EvaluationPeriods", "1", "BreachDuration", "5")
}

// reached routes requests for the console's host name from the shared load balancer. The HTTP listener only redirects and needs no rule.
func (h *Hosting) reached(s *settings, b balancer) {
	s.texts("aws:elasticbeanstalk:environment", "EnvironmentType", "LoadBalanced", "LoadBalancerType", "application", "LoadBalancerIsShared", "true")
	s.set("aws:elbv2:loadbalancer", map[string]*string{"SharedLoadBalancer": b.Ref(), "SecurityGroups": b.group.AttrGroupId()})
	s.texts("aws:elbv2:listener:default", "ListenerEnabled", "false")
	s.texts("aws:elbv2:listener:443", "ListenerEnabled", "true", "Protocol", "HTTPS", "Rules", "console")
	s.texts("aws:elbv2:listenerrule:console", "HostHeaders", h.props.Settings.Domain.Name, "PathPatterns", "/*", "Priority", "1", "Process", "default")
	s.texts("aws:elasticbeanstalk:environment:process:default", "Port", "80", "Protocol", "HTTP", "HealthCheckPath", "/healthz", "MatcherHTTPCode", "200",
		"HealthCheckInterval", "15", "HealthCheckTimeout", "5", "HealthyThresholdCount", "2", "UnhealthyThresholdCount", "3",
		"DeregistrationDelay", "20", // equals the program's own drain time, in seconds
		"StickinessEnabled", "false") // every instance can read every session
}

// deployed configures rolling deployments and platform updates that keep the number of instances in service.
func (h *Hosting) deployed(s *settings, r roles) {
	s.texts("aws:elasticbeanstalk:command", "DeploymentPolicy", "RollingWithAdditionalBatch", "BatchSizeType", "Fixed", "BatchSize", "1", "Timeout", "600")
	s.texts("aws:autoscaling:updatepolicy:rollingupdate", "RollingUpdateEnabled", "true", "RollingUpdateType", "Health", "MaxBatchSize", "1",
		"MinInstancesInService", strconv.Itoa(min(h.props.Settings.Least, h.props.Settings.Most-1)))
	s.set("aws:elasticbeanstalk:environment", map[string]*string{"ServiceRole": r.service.RoleArn()})
	s.set("aws:elasticbeanstalk:managedactions", map[string]*string{
		"ManagedActionsEnabled": jsii.String("true"), "PreferredStartTime": jsii.String("Tue:03:00"), "ServiceRoleForManagedUpdates": r.service.RoleArn(),
	})
	s.texts("aws:elasticbeanstalk:managedactions:platformupdate", "UpdateLevel", "minor", "InstanceRefreshEnabled", "true")
}

// observed enables health reporting and log streaming.
func (h *Hosting) observed(s *settings) {
	retention := strconv.Itoa(h.props.Runtime.LogRetentionDays)
	s.texts("aws:elasticbeanstalk:healthreporting:system", "SystemType", "enhanced")
	s.texts("aws:elasticbeanstalk:cloudwatch:logs", "StreamLogs", "true", "DeleteOnTerminate", "false", "RetentionInDays", retention)
	s.texts("aws:elasticbeanstalk:cloudwatch:logs:health", "HealthStreamingEnabled", "true", "DeleteOnTerminate", "false", "RetentionInDays", retention)
}

package lake

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssagemaker"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/analytics"
	"connectedcar/lib/grant"
)

// NeedsNetwork is a synthesis note about the managed notebook's network prerequisites and costs.
const NeedsNetwork = "notebook = \"sagemaker\": the subnet needs ways to Amazon Athena, AWS Glue, S3, KMS, CloudWatch Logs and the API of SageMaker without the internet " +
	"(endpoints of the VPC). The notebook is billed by the hour while it runs, and stops itself after an hour without work."

// NeedsNetworkInfo is the id of that note.
const NeedsNetworkInfo = "connectedcar:notebook"

// Settings of the managed notebook.
const (
	notebookSize     = "ml.t3.medium"
	notebookPlatform = "notebook-al2023-v1"
	notebookGB       = 20
)

// NotebookProps configures Notebook.
type NotebookProps struct {
	Lake             *Lake  // Required.
	Props            Props  // of the lake. Required.
	SubnetID         string // Required.
	SecurityGroupIDs []string
	Protected        bool // retains the key of the notebook's volume
}

// Notebook is a managed notebook that queries the lake.
type Notebook struct {
	constructs.Construct
	Role     awsiam.Role
	Instance awssagemaker.CfnNotebookInstance
}

// NewNotebook makes the notebook: in the account's own network, encrypted, without root access and without internet access.
func NewNotebook(scope constructs.Construct, id string, props NotebookProps) *Notebook {
	if props.Lake == nil || props.SubnetID == "" || len(props.SecurityGroupIDs) == 0 {
		panic("analytics.NewNotebook: Lake, SubnetID and SecurityGroupIDs are required")
	}
	n := &Notebook{Construct: constructs.NewConstruct(scope, &id)}
	awscdk.Annotations_Of(n.Construct).AddInfoV2(jsii.String(NeedsNetworkInfo), jsii.String(NeedsNetwork))
	name := props.Props.Name + "-notebook"
	n.permit(props, name)
	removal := awscdk.RemovalPolicy_DESTROY
	if props.Protected {
		removal = awscdk.RemovalPolicy_RETAIN
	}
	key := awskms.NewKey(n.Construct, jsii.String("Key"), &awskms.KeyProps{
		Description: jsii.String("Encrypts the notebook's volume"), EnableKeyRotation: jsii.Bool(true), RemovalPolicy: removal,
	})
	start := awssagemaker.NewCfnNotebookInstanceLifecycleConfig(n.Construct, jsii.String("Start"), &awssagemaker.CfnNotebookInstanceLifecycleConfigProps{
		OnStart: []any{&awssagemaker.CfnNotebookInstanceLifecycleConfig_NotebookInstanceLifecycleHookProperty{
			Content: awscdk.Fn_Base64(jsii.String(script(props.Lake, name))),
		}},
	})
	n.Instance = awssagemaker.NewCfnNotebookInstance(n.Construct, jsii.String("Instance"), &awssagemaker.CfnNotebookInstanceProps{
		NotebookInstanceName: jsii.String(name), InstanceType: jsii.String(notebookSize), PlatformIdentifier: jsii.String(notebookPlatform),
		RoleArn: n.Role.RoleArn(), KmsKeyId: key.KeyId(), LifecycleConfigName: start.AttrNotebookInstanceLifecycleConfigName(),
		SubnetId: jsii.String(props.SubnetID), SecurityGroupIds: jsii.Strings(props.SecurityGroupIDs...),
		DirectInternetAccess: jsii.String("Disabled"), RootAccess: jsii.String("Disabled"), VolumeSizeInGb: jsii.Number(notebookGB),
		InstanceMetadataServiceConfiguration: &awssagemaker.CfnNotebookInstance_InstanceMetadataServiceConfigurationProperty{
			MinimumInstanceMetadataServiceVersion: jsii.String("2"),
		},
	})
	return n
}

// permit makes the notebook's role, which may run queries in the analysts' workgroup, write logs, and stop the notebook.
func (n *Notebook) permit(props NotebookProps, name string) {
	stack := awscdk.Stack_Of(n.Construct)
	n.Role = awsiam.NewRole(n.Construct, jsii.String("Role"), &awsiam.RoleProps{
		Description: jsii.String("What the notebook may ask of the lake"),
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("sagemaker.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": stack.Account()}},
		}),
	})
	grant.Actions(n.Role, stack.FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("sagemaker"), Resource: jsii.String("notebook-instance"), ResourceName: jsii.String(name),
	}), "sagemaker:StopNotebookInstance")
	grant.Actions(n.Role, stack.FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("logs"), Resource: jsii.String("log-group"), ResourceName: jsii.String("/aws/sagemaker/NotebookInstances:log-stream:" + name + "/*"),
		ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
	}), "logs:CreateLogStream", "logs:PutLogEvents")
	props.Lake.permitAnalyst(n.Role, props.Lake.Workgroup, "queries/", props.Props)
	n.permitNetwork(props)
}

// permitNetwork lets SageMaker create the notebook's network interface, for which it uses the notebook's role:
// https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
func (n *Notebook) permitNetwork(props NotebookProps) {
	ec2 := func(resource, name string) *string {
		return awscdk.Stack_Of(n.Construct).FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("ec2"), Resource: jsii.String(resource), ResourceName: jsii.String(name),
		})
	}
	grant.Actions(n.Role, ec2("network-interface", "*"), "ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission",
		"ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission")
	grant.Actions(n.Role, ec2("subnet", props.SubnetID), "ec2:CreateNetworkInterface")
	for _, id := range props.SecurityGroupIDs {
		grant.Actions(n.Role, ec2("security-group", id), "ec2:CreateNetworkInterface")
	}
	// EC2's Describe actions support no resources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
	grant.Actions(n.Role, jsii.String("*"), "ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcs", "ec2:DescribeDhcpOptions",
		"ec2:DescribeSubnets", "ec2:DescribeSecurityGroups")
	cdknag.NagSuppressions_AddResourceSuppressions(n.Role, &[]*cdknag.NagPackSuppression{{
		Id: jsii.String("AwsSolutions-IAM5"), Reason: jsii.String("SageMaker makes and names the network interface; EC2 describes by no resource."),
	}}, jsii.Bool(true))
}

// script installs the notebook and its settings, unless a user changed them, and makes the instance stop itself when it is idle.
func script(l *Lake, name string) string {
	settings := map[string]string{"workgroup": *l.Workgroup.Ref(), "catalog": *l.source, "database": *l.database}
	if l.iceberg != nil {
		settings["step"] = analytics.NestedStep()
	}
	b, err := json.Marshal(settings)
	if err != nil {
		panic("analytics.NewNotebook: " + err.Error())
	}
	return strings.NewReplacer("@NOTEBOOK@", packed(analytics.Notebook), "@SETTINGS@", string(b), "@NAME@", name).Replace(onStart)
}

// packed encodes a file as base64 of gzip.
func packed(file []byte) string {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // cannot happen: gzip knows the level
	}
	_, _ = w.Write(file) // writing to a bytes.Buffer never fails
	_ = w.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// onStart is a script that runs as root at every start, for at most five minutes. Jupyter listens on port 8443 of the instance.
const onStart = `#!/bin/bash
set -euo pipefail
home=/home/ec2-user/SageMaker
test -e $home/fleet.ipynb || echo '@NOTEBOOK@' | base64 -d | gunzip > $home/fleet.ipynb
cat > $home/lake.json <<'SETTINGS'
@SETTINGS@
SETTINGS
chown ec2-user:ec2-user $home/fleet.ipynb $home/lake.json
cat > /usr/local/bin/stop-when-idle <<'IDLE'
#!/usr/bin/env python3
import datetime, json, ssl, subprocess, urllib.request
context = ssl._create_unverified_context()  # Jupyter's own certificate, on this machine
kernels = json.load(urllib.request.urlopen("https://localhost:8443/api/kernels", context=context, timeout=10))
now = datetime.datetime.now(datetime.timezone.utc)
quiet = [float(open("/proc/uptime").read().split()[0])]
for k in kernels:
    last = datetime.datetime.fromisoformat(k["last_activity"].replace("Z", "+00:00"))
    quiet.append(0 if k["execution_state"] == "busy" else (now - last).total_seconds())
if min(quiet) > 3600:
    subprocess.run(["aws", "sagemaker", "stop-notebook-instance", "--notebook-instance-name", "@NAME@"], check=True)
IDLE
chmod 755 /usr/local/bin/stop-when-idle
cat > /etc/systemd/system/stop-when-idle.service <<'UNIT'
[Service]
Type=oneshot
ExecStart=/usr/local/bin/stop-when-idle
UNIT
cat > /etc/systemd/system/stop-when-idle.timer <<'UNIT'
[Timer]
OnBootSec=15min
OnUnitActiveSec=5min
[Install]
WantedBy=timers.target
UNIT
systemctl daemon-reload
systemctl enable --now stop-when-idle.timer
`

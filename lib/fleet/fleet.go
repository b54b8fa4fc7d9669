// Package fleet makes the registry of cars in AWS IoT: thing type, thing groups, the policies of cars, the manufacturers' certificate
// authorities and the statically registered things.
package fleet

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiot"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
	"connectedcar/lib/policy"
)

// Props configures Fleet.
type Props struct {
	// Application is the prefix of this environment's resource names. Required.
	Application names.Application
	// Manufacturers are the manufacturers whose cars may register.
	Manufacturers []config.Manufacturer
	// Things are registered statically.
	Things []config.Thing
}

// Fleet is the registry of cars.
type Fleet struct {
	constructs.Construct
	ThingType   awsiot.CfnThingType
	All         Group            // the fleet's group; its child groups are those of the manufacturers
	Quarantine  Group            // cars in quarantine; a root group, because a thing can be in only one group of a hierarchy
	Policy      awsiot.CfnPolicy // permissions of every car
	BasicIngest awsiot.CfnPolicy // permissions of every car for Basic Ingest
	Denied      awsiot.CfnPolicy // denials for cars in quarantine; `carctl vehicle quarantine` attaches the policy to the group
	Authorities []Authority
}

// Authority is a CA of a manufacturer, and the thing group of the cars whose certificates the CA signs.
type Authority struct {
	Manufacturer string
	ID, ARN      string // of the CA certificate
	Group        Group
}

// Group is a thing group. Its name is explicit because the documentation and CloudFormation disagree: Ref returns the group's id in one and
// its name in the other.
type Group struct {
	Name, ARN string
	awsiot.CfnThingGroup
}

// New makes the registry: thing type, groups, policies, CAs and things.
func New(scope constructs.Construct, id string, props Props) *Fleet {
	if props.Application == "" {
		panic("fleet.New: Application is required")
	}
	f := &Fleet{Construct: constructs.NewConstruct(scope, jsii.String(id))}
	f.ThingType = newThingType(f.Construct, props.Application)
	f.All = newGroup(f.Construct, "Fleet", props.Application.ThingGroup("fleet"), "Every car of "+string(props.Application), nil)
	f.Quarantine = newGroup(f.Construct, "Quarantine", props.Application.ThingGroup("quarantine"), "Cars that are cut off until somebody has looked at them", nil)
	f.newPolicies(props.Application)
	for _, m := range props.Manufacturers {
		f.addManufacturer(props.Application, m)
	}
	for _, t := range props.Things {
		f.addThing(t)
	}
	return f
}

func newThingType(scope constructs.Construct, app names.Application) awsiot.CfnThingType {
	return awsiot.NewCfnThingType(scope, jsii.String("Vehicle"), &awsiot.CfnThingTypeProps{
		ThingTypeName: jsii.String(app.ThingType()),
		ThingTypeProperties: &awsiot.CfnThingType_ThingTypePropertiesProperty{
			ThingTypeDescription: jsii.String("A car. Its thing is named after its VIN."),
			SearchableAttributes: jsii.Strings("make", "model", "modelYear"), // a thing type can have at most three
		},
	})
}

func newGroup(scope constructs.Construct, id, name, description string, parent *Group) Group {
	props := &awsiot.CfnThingGroupProps{
		ThingGroupName:       jsii.String(name),
		ThingGroupProperties: &awsiot.CfnThingGroup_ThingGroupPropertiesProperty{ThingGroupDescription: jsii.String(description)},
	}
	if parent != nil {
		props.ParentGroupName = jsii.String(parent.Name)
	}
	group := awsiot.NewCfnThingGroup(scope, jsii.String(id), props)
	if parent != nil {
		group.AddResourceDependency(parent.CfnThingGroup, jsii.String("a group is made below one that exists"))
	}
	return Group{Name: name, ARN: place(scope).IoT("thinggroup", name), CfnThingGroup: group}
}

// newPolicies makes the policies that registration attaches to the certificate of each car. CloudFormation cannot attach a policy to a
// thing group: https://github.com/aws/aws-cdk/issues/26166
func (f *Fleet) newPolicies(app names.Application) {
	at := place(f.Construct)
	f.Policy = awsiot.NewCfnPolicy(f.Construct, jsii.String("DevicePolicy"), &awsiot.CfnPolicyProps{
		PolicyDocument: policy.Device(app, at).Map(),
	})
	f.BasicIngest = awsiot.NewCfnPolicy(f.Construct, jsii.String("BasicIngestPolicy"), &awsiot.CfnPolicyProps{
		PolicyDocument: policy.BasicIngest(app, at).Map(),
	})
	f.Denied = awsiot.NewCfnPolicy(f.Construct, jsii.String("QuarantinePolicy"), &awsiot.CfnPolicyProps{
		PolicyDocument: policy.Quarantine(app, at).Map(),
	})
}

// addManufacturer makes the manufacturer's group, and registers its CAs.
func (f *Fleet) addManufacturer(app names.Application, m config.Manufacturer) {
	scope := constructs.NewConstruct(f.Construct, jsii.String("Manufacturer-"+m.ID))
	group := newGroup(scope, "Group", app.ManufacturerGroup(m.ID), "Cars of "+m.Name, &f.All)
	for _, ca := range m.CAs {
		if ca.PEM != "" {
			newCA(scope, ca)
		}
		f.Authorities = append(f.Authorities, Authority{Manufacturer: m.ID, ID: ca.ID, ARN: place(scope).IoT("cacert", ca.ID), Group: group})
	}
}

// newCA registers a CA so that its cars register just in time. The construct's id is derived from the certificate, so that adding or
// removing a CA does not change the others. A changed id would make CloudFormation register the CA again, which AWS IoT refuses: an account
// can have a CA only once.
func newCA(scope constructs.Construct, ca config.CA) awsiot.CfnCACertificate {
	props := &awsiot.CfnCACertificateProps{
		CaCertificatePem:       jsii.String(ca.PEM),
		Status:                 jsii.String("ACTIVE"),
		AutoRegistrationStatus: jsii.String("ENABLE"), // just-in-time registration; a RegistrationConfig would mean provisioning
		CertificateMode:        jsii.String("SNI_ONLY"),
	}
	if ca.VerificationPEM != "" {
		props.CertificateMode = jsii.String("DEFAULT")
		props.VerificationCertificatePem = jsii.String(ca.VerificationPEM)
	}
	return awsiot.NewCfnCACertificate(scope, jsii.String("CA-"+ca.ID[:caIDLength]), props)
}

// caIDLength is the number of characters of a CA's id that distinguish the CAs of a manufacturer.
const caIDLength = 12

// place is the stack's partition, region and account, to compute ARNs of resources with explicit names. Computed ARNs
// need no CloudFormation exports, which could not change while another stack imports them.
func place(scope constructs.Construct) policy.Place {
	stack := awscdk.Stack_Of(scope)
	return policy.Place{Partition: *stack.Partition(), Region: *stack.Region(), Account: *stack.Account()}
}

func (f *Fleet) addThing(t config.Thing) {
	props := &awsiot.CfnThingProps{ThingName: jsii.String(t.Name)}
	if len(t.Attributes) > 0 {
		props.AttributePayload = &awsiot.CfnThing_AttributePayloadProperty{Attributes: t.Attributes}
	}
	awsiot.NewCfnThing(f.Construct, jsii.String("Thing-"+t.Name), props)
}

package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
	"connectedcar/lib/fleet"
)

func newFleet(stack awscdk.Stack, s config.Settings) *fleet.Fleet {
	f := fleet.New(stack, "Fleet", fleet.Props{Application: s.Application, Manufacturers: s.Manufacturers, Things: s.Things})
	if s.IoTLogging != config.Off {
		fleet.NewLogging(stack, "Logging", s.IoTLogging)
	}
	output(stack, names.OutputApplication, jsii.String(string(s.Application)), "Second level of the topics, start of the rules' names")
	output(stack, names.OutputDevicePolicy, f.Policy.Ref(), "A policy of every car's certificate")
	output(stack, names.OutputBasicIngestPolicy, f.BasicIngest.Ref(), "The other policy of every car's certificate")
	output(stack, names.OutputQuarantinePolicy, f.Denied.Ref(), "What cars in quarantine may not do")
	output(stack, names.OutputQuarantineGroup, jsii.String(f.Quarantine.Name), "The thing group of cars that are cut off")
	return f
}

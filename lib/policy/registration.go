package policy

// RegistrationScope has the ARNs that just-in-time registration works on.
type RegistrationScope struct {
	CAs    []string // the certificate authorities whose cars register
	Groups []string // the manufacturers' thing groups, one of which a car joins
}

// Registration returns the rights of just-in-time registration in AWS IoT's registry. Certificate ids and thing names are known only
// when a car connects, so those statements end in a wildcard; CAs and groups are known.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiot.html
func Registration(at Place, scope RegistrationScope) []Statement {
	certificates, things := at.IoT("cert", "*"), at.IoT("thing", "*")
	statements := []Statement{
		Allow([]string{"iot:DescribeCertificate", "iot:UpdateCertificate"}, []string{certificates}),
		Allow([]string{"iot:CreateThing", "iot:DescribeThing", "iot:UpdateThing", "iot:ListThingPrincipals"}, []string{things}),
		Allow([]string{"iot:AttachPolicy"}, []string{certificates}),
		// Older editions of the service authorization reference list no resource for this action, newer ones the certificate: "*" is right
		// by both, and a car that cannot register is worse.
		Allow([]string{"iot:AttachThingPrincipal"}, []string{"*"}),
	}
	if len(scope.Groups) > 0 {
		statements = append(statements, Allow([]string{"iot:AddThingToThingGroup"}, append([]string{things}, scope.Groups...)))
	}
	if len(scope.CAs) > 0 {
		statements = append(statements, Allow([]string{"iot:DescribeCACertificate"}, scope.CAs))
	}
	return statements
}

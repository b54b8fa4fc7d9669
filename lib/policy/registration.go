package policy

// RegistrationScope has the ARNs of the resources that just-in-time registration uses.
type RegistrationScope struct {
	CAs    []string // the CAs whose cars may register
	Groups []string // the manufacturers' thing groups; a registration adds the car to one of them
}

// Registration returns the IAM statements of just-in-time registration. Certificate ids and thing names are unknown until a car connects,
// so those statements end in a wildcard; CAs and groups are named.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiot.html
func Registration(at Place, scope RegistrationScope) []Statement {
	certificates, things := at.IoT("cert", "*"), at.IoT("thing", "*")
	statements := []Statement{
		Allow([]string{"iot:DescribeCertificate", "iot:UpdateCertificate"}, []string{certificates}),
		Allow([]string{"iot:CreateThing", "iot:DescribeThing", "iot:UpdateThing", "iot:ListThingPrincipals"}, []string{things}),
		Allow([]string{"iot:AttachPolicy"}, []string{certificates}),
		// Older editions of the service authorization reference list no resource for this action, newer ones the certificate. "*" works
		// under both; a narrower resource could make registrations fail.
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

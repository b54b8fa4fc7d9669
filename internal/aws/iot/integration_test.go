//go:build integration

package iot_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiot "github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/iot"
	"connectedcar/internal/device/pki"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/domain/registration"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/names"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/testing/storetest"
	"connectedcar/internal/vin"
)

// cloud is a registry with the resources that a deployment creates, under names unique to the test.
type cloud struct {
	*awsiot.Client
	cfg                            aws.Config
	thingType, fleet, acme, policy string
	ca                             pki.Pair
	caID                           string
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	cfg, name := storetest.Cloud(t), storetest.Unique(t, "it")
	c := &cloud{Client: awsiot.NewFromConfig(cfg), cfg: cfg, thingType: name + "-type", fleet: name + "-fleet", acme: name + "-acme", policy: name + "-policy"}
	_, err := c.CreateThingType(t.Context(), &awsiot.CreateThingTypeInput{ThingTypeName: &c.thingType})
	require.NoError(t, err)
	_, err = c.CreateThingGroup(t.Context(), &awsiot.CreateThingGroupInput{ThingGroupName: &c.fleet})
	require.NoError(t, err)
	_, err = c.CreateThingGroup(t.Context(), &awsiot.CreateThingGroupInput{ThingGroupName: &c.acme, ParentGroupName: &c.fleet})
	require.NoError(t, err)
	_, err = c.CreatePolicy(t.Context(), &awsiot.CreatePolicyInput{
		PolicyName: &c.policy, PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}]}`),
	})
	require.NoError(t, err)
	c.registerCA(t)
	t.Cleanup(func() { c.remove(t) })
	return c
}

func (c *cloud) registerCA(t *testing.T) {
	t.Helper()
	root, err := pki.NewRoot(c.policy, time.Now())
	require.NoError(t, err)
	c.ca, err = pki.NewIntermediate(root, c.policy, time.Now())
	require.NoError(t, err)
	out, err := c.RegisterCACertificate(t.Context(), &awsiot.RegisterCACertificateInput{
		CaCertificate: aws.String(string(c.ca.CertificatePEM())), CertificateMode: types.CertificateModeSniOnly, SetAsActive: true, AllowAutoRegistration: true,
	})
	require.NoError(t, err)
	c.caID = *out.CertificateId
}

// remove deletes the test's resources and reports those that cannot be deleted.
func (c *cloud) remove(t *testing.T) {
	ctx := context.WithoutCancel(t.Context())
	certificates, err := c.ListCertificatesByCA(ctx, &awsiot.ListCertificatesByCAInput{CaCertificateId: &c.caID})
	if assert.NoError(t, err) {
		for _, certificate := range certificates.Certificates {
			things, err := c.ListPrincipalThings(ctx, &awsiot.ListPrincipalThingsInput{Principal: certificate.CertificateArn})
			assert.NoError(t, err)
			for _, thing := range things.Things {
				_, err = c.DetachThingPrincipal(ctx, &awsiot.DetachThingPrincipalInput{ThingName: &thing, Principal: certificate.CertificateArn})
				assert.NoError(t, err)
				_, _ = c.DeleteThing(ctx, &awsiot.DeleteThingInput{ThingName: &thing}) // fails until the thing's last certificate is detached
			}
			_, _ = c.UpdateCertificate(ctx, &awsiot.UpdateCertificateInput{CertificateId: certificate.CertificateId, NewStatus: types.CertificateStatusInactive})
			_, err = c.DeleteCertificate(ctx, &awsiot.DeleteCertificateInput{CertificateId: certificate.CertificateId, ForceDelete: true})
			assert.NoError(t, err)
		}
	}
	_, _ = c.DeletePolicy(ctx, &awsiot.DeletePolicyInput{PolicyName: &c.policy})
	for _, group := range []string{c.acme, c.fleet} { // in this order: AWS IoT does not delete a group with child groups
		_, err = c.DeleteThingGroup(ctx, &awsiot.DeleteThingGroupInput{ThingGroupName: &group})
		assert.NoError(t, err)
	}
	_, _ = c.UpdateCACertificate(ctx, &awsiot.UpdateCACertificateInput{CertificateId: &c.caID, NewStatus: types.CACertificateStatusInactive})
	_, err = c.DeleteCACertificate(ctx, &awsiot.DeleteCACertificateInput{CertificateId: &c.caID})
	assert.NoError(t, err)
}

// pending registers a certificate of a new car, as it is before the car is registered. AWS IoT does so when the car first connects; an
// emulator needs an API call.
func (c *cloud) pending(t *testing.T, name string) registration.Event {
	t.Helper()
	car, err := pki.NewCar(c.ca, name, 30, time.Now())
	require.NoError(t, err)
	out, err := c.RegisterCertificate(t.Context(), &awsiot.RegisterCertificateInput{
		CertificatePem: aws.String(string(car.CertificatePEM())), CaCertificatePem: aws.String(string(c.ca.CertificatePEM())),
		Status: types.CertificateStatusInactive,
	})
	require.NoError(t, err)
	_, err = c.UpdateCertificate(t.Context(), &awsiot.UpdateCertificateInput{CertificateId: out.CertificateId, NewStatus: types.CertificateStatusPendingActivation},
		func(o *awsiot.Options) { o.AppID = "devicegateway" }) // the local platform allows that call only to this caller
	require.NoError(t, err)
	return registration.Event{CertificateID: *out.CertificateId, CACertificateID: c.caID, At: time.Now()}
}

func (c *cloud) status(t *testing.T, id string) types.CertificateStatus {
	t.Helper()
	out, err := c.DescribeCertificate(t.Context(), &awsiot.DescribeCertificateInput{CertificateId: &id})
	require.NoError(t, err)
	return out.CertificateDescription.Status
}

func randomVIN(t *testing.T) vin.VIN {
	t.Helper()
	b := make([]byte, 3)
	_, err := rand.Read(b)
	require.NoError(t, err)
	v, err := vin.Parse("WVWZZZ1JZXW" + strings.ToUpper(hex.EncodeToString(b)))
	require.NoError(t, err)
	return v
}

func TestRegistration(t *testing.T) {
	c, car := newCloud(t), randomVIN(t)
	var vehicles memory.Vehicles
	row := vehicle.Vehicle{VIN: car, Manufacturer: "acme", Make: "Acme", Model: "Road Runner", ModelYear: 2026, Powertrain: "ELECTRIC", Status: vehicle.Allowed}
	require.NoError(t, vehicles.PutVehicle(t.Context(), row))
	registry := iot.New(c.cfg, c.thingType, c.policy)
	r := &registration.Service{
		Authorities:  map[string]names.CertificateAuthority{c.caID: {Manufacturer: "acme", ThingGroup: c.acme}},
		Certificates: registry, Things: registry, Vehicles: &vehicles,
		Records: &memory.Certificates{}, Alerts: alert.NewService(&memory.Alerts{}, &vehicles), Longest: certificate.DefaultLifetime, Now: time.Now,
	}
	register := func(t *testing.T, e registration.Event) registration.Outcome {
		t.Helper()
		result, err := r.Register(t.Context(), e)
		require.NoError(t, err)
		return result.Outcome
	}
	thing := func(t *testing.T) *awsiot.DescribeThingOutput {
		t.Helper()
		out, err := c.DescribeThing(t.Context(), &awsiot.DescribeThingInput{ThingName: aws.String(string(car))})
		require.NoError(t, err)
		return out
	}

	first := c.pending(t, string(car))
	t.Run("an allowed car becomes a thing with an active certificate", func(t *testing.T) {
		assert.Equal(t, registration.Activated, register(t, first))
		assert.Equal(t, types.CertificateStatusActive, c.status(t, first.CertificateID))
		got := thing(t)
		assert.Equal(t, c.thingType, *got.ThingTypeName)
		assert.Equal(t, map[string]string{"make": "Acme", "model": "Road_Runner", "modelYear": "2026", "powertrain": "ELECTRIC"}, got.Attributes)
		groups, err := c.ListThingGroupsForThing(t.Context(), &awsiot.ListThingGroupsForThingInput{ThingName: aws.String(string(car))})
		require.NoError(t, err)
		var names []string
		for _, g := range groups.ThingGroups {
			names = append(names, *g.GroupName)
		}
		assert.Equal(t, []string{c.acme}, names)
		arn, err := c.DescribeCertificate(t.Context(), &awsiot.DescribeCertificateInput{CertificateId: &first.CertificateID})
		require.NoError(t, err)
		policies, err := c.ListAttachedPolicies(t.Context(), &awsiot.ListAttachedPoliciesInput{Target: arn.CertificateDescription.CertificateArn})
		require.NoError(t, err)
		require.Len(t, policies.Policies, 1)
		assert.Equal(t, c.policy, *policies.Policies[0].PolicyName)
	})
	t.Run("the event again changes nothing", func(t *testing.T) {
		assert.Equal(t, registration.Already, register(t, first))
	})
	t.Run("a renewed certificate joins the thing, whose attributes follow", func(t *testing.T) {
		row.Model = "Coyote"
		require.NoError(t, vehicles.PutVehicle(t.Context(), row))
		second := c.pending(t, string(car))
		assert.Equal(t, registration.Activated, register(t, second))
		assert.Equal(t, "Coyote", thing(t).Attributes["model"])
		principals, err := c.ListThingPrincipals(t.Context(), &awsiot.ListThingPrincipalsInput{ThingName: aws.String(string(car))})
		require.NoError(t, err)
		assert.Len(t, principals.Principals, 2)
		assert.Equal(t, types.CertificateStatusActive, c.status(t, first.CertificateID))
	})
	t.Run("a car that nobody announced has its certificate revoked", func(t *testing.T) {
		stranger := c.pending(t, string(randomVIN(t)))
		assert.Equal(t, registration.Denied, register(t, stranger))
		assert.Equal(t, types.CertificateStatusRevoked, c.status(t, stranger.CertificateID))
		assert.Equal(t, registration.Already, register(t, stranger))
	})
	t.Run("a certificate that is gone is no error", func(t *testing.T) {
		assert.Equal(t, registration.Gone, register(t, registration.Event{CertificateID: strings.Repeat("ab", 32), CACertificateID: c.caID}))
	})
}

package realtime_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/realtime"
	"connectedcar/internal/errs"
	"connectedcar/internal/twin/iot/policy"
	"connectedcar/internal/vin"
)

func TestAnIdentityMayListenToItsCarsAndDoNothingElse(t *testing.T) {
	w := newWorld()
	w.cars[ana], w.cars[ben] = []realtime.Car{{VIN: one}}, []realtime.Car{{VIN: two}}
	for user, id := range map[string]string{ana: anasID, ben: bensID} {
		_, err := w.Attach(t.Context(), user, id)
		require.NoError(t, err)
	}
	topic, filter, client := arn+":topic/", arn+":topicfilter/", arn+":client/"
	shadow := "$aws/things/" + string(one) + "/shadow/name/"
	for name, tc := range map[string]struct {
		action, resource string
		want             bool
	}{
		"connect under its id":                     {policy.Connect, client + anasID, true},
		"connect under its id with more behind it": {policy.Connect, client + anasID + "-phone", true},
		"connect under another identity's id":      {policy.Connect, client + bensID, false},
		"connect as the car":                       {policy.Connect, client + string(one), false},
		"subscribe to all that its car sends":      {policy.Subscribe, filter + "dt/cars/" + string(one) + "/+", true},
		"receive its car's telemetry":              {policy.Receive, topic + "dt/cars/" + string(one) + "/telemetry", true},
		"receive its car's alerts":                 {policy.Receive, topic + "cmd/cars/" + string(one) + "/alert/req", true},
		"subscribe to its car's alerts":            {policy.Subscribe, filter + "cmd/cars/" + string(one) + "/alert/req", true},
		"subscribe to changes of its car's shadow": {policy.Subscribe, filter + shadow + "+/update/+", true},
		"receive a change of its car's shadow":     {policy.Receive, topic + shadow + "climate/update/documents", true},
		"receive another's telemetry":              {policy.Receive, topic + "dt/cars/" + string(two) + "/telemetry", false},
		"subscribe to another's telemetry":         {policy.Subscribe, filter + "dt/cars/" + string(two) + "/telemetry", false},
		"subscribe to everybody's telemetry":       {policy.Subscribe, filter + "dt/cars/+/telemetry", false},
		"subscribe to everything":                  {policy.Subscribe, filter + "#", false},
		"subscribe to a car that starts like its":  {policy.Subscribe, filter + "dt/cars/" + string(one) + "X/telemetry", false},
		"receive commands to its car":              {policy.Receive, topic + "cmd/cars/" + string(one) + "/42/req", false},
		"receive its car's answers":                {policy.Receive, topic + "cmd/cars/" + string(one) + "/42/res", false},
		"publish its car's telemetry":              {policy.Publish, topic + "dt/cars/" + string(one) + "/telemetry", false},
		"publish by Basic Ingest":                  {policy.Publish, topic + "$aws/rules/cars_telemetry/dt/cars/" + string(one) + "/telemetry", false},
		"command its car":                          {policy.Publish, topic + "cmd/cars/" + string(one) + "/42/req", false},
		"alert its car":                            {policy.Publish, topic + "cmd/cars/" + string(one) + "/alert/req", false},
		"change its car's shadow":                  {policy.Publish, topic + shadow + "climate/update", false},
		"read its car's shadow over MQTT":          {policy.Publish, topic + shadow + "climate/get", false},
		"change its car's shadow over HTTP":        {policy.UpdateThingShadow, arn + ":thing/" + string(one) + "/climate", false},
		"read its car's shadow over HTTP":          {policy.GetThingShadow, arn + ":thing/" + string(one) + "/climate", false},
		"retain a message":                         {policy.RetainPublish, topic + "dt/cars/" + string(one) + "/telemetry", false},
		"listen in another environment":            {policy.Receive, topic + "dt/cars-dev/" + string(one) + "/telemetry", false},
		"listen in another account":                {policy.Receive, "arn:aws:iot:eu-central-1:999999999999:topic/dt/cars/" + string(one) + "/telemetry", false},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, w.may(t, anasID, tc.action, tc.resource)) })
	}
}

func TestWhatAttachSaysIsWhatTheIdentityMay(t *testing.T) {
	w := newWorld()
	w.cars[ana] = []realtime.Car{{VIN: two, Until: noon.Add(time.Hour)}, {VIN: one}}
	access, err := w.Attach(t.Context(), ana, anasID)
	require.NoError(t, err)
	assert.Equal(t, realtime.Access{
		IdentityID: anasID, ClientID: anasID, Cars: []vin.VIN{one, two}, Until: noon.Add(time.Hour),
		Filters: []string{"dt/cars/{vin}/+", "cmd/cars/{vin}/alert/req", "$aws/things/{vin}/shadow/name/climate/update/+", "$aws/things/{vin}/shadow/name/state/update/+"},
	}, access)
	for _, car := range access.Cars {
		for _, f := range access.Filters {
			assert.True(t, w.may(t, anasID, policy.Subscribe, arn+":topicfilter/"+strings.ReplaceAll(f, "{vin}", string(car))), f)
		}
	}
}

// Only the owner may see the car's configuration, as in the REST API.
func TestABorrowerHearsNoConfiguration(t *testing.T) {
	w := newWorld()
	w.cars[ana] = []realtime.Car{{VIN: two, Until: noon.Add(time.Hour)}, {VIN: one}}
	_, err := w.Attach(t.Context(), ana, anasID)
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		action, topic string
		car           vin.VIN
		want          bool
	}{
		"the owner hears the configuration":         {policy.Receive, "topic/$aws/things/%s/shadow/name/config/update/documents", one, true},
		"a borrower hears the climate":              {policy.Receive, "topic/$aws/things/%s/shadow/name/climate/update/documents", two, true},
		"a borrower hears the state":                {policy.Subscribe, "topicfilter/$aws/things/%s/shadow/name/state/update/+", two, true},
		"a borrower hears no configuration":         {policy.Receive, "topic/$aws/things/%s/shadow/name/config/update/documents", two, false},
		"a borrower subscribes to no configuration": {policy.Subscribe, "topicfilter/$aws/things/%s/shadow/name/config/update/delta", two, false},
		"a borrower subscribes to not all shadows":  {policy.Subscribe, "topicfilter/$aws/things/%s/shadow/name/+/update/+", two, false},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, w.may(t, anasID, tc.action, arn+":"+fmt.Sprintf(tc.topic, tc.car)))
		})
	}
}

// AWS IoT does not know which users Amazon Cognito has disabled.
func TestWhoMayNotSignInAnyMoreHearsNothing(t *testing.T) {
	w := newWorld()
	w.cars[ana] = []realtime.Car{{VIN: one}}
	hears := func() bool { return w.may(t, anasID, policy.Receive, arn+":topic/dt/cars/"+string(one)+"/telemetry") }
	_, err := w.Attach(t.Context(), ana, anasID)
	require.NoError(t, err)
	require.True(t, hears())
	require.NoError(t, w.Block(t.Context(), ana, true))
	assert.False(t, hears(), "her session hears nothing")
	require.NoError(t, w.Recompute(t.Context(), ana, one))
	assert.False(t, hears(), "a change of the tables gives it back to nobody")
	access, err := w.Attach(t.Context(), ana, anasID) // with a token that is still valid for an hour
	require.NoError(t, err)
	assert.Empty(t, access.Cars)
	assert.False(t, hears())
	require.NoError(t, w.Block(t.Context(), ana, false))
	_, err = w.Attach(t.Context(), ana, anasID)
	require.NoError(t, err)
	assert.True(t, hears())
}

func TestPoliciesFollowTheTables(t *testing.T) {
	w := newWorld()
	_, err := w.Attach(t.Context(), ana, anasID)
	require.NoError(t, err)
	require.Empty(t, w.policies, "somebody without cars may not even connect")

	w.cars[ana] = []realtime.Car{{VIN: one}}
	require.NoError(t, w.Recompute(t.Context(), ana, one))
	assert.True(t, w.hears(t, anasID, one))
	before := w.copied(t)
	require.NoError(t, w.Recompute(t.Context(), ana))
	assert.Equal(t, before, w.copied(t), "doing it again changes nothing")

	w.cars[ana] = []realtime.Car{{VIN: two}}
	require.NoError(t, w.Recompute(t.Context(), ana))
	assert.False(t, w.hears(t, anasID, one), "after the release")
	assert.True(t, w.hears(t, anasID, two))

	w.cars[ana] = nil
	require.NoError(t, w.Recompute(t.Context(), ana))
	assert.Empty(t, w.policies)
	assert.False(t, w.may(t, anasID, policy.Connect, arn+":client/"+anasID))
}

func TestEveryIdentityOfAPersonIsKept(t *testing.T) {
	w := newWorld()
	for _, id := range []string{anasID, bensID} {
		_, err := w.Attach(t.Context(), ana, id)
		require.NoError(t, err)
	}
	w.cars[ana] = []realtime.Car{{VIN: one}}
	require.NoError(t, w.Recompute(t.Context(), ana))
	assert.True(t, w.hears(t, anasID, one))
	assert.True(t, w.hears(t, bensID, one))
}

func TestAnAlarmIsSetForTheFirstGrantThatEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		cars []realtime.Car
		want time.Time
	}{
		"none ends":               {[]realtime.Car{{VIN: one}}, time.Time{}},
		"the first of several":    {[]realtime.Car{{VIN: one, Until: noon.Add(2 * time.Hour)}, {VIN: two, Until: noon.Add(time.Hour)}}, noon.Add(time.Hour)},
		"one too near to be rung": {[]realtime.Car{{VIN: one, Until: noon.Add(time.Second)}}, noon.Add(time.Minute)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.cars[ana] = tc.cars
			require.NoError(t, w.Recompute(t.Context(), ana))
			assert.Equal(t, tc.want, w.alarms[ana])
		})
	}
}

func TestManyCarsGetSeveralPoliciesUpToWhatAWSIoTHolds(t *testing.T) {
	fleet := func(n int) (cars []realtime.Car) {
		for i := range n {
			cars = append(cars, realtime.Car{VIN: vin.VIN(fmt.Sprintf("1ACEV26S0TA%06d", i))})
		}
		return cars
	}
	w := newWorld()
	w.cars[ana] = fleet(100)
	access, err := w.Attach(t.Context(), ana, anasID)
	require.NoError(t, err)
	assert.Len(t, w.attached[anasID], realtime.MaxPolicies)
	assert.GreaterOrEqual(t, len(access.Cars), 30, "a family, or a small fleet")
	assert.Equal(t, 100-len(access.Cars), access.LeftOut)
	for i, car := range w.cars[ana] {
		assert.Equal(t, i < len(access.Cars), w.hears(t, anasID, car.VIN), car.VIN)
	}

	w.cars[ana] = fleet(2)
	require.NoError(t, w.Recompute(t.Context(), ana))
	assert.Len(t, w.attached[anasID], 1, "what is too many goes")
	assert.True(t, w.hears(t, anasID, w.cars[ana][1].VIN))
}

func TestAChangeThatReadOldTablesIsDoneAgain(t *testing.T) {
	w := newWorld()
	w.cars[ana] = []realtime.Car{{VIN: one}}
	_, err := w.Attach(t.Context(), ana, anasID)
	require.NoError(t, err)
	overlapping := false
	w.reading = func() {
		if overlapping {
			return
		}
		overlapping = true
		w.cars[ana] = nil // the car is released, and another function writes the policies before this one does
		require.NoError(t, w.Recompute(t.Context(), ana))
	}
	require.NoError(t, w.Recompute(t.Context(), ana))
	assert.False(t, w.hears(t, anasID, one), "the older view of the tables must not win")
}

func TestChangesThatKeepOverlappingGiveUp(t *testing.T) {
	w := newWorld()
	w.reading = func() { _, _ = w.Identities.Begin(t.Context(), ana) }
	err := w.Recompute(t.Context(), ana)
	require.ErrorIs(t, err, realtime.ErrContended)
	assert.True(t, errs.Of(err).Retry())
}

func TestAPolicyThatCannotBeWrittenIsAnError(t *testing.T) {
	w := newWorld()
	w.cars[ana], w.broken = []realtime.Car{{VIN: one}}, errs.As(errs.Throttled, errors.New("rate exceeded"))
	_, err := w.Attach(t.Context(), ana, anasID)
	require.ErrorContains(t, err, "-0: rate exceeded")
	assert.Equal(t, errs.Throttled, errs.Of(err))
	w.broken = nil
	require.NoError(t, w.Recompute(t.Context(), ana), "the identity is known, so a later change mends it")
	assert.True(t, w.hears(t, anasID, one))
}

func TestOnlyIdentitiesGetPolicies(t *testing.T) {
	for _, id := range []string{"", "*", "eu-central-1:*", anasID + "*", "x:${iot:ClientId}", strings.ToUpper(anasID)} {
		_, err := newWorld().Attach(t.Context(), ana, id)
		require.Error(t, err, id)
		assert.Equal(t, errs.Invalid, errs.Of(err), id)
	}
	require.NoError(t, realtime.CheckIdentity("us-gov-west-1:0a000000-0000-4000-8000-000000000001"))
}

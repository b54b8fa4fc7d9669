package iot

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iotdataplane"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/errs"
)

// carTopic is a fake AWS IoT Core that records published alerts.
type carTopic struct {
	published []*iotdataplane.PublishInput
	err       error
}

func (s *carTopic) Publish(_ context.Context, in *iotdataplane.PublishInput, _ ...func(*iotdataplane.Options)) (*iotdataplane.PublishOutput, error) {
	s.published = append(s.published, in)
	return nil, s.err
}

func TestAlerts(t *testing.T) {
	s := &carTopic{}
	cars := &Alerts{api: s, application: "cars-dev"}
	require.NoError(t, cars.PublishAlert(t.Context(), "WVWZZZ1JZXW000001", []byte("{}")))
	assert.Equal(t, "cmd/cars-dev/WVWZZZ1JZXW000001/alert/req", *s.published[0].Topic)
	assert.Equal(t, int32(1), s.published[0].Qos)
	assert.Equal(t, errs.Invalid, errs.Of(cars.PublishAlert(t.Context(), "+", nil)))
	assert.Len(t, s.published, 1)
}

func TestARefusedAlertDoesNotNameTheCar(t *testing.T) {
	s := &carTopic{err: &smithy.GenericAPIError{Code: "InvalidRequestException"}}
	err := (&Alerts{api: s}).PublishAlert(t.Context(), "WVWZZZ1JZXW000001", nil)
	assert.Equal(t, errs.Invalid, errs.Of(err))
	assert.NotContains(t, err.Error(), "WVWZZZ1JZXW000001")
}

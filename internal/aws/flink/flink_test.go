package flink

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kinesisanalyticsv2"
	"github.com/aws/aws-sdk-go-v2/service/kinesisanalyticsv2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type service struct {
	status  types.ApplicationStatus
	refuses error
	started []string
}

func (s *service) DescribeApplication(context.Context, *kinesisanalyticsv2.DescribeApplicationInput, ...func(*kinesisanalyticsv2.Options)) (*kinesisanalyticsv2.DescribeApplicationOutput, error) {
	if s.status == "" {
		return nil, errors.New("no such application")
	}
	return &kinesisanalyticsv2.DescribeApplicationOutput{ApplicationDetail: &types.ApplicationDetail{ApplicationStatus: s.status}}, nil
}

func (s *service) StartApplication(_ context.Context, in *kinesisanalyticsv2.StartApplicationInput, _ ...func(*kinesisanalyticsv2.Options)) (*kinesisanalyticsv2.StartApplicationOutput, error) {
	if s.refuses != nil {
		return nil, s.refuses
	}
	s.started = append(s.started, *in.ApplicationName)
	return nil, nil
}

func TestStart(t *testing.T) {
	for name, tc := range map[string]struct {
		service service
		started bool
		says    string
	}{
		"an application that is ready is started":        {service{status: types.ApplicationStatusReady}, true, ""},
		"one that runs is left alone":                    {service{status: types.ApplicationStatusRunning}, false, ""},
		"one that starts is left alone":                  {service{status: types.ApplicationStatusStarting}, false, ""},
		"one that somebody else just started is alright": {service{status: types.ApplicationStatusReady, refuses: &types.ResourceInUseException{}}, false, ""},
		"one that is being deleted cannot be started":    {service{status: types.ApplicationStatusDeleting}, false, "start application windows: it is DELETING"},
		"one that cannot be started is an error":         {service{status: types.ApplicationStatusReady, refuses: errors.New("no capacity")}, false, "no capacity"},
		"one that is not there is an error":              {service{}, false, "look at application windows: no such application"},
	} {
		t.Run(name, func(t *testing.T) {
			started, err := (&Applications{client: &tc.service}).Start(t.Context(), "windows")
			assert.Equal(t, tc.started, started)
			if tc.says != "" {
				require.ErrorContains(t, err, tc.says)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.started, len(tc.service.started) == 1)
		})
	}
}

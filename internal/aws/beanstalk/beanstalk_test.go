package beanstalk

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticbeanstalk"
	"github.com/aws/aws-sdk-go-v2/service/elasticbeanstalk/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const branch = "Go 1 running on 64bit Amazon Linux 2023"

// service is a fake Elastic Beanstalk that returns one version per page.
type service struct {
	versions []types.PlatformSummary
	filters  []types.PlatformFilter
	err      error
}

func (s *service) ListPlatformVersions(_ context.Context, in *elasticbeanstalk.ListPlatformVersionsInput, _ ...func(*elasticbeanstalk.Options)) (*elasticbeanstalk.ListPlatformVersionsOutput, error) {
	s.filters = in.Filters
	n := len(aws.ToString(in.NextToken))
	if s.err != nil || n >= len(s.versions) {
		return &elasticbeanstalk.ListPlatformVersionsOutput{}, s.err
	}
	out := &elasticbeanstalk.ListPlatformVersionsOutput{PlatformSummaryList: s.versions[n : n+1]}
	if n+1 < len(s.versions) {
		out.NextToken = aws.String(aws.ToString(in.NextToken) + "x")
	}
	return out, nil
}

func version(number, state string) types.PlatformSummary {
	s := types.PlatformSummary{PlatformVersion: &number, PlatformArn: aws.String("arn:aws:elasticbeanstalk:eu-central-1::platform/" + branch + "/" + number)}
	if state != "" {
		s.PlatformLifecycleState = &state
	}
	return s
}

func TestCurrent(t *testing.T) {
	for name, tc := range map[string]struct {
		versions []types.PlatformSummary
		want     string
	}{
		"the recommended one, on whichever page":        {[]types.PlatformSummary{version("4.9.7", ""), version("4.9.6", "Recommended"), version("4.9.8", "")}, "4.9.6"},
		"without a recommendation the highest":          {[]types.PlatformSummary{version("4.9.7", ""), version("4.10.1", ""), version("4.2.0", "")}, "4.10.1"},
		"a longer number is higher than its own begin":  {[]types.PlatformSummary{version("4.9", ""), version("4.9.1", "")}, "4.9.1"},
		"one that is alone":                             {[]types.PlatformSummary{version("1.0.0", "")}, "1.0.0"},
		"a part that is no number is lower than others": {[]types.PlatformSummary{version("4.x", ""), version("4.1", "")}, "4.1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &service{versions: tc.versions}
			got, err := (&Platforms{client: s}).Current(t.Context(), branch)
			require.NoError(t, err)
			assert.Equal(t, *version(tc.want, "").PlatformArn, got)
			assert.Equal(t, []string{branch}, s.filters[0].Values)
		})
	}
}

func TestThereIsNoPlatform(t *testing.T) {
	for name, tc := range map[string]struct {
		service service
		branch  string
		want    string
	}{
		"a branch that the region does not have": {service{}, branch, "no version of it that is ready"},
		"a service that refuses":                 {service{err: errors.New("AccessDenied")}, branch, "AccessDenied"},
		"no branch":                              {service{}, "", "its branch is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := (&Platforms{client: &tc.service}).Current(t.Context(), tc.branch)
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

// Package beanstalk finds platform versions of AWS Elastic Beanstalk.
package beanstalk

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticbeanstalk"
	"github.com/aws/aws-sdk-go-v2/service/elasticbeanstalk/types"
)

// recommended is the lifecycle state of the version that AWS recommends; each branch has one.
const recommended = "Recommended"

// client lists the calls of the service that this package makes.
type client interface {
	ListPlatformVersions(ctx context.Context, in *elasticbeanstalk.ListPlatformVersionsInput, opts ...func(*elasticbeanstalk.Options)) (*elasticbeanstalk.ListPlatformVersionsOutput, error)
}

// Platforms reads the platform versions of one region.
type Platforms struct{ client client }

// NewPlatforms returns a client for the account and region of cfg.
func NewPlatforms(cfg aws.Config) *Platforms {
	return &Platforms{client: elasticbeanstalk.NewFromConfig(cfg)}
}

// Current returns the ARN of the version of the branch that AWS recommends, or of the highest version if none is recommended. Versions
// that are not ready are skipped.
// https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_ListPlatformVersions.html
func (p *Platforms) Current(ctx context.Context, branch string) (string, error) {
	if branch == "" {
		return "", errors.New("look for a platform: its branch is missing")
	}
	in := &elasticbeanstalk.ListPlatformVersionsInput{Filters: []types.PlatformFilter{
		{Type: aws.String("PlatformBranchName"), Operator: aws.String("="), Values: []string{branch}},
		{Type: aws.String("PlatformStatus"), Operator: aws.String("="), Values: []string{string(types.PlatformStatusReady)}},
	}}
	var best types.PlatformSummary
	for pages := elasticbeanstalk.NewListPlatformVersionsPaginator(p.client, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", fmt.Errorf("look for platform %q: %w", branch, err)
		}
		for _, s := range page.PlatformSummaryList {
			if best.PlatformArn == nil || better(s, best) {
				best = s
			}
		}
	}
	if best.PlatformArn == nil {
		return "", fmt.Errorf("look for platform %q: the region has no version of it that is ready", branch)
	}
	return *best.PlatformArn, nil
}

// better reports whether a is preferable to b: the recommended version is, otherwise the higher one.
func better(a, b types.PlatformSummary) bool {
	if is := aws.ToString(a.PlatformLifecycleState) == recommended; is != (aws.ToString(b.PlatformLifecycleState) == recommended) {
		return is
	}
	return higher(aws.ToString(a.PlatformVersion), aws.ToString(b.PlatformVersion))
}

// higher reports whether version a is higher than b. Versions like 4.10.2 are compared number by number.
func higher(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		x, _ := strconv.Atoi(as[i]) // a part that is not a number counts as 0
		y, _ := strconv.Atoi(bs[i])
		if x != y {
			return x > y
		}
	}
	return len(as) > len(bs)
}

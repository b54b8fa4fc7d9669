package preflight

import (
	"context"
	"path"

	"connectedcar/internal/names"
)

// consolePlatform reports the platform version that the first deployment of the console would use. Later deployments keep their version.
func consolePlatform(ctx context.Context, w *world) (Line, error) {
	for _, r := range w.needs.of("Custom::PlatformVersion") {
		branch := r.text(names.PropertyBranch)
		arn, err := w.Platform(ctx, branch)
		if err != nil {
			return Line{}, err
		}
		return ok("%s %s is current", branch, path.Base(arn)), nil
	}
	return ok("the console does not run on Elastic Beanstalk"), nil
}

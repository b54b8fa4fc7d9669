package preflight

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// deployed reports whether the account has the stack of a resource, which is named STACK/ID.
func (w *world) deployed(ctx context.Context, resource string) (bool, error) {
	name, _, _ := strings.Cut(resource, "/")
	status, err := w.StackStatus(ctx, name)
	return status != "", err
}

// stacks fails if an earlier deployment left a stack in a state in which CloudFormation cannot update the stack.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
func stacks(ctx context.Context, w *world) (Line, error) {
	there := 0
	for _, s := range w.needs.Stacks {
		status, err := w.StackStatus(ctx, s.Name)
		if err != nil {
			return Line{}, err
		}
		switch {
		case status == "":
			continue
		case status == "ROLLBACK_COMPLETE" || strings.HasSuffix(status, "_FAILED"):
			return fail("delete it, or continue its rollback, before you deploy", "%s is in %s", s.Name, status), nil
		case strings.HasSuffix(status, "_IN_PROGRESS"):
			return fail("wait until it is done", "%s is in %s", s.Name, status), nil
		}
		there++
	}
	return ok("%d of %d exist", there, len(w.needs.Stacks)), nil
}

func bootstrapped(ctx context.Context, w *world) (Line, error) {
	if w.needs.Bootstrap == 0 {
		return ok("not needed"), nil
	}
	found, err := w.Parameters(ctx, w.needs.BootstrapParameter)
	if err != nil {
		return Line{}, err
	}
	version, err := strconv.Atoi(found[w.needs.BootstrapParameter])
	if err != nil || version < w.needs.Bootstrap {
		return fail("run cdk bootstrap aws://ACCOUNT/"+w.Region, "version %q, but %d is needed", found[w.needs.BootstrapParameter], w.needs.Bootstrap), nil
	}
	return ok("version %d, %d is needed", version, w.needs.Bootstrap), nil
}

// serviceIDs maps the names of services in CloudFormation to their names in the SSM parameters for AWS's global infrastructure. Not every
// region lists every service; a service that no region lists is not checked.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-global-infrastructure.html
var serviceIDs = map[string]string{
	"ApiGateway": "apigateway", "Athena": "athena", "CloudWatch": "cloudwatch", "Cognito": "cognito-idp", "DynamoDB": "dynamodb", "Events": "eventbridge",
	"Glue": "glue", "IoT": "iot", "KMS": "kms", "Kinesis": "kinesis", "KinesisAnalyticsV2": "kinesisanalytics", "KinesisFirehose": "firehose",
	"Lambda": "lambda", "Logs": "logs", "S3": "s3", "SNS": "sns", "SQS": "sqs", "WAFv2": "waf-regional",
}

const infrastructure = "/aws/service/global-infrastructure/"

func services(ctx context.Context, w *world) (Line, error) {
	ids := map[string]bool{}
	for _, s := range w.needs.Stacks {
		for _, r := range s.Resources {
			if parts := strings.Split(r.Type, "::"); len(parts) == 3 && serviceIDs[parts[1]] != "" {
				ids[serviceIDs[parts[1]]] = true
			}
		}
	}
	var here, anywhere []string
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		here = append(here, infrastructure+"regions/"+w.Region+"/services/"+id)
		anywhere = append(anywhere, infrastructure+"services/"+id)
	}
	found, err := w.Parameters(ctx, append(here, anywhere...)...)
	if err != nil {
		return Line{}, err
	}
	var missing []string
	listed := 0
	for n, name := range here {
		if _, ok := found[name]; ok {
			listed++
		} else if id, ok := found[anywhere[n]]; ok {
			missing = append(missing, id)
		}
	}
	switch {
	case len(missing) > 0:
		return fail("choose another region", "%s has no %s", w.Region, strings.Join(missing, ", ")), nil
	case listed == 0:
		return warn("look at https://aws.amazon.com/about-aws/global-infrastructure/regional-product-services", "%s lists no services", w.Region), nil
	}
	return ok("%s has all %d that are listed", w.Region, listed), nil
}

// gatewayLogs checks the role by which API Gateway writes logs. An account has one such role per region.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
func gatewayLogs(ctx context.Context, w *world) (Line, error) {
	role, err := w.GatewayRole(ctx)
	if err != nil {
		return Line{}, err
	}
	sets := w.needs.of("AWS::ApiGateway::Account")
	ours := false
	for id := range sets {
		if ours, err = w.deployed(ctx, id); err != nil {
			return Line{}, err
		}
	}
	switch {
	case len(sets) > 0 && role != "" && !ours:
		return warn("make sure that the other APIs of the account may log by the new one", "%s: the deployment replaces it", role), nil
	case len(sets) > 0:
		return ok("the deployment sets it"), nil
	case role == "" && len(w.needs.of("AWS::ApiGateway::Stage")) > 0:
		return fail("set it in the account, or let the stack api do it", "none, but the API's stage writes logs"), nil
	}
	return ok("%s", role), nil
}

// linked are the service-linked roles that a deployment needs. AWS creates a missing one with the first resource, for which the deploying
// role needs iam:CreateServiceLinkedRole; an organization may forbid that.
var linked = []struct {
	role  string
	needs func(Needs) bool
}{
	{"AWSServiceRoleForAmazonCognitoIdpEmailService", func(n Needs) bool {
		for _, pool := range n.of("AWS::Cognito::UserPool") {
			if pool.text("EmailConfiguration", "EmailSendingAccount") == "DEVELOPER" {
				return true
			}
		}
		return false
	}},
	{"AWSServiceRoleForAPIGateway", func(n Needs) bool { return len(n.of("AWS::ApiGateway::DomainName")) > 0 }},
	{"AWSServiceRoleForLakeFormationDataAccess", func(n Needs) bool { return len(n.of("AWS::LakeFormation::Resource")) > 0 }},
	{"AWSServiceRoleForApplicationAutoScaling_DynamoDBTable", func(n Needs) bool { return len(n.of("AWS::ApplicationAutoScaling::ScalableTarget")) > 0 }},
}

func linkedRoles(ctx context.Context, w *world) (Line, error) {
	var missing, there []string
	for _, l := range linked {
		if !l.needs(w.needs) {
			continue
		}
		exists, err := w.Role(ctx, l.role)
		if err != nil {
			return Line{}, err
		}
		if exists {
			there = append(there, l.role)
		} else {
			missing = append(missing, l.role)
		}
	}
	switch {
	case len(missing) > 0:
		return warn("let whoever deploys call iam:CreateServiceLinkedRole, or make them", "%s: AWS makes them with the first resource", strings.Join(missing, ", ")), nil
	case len(there) == 0:
		return ok("none is needed"), nil
	}
	return ok("%s", strings.Join(there, ", ")), nil
}

// lakeFormation checks the settings of the data catalog. If it requires grants of Lake Formation, a new table is invisible without them.
func lakeFormation(ctx context.Context, w *world) (Line, error) {
	if len(w.needs.of("AWS::Glue::Table")) == 0 {
		return ok("no table of the catalog"), nil
	}
	open, err := w.OpenCatalog(ctx)
	switch {
	case err != nil:
		return Line{}, err
	case !open && len(w.needs.of("AWS::LakeFormation::PrincipalPermissions")) == 0:
		return fail("grant the roles of the stacks ingest and analytics the database, or open new tables to IAM_ALLOWED_PRINCIPALS",
			"new tables are closed, and the templates grant nothing: delivery and queries are refused"), nil
	}
	return ok("new tables are open to whom IAM lets in, or the templates grant them"), nil
}

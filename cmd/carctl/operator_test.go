package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withoutIAM are operations that are linked into carctl but need no IAM permission, with the reason.
var withoutIAM = map[string]string{
	"cognitoidentityprovider.InitiateAuth":              "of an app client, without credentials",
	"cognitoidentityprovider.RespondToAuthChallenge":    "of an app client, without credentials",
	"cognitoidentityprovider.GetTokensFromRefreshToken": "of an app client, without credentials",
	"cognitoidentityprovider.RevokeToken":               "of an app client, without credentials",
	"cognitoidentityprovider.AssociateSoftwareToken":    "with the person's token",
	"cognitoidentityprovider.VerifySoftwareToken":       "with the person's token",
	"cognitoidentityprovider.SetUserMFAPreference":      "with the person's token",
	"iot.CreatePolicy":                                  "of realtime.Attach, which carctl links and does not call",
	"iot.CreatePolicyVersion":                           "of realtime.Attach, which carctl links and does not call",
	"dynamodb.DescribeEndpoints":                        "the SDK's endpoint discovery, which is off",
	"s3.CreateSession":                                  "of directory buckets, which no environment has",
	"sso.GetRoleCredentials":                            "the SDK gets the operator's credentials",
	"ssooidc.CreateToken":                               "the SDK gets the operator's credentials",
	"signin.CreateOAuth2Token":                          "the SDK gets the operator's credentials",
	"sts.AssumeRole":                                    "the SDK gets the operator's credentials",
	"sts.AssumeRoleWithWebIdentity":                     "the SDK gets the operator's credentials",
}

// actionOf maps operations to IAM actions with a different name.
var actionOf = map[string]string{
	"apigateway.GetAccount": "apigateway:GET", "lambda.Invoke": "lambda:InvokeFunction", "s3.ListObjectsV2": "s3:ListBucket",
	// SQS checks the permission of the single call for a batch, too.
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
	"sqs.ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}

// prefixes maps SDK packages to IAM action prefixes with a different name.
var prefixes = map[string]string{"cognitoidentityprovider": "cognito-idp", "dynamodbstreams": "dynamodb", "iotdataplane": "iot", "sesv2": "ses"}

// indirectly are actions that AWS requires because of another operation that carctl calls.
var indirectly = []string{
	// Athena runs a query with the caller's permissions for the data catalogue and the buckets.
	// https://docs.aws.amazon.com/athena/latest/ug/security-iam-awsmanpol.html
	"glue:GetDatabase", "glue:GetTable", "glue:GetPartitions", "s3:GetBucketLocation",
	"kms:GenerateDataKey", // for encrypted streams: https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html
}

func TestOperatorsPolicyIsWhatTheProgramCalls(t *testing.T) {
	linked := map[string]bool{}
	for _, op := range linkedOperations(t) {
		service, operation, _ := strings.Cut(op, ".")
		switch {
		case withoutIAM[op] != "":
		case actionOf[op] != "":
			linked[actionOf[op]] = true
		case prefixes[service] != "":
			linked[prefixes[service]+":"+operation] = true
		default:
			linked[service+":"+operation] = true
		}
	}
	for _, action := range indirectly {
		linked[action] = true
	}
	documented := documentedActions(t)
	assert.Equal(t, slices.Sorted(maps.Keys(linked)), documented, "docs/operations.md, What the operator needs")
}

// clientMethod matches a method of an SDK client in the program's symbols. The linker omits methods that nothing calls.
var clientMethod = regexp.MustCompile(`aws-sdk-go-v2/service/([a-z0-9]+)\.\(\*Client\)\.([A-Z][A-Za-z0-9]+)$`)

func linkedOperations(t *testing.T) []string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "carctl")
	run(t, "go", "build", "-o", program, ".")
	found := map[string]bool{}
	for line := range strings.Lines(run(t, "go", "tool", "nm", program)) {
		if m := clientMethod.FindStringSubmatch(strings.TrimSpace(line)); m != nil && m[2] != "Options" {
			found[m[1]+"."+m[2]] = true
		}
	}
	require.NotEmpty(t, found)
	return slices.Sorted(maps.Keys(found))
}

func run(t *testing.T, program string, arguments ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, arguments...).Output()
	require.NoError(t, err)
	return string(out)
}

func documentedActions(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(b), "### What the operator needs")
	require.True(t, ok)
	section, _, _ = strings.Cut(section, "\n## ")
	actions := map[string]bool{}
	for _, m := range regexp.MustCompile("`([a-z0-9-]+:[A-Z][A-Za-z0-9]+)`").FindAllStringSubmatch(section, -1) {
		actions[m[1]] = true
	}
	return slices.Sorted(maps.Keys(actions))
}

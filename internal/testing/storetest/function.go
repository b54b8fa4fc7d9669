package storetest

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/stretchr/testify/require"
)

// Function builds the program in the working directory, deploys it as a function with a unique name and that environment, and deletes the
// function after the test. It returns the function's ARN. The program is built for this machine, on which emulators run it.
func Function(t *testing.T, cfg aws.Config, env map[string]string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", binary, ".")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+runtime.GOARCH, "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))

	client, name := lambda.NewFromConfig(cfg), Unique(t, "function")
	made, err := client.CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: &name, Runtime: types.RuntimeProvidedal2023, Handler: aws.String("bootstrap"), Timeout: aws.Int32(30),
		Role: aws.String(Role(t, cfg)), Code: &types.FunctionCode{ZipFile: zipped(t, binary)},
		Environment: &types.Environment{Variables: env},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := client.DeleteFunction(context.WithoutCancel(t.Context()), &lambda.DeleteFunctionInput{FunctionName: &name})
		require.NoError(t, err)
	})
	require.NoError(t, lambda.NewFunctionActiveV2Waiter(client).Wait(t.Context(), &lambda.GetFunctionInput{FunctionName: &name}, time.Minute))
	return aws.ToString(made.FunctionArn)
}

// anything allows every action: these tests check calls, and other tests check the permissions in the templates.
const anything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// Role creates a role for functions and schedules, and deletes it after the test. It returns the role's ARN.
func Role(t *testing.T, cfg aws.Config) string {
	t.Helper()
	client, name, policy := iam.NewFromConfig(cfg), Unique(t, "role"), aws.String("anything")
	made, err := client.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",` +
			`"Principal":{"Service":["lambda.amazonaws.com","scheduler.amazonaws.com"]}}]}`)})
	require.NoError(t, err)
	_, err = client.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: &name, PolicyName: policy, PolicyDocument: aws.String(anything)})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		_, err := client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &name, PolicyName: policy})
		require.NoError(t, err)
		_, err = client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &name})
		require.NoError(t, err)
	})
	return *made.Role.Arn
}

func zipped(t *testing.T, binary string) []byte {
	t.Helper()
	program, err := os.ReadFile(binary)
	require.NoError(t, err)
	var code bytes.Buffer
	z := zip.NewWriter(&code)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate}
	header.SetMode(0o755)
	w, err := z.CreateHeader(header)
	require.NoError(t, err)
	_, err = w.Write(program)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return code.Bytes()
}

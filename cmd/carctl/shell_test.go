package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
	"connectedcar/internal/platform"
	"connectedcar/internal/testing/shell"
)

// asProgram is the variable that makes the test's binary run carctl. Settings that are read once per process need a new process each time.
const asProgram = "CARCTL_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// everyCommand has arguments for each command, with which the command calls the emulator if it ever does.
var everyCommand = map[string]struct {
	args  []string
	calls bool // whether the command calls the emulator
}{
	"alert list":         {args: []string{car, "--as", "ana@example.com"}, calls: true},
	"alert show":         {args: []string{car, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--as", "ana@example.com"}, calls: true},
	"alert why":          {args: []string{car, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--as", "ana@example.com"}, calls: true},
	"anomaly corpus":     {args: []string{"--cars", "0", "--healthy", "0h"}},
	"anomaly drifts":     {args: []string{"--on", "2026-11-24"}, calls: true},
	"anomaly faults":     {args: []string{"--cars=0", "--healthy=0s"}},
	"anomaly bench":      {args: []string{"."}},
	"anomaly priors":     {args: []string{"--sql"}},
	"anomaly replay":     {args: []string{"absent.csv"}},
	"api":                {args: []string{"GET", "/v1/me", "--as", "ana@example.com"}, calls: true},
	"ca init":            {args: []string{"--if-missing", "--organization", "Acme", "--dir", "ca", "--verification"}, calls: true},
	"ca register":        {args: []string{"--dir", "ca", "--manufacturer", "acme"}, calls: true},
	"ca revoke":          {args: []string{strings.Repeat("0a", 32), "--reason", "the key leaked", "--yes"}, calls: true},
	"cert issue":         {args: []string{car, "--ca", "ca", "--out", "cars"}},
	"cost":               {},
	"drive":              {args: []string{car, "--allow"}, calls: true},
	"environment empty":  {args: []string{"--yes"}, calls: true},
	"environment stacks": {calls: true},
	"lake queries":       {},
	"lake query":         {args: []string{"SELECT 1"}, calls: true},
	"login":              {args: []string{"--user", "ana@example.com"}, calls: true},
	"logout":             {},
	"mfa":                {args: []string{"--as", "ana@example.com"}, calls: true},
	"preflight":          {args: []string{"--templates", "."}, calls: true},
	"redrive drop":       {args: []string{"telemetry", "--refused"}, calls: true},
	"redrive edit":       {args: []string{"telemetry", "0123456789abcdef", "--payload", "-"}, calls: true},
	"redrive list":       {args: []string{"telemetry"}, calls: true},
	"redrive run":        {args: []string{"batches", "--dry-run"}, calls: true},
	"redrive show":       {args: []string{"events"}, calls: true},
	"telemetry":          {args: []string{car}, calls: true},
	"user add":           {args: []string{"--role", "driver", "--email", "bo@example.com", "--password", "Secret-123-Secret"}, calls: true},
	"user confirm":       {args: []string{"bo@example.com", "--role", "operator"}, calls: true},
	"user disable":       {args: []string{"bo@example.com"}, calls: true},
	"user enable":        {args: []string{"bo@example.com"}, calls: true},
	"user list":          {calls: true},
	"user seed":          {calls: true},
	"user code":          {args: []string{"bo@example.com"}},
	"vehicle add":        {args: []string{car, "--manufacturer", "acme"}, calls: true},
	"vehicle list":       {calls: true},
	"vehicle quarantine": {args: []string{car, "--release"}, calls: true},
	"verify":             {args: []string{"--ca", "ca", "--lake", "0"}, calls: true},
}

func leaves(c *cobra.Command) []string {
	if !c.HasSubCommands() {
		return []string{strings.TrimPrefix(c.CommandPath(), "carctl ")}
	}
	var out []string
	for _, sub := range c.Commands() {
		out = append(out, leaves(sub)...)
	}
	return out
}

// TestNoShellLeadsACommandAway runs every command in every shell and compares it with the same command in an empty environment: its exit
// status, its messages and its calls of the emulator must be the same, and no call may reach another host.
func TestNoShellLeadsACommandAway(t *testing.T) {
	stray := shell.Listen(t)
	shells, settings := stray.Shells(t), stray.Settings(t)
	for _, name := range leaves(newRoot(nil, nil)) {
		command, known := everyCommand[name]
		require.True(t, known, "%s has no arguments in everyCommand", name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			argv := append(strings.Fields(name), command.args...)
			plain := runIn(t, nil, argv)
			assert.Equal(t, command.calls, len(plain.calls) > 0, "it called the emulator %d times: %s", len(plain.calls), plain.stderr)
			in := shells
			if name == "vehicle list" { // all other commands open the platform in the same way
				in = settings
			}
			for setting, env := range in {
				assert.Equal(t, plain, runIn(t, env, argv), "in a shell with %s", setting)
			}
		})
	}
	t.Cleanup(func() { assert.Empty(t, stray.Strays()) })
}

// ended is the result of a command.
type ended struct {
	status int
	stderr string
	calls  []string // distinct calls of the emulator, with the scope of their credential
}

// emailPattern matches the user that an error names. A command for several users stops at the first error, and their order varies.
var emailPattern = regexp.MustCompile(`\w+@example\.com`)

// runIn runs the command in an empty folder with these environment variables, against an emulator that refuses every call.
func runIn(t *testing.T, env, argv []string) ended {
	t.Helper()
	var got ended
	var mu sync.Mutex
	emulator := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, _, _ := strings.Cut(r.Header.Get("Authorization"), ", SignedHeaders")
		mu.Lock()
		defer mu.Unlock()
		if call := r.Header.Get("X-Amz-Target") + " " + withoutDay(key); !slices.Contains(got.calls, call) { // some calls are concurrent
			got.calls = append(got.calls, call)
		}
		w.Header().Set("X-Amzn-ErrorType", "AccessDeniedException")
		w.Header().Set("X-Amzn-RequestId", "1")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"__type":"AccessDeniedException","message":"no"}`))
	}))
	defer emulator.Close()
	dir := t.TempDir()
	describe(t, filepath.Join(dir, "platform.json"), emulator.URL+"/")
	cmd := exec.CommandContext(t.Context(), os.Args[0], append(argv, "--platform", "platform.json")...)
	cmd.Dir, cmd.Env = dir, append([]string{asProgram + "=1", "HOME=" + dir, "PATH=" + os.Getenv("PATH")}, env...)
	if argv[0] == "ca" && argv[1] == "register" || argv[0] == "cert" || argv[0] == "drive" || argv[0] == "verify" {
		makeCA(t, cmd)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	_ = cmd.Run()
	got.status = cmd.ProcessState.ExitCode()
	got.stderr = emailPattern.ReplaceAllString(strings.ReplaceAll(stderr.String(), emulator.URL, "http://emulator"), "somebody")
	return got
}

// withoutDay removes the day from a credential's scope, test/20261128/region/service/aws4_request, so that results before and after
// midnight are equal.
func withoutDay(credential string) string {
	parts := strings.Split(credential, "/")
	if len(parts) < 3 {
		return credential
	}
	return strings.Join(append(parts[:1], parts[2:]...), "/")
}

func makeCA(t *testing.T, like *exec.Cmd) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "ca", "init", "--dir", "ca", "--organization", "Acme")
	cmd.Dir, cmd.Env = like.Dir, like.Env
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}

func describe(t *testing.T, file, emulator string) {
	t.Helper()
	outputs := map[string]string{names.OutputApplication: "cars"}
	for _, output := range []string{
		names.OutputVehiclesTable, names.OutputPreferencesTable, names.OutputQuarantineGroup, names.OutputQuarantinePolicy, names.OutputCertificatesTable, names.OutputVehicleStateTable, names.OutputTelemetryTable, names.OutputFailuresBucket, names.OutputTelemetryStream,
		names.OutputFindingsStream, names.OutputLakeDatabase, names.OutputLakeWorkgroup, names.OutputParts, names.OutputUserPoolID, names.OutputCLIClientID,
	} {
		outputs[output] = "eu-central-1_" + output
	}
	for _, output := range []string{names.OutputTelemetryFailureQueue, names.OutputEventQueue, names.OutputEventFailures} {
		outputs[output] = "https://sqs.eu-central-1.amazonaws.com/000000000000/" + output
	}
	assembly := filepath.Join(filepath.Dir(file), "assembly-local")
	require.NoError(t, os.Mkdir(assembly, 0o700))
	manifest := `{"artifacts": {"x": {"type": "aws:cloudformation:stack", "properties": {"stackName": "x", "templateFile": "manifest.json"}}}}`
	require.NoError(t, os.WriteFile(filepath.Join(assembly, "manifest.json"), []byte(manifest), 0o600))
	p := platform.Platform{
		Environment: "local", AWSEndpoint: emulator, Region: "eu-central-1", APIURL: emulator + "api", Stacks: map[string]map[string]string{"all": outputs},
		Users: []platform.User{{Username: "ana@example.com", Password: "Secret-123-Secret"}}, MQTT: platform.MQTT{Host: "localhost", Port: 1},
	}
	require.NoError(t, p.Save(file))
}

// TestADescriptionWithoutAnEmulatorIsRefused covers descriptions without an endpoint, with which the SDK would call AWS with the user's
// own credentials.
func TestADescriptionWithoutAnEmulatorIsRefused(t *testing.T) {
	for name, tc := range map[string]struct{ endpoint, want string }{
		"no endpoint":          {"", "--env"},
		"AWS":                  {"https://dynamodb.eu-central-1.amazonaws.com", "is AWS itself"},
		"AWS with a final dot": {"https://dynamodb.eu-central-1.amazonaws.com.", "is AWS itself"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "platform.json")
			p := platform.Platform{AWSEndpoint: tc.endpoint, Stacks: map[string]map[string]string{"all": {names.OutputVehiclesTable: "cars"}}}
			require.NoError(t, p.Save(file))
			_, _, err := carctl(t, "vehicle", "list", "--platform", file)
			assert.ErrorContains(t, err, tc.want)
		})
	}
	_, _, err := carctl(t, "ca", "register", "--manufacturer", "acme", "--dir", authority(t), "--platform", "absent.json")
	assert.ErrorContains(t, err, "absent.json", "without --env nothing goes to an account")
}

func authority(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	_, _, err := carctl(t, "ca", "init", "--dir", dir, "--organization", "Acme")
	require.NoError(t, err)
	return dir
}

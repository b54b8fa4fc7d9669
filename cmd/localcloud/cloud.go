package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"connectedcar/cmd/localcloud/internal/iam"
	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/names"
	"connectedcar/internal/platform"
	"connectedcar/internal/vin"
)

// cloud is the local platform: an AWS emulator with the stacks deployed to it, and the device gateway in front of it.
type cloud struct {
	settings
	progress *progress
	emulator *process // nil if the user set an endpoint
	front    *strictFront
	recorder *iam.Recorder // records the calls of functions and rules; nil where the emulator does not enforce IAM
	gateway  *process
	console  *process
	platform platform.Platform
	// stopDelivery ends the delivery to the lake; nil while there is none.
	stopDelivery func()
}

const (
	environment  = "local"
	manufacturer = "acme"
	dealer       = "north"
	serverName   = "localhost"
	// workerThreads is the number of requests that the emulator handles concurrently. A request that waits for a function holds a thread
	// while the function's own requests need more threads: with the emulator's default of 64, a hundred concurrent users would deadlock it.
	workerThreads = "256"
)

// vehicles are the cars on the initial allow-list.
var vehicles = []vin.VIN{demoVIN(1), demoVIN(2), demoVIN(3)}

// demoVIN returns the VIN of the n-th car of a fictitious manufacturer.
func demoVIN(n int) vin.VIN {
	return vin.VIN(fmt.Sprintf("1ACEV26S0TA%06d", n)).WithCheckDigit()
}

// up starts the whole platform and writes its description. On an error it stops everything that it started.
func (c *cloud) up(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			c.down()
		}
	}()
	if err := errors.Join(c.endOrphans(), c.checkPortsFree()); err != nil {
		return err
	}
	steps := []struct {
		title string
		do    func(context.Context) (string, error)
	}{
		{"build the tools", c.buildTools},
		{"start the AWS emulator", c.startEmulator},
		{"make the manufacturer's CA", c.makeCA},
		{"synthesise and bootstrap", c.synthAndBootstrap},
		{"deploy", c.deploy},
		{"deliver telemetry to the lake", c.startDelivery},
		{"start the device gateway", c.startGateway},
		{"put cars on the allow-list", c.seed},
		{"let people in", c.seedPeople},
		{"start the console", c.startConsole},
	}
	for _, s := range steps {
		if err := c.progress.step(s.title, func() (string, error) { return s.do(ctx) }); err != nil {
			return err
		}
	}
	return c.platform.Save(c.descriptionFile())
}

// named adds the variable that set the emulator's address to the error: a shell may have kept the address of a platform that was stopped.
func named(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w; AWS_ENDPOINT_URL names it: start it, or `unset AWS_ENDPOINT_URL` for the platform's own emulator", err)
}

// down stops everything that up started, the gateway first so that no message arrives after the emulator has stopped.
func (c *cloud) down() {
	c.console.stop()
	c.gateway.stop()
	c.endDelivery()
	c.emulator.stop()
	c.front.stop()
	_ = os.Remove(c.descriptionFile())
}

func (c *cloud) descriptionFile() string { return c.path("platform.json") }

func (c *cloud) tool(name string) string { return c.path("bin", name) }

func (c *cloud) buildTools(ctx context.Context) (string, error) {
	bin := c.path("bin") + string(filepath.Separator)
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return "", fmt.Errorf("build the tools: %w", err)
	}
	argv := []string{"go", "build", "-o", bin, "./cmd/carctl", "./cmd/devicegateway"}
	if err := c.run(ctx, "build", c.repo, argv, c.environment()); err != nil {
		return "", err
	}
	for tool, folder := range map[string]string{"infrastructure": "./bin", "console": "./console/server"} {
		if err := c.run(ctx, "build", c.repo, []string{"go", "build", "-o", c.tool(tool), folder}, c.environment()); err != nil {
			return "", err
		}
	}
	return "carctl, devicegateway, console, CDK app", nil
}

func (c *cloud) startEmulator(ctx context.Context) (string, error) {
	if c.external {
		return c.endpoint + " (yours)", named(c.healthy(ctx))
	}
	port, err := c.startFront()
	if err != nil {
		return "", err
	}
	raiseOpenFiles()
	p, err := c.start("emulator", []string{filepath.Join(c.repo, ".venv", "bin", "python"), "-m", "hypercorn", "pollers:app",
		"--bind", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), "--keep-alive", "75", "--log-level", "INFO"}, c.environment(
		"PYTHONPATH="+filepath.Join(c.repo, "cmd", "localcloud", "emulator"),
		"GATEWAY_PORT="+strconv.Itoa(c.emulatorPort), // for the addresses that the emulator returns: they lead through the front
		"MINISTACK_WORKER_THREADS="+workerThreads,
		"IOT_MTLS_ENABLED=0",                  // the device gateway uses that port
		"MINISTACK_COGNITO_PRETOKEN_STRICT=1", // rejects tokens that the platform's pre-token function did not shape, as Cognito does
		"MINISTACK_ACCOUNT_ID="+localAccount,
		"AUTH="+strconv.FormatBool(c.authorize), // whether IAM is enforced
		"MINISTACK_REGION="+c.region,
		"S3_DATA_DIR="+c.path("emulator", "s3"),
		"STATE_DIR="+c.path("emulator", "state"),
		"TMPDIR="+os.TempDir(),
		"AWS_ENDPOINT_URL_IOT_DATA_PLANE="+c.dataPlaneForFunctions(),
	))
	if err != nil {
		return "", err
	}
	c.emulator = p
	return "MiniStack at " + c.endpoint + c.front.describe(), p.waitFor(ctx, 30*time.Second, "the AWS emulator", c.healthy)
}

// healthy requests the health page that LocalStack and compatible emulators serve.
func (c *cloud) healthy(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.endpoint+"/_localstack/health", nil)
	if err != nil {
		return fmt.Errorf("ask %s for its health: %w", c.endpoint, err)
	}
	resp, err := awsconfig.HTTPClient(c.endpoint).Do(req)
	if err != nil {
		return fmt.Errorf("AWS endpoint %s does not answer: %w", c.endpoint, err)
	}
	defer resp.Body.Close() // the body is not needed
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("AWS endpoint %s answers %s to /_localstack/health", c.endpoint, resp.Status)
	}
	return nil
}

func (c *cloud) makeCA(ctx context.Context) (string, error) {
	dir := c.path("ca")
	argv := []string{c.tool("carctl"), "ca", "init", "--dir", dir, "--organization", "Acme Motors", "--if-missing"}
	return "keys in " + c.rel(dir), c.run(ctx, "ca", c.repo, argv, c.environment())
}

func (c *cloud) rel(path string) string {
	if r, err := filepath.Rel(c.repo, path); err == nil {
		return r
	}
	return path
}

func (c *cloud) cdk(args ...string) []string {
	return append([]string{filepath.Join(c.repo, "node_modules", ".bin", "cdk"), "--no-notices", "--no-version-reporting", "--ci"}, args...)
}

// synthAndBootstrap runs both concurrently: they are independent, and each takes seconds.
func (c *cloud) synthAndBootstrap(ctx context.Context) (string, error) {
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return c.synth(ctx, c.makers(c.maker(manufacturer, "ca"))) })
	work.Go(func() error { return c.bootstrap(ctx) })
	return "templates in " + c.rel(c.path("cdk.out")), work.Wait()
}

// synth writes the templates; the given settings override those of cdk.json.
func (c *cloud) synth(ctx context.Context, settings ...string) error {
	argv := c.cdk("synth", "--quiet", "--app", c.tool("infrastructure"), "--output", c.path("cdk.out"), "-c", "env="+environment,
		"-c", "consoleUrl="+c.consoleURL())
	for _, s := range settings {
		argv = append(argv, "-c", s)
	}
	return c.run(ctx, "synth", c.repo, argv, c.environment("CDK_VALIDATION=false"))
}

// maker is an entry of the setting "manufacturers".
type maker struct {
	ID             string              `json:"id"`
	Name           string              `json:"name"`
	CACertificates []map[string]string `json:"caCertificates"`
}

// maker makes the entry of a manufacturer whose CAs are in the given folders.
func (c *cloud) maker(id string, folders ...string) maker {
	m := maker{ID: id, Name: strings.ToUpper(id[:1]) + id[1:] + " Motors"}
	for _, f := range folders {
		m.CACertificates = append(m.CACertificates, map[string]string{"file": c.path(f, "intermediate.pem")})
	}
	return m
}

// makers encodes the setting "manufacturers" as JSON.
func (c *cloud) makers(all ...maker) string {
	b, err := json.Marshal(all)
	if err != nil {
		panic("localcloud: " + err.Error()) // strings always encode
	}
	return "manufacturers=" + string(b)
}

// bootstrap runs `cdk bootstrap` in a folder without cdk.json: with that file, cdk would first synthesise the app.
func (c *cloud) bootstrap(ctx context.Context) error {
	empty := c.path("bootstrap")
	if err := os.MkdirAll(empty, 0o755); err != nil {
		return fmt.Errorf("bootstrap: %w", err)
	}
	return c.run(ctx, "bootstrap", empty, c.cdk("bootstrap", "aws://"+localAccount+"/"+c.region), c.environment())
}

func (c *cloud) deploy(ctx context.Context) (string, error) {
	outputs := c.path("outputs.json")
	argv := c.cdk("deploy", "**", "--app", c.path("cdk.out"), "--require-approval", "never", "--method", "direct",
		"--concurrency", "4", "--outputs-file", outputs)
	if err := c.run(ctx, "deploy", c.repo, argv, c.environment()); err != nil {
		return "", err
	}
	b, err := os.ReadFile(outputs)
	if err != nil {
		return "", fmt.Errorf("read the stacks' outputs: %w", err)
	}
	c.platform = c.describe()
	if err := json.Unmarshal(b, &c.platform.Stacks); err != nil {
		return "", fmt.Errorf("read the stacks' outputs: %w", err)
	}
	if err := c.findAPI(); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d stacks", len(c.platform.Stacks)), nil
}

// findAPI reads the addresses of the API and of its user pool from the stack outputs.
func (c *cloud) findAPI() error {
	if err := c.platform.FindPeople(); err != nil {
		return err
	}
	api, err := url.Parse(c.platform.APIURL)
	if err != nil {
		return fmt.Errorf("output %s: %w", names.OutputAPIURL, err)
	}
	id, _, _ := strings.Cut(api.Host, ".")
	c.platform.APIURL = c.endpoint + "/restapis/" + id + "/" + strings.Trim(api.Path, "/") + "/_user_request_"
	return nil
}

// seedPeople creates demo users; their passwords are written to the platform's description.
func (c *cloud) seedPeople(ctx context.Context) (string, error) {
	if err := c.run(ctx, "people", c.repo, []string{c.tool("carctl"), "user", "seed", "--platform", c.descriptionFile()}, c.environment()); err != nil {
		return "", err
	}
	p, err := platform.Load(c.descriptionFile())
	if err != nil {
		return "", err
	}
	c.platform.Users = p.Users
	if _, err := c.verifySender(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d people, their passwords in %s", len(p.Users), c.rel(c.descriptionFile())), nil
}

func (c *cloud) describe() platform.Platform {
	p := platform.Platform{
		Environment: environment,
		AWSEndpoint: c.endpoint,
		Region:      c.region,
		MQTT:        platform.MQTT{Host: serverName, Port: c.mqttPort, ServerCA: c.path("gateway", "server-ca.pem")},
		DeviceCA:    platform.KeyPair{Cert: c.path("ca", "intermediate.pem"), Key: c.path("ca", "intermediate.key")},
		DeviceCADir: c.path("ca"),

		IoTDataEndpoint: c.iotDataURL(),
	}
	if c.key != (awsconfig.Key{}) {
		p.AWSKey = new(platform.AWSKey(c.key))
	}
	for _, v := range vehicles {
		p.Vehicles = append(p.Vehicles, string(v))
	}
	return p
}

func (c *cloud) iotDataURL() string { return fmt.Sprintf("http://127.0.0.1:%d", c.httpPort) }

func (c *cloud) startGateway(ctx context.Context) (string, error) {
	mqtt := net.JoinHostPort("127.0.0.1", strconv.Itoa(c.mqttPort))
	p, err := c.start("gateway", []string{c.tool("devicegateway"),
		"--mqtt", mqtt,
		"--http", net.JoinHostPort("127.0.0.1", strconv.Itoa(c.httpPort)),
		"--state", c.path("gateway"),
	}, c.environment())
	if err != nil {
		return "", err
	}
	c.gateway = p
	return "mqtts://" + mqtt, p.waitFor(ctx, 30*time.Second, "the device gateway", func(ctx context.Context) error {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", mqtt)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

func (c *cloud) seed(ctx context.Context) (string, error) {
	if err := c.platform.Save(c.descriptionFile()); err != nil {
		return "", err
	}
	for _, v := range vehicles {
		argv := []string{c.tool("carctl"), "vehicle", "add", string(v), "--platform", c.descriptionFile(), "--manufacturer", manufacturer,
			"--make", "Acme", "--model", "Comet", "--model-year", "2026", "--powertrain", "COMBUSTION", "--dealer", dealer}
		if err := c.run(ctx, "seed", c.repo, argv, c.environment()); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d cars of manufacturer %s", len(vehicles), manufacturer), nil
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/spf13/cobra"

	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

func rehearseCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rehearse",
		Short: "Rehearse on the local platform the changes of settings that an environment lives through",
		Long: "Starts the platform, and deploys over it what an operator would in time: a manufacturer's new CA beside the old one, then without\n" +
			"it; another manufacturer, then without it; `stream: flink` on and off; `analytics: off`; and destroys it in the end. Cars\n" +
			"drive between the steps. It takes minutes, so it is no part of the smoke test.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, held, err := newCloud("rehearse")
			if err != nil {
				return err
			}
			defer held.release()
			if err := c.up(cmd.Context()); err != nil {
				return err
			}
			defer c.down()
			c.progress.say("")
			return c.rehearse(cmd.Context())
		},
	}
}

// Settings of the deployments in the rehearsal.
const (
	successor = "ca-successor" // folder of the CA that succeeds the manufacturer's first one
	newcomer  = "bolt"         // a manufacturer that is added and removed
)

func (c *cloud) rehearse(ctx context.Context) error {
	type step struct {
		title string
		do    func(context.Context) (string, error)
	}
	deploy := func(title string, makers []maker, more ...string) step {
		return step{title, func(ctx context.Context) (string, error) {
			return c.redeploy(ctx, append([]string{c.makers(makers...)}, more...)...)
		}}
	}
	drive := func(title string, v vin.VIN, owner, folder string) step {
		return step{title, func(ctx context.Context) (string, error) { return c.drives(ctx, v, owner, folder) }}
	}
	follower := []maker{c.maker(manufacturer, successor)}
	steps := []step{
		drive("a car of the first CA drives", demoVIN(1), manufacturer, "ca"),
		deploy("a second CA beside the first", []maker{c.maker(manufacturer, "ca", successor)}),
		drive("a new car of the first registers", demoVIN(10), manufacturer, "ca"),
		drive("a new car of the second registers", demoVIN(11), manufacturer, successor),
		deploy("the first CA goes", follower),
		{"it is gone, and its cars still drive", c.firstCAIsGone},
		deploy("another manufacturer comes", []maker{c.maker(manufacturer, successor), c.maker(newcomer, "ca-"+newcomer)}),
		drive("its car registers", demoVIN(21), newcomer, "ca-"+newcomer),
		deploy("the manufacturer goes", follower),
		deploy("analytics: off", follower, "analytics=off"),
		{"the stack of the lake is deleted", func(ctx context.Context) (string, error) { return c.deleteOrphan(ctx, "analytics") }},
		drive("a car drives after all that", demoVIN(12), manufacturer, successor),
		{"dev with stream: flink", func(ctx context.Context) (string, error) { return c.deployDev(ctx, "stream=flink") }},
		{"dev with stream: lambda", func(ctx context.Context) (string, error) { return c.deployDev(ctx, "stream=lambda") }},
		{"dev's stack of Flink is deleted", func(ctx context.Context) (string, error) {
			return "nothing imports from it any more", c.deleteStack(ctx, names.StackPrefix+"-dev-stream")
		}},
		{"dev is destroyed", c.destroyDev},
		{"the environment is destroyed", c.destroy},
	}
	defer c.placeJar()()
	for _, s := range steps {
		if err := c.progress.step(s.title, func() (string, error) { return s.do(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

// redeploy deploys all stacks with the given settings.
func (c *cloud) redeploy(ctx context.Context, settings ...string) (string, error) {
	for _, folder := range []string{successor, "ca-" + newcomer} {
		argv := []string{c.tool("carctl"), "ca", "init", "--dir", c.path(folder), "--organization", folder, "--if-missing"}
		if err := c.run(ctx, "ca", c.repo, argv, c.environment()); err != nil {
			return "", err
		}
	}
	if err := c.synth(ctx, settings...); err != nil {
		return "", err
	}
	if detail, err := c.deploy(ctx); err != nil {
		return detail, err
	}
	return strings.Join(settings[1:], ", "), c.platform.Save(c.descriptionFile())
}

// drives registers a car of the manufacturer with a certificate of the CA in that folder, and drives it for a short time.
func (c *cloud) drives(ctx context.Context, v vin.VIN, owner, folder string) (string, error) {
	argv := []string{c.tool("carctl"), "drive", string(v), "--platform", c.descriptionFile(), "--ca", c.path(folder), "--allow",
		"--manufacturer", owner, "--duration", "20s", "--speedup", "20"}
	if err := c.run(ctx, "drive", c.repo, argv, c.environment()); err != nil {
		return "", err
	}
	return string(v) + ", certificate of " + folder, nil
}

func (c *cloud) firstCAIsGone(ctx context.Context) (string, error) {
	cfg, err := c.aws()
	if err != nil {
		return "", err
	}
	all, err := iot.NewFromConfig(cfg).ListCACertificates(ctx, &iot.ListCACertificatesInput{})
	if err != nil {
		return "", fmt.Errorf("list CAs: %w", err)
	}
	if len(all.Certificates) != 1 {
		return "", fmt.Errorf("%d CAs are registered, want the successor alone", len(all.Certificates))
	}
	return c.drives(ctx, demoVIN(10), manufacturer, "ca")
}

// deleteOrphan deletes the stack of an option that was switched off, after carctl has reported it.
func (c *cloud) deleteOrphan(ctx context.Context, part string) (string, error) {
	name := names.StackPrefix + "-" + environment + "-" + part
	if err := c.run(ctx, "stacks", c.repo, []string{c.tool("carctl"), "environment", "stacks", "--platform", c.descriptionFile()}, c.environment()); err != nil {
		return "", err
	}
	listed, err := os.ReadFile(c.path("logs", "stacks.log"))
	if err != nil {
		return "", fmt.Errorf("read the list of stacks: %w", err)
	}
	if !strings.Contains(string(listed), "delete-stack --stack-name "+name+"\n") {
		return "", fmt.Errorf("carctl does not name %s as one that nobody needs:\n%s", name, listed)
	}
	return name, c.deleteStack(ctx, name)
}

func (c *cloud) deleteStack(ctx context.Context, name string) error {
	cfg, err := c.aws()
	if err != nil {
		return err
	}
	client := cloudformation.NewFromConfig(cfg)
	if _, err := client.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: &name}); err != nil {
		return fmt.Errorf("delete stack %s: %w", name, err)
	}
	waiter := cloudformation.NewStackDeleteCompleteWaiter(client, func(o *cloudformation.StackDeleteCompleteWaiterOptions) {
		o.MinDelay, o.MaxDelay = 200*time.Millisecond, 2*time.Second
	})
	if err := waiter.Wait(ctx, &cloudformation.DescribeStacksInput{StackName: &name}, time.Minute); err != nil {
		return fmt.Errorf("delete stack %s: %w", name, err)
	}
	return nil
}

// deployDev deploys the stacks of the environment "dev" that concern Flink, because the local environment's settings exclude Flink.
func (c *cloud) deployDev(ctx context.Context, engine string) (string, error) {
	out := c.path("cdk.out-dev")
	argv := c.cdk("synth", "--quiet", "--app", c.tool("infrastructure"), "--output", out, "-c", "env=dev", "-c", "lambdaArchitecture=host", "-c", "streamMode=1", "-c", engine)
	if err := c.run(ctx, "synth", c.repo, argv, c.environment("CDK_VALIDATION=false")); err != nil {
		return "", err
	}
	if err := leaveOutMetricMath(out); err != nil {
		return "", err
	}
	argv = c.cdk("deploy", "dev/alarms", "dev/data", "dev/fleet", "dev/ingest", "--app", out, "--require-approval", "never", "--method", "direct", "--concurrency", "4")
	return engine, c.run(ctx, "deploy", c.repo, argv, c.environment())
}

// leaveOutMetricMath removes alarms on metric expressions from the templates, because the emulator's CloudFormation refuses them.
func leaveOutMetricMath(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "assembly-*", "*.template.json"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("find templates in %s: %w", folder, errors.Join(err, fs.ErrNotExist))
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read a template: %w", err)
		}
		var template map[string]any
		if err := json.Unmarshal(b, &template); err != nil {
			return fmt.Errorf("read template %s: %w", file, err)
		}
		resources, _ := template["Resources"].(map[string]any)
		maps.DeleteFunc(resources, func(_ string, r any) bool {
			resource, _ := r.(map[string]any)
			properties, _ := resource["Properties"].(map[string]any)
			return resource["Type"] == "AWS::CloudWatch::Alarm" && properties["Metrics"] != nil
		})
		if b, err = json.Marshal(template); err != nil {
			return fmt.Errorf("write template %s: %w", file, err)
		}
		if err := os.WriteFile(file, b, 0o644); err != nil {
			return fmt.Errorf("write a template: %w", err)
		}
	}
	return nil
}

func (c *cloud) destroyDev(ctx context.Context) (string, error) {
	argv := c.cdk("destroy", "dev/ingest", "dev/fleet", "dev/data", "dev/alarms", "--app", c.path("cdk.out-dev"), "--force")
	return "", c.run(ctx, "destroy", c.repo, argv, c.environment())
}

// placeJar creates an empty file in place of Flink's job if the job is not built, and returns a function that removes the file. The
// emulator creates the Flink application without running it, so that the rehearsal needs no Maven.
func (c *cloud) placeJar() (remove func()) {
	path := filepath.Join(c.repo, "analytics", "flink", "target", "fleet-windows.jar")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return func() {}
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("no job"), 0o644)); err != nil {
		c.progress.say("no place for a job of Flink: %v", err)
	}
	return func() { _ = os.Remove(path) }
}

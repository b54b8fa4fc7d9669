package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/internal/platform"
)

// upLimit bounds the start of the background platform: a first build of every program takes minutes.
const upLimit = 15 * time.Minute

func upCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "up",
		Short: "Start the platform in the background",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := readSettings(os.Getenv)
			if err != nil {
				return err
			}
			if by, held := heldBy(s.path("lock")); held {
				fmt.Printf("Already running (localcloud %s, process %d): using it.\n", by.Command, by.PID)
				return s.printWhere(os.Stdout)
			}
			if err := s.endOrphans(); err != nil {
				return err
			}
			if err := s.checkPortsFree(); err != nil {
				return err
			}
			if err := s.startInBackground(cmd.Context()); err != nil {
				return err
			}
			return s.printWhere(os.Stdout)
		},
	}
}

// startInBackground starts `localcloud serve` in a new session (setsid) and shows its progress until the platform is up.
func (s settings) startInBackground(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	logFile := s.path("logs", "localcloud.log")
	if err := os.MkdirAll(s.path("logs"), 0o755); err != nil {
		return fmt.Errorf("make the log folder: %w", err)
	}
	out, err := os.Create(logFile)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	defer out.Close()                                          // the child has its own descriptor
	for _, stale := range []string{"ready", "platform.json"} { // left over by a platform that was killed
		_ = os.Remove(s.path(stale))
	}
	cmd := exec.Command(self, "serve")
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.repo, out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the platform in the background: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return s.followUntilUp(ctx, cmd, logFile, ended)
}

func (s settings) followUntilUp(ctx context.Context, cmd *exec.Cmd, logFile string, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, upLimit)
	defer cancel()
	in, err := os.Open(logFile)
	if err != nil {
		return fmt.Errorf("follow the log: %w", err)
	}
	defer in.Close() // read-only: a close error loses nothing
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		_, _ = io.Copy(os.Stdout, in)
		if _, err := os.Stat(s.path("ready")); err == nil {
			_, _ = io.Copy(os.Stdout, in)
			return nil
		}
		select {
		case err := <-ended:
			_, _ = io.Copy(os.Stdout, in)
			return fmt.Errorf("the platform did not come up (%w); the log is %s", errOr(err), logFile)
		case <-ctx.Done():
			_ = cmd.Process.Signal(syscall.SIGTERM)
			<-ended
			return fmt.Errorf("start the platform: %w", context.Cause(ctx))
		case <-tick.C:
		}
	}
}

func errOr(err error) error {
	if err == nil {
		return fmt.Errorf("exit status 0")
	}
	return err
}

// serveCommand is the command that `up` runs in the background.
func serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "serve",
		Short:  "Run the platform in the foreground until told to stop",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, held, err := newCloud("up")
			if err != nil {
				return err
			}
			defer held.release()
			_ = os.Remove(c.path("ready"))
			if err := c.up(cmd.Context()); err != nil {
				return err
			}
			defer c.down()
			defer os.Remove(c.path("ready")) // the next start removes a leftover file too
			if err := os.WriteFile(c.path("ready"), nil, 0o600); err != nil {
				return fmt.Errorf("say that the platform is up: %w", err)
			}
			return c.supervise(cmd.Context())
		},
	}
}

func downCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "down",
		Short: "Stop the platform",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := readSettings(os.Getenv)
			if err != nil {
				return err
			}
			by, held := heldBy(s.path("lock"))
			if !held {
				if err := s.endOrphans(); err != nil {
					return err
				}
				fmt.Println("Not running.")
				return nil
			}
			return s.stopHolder(cmd.Context(), by)
		},
	}
}

func (s settings) stopHolder(ctx context.Context, by holder) error {
	if err := syscall.Kill(by.PID, syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop process %d: %w", by.PID, err)
	}
	ctx, cancel := context.WithTimeout(ctx, 3*stopGrace)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, held := heldBy(s.path("lock")); !held {
			fmt.Println("Stopped.")
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("process %d does not stop: %w", by.PID, context.Cause(ctx))
		case <-tick.C:
		}
	}
}

func statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say whether the platform runs, and where",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			s, err := readSettings(os.Getenv)
			if err != nil {
				return err
			}
			by, held := heldBy(s.path("lock"))
			if !held {
				fmt.Println("Not running: start it with `make up` or `make demo`.")
				return nil
			}
			fmt.Printf("Running (localcloud %s, process %d, since %s).\n", by.Command, by.PID, by.Since.Local().Format(time.DateTime))
			return s.printWhere(os.Stdout)
		},
	}
}

// printWhere prints the addresses of the platform's parts, and the command that stops the platform.
func (s settings) printWhere(w io.Writer) error {
	p, err := platform.Load(s.path("platform.json"))
	if err != nil {
		return fmt.Errorf("it is still coming up: %w", err)
	}
	_, err = fmt.Fprintf(w, `
  AWS endpoint     %s   (for one command: AWS_ENDPOINT_URL=%[1]s AWS_REGION=%s aws sqs list-queues)
  device gateway   mqtts://%s:%d   (trust %s)
  console          %s
  manufacturer CA  %s
  description      %s
  logs             %s
  stop             make down   (Ctrl-C for make demo)
`, p.AWSEndpoint, p.Region, p.MQTT.Host, p.MQTT.Port, p.MQTT.ServerCA, p.ConsoleURL, p.DeviceCA.Cert, s.path("platform.json"), s.path("logs"))
	if err != nil {
		return err
	}
	return printPeople(w, p)
}

// printPeople lists the users who can sign in to the console. The description holds the secrets of their authenticator apps; carctl
// computes the codes from them.
func printPeople(w io.Writer, p platform.Platform) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\n  sign in at %s as\trole\tpassword\t\n", p.ConsoleURL)
	for _, u := range p.Users {
		code := ""
		if u.TOTPSecret != "" {
			code = "and the code of: .local/bin/carctl user code " + u.Username
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", u.Username, cmp.Or(u.Group, "none"), u.Password, code)
	}
	return table.Flush()
}

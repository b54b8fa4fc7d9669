package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a long-running child: the emulator, the device gateway.
type process struct {
	name    string
	logFile string
	pidFile string
	cmd     *exec.Cmd
	done    chan struct{} // closed when the child has ended
	err     error         // how it ended; read after done
}

const stopGrace = 10 * time.Second

// start runs the command in its own process group, so that Ctrl-C reaches this process alone and it can stop its children in
// order. The child's output goes to a log file, and its process id to a file, by which a later start finds orphans.
func (s settings) start(name string, argv, env []string) (*process, error) {
	if err := s.endOrphan(name); err != nil {
		return nil, err
	}
	p := &process{name: name, logFile: s.path("logs", name+".log"), pidFile: s.path("run", name+".pid"), done: make(chan struct{})}
	for _, f := range []string{p.logFile, p.pidFile} {
		if err := os.MkdirAll(filepath.Dir(f), 0o755); err != nil {
			return nil, fmt.Errorf("start %s: %w", name, err)
		}
	}
	out, err := os.OpenFile(p.logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer out.Close() // the child has its own descriptor
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Env, p.cmd.Dir = env, s.repo
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	pid := strconv.Itoa(p.cmd.Process.Pid) + "\n" + argv[0] + "\n"
	if err := os.WriteFile(p.pidFile, []byte(pid), 0o600); err != nil {
		p.kill()
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		_ = os.Remove(p.pidFile)
		close(p.done)
	}()
	return p, nil
}

// stop asks the child to end and kills it if it does not within stopGrace.
func (p *process) stop() {
	if p == nil {
		return
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(stopGrace):
		p.kill()
		<-p.done
	}
	// Grandchildren (the emulator's Lambda processes) share the group and may outlive the child.
	p.kill()
}

func (p *process) kill() { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }

// exited reports whether the child has ended.
func (p *process) exited() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// failure describes an ended child by its exit status and the last line that it logged.
func (p *process) failure() error {
	reason := "exit status 0"
	if p.err != nil {
		reason = p.err.Error()
	}
	return fmt.Errorf("%s ended (%s): %s; its log is %s", p.name, reason, lastLine(p.logFile), p.logFile)
}

// waitFor polls the condition until it holds, the child ends or the time is up.
func (p *process) waitFor(ctx context.Context, limit time.Duration, what string, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		if last = ready(ctx); last == nil {
			return nil
		}
		select {
		case <-p.done:
			return p.failure()
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w (last: %w); the log is %s", what, context.Cause(ctx), last, p.logFile)
		case <-tick.C:
		}
	}
}

// children are the names of all processes that may outlive a killed localcloud, in the order in which to stop them.
var children = []string{"cars", "console", "gateway", "emulator"}

// endOrphans stops what an earlier, killed localcloud left behind. Whoever calls it holds the lock, or knows that nobody does.
func (s settings) endOrphans() error {
	for _, name := range children {
		if err := s.endOrphan(name); err != nil {
			return err
		}
	}
	return nil
}

// endOrphan stops a child that an earlier, killed localcloud left behind. A process id that now belongs to another program is
// left alone.
func (s settings) endOrphan(name string) error {
	pidFile := s.path("run", name+".pid")
	b, err := os.ReadFile(pidFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for an orphaned %s: %w", name, err)
	}
	pidText, program, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	pid, err := strconv.Atoi(pidText)
	if err != nil || !runs(pid, program) {
		return forget(pidFile)
	}
	_ = syscall.Kill(-pid, syscall.SIGTERM)
	deadline := time.Now().Add(stopGrace)
	for runs(pid, program) {
		if time.Now().After(deadline) {
			_ = syscall.Kill(-pid, syscall.SIGKILL)
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	return forget(pidFile)
}

// forget removes the file, if it is still there.
func forget(pidFile string) error {
	if err := os.Remove(pidFile); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget an orphan: %w", err)
	}
	return nil
}

// runs reports whether that process id belongs to that program. ps is on Linux and macOS alike.
func runs(pid int, program string) bool {
	out, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && program != "" && strings.Contains(string(out), program)
}

// run runs a short command to its end, its output in a log file; a failure shows the end of that output.
func (s settings) run(ctx context.Context, name, dir string, argv, env []string) error {
	logFile := s.path("logs", name+".log")
	if err := os.MkdirAll(filepath.Dir(logFile), 0o755); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	f, err := os.Create(logFile)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer f.Close() // a log
	var tail tailBuffer
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, env
	cmd.Stdout, cmd.Stderr = io.MultiWriter(f, &tail), io.MultiWriter(f, &tail)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopGrace
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%s: %w\n%s\n(the whole output is in %s)", name, err, tail.String(), logFile)
	}
	return nil
}

// tailBuffer keeps the end of what is written to it.
type tailBuffer struct{ buf bytes.Buffer }

const tailBytes = 2000

func (t *tailBuffer) Write(b []byte) (int, error) {
	t.buf.Write(b)
	if t.buf.Len() > 2*tailBytes {
		t.buf.Next(t.buf.Len() - tailBytes)
	}
	return len(b), nil
}

func (t *tailBuffer) String() string { return strings.TrimSpace(t.buf.String()) }

func lastLine(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return "it logged nothing"
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return lines[len(lines)-1]
}

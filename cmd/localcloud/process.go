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

// process is a long-running child process, such as the emulator or the device gateway.
type process struct {
	name    string
	logFile string
	pidFile string
	cmd     *exec.Cmd
	done    chan struct{} // closed when the child has ended
	err     error         // the child's exit error; read only after done is closed
}

const stopGrace = 10 * time.Second

// start runs the command in a new process group, so that Ctrl-C reaches only this process, which then stops its children in order. The
// child's output goes to a log file. Its process id goes to another file, so that a later start can find orphans.
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

// stop ends the child, and kills it if it has not ended within stopGrace.
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

// failure describes an ended child by its exit status and its last log line.
func (p *process) failure() error {
	reason := "exit status 0"
	if p.err != nil {
		reason = p.err.Error()
	}
	return fmt.Errorf("%s ended (%s): %s; its log is %s", p.name, reason, lastLine(p.logFile), p.logFile)
}

// waitFor polls the condition until it holds. It fails if the child ends or the limit passes first.
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

// children are the names of all processes that may outlive a killed localcloud, in the order in which they are stopped.
var children = []string{"cars", "console", "gateway", "emulator"}

// endOrphans stops the processes that a killed localcloud left running. The caller must hold the lock or know that nobody does.
func (s settings) endOrphans() error {
	for _, name := range children {
		if err := s.endOrphan(name); err != nil {
			return err
		}
	}
	return nil
}

// endOrphan stops a child that a killed localcloud left running. It does not touch a process of another program that has the same id since.
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

// forget removes the file if it exists.
func forget(pidFile string) error {
	if err := os.Remove(pidFile); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget an orphan: %w", err)
	}
	return nil
}

// runs reports whether the process with that id runs that program. It uses ps, which Linux and macOS have.
func runs(pid int, program string) bool {
	out, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && program != "" && strings.Contains(string(out), program)
}

// run runs a short command to its end and logs its output to a file. The error of a failed command contains the end of the output.
func (s settings) run(ctx context.Context, name, dir string, argv, env []string) error {
	logFile := s.path("logs", name+".log")
	if err := os.MkdirAll(filepath.Dir(logFile), 0o755); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	f, err := os.Create(logFile)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer f.Close() // a log: a close error is harmless
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

// tailBuffer keeps the last bytes written to it.
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

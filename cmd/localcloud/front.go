package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"connectedcar/cmd/localcloud/internal/front"
	"connectedcar/cmd/localcloud/internal/front/rules"
	"connectedcar/cmd/localcloud/internal/front/shape"
	"connectedcar/cmd/localcloud/internal/front/throttle"
	"connectedcar/cmd/localcloud/internal/iam"
	"connectedcar/internal/tool/freeport"
)

// strictFront is the proxy on the port that everybody calls; the emulator is behind it on a port of its own.
type strictFront struct {
	server *http.Server
	log    *os.File
	behind int // the emulator's port
}

// askLimit bounds a rule's question to the emulator; a rule without an answer lets the call pass.
const askLimit = 10 * time.Second

// startFront starts the front once and returns the port that the emulator is to listen on: the public one where there is no front.
func (c *cloud) startFront() (emulatorPort int, err error) {
	if !c.strict {
		return c.emulatorPort, nil
	}
	if c.front != nil { // the emulator starts again
		return c.front.behind, nil
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(c.emulatorPort)))
	if err != nil {
		return 0, fmt.Errorf("start the strict front: %w", err)
	}
	f, err := c.newFront()
	if err != nil {
		_ = listener.Close()
		return 0, err
	}
	go func() { _ = f.server.Serve(listener) }() // ends with stop
	c.front = f
	return f.behind, nil
}

func (c *cloud) newFront() (*strictFront, error) {
	behind, err := freeport.One()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.path("logs"), 0o755); err != nil {
		return nil, fmt.Errorf("make the log folder: %w", err)
	}
	file, err := os.Create(c.path("logs", "front.log"))
	if err != nil {
		return nil, fmt.Errorf("open the strict front's log: %w", err)
	}
	log := slog.New(slog.NewTextHandler(file, nil))
	emulator := front.Emulator{URL: loopback(behind), Client: &http.Client{Timeout: askLimit}}
	config := front.Config{
		Emulator:  emulator.URL,
		DataPlane: loopback(c.httpPort),
		Checks:    append(throttle.NewChecks(c.throttle, emulator.Ask, time.Now), shape.Check, rules.NewCheck(rules.Table(), emulator.Ask, log)),
		Log:       log,
	}
	if c.authorize {
		c.recorder = &iam.Recorder{}
		config.Observers = append(config.Observers, c.recorder.Observe(localAccount))
		config.Rewrite = iam.Rewrite(aws.Credentials{AccessKeyID: emulatorKey, SecretAccessKey: emulatorKey})
	}
	return &strictFront{server: front.New(config).Server(), log: file, behind: behind}, nil
}

func loopback(port int) *url.URL {
	return &url.URL{Scheme: "http", Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
}

func (f *strictFront) stop() {
	if f == nil {
		return
	}
	_ = f.server.Close()
	_ = f.log.Close()
}

func (f *strictFront) describe() string {
	if f == nil {
		return ""
	}
	return " behind the strict front"
}

// dataPlaneForFunctions is the endpoint of AWS IoT's data plane for functions. The front hands its calls on to the device gateway.
func (c *cloud) dataPlaneForFunctions() string {
	if c.strict {
		return c.endpoint
	}
	return c.iotDataURL()
}

// raiseOpenFiles lets this process and its children open as many files as the system allows: a burst of connections passes 1024.
func raiseOpenFiles() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return // the limit stays as it is
	}
	limit.Cur = limit.Max
	_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit) // the same
}

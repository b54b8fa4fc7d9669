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

// strictFront is the proxy on the public port; the emulator listens behind it on another port.
type strictFront struct {
	server *http.Server
	log    *os.File
	behind int // the emulator's port
}

// askLimit bounds a rule's request to the emulator. A call passes if its rule gets no answer.
const askLimit = 10 * time.Second

// startFront starts the front once and returns the port for the emulator to listen on: the public port if there is no front.
func (c *cloud) startFront() (emulatorPort int, err error) {
	if !c.strict {
		return c.emulatorPort, nil
	}
	if c.front != nil { // the emulator is being restarted
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
	go func() { _ = f.server.Serve(listener) }() // Serve returns when stop closes the server
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

// dataPlaneForFunctions is the endpoint of AWS IoT's data plane for functions. The front forwards its calls to the device gateway.
func (c *cloud) dataPlaneForFunctions() string {
	if c.strict {
		return c.endpoint
	}
	return c.iotDataURL()
}

// raiseOpenFiles raises the limit of open files of this process and its children to the system's maximum: a burst of connections exceeds
// the usual 1024.
func raiseOpenFiles() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return // keep the default limit
	}
	limit.Cur = limit.Max
	_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit) // on an error the default limit stays
}

package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/names"
)

// consoleURL is the console's origin. Its host is localhost rather than an IP address: browsers trust that name without a certificate.
func (s settings) consoleURL() string {
	return "http://localhost:" + strconv.Itoa(s.consolePort)
}

// startConsole starts the console's program on loopback, the same program as in the cloud. The emulator has no hosted sign-in pages, so the
// console itself prompts for passwords. Its keys are new at each start because the emulator's memory is too.
func (c *cloud) startConsole(ctx context.Context) (string, error) {
	table, errTable := c.platform.Output(names.OutputSessionsTable)
	client, errClient := c.platform.Output(names.OutputConsoleClientID)
	if err := errors.Join(errTable, errClient); err != nil {
		return "", err
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // rand.Read never fails
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(c.consolePort))
	p, err := c.start("console", []string{c.tool("console")}, c.environment(
		names.EnvConsoleListen+"="+address,
		names.EnvConsoleURL+"="+c.consoleURL(),
		names.EnvConsoleAPI+"="+c.platform.APIURL,
		names.EnvUserPoolID+"="+c.platform.UserPoolID,
		names.EnvConsoleClient+"="+client,
		names.EnvSessionsTable+"="+table,
		names.EnvSessionKeys+"="+base64.StdEncoding.EncodeToString(key),
	))
	if err != nil {
		return "", err
	}
	c.console = p
	c.platform.ConsoleURL = c.consoleURL()
	return c.consoleURL(), p.waitFor(ctx, 30*time.Second, "the console", func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/healthz", http.NoBody)
		if err != nil {
			return fmt.Errorf("ask the console for its health: %w", err)
		}
		resp, err := awsconfig.HTTPClient(c.endpoint).Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close() // the body is not needed
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("the console answers %s to /healthz", resp.Status)
		}
		return nil
	})
}

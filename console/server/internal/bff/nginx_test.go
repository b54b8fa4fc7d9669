package bff_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"text/template"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/console/server/internal/bff"
	"connectedcar/internal/tool/freeport"
)

// nginxWaits is the default of nginx's proxy_read_timeout, and equals the load balancer's idle timeout.
// https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout
const nginxWaits = time.Minute

// behindNginx starts a real nginx in front of a program, with Elastic Beanstalk's configuration, and returns nginx's address.
func behindNginx(t *testing.T, program, wait string) string {
	t.Helper()
	path, err := exec.LookPath("nginx")
	if err != nil {
		path = "/usr/sbin/nginx" // Debian's path, which is not in a user's PATH
	}
	if _, err := os.Stat(path); err != nil {
		t.Skip("nginx is missing: apt-get install nginx-light")
	}
	port, err := freeport.One()
	require.NoError(t, err)
	in := struct{ Dir, Listen, Program, Wait string }{t.TempDir(), fmt.Sprintf("127.0.0.1:%d", port), program, wait}
	config, err := os.Create(filepath.Join(in.Dir, "nginx.conf"))
	require.NoError(t, err)
	require.NoError(t, template.Must(template.ParseFiles("testdata/nginx.conf")).Execute(config, in))
	require.NoError(t, config.Close())
	cmd := exec.CommandContext(t.Context(), path, "-p", in.Dir, "-c", config.Name())
	cmd.Stderr = t.Output()
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Wait() }) // the context has ended the process
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", in.Listen)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, 10*time.Second, 10*time.Millisecond, "nginx does not listen")
	return "http://" + in.Listen
}

// through returns a browser that reaches the console through nginx.
func (c *console) through(t *testing.T, wait string) *browser {
	t.Helper()
	b := c.browser(t)
	b.base = behindNginx(t, c.URL, wait)
	return b
}

func TestUpdatesComeThroughNginxAtOnce(t *testing.T) {
	c := start(t, func(c *bff.Config) { c.Proxies = 1 })
	events, resp := c.through(t, "60s").signIn("ana").listen("watch=state:" + anasCar)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	next(t, events, "update", `"speed":0`)
	for speed := 10.0; speed < 60; speed += 10 {
		c.api.drive(anasCar, speed)
		next(t, events, "update", fmt.Sprintf(`"speed":%g`, speed)) // a small update that must not wait in a buffer for more data
	}
}

func TestHeartbeatsKeepAStreamOpenThroughNginx(t *testing.T) {
	assert.Less(t, 3*bff.DefaultPace.Heartbeat, nginxWaits, "two heartbeats may be late")
	for name, tc := range map[string]struct {
		heartbeat time.Duration
		lives     bool
	}{
		"more often than nginx's wait": {250 * time.Millisecond, true},
		"less often":                   {time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			quiet := pace
			quiet.State, quiet.Slow, quiet.Heartbeat = time.Minute, time.Minute, tc.heartbeat
			c := start(t, func(c *bff.Config) { c.Live, c.Proxies = quiet, 1 })
			events, _ := c.through(t, "1s").signIn("ana").listen("watch=state:" + anasCar)
			next(t, events, "update", `"speed":0`)
			end := time.After(5 * time.Second)
			for beats := 0; beats < 8; { // eight heartbeats take two seconds
				select {
				case e, open := <-events:
					if !open {
						assert.False(t, tc.lives, "the stream ended after %d heartbeats", beats)
						return
					}
					if e.name == "heartbeat" {
						beats++
					}
				case <-end:
					t.Fatal("neither heartbeats nor an end")
				}
			}
			assert.True(t, tc.lives, "nginx kept a stream in which nothing was said")
		})
	}
}

func TestADrainingInstanceSendsBrowsersElsewhereThroughNginx(t *testing.T) {
	c := start(t, func(c *bff.Config) { c.Proxies = 1 })
	b := c.through(t, "60s").signIn("ana")
	events, _ := b.listen("watch=state:" + anasCar)
	next(t, events, "update", `"speed":0`)
	assert.Equal(t, http.StatusOK, b.do("GET", "/healthz", "").StatusCode)
	c.server.Drain()
	next(t, events, "reconnect", "")
	for range events { // the stream must end
	}
	assert.Equal(t, http.StatusServiceUnavailable, b.do("GET", "/healthz", "").StatusCode, "the load balancer sends nobody here any more")
	assert.Equal(t, http.StatusServiceUnavailable, b.do("GET", "/live?watch=state:"+anasCar, "").StatusCode)
}

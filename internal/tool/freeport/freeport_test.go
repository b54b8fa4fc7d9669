package freeport_test

import (
	"fmt"
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/tool/freeport"
)

func TestPortsAreDistinctAndNothingListensOnThem(t *testing.T) {
	ports, err := freeport.Take(50)
	require.NoError(t, err)
	seen := map[int]bool{}
	for _, port := range ports {
		require.False(t, seen[port], "port %d comes twice", port)
		seen[port] = true
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		require.NoError(t, err)
		require.NoError(t, l.Close())
	}
}

// A server that started half a minute after it was given an ephemeral port once found an outgoing connection on that port.
func TestNoPortIsOneOfOutgoingConnections(t *testing.T) {
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		t.Skip("this system has no /proc/sys/net/ipv4/ip_local_port_range")
	}
	var from, to int
	_, err = fmt.Sscan(string(text), &from, &to)
	require.NoError(t, err)
	if from < 32768 {
		t.Skipf("outgoing connections of this machine begin at port %d, below the default of Linux", from)
	}
	ports, err := freeport.Take(200)
	require.NoError(t, err)
	for _, port := range ports {
		assert.Less(t, port, from)
	}
}

func TestMorePortsThanThereAreAreRefused(t *testing.T) {
	_, err := freeport.Take(1 << 16)
	require.ErrorContains(t, err, "no free port: 65536 are wanted of the 12768 from 20000 to 32767")
}

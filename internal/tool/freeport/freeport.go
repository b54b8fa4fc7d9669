// Package freeport finds ports for servers that start later, in another process.
package freeport

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"syscall"
)

// The ports are below the ephemeral ports that systems assign to outgoing connections (Linux from 32768, net.ipv4.ip_local_port_range;
// others from 49152, RFC 6335 section 6): any connection may take an ephemeral port before the server starts.
const (
	first = 20000
	end   = 32768
)

var errNone = errors.New("no free port")

// Take returns n distinct ports of 127.0.0.1 without a listener. It holds all of them until the last one is found, and picks them at
// random so that two programs at the same time hardly pick the same.
func Take(n int) (ports []int, err error) {
	if n > end-first {
		return nil, fmt.Errorf("%w: %d are wanted of the %d from %d to %d", errNone, n, end-first, first, end-1)
	}
	held := make([]net.Listener, 0, n)
	defer func() {
		for _, l := range held {
			err = errors.Join(err, l.Close())
		}
	}()
	for _, offset := range rand.Perm(end - first) {
		l, listenErr := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first+offset))
		if errors.Is(listenErr, syscall.EADDRINUSE) {
			continue
		}
		if listenErr != nil {
			return nil, fmt.Errorf("find a free port: %w", listenErr)
		}
		held, ports = append(held, l), append(ports, first+offset)
		if len(ports) == n {
			return ports, nil
		}
	}
	return nil, fmt.Errorf("%w: %d are wanted from %d to %d, %d are free", errNone, n, first, end-1, len(ports))
}

// One returns a port of 127.0.0.1 without a listener.
func One() (int, error) {
	ports, err := Take(1)
	if err != nil {
		return 0, err
	}
	return ports[0], nil
}

package servercert_test

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/gateway/servercert"
)

func TestCertificateIsTrustedForItsHosts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	server, trust, err := servercert.Ensure(dir, []string{"localhost", "127.0.0.1", "gateway.test"}, time.Now())
	require.NoError(t, err)
	pem, err := os.ReadFile(trust)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(pem))
	for _, host := range []string{"localhost", "127.0.0.1", "gateway.test"} {
		_, err := server.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: host})
		require.NoError(t, err, host)
	}
	keys, err := filepath.Glob(filepath.Join(dir, "*.key"))
	require.NoError(t, err)
	require.Len(t, keys, 2)
	for _, k := range keys {
		info, err := os.Stat(k)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
}

func TestCertificateIsKeptWhileItServes(t *testing.T) {
	for name, tc := range map[string]struct {
		hosts          []string
		later          time.Duration
		server, issuer bool // whether each certificate is kept
	}{
		"a second start keeps both":              {[]string{"localhost"}, 0, true, true},
		"another host keeps the authority":       {[]string{"localhost", "other.test"}, 0, false, true},
		"near its end it is renewed":             {[]string{"localhost"}, 380 * 24 * time.Hour, false, true},
		"near the authority's end both are made": {[]string{"localhost"}, 3650 * 24 * time.Hour, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir, now := t.TempDir(), time.Now()
			first, trust, err := servercert.Ensure(dir, []string{"localhost"}, now)
			require.NoError(t, err)
			authority, err := os.ReadFile(trust)
			require.NoError(t, err)
			second, _, err := servercert.Ensure(dir, tc.hosts, now.Add(tc.later))
			require.NoError(t, err)
			again, err := os.ReadFile(trust)
			require.NoError(t, err)
			assert.Equal(t, tc.server, first.Leaf.Equal(second.Leaf))
			assert.Equal(t, tc.issuer, string(authority) == string(again))
		})
	}
}

func TestUnreadableStateIsAnError(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, servercert.CAFile), []byte("rubbish"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "server-ca.key"), []byte("rubbish"), 0o600))
	_, _, err := servercert.Ensure(dir, []string{"localhost"}, time.Now())
	assert.ErrorContains(t, err, "authority of the server certificate")
}

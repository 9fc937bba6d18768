//go:build unix

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A server with an untrusted certificate is sent nothing. --ca-cert makes its
// authority trusted.
func TestPrivateCertificateAuthority(t *testing.T) {
	t.Parallel()
	reference := newPlatform(t, "demo")
	secure := httptest.NewUnstartedServer(reference.http.Config.Handler)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it would log the refused handshake
	secure.StartTLS()
	defer secure.Close()
	_, env := home(t, &platform{URL: secure.URL})
	login := []string{"login", "--username", "alice", "--password-stdin", "--noprojects"}

	got := invoke(t, env, "wonderland-2026\n", login...)
	if got.code != 3 || !strings.Contains(got.stderr, "certificate") {
		t.Errorf("the exit code is %d, want 3 and a message about the certificate: %s", got.code, got.stderr)
	}
	if asked := reference.requests(); len(asked) > 0 {
		t.Errorf("the server was asked %q", asked)
	}

	authority := filepath.Join(t.TempDir(), "ca.pem")
	content := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	if err := os.WriteFile(authority, content, 0o600); err != nil {
		t.Fatal(err)
	}
	succeed(t, env, "wonderland-2026\n", append(login, "--ca-cert", authority)...)
	if got := succeed(t, env, "", "--ca-cert", authority, "whoami"); got != "alice\n" {
		t.Errorf("whoami prints %q", got)
	}

	// The command of exec trusts it, too: dxauth by its own variable, by dx's, or as any
	// program in Go; curl by its variable.
	withExec := []string{"--ca-cert", authority, "exec", "--", "env", "-u", "DXAUTH_CA_CERT"}
	if got := succeed(t, env, "", append(withExec, "dxauth", "whoami")...); got != "alice\n" {
		t.Errorf("with DX_CA_CERT, whoami prints %q", got)
	}
	withExec = append(withExec, "-u", "DX_CA_CERT")
	if got := succeed(t, env, "", append(withExec, "dxauth", "whoami")...); got != "alice\n" {
		t.Errorf("with SSL_CERT_FILE, whoami prints %q", got)
	}
	if got := invoke(t, env, "", append(withExec, "-u", "SSL_CERT_FILE", "dxauth", "whoami")...); got.code != 3 || !strings.Contains(got.stderr, "certificate") {
		t.Errorf("without the variables, the exit code is %d: %s", got.code, got.stderr)
	}
	succeed(t, env, "", append(withExec, "-u", "SSL_CERT_FILE", "curl", "--silent", "--show-error", secure.URL)...)

	// So does a program in a shell with the variables of env.
	if got := succeed(t, env, "", "--ca-cert", authority, "env", "--bash"); !strings.Contains(got, "export DX_CA_CERT='"+authority+"'\n") {
		t.Error("env --bash does not export DX_CA_CERT")
	}
}

// However TLS fails, the command ends with exit code 3 and says that the network failed, and
// the password is not sent.
func TestTLSFaults(t *testing.T) {
	t.Parallel()
	reference := newPlatform(t, "demo")
	_, env := home(t, reference)
	for name, fault := range map[string]struct {
		says  string
		serve func(t *testing.T) (host string, trusted []byte)
	}{
		"an untrusted authority": {"is not trusted", func(t *testing.T) (string, []byte) {
			return serveTLS(t, reference, certificateOf(t, time.Hour, "127.0.0.1"), 0), nil
		}},
		"another name": {"is for another name", func(t *testing.T) (string, []byte) {
			pair := certificateOf(t, time.Hour, "192.0.2.1")
			return serveTLS(t, reference, pair, 0), pair.Certificate[0]
		}},
		"an expired certificate": {"has expired", func(t *testing.T) (string, []byte) {
			pair := certificateOf(t, -time.Hour, "127.0.0.1")
			return serveTLS(t, reference, pair, 0), pair.Certificate[0]
		}},
		"an old version": {"protocol version not supported", func(t *testing.T) (string, []byte) {
			pair := certificateOf(t, time.Hour, "127.0.0.1")
			return serveTLS(t, reference, pair, tls.VersionTLS11), pair.Certificate[0]
		}},
		"no TLS": {"does not speak TLS", func(*testing.T) (string, []byte) {
			return strings.TrimPrefix(reference.URL, "http://"), nil
		}},
		"a handshake that breaks off": {"connection was lost", func(t *testing.T) (string, []byte) {
			return serveBytes(t, "\x16\x03\x03\x00\x7a\x02\x00\x00\x76"), nil
		}},
		"garbage": {"does not speak TLS", func(t *testing.T) (string, []byte) {
			return serveBytes(t, strings.Repeat("\xff\x00", 5000)), nil
		}},
		"an alert": {"handshake failure", func(t *testing.T) (string, []byte) {
			return serveBytes(t, "\x15\x03\x03\x00\x02\x02\x28"), nil
		}},
		"nothing": {"connection was lost", func(t *testing.T) (string, []byte) { return serveBytes(t, ""), nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host, trusted := fault.serve(t)
			args := []string{"--json", "--server", "https://" + host, "--type", "dnanexus"}
			if trusted != nil {
				authority := filepath.Join(t.TempDir(), "ca.pem")
				if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: trusted}), 0o600); err != nil {
					t.Fatal(err)
				}
				args = append(args, "--ca-cert", authority)
			}
			got := invoke(t, env, "wonderland-2026\n", append(args, "login", "--username", "alice", "--password-stdin", "--noprojects")...)
			if got.code != 3 || !strings.Contains(got.stderr, `"type":"network"`) || !strings.Contains(got.stderr, fault.says) {
				t.Errorf("exit code %d and %s, want 3 and an error of the network: %s", got.code, got.stderr, fault.says)
			}
		})
	}
	t.Cleanup(func() {
		if asked := reference.requests(); len(asked) > 0 {
			t.Errorf("the server was asked %q", asked)
		}
	})
}

// certificateOf makes a certificate for an address, its own authority, that ends in a while.
func certificateOf(t *testing.T, life time.Duration, address string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.ParseIP(address)},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(life),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	made, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{made}, PrivateKey: key}
}

// serveTLS puts TLS in front of a server, of at most a version; 0: the newest.
func serveTLS(t *testing.T, reference *platform, pair tls.Certificate, newest uint16) (host string) {
	t.Helper()
	secure := httptest.NewUnstartedServer(reference.http.Config.Handler)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it would log the refused handshakes
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS10, MaxVersion: newest}
	secure.StartTLS()
	t.Cleanup(secure.Close)
	return secure.Listener.Addr().String()
}

// serveBytes sends the same to everyone, and closes the connection.
func serveBytes(t *testing.T, content string) (host string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed at the end of the test
			}
			_, _ = conn.Read(make([]byte, 1024)) // what the client says first
			_, _ = io.WriteString(conn, content)
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

//go:build unix

package main

import (
	"net"
	"testing"
	"time"
)

// silentServer accepts connections and sends nothing.
func silentServer(t *testing.T) (host string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}

// Whoever waits for a server sees it, and can leave at once.
func TestWaitingForASilentServer(t *testing.T) {
	t.Parallel()
	_, env := home(t, newPlatform(t, "demo"))
	host := silentServer(t)
	for name, server := range map[string]string{"its response": "http://" + host, "its TLS": "https://" + host} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := atTerminal(t, env, "--type", "auto", "--server", server, "login", "--username", "alice")
			p.sees("Password: ")
			p.types("wonderland-2026\r")
			p.sees("waiting for " + host + "… 1s")
			pressed := time.Now()
			p.types("\x03")
			p.sees("interrupted")
			p.exits(130)
			if took := time.Since(pressed); took > 20*time.Second {
				t.Errorf("Ctrl-C took %s", took)
			}
		})
	}
}

// A server that can't be connected to is given up after the time that the user allows.
func TestConnectTimeout(t *testing.T) {
	t.Parallel()
	_, env := home(t, newPlatform(t, "demo"))
	p := atTerminal(t, env, "--connect-timeout", "100ms", "--type", "auto", "--server", "https://"+silentServer(t), "login", "--username", "alice")
	p.sees("Password: ")
	p.types("wonderland-2026\r")
	p.sees("no connection within 100ms")
	p.sees("run dxauth doctor to find out why")
	p.exits(3)
}

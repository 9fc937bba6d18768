//go:build unix

package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testprogram"
)

// served is a server that runs as a process of its own.
type served struct {
	t     *testing.T
	cmd   *exec.Cmd
	URL   string
	ended chan error
}

// startServe starts the server and waits until it says that it listens.
func startServe(t *testing.T, args ...string) *served {
	t.Helper()
	cmd := exec.Command("dxauth", append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = privateEnv(t.TempDir())
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	wait, err := testprogram.Start(cmd)
	if err != nil {
		t.Fatalf("start the server: %v", err)
	}
	s := &served{t: t, cmd: cmd, ended: make(chan error, 1)}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		for range s.ended { // it writes into the folders of the test until then
		}
	})

	listening := make(chan string, 1)
	go func() {
		defer close(s.ended)
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			if url, found := strings.CutPrefix(lines.Text(), "listening on "); found {
				listening <- url
			}
		}
		s.ended <- wait()
	}()
	select {
	case s.URL = <-listening:
	case err := <-s.ended:
		t.Fatalf("the server ended before it listened: %v", err)
	case <-time.After(patience):
		t.Fatal("the server does not listen")
	}
	return s
}

func (s *served) terminate() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatalf("send SIGTERM: %v", err)
	}
}

// wantEnd waits for the end, with exit code 0.
func (s *served) wantEnd() {
	s.t.Helper()
	select {
	case err := <-s.ended:
		if err != nil {
			s.t.Errorf("the server ended with: %v", err)
		}
	case <-time.After(patience):
		s.t.Fatal("the server did not end")
	}
}

// Once the server prints its address or writes it to the file, it accepts
// requests.
func TestServeCanBeUsedOnceItListens(t *testing.T) {
	t.Parallel()
	urlFile := filepath.Join(t.TempDir(), "url")
	s := startServe(t, "--fixture", "demo", "--url-file", urlFile)
	content, err := os.ReadFile(urlFile)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(content); got != s.URL+"\n" {
		t.Errorf("the file has %q, the server listens on %s", got, s.URL)
	}
	answer, err := http.Get(s.URL + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("the server's health is %s", answer.Status)
	}

	_, env := home(t, &platform{URL: s.URL})
	succeed(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
	if got := succeed(t, env, "", "whoami"); got != "alice\n" {
		t.Errorf("whoami prints %q", got)
	}
	succeed(t, env, "", "logout")

	s.terminate()
	s.wantEnd()
	if _, err := os.Stat(urlFile); !os.IsNotExist(err) {
		t.Errorf("the file with the address outlives the server (%v)", err)
	}
}

// The server finishes the requests that it has started.
func TestServeFinishesStartedRequests(t *testing.T) {
	t.Parallel()
	s := startServe(t, "--fixture", "demo", "--log", "none")
	host := strings.TrimPrefix(s.URL, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}

	// The server asks for the body when the request is under way.
	fmt.Fprintf(conn, "POST /system/whoami HTTP/1.1\r\nHost: %s\r\nExpect: 100-continue\r\n"+
		"Authorization: Bearer 0123456789abcdefghijABCDEFGHIJ01\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n", host)
	answers := bufio.NewReader(conn)
	proceed, err := http.ReadResponse(answers, nil)
	if err != nil || proceed.StatusCode != http.StatusContinue {
		t.Fatalf("the server does not ask for the body: %v, %v", proceed, err)
	}

	s.terminate()
	awaitRefusal(t, host)
	fmt.Fprint(conn, "{}")
	answer, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatalf("the request under way was cut off: %v", err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("the request under way was answered with %s", answer.Status)
	}
	s.wantEnd()
}

// awaitRefusal waits until the server accepts no new connection.
func awaitRefusal(t *testing.T, host string) {
	t.Helper()
	limit := time.Now().Add(patience)
	for {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			return
		}
		conn.Close()
		if time.Now().After(limit) {
			t.Fatal("the server still accepts connections after SIGTERM")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestServeOnAPortInUse(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()

	got := invoke(t, privateEnv(t.TempDir()), "", "serve", "--listen", listener.Addr().String(), "--fixture", "demo")
	if got.code != 2 || strings.Count(got.stderr, "address already in use") != 1 || !strings.Contains(got.stderr, "--listen 127.0.0.1:0 for a free port") {
		t.Errorf("the exit code is %d, want 1: %s", got.code, got.stderr)
	}
	if strings.Contains(got.stderr, "listening on") {
		t.Errorf("it says that it listens: %s", got.stderr)
	}
}

//go:build unix

package soak

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testprogram"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// program is the path of the real program, which TestMain builds.
var program string

func TestMain(m *testing.M) { os.Exit(testprogram.Run(m, &program)) }

// patience is how long to wait for a process that should be quick.
const patience = time.Minute

// A server is a running process.
type server struct {
	t       testing.TB
	url     string
	process *os.Process
	stderr  *watchedOutput
	ended   chan struct{} // closed when it has ended
}

// serve starts the program on a store and waits until it listens.
func serve(t testing.TB, store string, flags ...string) *server {
	t.Helper()
	return startServer(t, serveCommand(t, store, flags...))
}

// serveCommand returns the command for a server on a free port.
func serveCommand(t testing.TB, store string, flags ...string) *exec.Cmd {
	return serveStore(t, append(flags, "--store", "sqlite:"+store)...)
}

// serveStore is serveCommand for the store of a flag.
func serveStore(t testing.TB, flags ...string) *exec.Cmd {
	urlFile := filepath.Join(t.TempDir(), "url")
	return exec.Command(program, append([]string{"serve", "--listen", "127.0.0.1:0", "--url-file", urlFile}, flags...)...)
}

// startServer runs a command and waits until it serves.
func startServer(t testing.TB, command *exec.Cmd) *server {
	t.Helper()
	s := launch(t, command)
	select {
	case <-s.stderr.listening:
	case <-s.ended:
		t.Fatalf("the server ended at its start:\n%s", s.stderr)
	case <-time.After(patience):
		t.Fatalf("the server does not listen:\n%s", s.stderr)
	}
	flag := slices.Index(command.Args, "--url-file")
	url, err := os.ReadFile(command.Args[flag+1])
	if err != nil {
		t.Fatal(err)
	}
	s.url = strings.TrimSpace(string(url))
	return s
}

// launch starts a command, which is killed at the end of the test at the latest.
func launch(t testing.TB, command *exec.Cmd) *server {
	t.Helper()
	s := &server{t: t, stderr: &watchedOutput{listening: make(chan struct{})}, ended: make(chan struct{})}
	command.Stderr = s.stderr
	wait, err := testprogram.Start(command)
	if err != nil {
		t.Fatal(err)
	}
	s.process = command.Process
	go func() {
		defer close(s.ended)
		_ = wait() // most tests kill the process, so an error is expected
	}()
	t.Cleanup(s.kill)
	return s
}

// kill kills the server without a chance to clean up.
func (s *server) kill() {
	_ = s.process.Kill() // an error means that it has ended
	<-s.ended
}

// stop asks the server to end, and waits until it has.
func (s *server) stop() {
	s.t.Helper()
	if err := s.process.Signal(os.Interrupt); err != nil {
		s.t.Fatalf("the server has ended already: %v\n%s", err, s.stderr)
	}
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.t.Fatalf("the server does not end:\n%s", s.stderr)
	}
}

// client returns a client with a token; an empty token makes it anonymous.
func (s *server) client(token string) *dnanexus.Client {
	return dnanexus.New(dnanexus.Config{
		APIServer: s.url, AuthServer: s.url, UserAgent: "soak",
		Token: secret.New(token), HTTP: httpcall.NewHTTPClient(httpcall.ClientConfig{}),
	})
}

// watchedOutput is the output of a server. It detects when the server listens.
type watchedOutput struct {
	listening chan struct{}

	mu   sync.Mutex
	text bytes.Buffer
	seen bool
}

// Write implements io.Writer.
func (o *watchedOutput) Write(content []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.text.Write(content)
	if !o.seen && bytes.Contains(o.text.Bytes(), []byte("listening on ")) {
		o.seen = true
		close(o.listening)
	}
	return n, err
}

// String returns the whole output.
func (o *watchedOutput) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

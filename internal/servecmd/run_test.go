package servecmd_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/servecmd"
)

// screen collects the stderr of a command that runs beside the test.
type screen struct {
	mu    sync.Mutex
	text  strings.Builder
	ready chan struct{} // closed at the first line that has the URL
}

func newScreen() *screen { return &screen{ready: make(chan struct{})} }

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := listeningLine.MatchString(s.text.String())
	n, err := s.text.Write(b)
	if !before && listeningLine.MatchString(s.text.String()) {
		close(s.ready)
	}
	return n, err
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

var listeningLine = regexp.MustCompile(`(?m)^listening on (\S+)\n`)

// execute runs serve with flags until it ends.
func execute(ctx context.Context, stderr io.Writer, flags ...string) error {
	root := &cobra.Command{Use: "dxauth", SilenceErrors: true, SilenceUsage: true}
	for _, build := range servecmd.Commands() {
		root.AddCommand(build())
	}
	root.SetErr(stderr)
	root.SetOut(stderr)
	root.SetArgs(append([]string{"serve"}, flags...))
	return root.ExecuteContext(ctx)
}

// served is a serve command that is ready.
type served struct {
	t      *testing.T
	url    string
	screen *screen
	stop   context.CancelFunc
	ended  chan error
}

// serve starts the command on a free port and waits until it is ready. The end
// of the test stops it.
func serve(t *testing.T, flags ...string) *served {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	s := &served{t: t, screen: newScreen(), stop: stop, ended: make(chan error, 1)}
	go func() {
		defer close(s.ended)
		s.ended <- execute(ctx, s.screen, append([]string{"--listen", "127.0.0.1:0"}, flags...)...)
	}()
	t.Cleanup(func() {
		stop()
		for range s.ended { // it writes into the folders of the test until then
		}
	})
	select {
	case <-s.screen.ready:
	case err := <-s.ended:
		t.Fatalf("serve ended with %v\n%s", err, s.screen)
	}
	s.url = listeningLine.FindStringSubmatch(s.screen.String())[1]
	return s
}

// end stops the command and fails the test if it returns an error.
func (s *served) end() {
	s.t.Helper()
	s.stop()
	if err := <-s.ended; err != nil {
		s.t.Errorf("serve ended with %v", err)
	}
}

func get(t *testing.T, client *http.Client, url string) string {
	t.Helper()
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// certificateFiles writes a certificate for 127.0.0.1 and its key.
func certificateFiles(t *testing.T) (certificate, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	return writePEM(t, "cert.pem", "CERTIFICATE", der), writePEM(t, "key.pem", "PRIVATE KEY", pkcs8), pool
}

func writePEM(t *testing.T, name, kind string, der []byte) string {
	t.Helper()
	return writeFile(t, name, string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
}

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// withHint returns the message of a failure and its hint.
func withHint(err error) string {
	refused, ok := errors.AsType[*refusal.Error](err)
	if !ok || refused.Hint == "" {
		return err.Error()
	}
	return err.Error() + "; " + refused.Hint
}

// refused runs serve, which must end before it listens, and returns the error.
func refused(t *testing.T, flags ...string) error {
	t.Helper()
	screen := newScreen()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel() // a server that starts runs until then
	err := execute(ctx, screen, flags...)
	if err == nil {
		t.Fatalf("serve %v was not refused", flags)
	}
	if listeningLine.MatchString(screen.String()) {
		t.Errorf("serve %v says that it listens", flags)
	}
	return err
}

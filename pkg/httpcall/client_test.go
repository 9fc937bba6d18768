package httpcall_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/httpcall"
)

func TestNewHTTPClientTrustsOnlyTheGivenRoots(t *testing.T) {
	server := httptest.NewTLSServer(answering(200, `{"id":"user-alice"}`))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	if _, err := sender(httpcall.NewHTTPClient(httpcall.ClientConfig{RootCAs: roots})).Send(t.Context(), callTo(server.URL)); err != nil {
		t.Error(err)
	}
}

func TestNewHTTPClientRefusesOldTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(answering(200, `{"id":"user-alice"}`))
	server.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	_, err := sender(httpcall.NewHTTPClient(httpcall.ClientConfig{RootCAs: roots})).Send(t.Context(), callTo(server.URL))
	if _, ok := errors.AsType[*httpcall.UnreachableError](err); !ok || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("got %v", err)
	}
}

func TestNewHTTPClientTakesProxiesFromTheEnvironment(t *testing.T) {
	t.Parallel()
	if !inOwnProcess(t, "https_proxy=", "no_proxy=", "HTTPS_PROXY=http://proxy.example:3128", "NO_PROXY=inside.example") {
		return
	}
	rule := httpcall.TransportOf(httpcall.NewHTTPClient(httpcall.ClientConfig{})).Proxy
	got := map[string]string{}
	for _, host := range []string{"api.example", "inside.example", "127.0.0.1"} {
		proxy, err := rule(&http.Request{URL: &url.URL{Scheme: "https", Host: host}})
		if err != nil {
			t.Fatal(err)
		}
		if proxy != nil {
			got[host] = proxy.String()
		}
	}
	if diff := cmp.Diff(map[string]string{"api.example": "http://proxy.example:3128"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// inOwnProcess runs the calling test once more in a process with the given
// variables, because net/http reads its proxies once per process. It reports
// whether this is that process.
func inOwnProcess(t *testing.T, variables ...string) bool {
	t.Helper()
	const mark = "DXAUTH_TEST_OWN_PROCESS"
	if os.Getenv(mark) == t.Name() {
		return true
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), program, "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), append(variables, mark+"="+t.Name())...)
	if output, err := child.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	return false
}

func TestNewHTTPClientNeverRedirects(t *testing.T) {
	if err := httpcall.NewHTTPClient(httpcall.ClientConfig{}).CheckRedirect(nil, nil); !errors.Is(err, http.ErrUseLastResponse) {
		t.Errorf("got %v", err)
	}
}

// quiet is the error log of a server whose refused handshakes are meant.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// A server on this machine is reached directly, whatever proxy the environment names,
// and localhost without a name server.
func TestThisMachineIsNeverReachedThroughAProxy(t *testing.T) {
	proxied := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { proxied++ }))
	defer proxy.Close()
	server := httptest.NewServer(answering(200, "{}"))
	defer server.Close()
	transport := httpcall.TransportOf(httpcall.NewHTTPClient(httpcall.ClientConfig{}))
	for _, host := range []string{"localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]"} {
		request := httptest.NewRequest(http.MethodGet, "http://"+host+":1/", nil)
		if to, err := transport.Proxy(request); to != nil || err != nil {
			t.Errorf("%s: the proxy is %v, %v", host, to, err)
		}
	}
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"localhost", "LOCALHOST."} {
		connection, err := transport.DialContext(t.Context(), "tcp", net.JoinHostPort(host, port))
		if err != nil {
			t.Fatalf("%s: %v", host, err)
		}
		if !strings.HasPrefix(connection.RemoteAddr().String(), "127.0.0.1:") {
			t.Errorf("%s is %v", host, connection.RemoteAddr())
		}
		_ = connection.Close()
	}
}

//go:build unix

package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testprogram"
)

// proxy is an nginx in front of a server below a path, with TLS.
type proxy struct {
	URL       string // without a path
	authority string // file with its certificate
}

// startProxy starts nginx with the lines that "serve --help" gives, for the server at
// a URL below /molgenis. Beside it the host has a page of another program.
func startProxy(t *testing.T, server string) proxy {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		t.Fatalf("nginx is missing: run make needs")
	}
	upstream, found := strings.CutSuffix(server, "/molgenis")
	if !found {
		t.Fatalf("the server is at %s", server)
	}
	dir := t.TempDir()
	p := proxy{URL: "https://" + freeAddress(t), authority: filepath.Join(dir, "cert.pem")}
	writeCertificate(t, p.authority, filepath.Join(dir, "key.pem"))
	config := fmt.Sprintf(`daemon off;
pid %[1]s/pid;
error_log %[1]s/error.log;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	server {
		listen %[2]s ssl;
		ssl_certificate %[1]s/cert.pem;
		ssl_certificate_key %[1]s/key.pem;
		location / { return 200 "another program"; }
		location /molgenis/ {
			proxy_pass %[3]s;
			proxy_set_header Host $http_host;
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
			proxy_set_header X-Forwarded-Proto $scheme;
		}
	}
}
`, dir, strings.TrimPrefix(p.URL, "https://"), upstream)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-c", file, "-p", dir, "-e", filepath.Join(dir, "error.log"))
	wait, err := testprogram.Start(cmd)
	if err != nil {
		t.Fatalf("start nginx: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = wait()
	})
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		connection, err := net.Dial("tcp", strings.TrimPrefix(p.URL, "https://"))
		if err == nil {
			_ = connection.Close()
			return p
		}
		if time.Now().After(deadline) {
			logged, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Fatalf("nginx does not listen: %v\n%s", err, logged)
		}
	}
}

// freeAddress returns an address of this machine on which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// writeCertificate writes the certificate of package httptest, which is for 127.0.0.1,
// and its key.
func writeCertificate(t *testing.T, certificate, key string) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	encoded, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{
		certificate: {Type: "CERTIFICATE", Bytes: server.Certificate().Raw},
		key:         {Type: "PRIVATE KEY", Bytes: encoded},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// browser returns a client that keeps cookies and follows redirects.
func (p proxy) browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(p.authority)
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(content)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Jar: jar, Transport: transport}
}

// A MOLGENIS below a path, behind a real nginx with TLS: the program signs in with a
// second factor, which goes through forms, redirects and a cookie, and is as complete
// as anywhere else.
func TestBelowAPathBehindNginx(t *testing.T) {
	t.Parallel()
	server := startServe(t, "--fixture", "demo", "--type", "molgenis", "--base-path", "/molgenis", "--trusted-proxy", "127.0.0.1", "--log", "none")
	p := startProxy(t, server.URL)
	_, env := home(t, &platform{URL: p.URL + "/molgenis"})
	env = append(env, "DXAUTH_CA_CERT="+p.authority)

	code, err := new(platform).code("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP") // of bob in the demo
	if err != nil {
		t.Fatal(err)
	}
	succeed(t, env, "builder-2026\n"+code+"\n", "login", "--username", "bob", "--password-stdin")
	if got := succeed(t, env, "", "whoami"); got != "bob\n" {
		t.Errorf("whoami prints %q", got)
	}
	if got := succeed(t, env, "", "token", "new", "nightly", "--expires", "30m"); got == "" {
		t.Error("no token was made")
	}
	succeed(t, env, "", "api", "v2/version", "GET")
	succeed(t, env, "", "logout")

	outside := invoke(t, env, "wonderland-2026\n", "--server", p.URL+"/elsewhere", "login", "--username", "alice", "--password-stdin")
	if outside.code != 2 || !strings.Contains(outside.stderr, "no MOLGENIS server responds at "+p.URL+"/elsewhere") {
		t.Errorf("another path of the host: exit code %d, %s", outside.code, outside.stderr)
	}
}

// pageAction finds where the form of a page leads.
var pageAction = regexp.MustCompile(`action="([^"]*)"`)

// In a browser, the forms and redirects lead from one page to the next, and the cookie
// of the session is not sent to the other programs of the host.
func TestBrowserBelowAPathBehindNginx(t *testing.T) {
	t.Parallel()
	server := startServe(t, "--fixture", "demo", "--type", "molgenis", "--base-path", "/molgenis", "--trusted-proxy", "127.0.0.1", "--log", "none")
	p := startProxy(t, server.URL)
	browser := p.browser(t)
	visit := func(request func() (*http.Response, error)) (page, address string) {
		t.Helper()
		response, err := request()
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		content, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v\n%s", response.Request.URL, response.Status, err, content)
		}
		return string(content), strings.TrimPrefix(response.Request.URL.String(), p.URL)
	}

	page, _ := visit(func() (*http.Response, error) { return browser.Get(p.URL + "/molgenis/login") })
	action := pageAction.FindStringSubmatch(page)
	if action == nil || action[1] != "/molgenis/login" {
		t.Fatalf("the form of the sign-in leads to %q", action)
	}
	fields := url.Values{"username": {"alice"}, "password": {"wonderland-2026"}}
	page, at := visit(func() (*http.Response, error) { return browser.PostForm(p.URL+action[1], fields) })
	if at != "/molgenis/" || !strings.Contains(page, "Signed in as alice.") {
		t.Errorf("signed in, the browser is at %s:\n%s", at, page)
	}
	below, _ := url.Parse(p.URL + "/molgenis/x")
	beside, _ := url.Parse(p.URL + "/molgenis2")
	cookies := browser.Jar.Cookies(below)
	if len(cookies) != 1 || cookies[0].Name != "__Secure-JSESSIONID" || len(browser.Jar.Cookies(beside)) != 0 {
		t.Errorf("the cookies are %v, and beside the path %v", cookies, browser.Jar.Cookies(beside))
	}
	if page, _ := visit(func() (*http.Response, error) { return browser.Get(p.URL + "/other") }); page != "another program" {
		t.Errorf("beside the path is %q", page)
	}
	_, at = visit(func() (*http.Response, error) { return browser.PostForm(p.URL+"/molgenis/logout", nil) })
	if at != "/molgenis/login?logout" || len(browser.Jar.Cookies(below)) != 0 {
		t.Errorf("signed out, the browser is at %s with %v", at, browser.Jar.Cookies(below))
	}
}

package servecmd_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/oauth"
)

func TestServePrintsItsURL(t *testing.T) {
	s := serve(t)
	if !regexp.MustCompile(`^http://127\.0\.0\.1:\d+$`).MatchString(s.url) {
		t.Errorf("the URL is %q", s.url)
	}
	if got := get(t, http.DefaultClient, s.url+"/healthz"); got != "ok\n" {
		t.Errorf("healthz: %q", got)
	}
	s.end()
	if n := len(listeningLine.FindAllString(s.screen.String(), -1)); n != 1 {
		t.Errorf("%d lines with the URL:\n%s", n, s.screen)
	}
	for _, line := range []string{"the store is in memory: all data is lost when the server ends\n", "there are no users; for a trial, start with --fixture demo\n", "  dxauth admin bootstrap --server " + s.url + "\n"} {
		if !strings.Contains(s.screen.String(), line) {
			t.Errorf("no line %q:\n%s", line, s.screen)
		}
	}
	if _, err := net.DialTimeout("tcp", strings.TrimPrefix(s.url, "http://"), time.Second); err == nil {
		t.Error("the server still listens")
	}
}

// The URL of a server below a path has the path, and whatever is printed uses it.
func TestServeBelowAPath(t *testing.T) {
	s := serve(t, "--type", "emx2", "--base-path", "/lab/emx2/")
	if !regexp.MustCompile(`^http://127\.0\.0\.1:\d+/lab/emx2$`).MatchString(s.url) {
		t.Errorf("the URL is %q", s.url)
	}
	if got := get(t, http.DefaultClient, s.url+"/healthz"); got != "ok\n" {
		t.Errorf("healthz: %q", got)
	}
	s.end()
	if want := "  dxauth admin bootstrap --server " + s.url + "\n"; !strings.Contains(s.screen.String(), want) {
		t.Errorf("no line %q:\n%s", want, s.screen)
	}
}

// The server gives the address of --url to others. Without that, it gives the one by which
// they call it: a server on this machine has two names.
func TestServeURL(t *testing.T) {
	s := serve(t, "--url", "https://lab.example.org/")
	if got := get(t, http.DefaultClient, s.url+oauth.RouteMetadata); !strings.Contains(got, `"issuer":"https://lab.example.org"`) {
		t.Errorf("with --url: %s", got)
	}
	s.end()
	s = serve(t)
	local := strings.Replace(s.url, "127.0.0.1", "localhost", 1)
	if got := get(t, http.DefaultClient, local+oauth.RouteMetadata); !strings.Contains(got, `"issuer":"`+local+`"`) {
		t.Errorf("without --url: %s", got)
	}
	s.end()
}

func TestServeDemo(t *testing.T) {
	s := serve(t, "--fixture", "demo", "--log", "none")
	response, err := http.Post(s.url+"/system/newAuthToken", "application/json", strings.NewReader(`{"username": "alice", "password": "wonderland-2026"}`))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("signing in: %s", response.Status)
	}
	s.end()
	want := "the store is in memory: all data is lost when the server ends\nUsers and passwords:\n" +
		"  alice        wonderland-2026\n" +
		"  bob          builder-2026\n    code: oathtool --totp --base32 JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n" +
		"  carol        singer-2026\n  admin        admin-2026\n" +
		"Log in with:\n  dxauth login --server " + s.url + " --username alice\nlistening on " + s.url + "\n"
	if s.screen.String() != want {
		t.Errorf("with --log none it prints\n%s", s.screen)
	}
}

var codeLine = regexp.MustCompile(`(?m)^  ([a-z2-9]{4}(-[a-z2-9]{4}){7})$`)

// S-08: each start on a store without users prints its own code, once, on
// stderr; the files of the store do not contain it, and there is no default
// account.
func TestBootstrapCode(t *testing.T) {
	folder := t.TempDir()
	store := filepath.Join(folder, "platform.db")
	var codes []string
	for range 2 {
		s := serve(t, "--store", "sqlite:"+store)
		get(t, http.DefaultClient, s.url+"/healthz")
		s.end()
		found := codeLine.FindAllStringSubmatch(s.screen.String(), -1)
		if len(found) != 1 {
			t.Fatalf("%d codes in\n%s", len(found), s.screen)
		}
		codes = append(codes, found[0][1])
	}
	if codes[0] == codes[1] {
		t.Error("both starts printed the same code")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("the store is %q, %v", files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range codes {
			if bytes.Contains(content, []byte(code)) || bytes.Contains(content, []byte(strings.ReplaceAll(code, "-", ""))) {
				t.Errorf("%s holds a code", file)
			}
		}
	}
}

// The file exists as long as the server runs and is never half written: no other
// name appears in its folder.
func TestURLFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "url")
	if err := os.WriteFile(path, []byte("http://127.0.0.1:1 of a server that is gone\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, "--url-file", path)
	content, err := os.ReadFile(path)
	if err != nil || string(content) != s.url+"\n" {
		t.Errorf("%q, %v", content, err)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("beside it: %v, %v", entries, err)
	}
	s.end()
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestURLFileThatCannotBeWritten(t *testing.T) {
	folder := t.TempDir()
	for _, path := range []string{filepath.Join(folder, "no", "folder", "url"), folder} {
		screen := newScreen()
		err := execute(t.Context(), screen, "--listen", "127.0.0.1:0", "--url-file", path)
		if err == nil || !strings.HasPrefix(err.Error(), "write the URL: ") {
			t.Errorf("%s: %v", path, err)
		}
		if listeningLine.MatchString(screen.String()) {
			t.Errorf("%s: it prints that it listens", path)
		}
	}
	if leftovers, err := filepath.Glob(filepath.Join(filepath.Dir(folder), ".draft-*")); err != nil || len(leftovers) > 0 {
		t.Errorf("left behind: %v, %v", leftovers, err)
	}
}

func TestServeTLS(t *testing.T) {
	certificate, key, pool := certificateFiles(t)
	s := serve(t, "--tls-cert", certificate, "--tls-key", key)
	if !strings.HasPrefix(s.url, "https://127.0.0.1:") {
		t.Errorf("the URL is %q", s.url)
	}
	client := func(version uint16) *http.Client {
		return &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: version, MaxVersion: version}, ForceAttemptHTTP2: true,
		}}
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		c := client(version)
		if got := get(t, c, s.url+"/healthz"); got != "ok\n" {
			t.Errorf("%s: %q", tls.VersionName(version), got)
		}
		c.CloseIdleConnections()
	}
	if _, err := client(tls.VersionTLS11).Get(s.url + "/healthz"); err == nil {
		t.Error("TLS 1.1 is accepted")
	}
	if want := "warning: the certificate expires on "; strings.Count(s.screen.String(), want) != 1 {
		t.Errorf("it does not print %q once:\n%s", want, s.screen)
	}
	renewed, renewedKey, pool := certificateFiles(t)
	for _, err := range []error{os.Rename(renewed, certificate), os.Rename(renewedKey, key)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	if got := get(t, c, s.url+"/healthz"); got != "ok\n" {
		t.Errorf("with the new certificate: %q", got)
	}
	c.CloseIdleConnections()
	s.end()
}

func TestWrongFlags(t *testing.T) {
	certificate, key, _ := certificateFiles(t)
	everywhere := []string{"--listen", "0.0.0.0:0"}
	tests := []struct {
		name  string
		flags []string
		want  string
	}{
		{"plain http for others", everywhere,
			"--listen 0.0.0.0:0: others can reach this address in plain text; give --tls-cert and --tls-key, or allow it with --insecure-http"},
		{"plain http for others, all addresses", []string{"--listen", ":0"}, "--listen :0: others can reach this address"},
		{"plain http for others, with a fixture", append(everywhere, "--fixture", "demo", "--insecure-fixture"), "others can reach this address in plain text; give --tls-cert"},
		{"a fixture for others", append(everywhere, "--fixture", "demo", "--insecure-http"),
			"--listen 0.0.0.0:0: others can reach this address, and the passwords of a fixture are public; allow it with --insecure-fixture"},
		{"a fixture for others, over TLS", append(everywhere, "--fixture", "demo", "--tls-cert", certificate, "--tls-key", key), "allow it with --insecure-fixture"},
		{"certificate without key", []string{"--tls-cert", certificate}, "--tls-cert and --tls-key go together"},
		{"key without certificate", []string{"--tls-key", key}, "--tls-cert and --tls-key go together"},
		{"unknown store", []string{"--store", "mysql://x"}, "--store mysql://x: must be memory, sqlite:FILE or postgres://HOST/DATABASE"},
		{"store without a file", []string{"--store", "sqlite:"}, "--store sqlite:: must be memory, sqlite:FILE or postgres://HOST/DATABASE"},
		{"key file in memory", []string{"--key-file", "k"}, "--key-file is for a store in sqlite or PostgreSQL: a store in memory has a key of its own"},
		{"unknown type", []string{"--type", "galaxy"}, "--type galaxy: must be one of dnanexus, molgenis, emx2"},
		{"unknown sign-up mode", []string{"--signup", "everybody"}, "--signup everybody: must be closed, moderated or open"},
		{"unknown protocol", []string{"--protocols", "dnanexus,galaxy"}, "--protocols galaxy: must be dnanexus or molgenis"},
		{"no protocol of its own", []string{"--type", "emx2", "--protocols", "dnanexus"}, "--protocols dnanexus: must include molgenis, the protocol of --type emx2"},
		{"unknown two-factor mode", []string{"--two-factor", "on"}, "--two-factor on: must be disabled, enabled or enforced"},
		{"a base path for DNAnexus", []string{"--base-path", "/lab"}, "the clients of DNAnexus know no path"},
		{"a base path without a slash", []string{"--type", "molgenis", "--base-path", "lab"}, "begins with a slash"},
		{"a base path with dots", []string{"--type", "molgenis", "--base-path", "/lab/.."}, "no .."},
		{"an encoded base path", []string{"--type", "emx2", "--base-path", "/l%61b"}, "only letters"},
		{"the path of the API", []string{"--type", "molgenis", "--base-path", "/lab/api"}, "must not end in /api"},
		{"the path of a page", []string{"--type", "molgenis", "--base-path", "/login/"}, "must not end in /login"},
		{"a URL without a scheme", []string{"--url", "platform.example.org"}, "must be a URL like https://platform.example.org"},
		{"a URL of another scheme", []string{"--url", "ftp://platform.example.org"}, "must be a URL like https://platform.example.org"},
		{"a URL with a query", []string{"--url", "https://platform.example.org?x"}, "must have neither a user nor a query nor a fragment"},
		{"a URL with a path", []string{"--url", "https://platform.example.org/lab"}, "its path must be that of --base-path"},
		{"CI systems without a URL", append(everywhere, "--insecure-http", "--oidc-config", workloads(t)), "need --url"},
		{"no idle time", []string{"--idle-timeout", "0"}, "--idle-timeout 0s: must be between 1s and 720h"},
		{"negative idle time", []string{"--idle-timeout", "-15m"}, "--idle-timeout -15m0s: must be between 1s and 720h"},
		{"endless idle time", []string{"--idle-timeout", "721h"}, "--idle-timeout 721h0m0s: must be between 1s and 720h"},
		{"no session", []string{"--session-max", "0"}, "--session-max 0s: must be between 1s and 720h"},
		{"negative session", []string{"--session-max", "-18h"}, "--session-max -18h0m0s: must be between 1s and 720h"},
		{"endless session", []string{"--session-max", "721h"}, "--session-max 721h0m0s: must be between 1s and 720h"},
		{"unknown log", []string{"--log", "xml"}, "--log xml: must be text, json or none"},
		{"an origin with a path", []string{"--cors-origin", "https://lab.example.org/app"}, "--cors-origin https://lab.example.org/app: not an origin like https://lab.example.org"},
		{"every origin", []string{"--cors-origin", "*"}, "--cors-origin *: not an origin like https://lab.example.org"},
		{"wrong proxy", []string{"--trusted-proxy", "proxy.example.org"}, "--trusted-proxy proxy.example.org: not an address or a network like 10.0.0.0/8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := refused(t, test.flags...)
			if got := withHint(err); !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			var wrong *refusal.Error
			if !errors.As(err, &wrong) || wrong.Code != refusal.Usage {
				t.Errorf("%v is not a usage error: %T", err, err)
			}
		})
	}
}

// workloads returns the name of a file with one CI system whose ID tokens are exchanged.
func workloads(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "oidc.yaml")
	if err := os.WriteFile(name, []byte("workloads:\n  - name: ci\n    issuer: https://ci.example.org\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// The name in the URL by which others reach a server is one of its own.
func TestServeBehindAProxy(t *testing.T) {
	s := serve(t, "--url", "https://platform.example.org/")
	for host, want := range map[string]int{"platform.example.org": http.StatusOK, "other.example.org": http.StatusMisdirectedRequest} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: %s", host, response.Status)
		}
	}
	s.end()
}

// A fixture that breaks the server's rules is wrong input, and the error says where.
func TestFixtureRefusedByTheRules(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lab.yaml")
	const public = `users: [{username: alice, password: wonderland-2026}]
projects: [{name: Exome, createdBy: alice, permissions: {PUBLIC: UPLOAD}}]
`
	if err := os.WriteFile(name, []byte(public), 0o600); err != nil {
		t.Fatal(err)
	}
	err := refused(t, "--listen", "127.0.0.1:0", "--fixture", name)
	listing, _ := refusal.DetailsOf[refusal.Listing](err)
	if refusal.CodeOf(err) != refusal.Usage || len(listing) != 1 || !strings.HasPrefix(listing[0], name+":2:") {
		t.Errorf("got %T, %v, %q", err, err, listing)
	}
}

func TestInsecureFlags(t *testing.T) {
	s := serve(t, "--listen", "0.0.0.0:0", "--insecure-http", "--insecure-fixture", "--fixture", "demo", "--host", "platform.example.org")
	s.end()
}

func TestOtherRefusals(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, inUse := net.Listen("tcp", taken.Addr().String())
	reason, ok := errors.AsType[syscall.Errno](inUse) // each system has words of its own
	if !ok {
		t.Fatalf("to listen twice: %v", inUse)
	}
	certificate, key, _ := certificateFiles(t)
	garbage := writeFile(t, "garbage.pem", "no certificate")
	unknownKey := writeFile(t, "unknown.yaml", "users:\n  - username: alice\n    pasword: wonderland-2026\n")
	noOwner := writeFile(t, "nobody.yaml", "projects:\n  - {name: Exome, createdBy: nobody}\n")
	here := []string{"--listen", "127.0.0.1:0"}
	tests := []struct {
		name  string
		flags []string
		want  []string
	}{
		{"port in use", []string{"--listen", taken.Addr().String()}, []string{"--listen " + taken.Addr().String() + ": " + reason.Error()}},
		{"no address", []string{"--listen", "nonsense"}, []string{"--listen nonsense: missing port in address"}},
		{"no fixture", append(here, "--fixture", "/nowhere/lab.yaml"), []string{"read the fixture", "/nowhere/lab.yaml"}},
		{"fixture with an unknown key", append(here, "--fixture", unknownKey), []string{unknownKey + ":3", `"pasword"`}},
		{"fixture with an unknown name", append(here, "--fixture", noOwner), []string{noOwner + ":2", `"nobody"`}},
		{"no certificate", append(here, "--tls-cert", garbage, "--tls-key", key), []string{"read the certificate"}},
		{"key of another certificate", append(here, "--tls-cert", certificate, "--tls-key", garbage), []string{"read the certificate"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := refused(t, test.flags...)
			listing, _ := refusal.DetailsOf[refusal.Listing](err)
			text := strings.Join(append(listing, err.Error()), "\n")
			for _, want := range test.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q does not contain %q", text, want)
				}
			}
		})
	}
}

// A store in a file keeps its users, and refuses a fixture.
func TestStoreInFile(t *testing.T) {
	store := "sqlite:" + filepath.Join(t.TempDir(), "platform.db")
	s := serve(t, "--store", store, "--fixture", "demo")
	s.end()
	s = serve(t, "--store", store)
	s.end()
	for _, absent := range []string{"the store is in memory", "there are no users"} {
		if strings.Contains(s.screen.String(), absent) {
			t.Errorf("it prints %q:\n%s", absent, s.screen)
		}
	}
	err := refused(t, "--listen", "127.0.0.1:0", "--store", store, "--fixture", "demo")
	if !strings.Contains(err.Error(), "a fixture is loaded only into an empty store") {
		t.Errorf("got %v", err)
	}
}

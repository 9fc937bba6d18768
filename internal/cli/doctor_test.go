package cli

import (
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newDoctorClient returns a client with neither a keyring nor files of dx.
func newDoctorClient(t *testing.T) *client {
	t.Helper()
	c := newClient(t)
	for _, name := range []string{"HOME", "USERPROFILE", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, t.TempDir())
	}
	return c
}

// finding is one object that doctor prints.
type finding struct{ Check, Status, Detail, Hint string }

// The statuses of a finding.
const (
	warning = "warning"
	problem = "problem"
)

// runDoctor runs doctor and returns its findings by the name of the check.
func (c *client) runDoctor(t *testing.T, args ...string) (code int, found map[string][]finding) {
	t.Helper()
	code, stdout, stderr := c.run(t, append([]string{"--json", "doctor"}, args...)...)
	var printed struct{ Findings []finding }
	if err := json.Unmarshal([]byte(stdout), &printed); err != nil || stderr != "" {
		t.Fatalf("%v: stdout %q, stderr %q", err, stdout, stderr)
	}
	found = map[string][]finding{}
	for _, f := range printed.Findings {
		found[f.Check] = append(found[f.Check], f)
	}
	return code, found
}

// TestDoctorComparesClocks uses a client whose clock is far behind the server's.
func TestDoctorComparesClocks(t *testing.T) {
	code, found := newDoctorClient(t).runDoctor(t)
	if clock := found["clock"]; len(clock) != 1 || clock[0].Status != warning || !strings.Contains(clock[0].Detail, "behind") {
		t.Errorf("got %+v", clock)
	}
	if code != 0 {
		t.Errorf("exit code %d for warnings", code)
	}
}

func TestDoctorChecksTheCertificate(t *testing.T) {
	c := newDoctorClient(t)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it logs that the client does not trust it
	server.StartTLS()
	defer server.Close()
	t.Setenv("DXAUTH_SERVER", server.URL)

	code, found := c.runDoctor(t)
	if tls := found["tls"]; code != 1 || len(tls) != 1 || tls[0].Status != problem || !strings.Contains(tls[0].Hint, "--ca-cert") {
		t.Errorf("not trusted: exit code %d, %+v", code, tls)
	}

	authority := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(authority, block, 0o600); err != nil {
		t.Fatal(err)
	}
	code, found = c.runDoctor(t, "--ca-cert", authority)
	if tls := found["tls"]; code != 0 || len(tls) != 1 || !strings.Contains(tls[0].Detail, "TLS 1.3, its certificate is valid until 20") {
		t.Errorf("trusted: exit code %d, %+v", code, tls)
	}

	if err := os.WriteFile(authority, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, found = c.runDoctor(t, "--ca-cert", authority)
	if tls := found["tls"]; code != 1 || len(tls) != 1 || tls[0].Status != problem {
		t.Errorf("no authority: exit code %d, %+v", code, tls)
	}
}

func TestDoctorReportsAnEndedSession(t *testing.T) {
	c := newDoctorClient(t)
	c.signIn(t)
	c.now = c.now.Add(16 * time.Minute)
	_, found := c.runDoctor(t)
	if account := found["account"]; len(account) != 1 || account[0].Status != warning || !strings.Contains(account[0].Detail, "has ended (idle)") {
		t.Errorf("got %+v", account)
	}
}

func TestDoctorWithDamagedAccounts(t *testing.T) {
	c := newDoctorClient(t)
	c.signIn(t)
	if err := os.WriteFile(filepath.Join(c.dir, "accounts.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, found := c.runDoctor(t)
	if account := found["account"]; code != 1 || len(account) != 1 || account[0].Status != problem {
		t.Errorf("exit code %d, %+v", code, account)
	}
}

func TestDoctorWithoutAHome(t *testing.T) {
	c := newDoctorClient(t)
	for _, name := range []string{"HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "DXAUTH_CONFIG_DIR", "DXAUTH_STATE_DIR", "DX_USER_CONF_DIR", "APPDATA", "LOCALAPPDATA"} {
		t.Setenv(name, "")
	}
	code, found := c.runDoctor(t)
	if settings := found["settings"]; code != 1 || len(settings) != 1 || settings[0].Status != problem {
		t.Errorf("exit code %d, %+v", code, settings)
	}
	if leftovers := found["leftovers"]; len(leftovers) != 1 || leftovers[0].Status != warning {
		t.Errorf("got %+v", leftovers)
	}
}

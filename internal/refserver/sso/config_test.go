package sso_test

import (
	"encoding/pem"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/pkg/secret"
)

// write writes files into a folder of their own and returns the path of oidc.yaml.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, "oidc.yaml")
}

func TestReadConfig(t *testing.T) {
	path := write(t, map[string]string{"secret": "s3cret\n", "oidc.yaml": `
providers:
  - name: google
    title: Google
    issuer: https://accounts.google.com
    client_id: 1234.apps.googleusercontent.com
    client_secret_file: secret
    mail_domains: [Example.org]
    sign_up: true
    auto_link: true
  - name: lab
    issuer: https://login.lab.example.org/realms/lab
    client_id: dxauth
    scopes: [openid, email]
    hosts: [keys.lab.example.org]
workloads:
  - name: github
    issuer: https://token.actions.githubusercontent.com
  - name: gitlab
    issuer: https://gitlab.example.org
    replay: until-expiry
`})
	got, err := sso.ReadConfig(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	want := sso.Config{
		Providers: []sso.Provider{
			{
				Name: "google", Title: "Google", Issuer: "https://accounts.google.com", ClientID: "1234.apps.googleusercontent.com",
				ClientSecret: secret.New("s3cret"), Scopes: []string{"openid", "email", "profile"}, MailDomains: []string{"example.org"}, SignUp: true, AutoLink: true,
			},
			{
				Name: "lab", Title: "lab", Issuer: "https://login.lab.example.org/realms/lab", ClientID: "dxauth",
				Scopes: []string{"openid", "email"}, Hosts: []string{"keys.lab.example.org"},
			},
		},
		Workloads: []sso.Workload{
			{Name: "github", Issuer: "https://token.actions.githubusercontent.com", Replay: sso.ReplayOnce},
			{Name: "gitlab", Issuer: "https://gitlab.example.org", Replay: sso.ReplayUntilExpiry},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Every problem names its line, and none shows a value that may be a secret.
func TestInvalidConfig(t *testing.T) {
	const provider = "providers:\n  - name: lab\n    issuer: https://login.example.org\n    client_id: dxauth\n"
	for name, tt := range map[string]struct{ content, want string }{
		"an unknown key":             {provider + "    clientSecret: hunter2\n", `:5: unknown key "clientSecret"`},
		"an unknown kind of issuer":  {"issuers: []\n", `:1: unknown key "issuers": the keys are providers, workloads`},
		"a key that is there twice":  {provider + "    name: other\n", `:5: duplicate key "name"`},
		"a text where a flag is due": {provider + "    sign_up: hunter2\n", ":5: sign_up: expected true or false"},
		"a list where a text is due": {provider + "    title: [hunter2]\n", ":5: title: expected a text"},
		"a text where a list is due": {provider + "    scopes: openid\n", ":5: scopes: expected a list of texts"},
		"no list":                    {"providers:\n  lab: hunter2\n", ":2: providers: expected a list"},
		"an element that is a text":  {"providers:\n  - lab\n", ":2: expected a mapping with the keys auto_link,"},
		"not a mapping":              {"- providers\n", ":1: expected a mapping with the keys providers, workloads"},
		"not YAML":                   {"providers: [\n", "oidc.yaml: line 1"},
		"no name":                    {"providers:\n  - issuer: https://login.example.org\n    client_id: a\n", ":2: name: \"\" must be"},
		"a name that is not a path":  {strings.Replace(provider, "lab", "../lab", 1), ":2: name: \"../lab\" must be"},
		"no client":                  {"providers:\n  - name: lab\n    issuer: https://login.example.org\n", ":2: client_id: missing"},
		"plain http":                 {strings.Replace(provider, "https", "http", 1), ":3: issuer: \"http://login.example.org\" must begin with https://"},
		"no openid":                  {provider + "    scopes: [email]\n", ":5: scopes: must include openid"},
		"links for all addresses":    {provider + "    auto_link: true\n", ":5: auto_link: needs mail_domains"},
		"a secret that is not there": {provider + "    client_secret_file: none\n", ":5: client_secret_file: "},
		"an empty secret":            {provider + "    client_secret_file: empty\n", "empty must have one line"},
		"no certificate":             {provider + "    ca_file: empty\n", "holds no certificate"},
		"two of one name":            {provider + strings.TrimPrefix(strings.Replace(provider, "login", "other", 1), "providers:\n"), ":5: name: \"lab\" is already that of line 2"},
		"two of one issuer":          {provider + strings.TrimPrefix(strings.Replace(provider, "lab", "other", 1), "providers:\n"), "is already that of line 3"},
		"an unknown replay mode":     {"workloads:\n  - name: ci\n    issuer: https://ci.example.org\n    replay: always\n", ":4: replay: must be once or until-expiry"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sso.ReadConfig(t.Context(), write(t, map[string]string{"oidc.yaml": tt.content, "empty": ""}))
			if _, ok := errors.AsType[*sso.InvalidError](err); !ok || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// A secret that others can read is not used.
func TestReadableSecret(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no mode there")
	}
	path := write(t, map[string]string{"secret": "s3cret", "oidc.yaml": "providers:\n  - name: lab\n    issuer: https://login.example.org\n    client_id: a\n    client_secret_file: secret\n"})
	if err := os.Chmod(filepath.Join(filepath.Dir(path), "secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := sso.ReadConfig(t.Context(), path); err == nil || !strings.Contains(err.Error(), "chmod") {
		t.Errorf("got %v", err)
	}
}

func TestEmptyConfig(t *testing.T) {
	got, err := sso.ReadConfig(t.Context(), write(t, map[string]string{"oidc.yaml": "# none yet\n"}))
	if err != nil || len(got.Providers)+len(got.Workloads) > 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := sso.ReadConfig(t.Context(), filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: got %v", err)
	}
}

// Flags describe one provider.
func TestNewProvider(t *testing.T) {
	for issuer, name := range map[string]string{"https://accounts.google.com": "google", "https://login.example.org/realms/lab": "sso"} {
		p, err := sso.NewProvider(issuer, "dxauth", "")
		if err != nil || p.Name != name {
			t.Errorf("%s: got %q, %v", issuer, p.Name, err)
		}
	}
	for issuer, client := range map[string]string{"https://login.example.org": "", "http://login.example.org": "dxauth", ":": "dxauth"} {
		if _, err := sso.NewProvider(issuer, client, ""); err == nil {
			t.Errorf("%s with client %q was accepted", issuer, client)
		}
	}
}

// The file of the guide is valid.
func TestConfigOfTheGuide(t *testing.T) {
	guide, err := os.ReadFile("../../../docs/sso.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(guide), "```yaml\nproviders:")
	if !found {
		t.Fatal("the guide has no file of providers")
	}
	block, _, _ = strings.Cut(block, "```")
	_, err = sso.ReadConfig(t.Context(), write(t, map[string]string{
		"google.secret": "s3cret", "lab-ca.pem": certificate(t), "oidc.yaml": "providers:" + block,
	}))
	if err != nil {
		t.Error(err)
	}
}

// certificate returns a certificate in PEM form.
func certificate(t *testing.T) string {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

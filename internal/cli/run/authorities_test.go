package run

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAuthorities checks which variables a command gets, and that the bundle adds the
// authority to the system's.
func TestAuthorities(t *testing.T) {
	const own, system = "OWN", "SYSTEM"
	dir := t.TempDir()
	ownFile, systemFile := filepath.Join(dir, "own.pem"), filepath.Join(dir, "system.pem")
	for path, content := range map[string]string{ownFile: "\ufeff" + own + "\r\n", systemFile: system + "\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	missing := filepath.Join(dir, "missing.pem")
	both := []string{missing, systemFile}
	tests := map[string]struct {
		authorities
		given []string
		want  map[string]string // BUNDLE and COPY stand for the files that were made
	}{
		"no authority": {authorities{system: both}, []string{"A=B"}, map[string]string{}},
		"an authority": {authorities{ownFile, both}, []string{"A=B", "CURL_CA_BUNDLE="}, map[string]string{
			"DXAUTH_CA_CERT": ownFile, "NODE_EXTRA_CA_CERTS": "COPY", "DX_CA_CERT": "BUNDLE", "SSL_CERT_FILE": "BUNDLE",
			"REQUESTS_CA_BUNDLE": "BUNDLE", "CURL_CA_BUNDLE": "BUNDLE", "AWS_CA_BUNDLE": "BUNDLE",
		}},
		"what the user has set": {authorities{ownFile, both}, []string{"SSL_CERT_FILE=/mine", "NODE_EXTRA_CA_CERTS=/mine", "DX_CA_CERT=/other"}, map[string]string{
			"DXAUTH_CA_CERT": ownFile, "DX_CA_CERT": "BUNDLE",
			"REQUESTS_CA_BUNDLE": "BUNDLE", "CURL_CA_BUNDLE": "BUNDLE", "AWS_CA_BUNDLE": "BUNDLE",
		}},
		"a system without a file": {authorities{ownFile, []string{missing}}, nil, map[string]string{
			"DXAUTH_CA_CERT": ownFile, "NODE_EXTRA_CA_CERTS": ownFile, "DX_CA_CERT": ownFile,
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			list, err := tt.variables(tt.given, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			var bundle string
			for _, v := range list {
				got[v.name] = v.value
				switch filepath.Base(v.value) {
				case "authorities.pem":
					bundle, got[v.name] = v.value, "BUNDLE"
				case "authority.pem":
					content, err := os.ReadFile(v.value)
					if err != nil || string(content) != own+"\r\n" {
						t.Errorf("the copy has %q, %v", content, err)
					}
					got[v.name] = "COPY"
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("the variables differ (-want +got):\n%s", diff)
			}
			if bundle != "" {
				content, err := os.ReadFile(bundle)
				if err != nil || string(content) != system+"\n"+own+"\n" {
					t.Errorf("the bundle has %q, %v", content, err)
				}
			}
		})
	}
}

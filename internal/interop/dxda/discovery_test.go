package dxda

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testprogram"
)

// ciToken is the API token of the built-in fixture. It has VIEW in one project.
const ciToken = "0123456789abcdefghijABCDEFGHIJ01"

// The shell commands that sign in as alice and export her session to other clients.
const (
	logIn  = "printf wonderland-2026 | dxauth login --username alice --password-stdin --noprojects >&2\n"
	handOn = "eval \"$(dxauth env --bash)\"\n"
)

// sandbox runs a shell script in "dxauth sandbox", in which $CLIENT is the
// client, and returns the report of the client. The home directory is empty, and the
// environment has only what a test adds.
func sandbox(t *testing.T, script string, flags []string, env ...string) (seen, error) {
	t.Helper()
	client, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"sandbox"}, flags...)
	cmd := exec.Command(program, append(args, "--", "sh", "-euc", script)...)
	cmd.Env = testprogram.Env(t.TempDir(), append(env, "CLIENT="+client, clientVariable+"=1")...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Logf("stderr:\n%s", &stderr)
		return seen{}, err
	}
	return decoded[seen](t, stdout.Bytes()), nil
}

func TestDiscovery(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		flags  []string
		want   string // in the answer
	}{
		"an API token in a variable": {
			script: `DX_API_TOKEN=` + ciToken + ` "$CLIENT" system/whoami {}`,
			want:   `"user-alice"`,
		},
		"the session of dxauth": {
			script: logIn + handOn + `"$CLIENT" system/whoami {}`,
			want:   `"user-alice"`,
		},
		"the session sees every project of the person": {
			script: logIn + handOn + `"$CLIENT" system/findProjects '{"level": "ADMINISTER", "describe": true}'`,
			want:   `"Exome 2026"`,
		},
		"the project that was selected": {
			script: logIn + "dxauth select 'Exome 2026' >&2\n" + handOn + `"$CLIENT" "$DX_PROJECT_CONTEXT_ID/describe" {}`,
			want:   `"Exome 2026"`,
		},
		"a variable beats the session, which stays": {
			script: logIn + handOn + `DX_API_TOKEN=bobToken "$CLIENT" system/whoami {}`,
			flags:  []string{"--fixture", "testdata/lab.yaml"},
			want:   `"user-bob"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := sandbox(t, c.script, c.flags)
			if err != nil {
				t.Fatal(err)
			}
			if got.Protocol != "http" || got.Host != "127.0.0.1" || got.Port == 0 || got.Source != "environment" {
				t.Errorf("the client found %+v", got)
			}
			if !strings.Contains(string(got.Answer), c.want) {
				t.Errorf("the answer %s has no %s", got.Answer, c.want)
			}
		})
	}
}

// Programs in the sandbox do not get the session of the user who started it.
func TestTheSandboxStartsWithoutAToken(t *testing.T) {
	session := []string{`DX_SECURITY_CONTEXT={"auth_token": "` + ciToken + `", "auth_token_type": "Bearer"}`, "DX_API_TOKEN=" + ciToken}
	script := `if "$CLIENT" system/whoami {} 2>complaint; then exit 9; fi
		grep -q 'could not retrieve a security token' complaint
		DX_API_TOKEN=` + ciToken + ` "$CLIENT" system/whoami {}`
	if _, err := sandbox(t, "cd \"$HOME\"\n"+script, nil, session...); err != nil {
		t.Error(err)
	}
}

// After a logout the token of the client is invalid.
func TestLogoutReachesTheClient(t *testing.T) {
	complaint := filepath.Join(t.TempDir(), "complaint")
	script := logIn + handOn + `"$CLIENT" system/whoami {}
		env -u DX_SECURITY_CONTEXT dxauth logout >&2
		if "$CLIENT" system/whoami {} 2>"$COMPLAINT" >&2; then exit 9; fi`
	if _, err := sandbox(t, script, nil, "COMPLAINT="+complaint); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(complaint)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "InvalidAuthentication") {
		t.Errorf("the client says %q", text)
	}
}

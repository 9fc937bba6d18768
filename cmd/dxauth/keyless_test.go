//go:build unix

package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/pkg/oauth"
)

// idToken has the form of an ID token, for a repository.
func idToken(repository string) string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return part(`{"alg":"RS256"}`) + "." + part(`{"repository":"`+repository+`"}`) + "." + part("signature")
}

// exchange is the endpoint of an authority that trusts one repository.
func (a *authority) exchange(w http.ResponseWriter, r *http.Request) {
	given := r.FormValue("subject_token")
	a.exchanged = append(a.exchanged, given)
	if given != idToken("lab/pipeline") || r.FormValue("subject_token_type") != oauth.TypeIDToken {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"error": "invalid_grant", "error_description": "no trust rule matches"}`)
		return
	}
	fmt.Fprintf(w, `{"access_token": %q, "token_type": "Bearer", "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
		"expires_in": 3600, "user": "user-alice", "expires": %d}`, authorityToken, time.Now().Add(time.Hour).UnixMilli())
}

// github is a runner of GitHub Actions, as the variables of its job.
func github(t *testing.T, a *authority, repository string) []string {
	t.Helper()
	runner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("audience") != a.URL || r.Header.Get("Authorization") != "Bearer request-token" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		fmt.Fprintf(w, `{"value": %q}`, idToken(repository))
	}))
	t.Cleanup(runner.Close)
	return []string{
		"CI=true", "GITHUB_ACTIONS=true", "ACTIONS_ID_TOKEN_REQUEST_URL=" + runner.URL + "/?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=request-token",
	}
}

// A CI job logs in with its ID token, wherever it is, and has a token that ends within an
// hour.
func TestLoginWithAnIDToken(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(idToken("lab/pipeline")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		env   []string
		stdin string
		args  []string
	}{
		"a file":                      {nil, "", []string{"--id-token-file", file}},
		"standard input":              {nil, idToken("lab/pipeline"), []string{"--id-token-file", "-"}},
		"GitHub Actions":              {github(t, a, "lab/pipeline"), "", []string{"--id-token", "auto"}},
		"GitHub Actions, no flag":     {github(t, a, "lab/pipeline"), "", nil},
		"GitLab":                      {[]string{"CI=true", "GITLAB_CI=true", "DXAUTH_ID_TOKEN=" + idToken("lab/pipeline")}, "", []string{"--id-token", "auto"}},
		"GitLab, no flag":             {[]string{"CI=true", "GITLAB_CI=true", "DXAUTH_ID_TOKEN=" + idToken("lab/pipeline")}, "", nil},
		"a flag before the variables": {[]string{"DXAUTH_TOKEN=" + ciToken}, "", []string{"--id-token-file", file}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, env := home(t, a.platform)
			env = append(env, tt.env...)
			got := invoke(t, env, tt.stdin, append([]string{"login", "--noprojects"}, tt.args...)...)
			if got.code != 0 || !strings.Contains(got.stderr, "as alice with a token") || strings.Contains(got.stderr, "token new") {
				t.Fatalf("exit code %d: %s", got.code, got.stderr)
			}
			if stored := tokenOf(t, append(env, "DXAUTH_TOKEN=")); stored != authorityToken {
				t.Errorf("stored %s", stored)
			}
		})
	}
}

// exec needs no login: its command gets the token, which ends with it and is stored
// nowhere.
func TestExecWithAnIDToken(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	root, env := home(t, a.platform)
	env = append(env, github(t, a, "lab/pipeline")...)
	got := invoke(t, env, "", "exec", "--id-token", "auto", "--", "sh", "-c", `echo "$DX_SECURITY_CONTEXT $DX_USERNAME $DXAUTH_ID_TOKEN"; exit 7`)
	if got.code != 7 || !strings.Contains(got.stdout, authorityToken) || !strings.Contains(got.stdout, " alice ") {
		t.Errorf("exit code %d: %s%s", got.code, got.stdout, got.stderr)
	}
	if len(a.ended) != 1 || a.ended[0] != "Bearer "+authorityToken {
		t.Errorf("ended on the server: %q", a.ended)
	}
	wantNothingStored(t, root)
}

// What is not an ID token is not sent, and where the server refuses one, the hint says what
// the job's configuration needs.
func TestIDTokensThatAreRefused(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	foreign := []string{"DXAUTH_ID_TOKEN=" + idToken("evil/pipeline")}
	tests := map[string]struct {
		env       []string
		stdin     string
		args      string
		code      int
		want      []string // in what is written to stderr
		exchanged bool
	}{
		"no rule": {foreign, "", "login --id-token auto", 3, []string{
			"no trust rule matches (invalid_grant)", "the token's audience must be " + a.URL, "dxauth admin org trust test",
		}, true},
		"no rule, for exec":       {foreign, "", "exec --id-token auto -- true", 3, []string{"no trust rule matches"}, true},
		"another secret":          {nil, "password", "login --id-token-file -", 3, []string{"this is not an ID token", "nothing was sent"}, false},
		"nothing":                 {nil, "", "login --id-token-file -", 2, []string{"standard input has no token"}, false},
		"no file":                 {nil, "", "login --id-token-file nowhere", 2, []string{"--id-token-file: "}, false},
		"no job":                  {nil, "", "login --id-token auto", 2, []string{"no ID token was found", "name its file with --id-token-file"}, false},
		"no permission":           {[]string{"GITHUB_ACTIONS=true"}, "", "login --id-token auto", 2, []string{`"id-token: write"`}, false},
		"a token as argument":     {nil, "", "login --id-token a.b.c", 2, []string{"does not belong on a command line"}, false},
		"with a token":            {nil, "", "login --id-token auto --token -", 2, []string{"needs no other flag"}, false},
		"with a time":             {nil, "", "login --id-token auto --timeout 1h", 2, []string{"the server sets the expiry"}, false},
		"the command's own stdin": {nil, "", "exec --id-token-file - -- true", 2, []string{"standard input belongs to the command"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { // one after the other: they share what was exchanged
			root, env := home(t, a.platform)
			a.exchanged = nil
			got := invoke(t, append(env, tt.env...), tt.stdin, strings.Fields(tt.args)...)
			if got.code != tt.code || len(a.exchanged) == 1 != tt.exchanged {
				t.Errorf("exit code %d after %d exchanges: %s", got.code, len(a.exchanged), got.stderr)
			}
			for _, words := range tt.want {
				if !strings.Contains(strings.Join(strings.Fields(got.stderr), " "), words) {
					t.Errorf("%q is missing in %s", words, got.stderr)
				}
			}
			wantNothingStored(t, root)
		})
	}
	t.Run("a server of another maker", func(t *testing.T) {
		p := startCanned(nil)
		defer p.http.Close()
		_, env := home(t, p)
		got := invoke(t, append(env, foreign...), "", "login", "--id-token", "auto")
		if got.code != 3 || !strings.Contains(got.stderr, "does not exchange ID tokens") {
			t.Errorf("exit code %d: %s", got.code, got.stderr)
		}
	})
}

package citoken_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/citoken"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/httpcall"
)

const audience = "https://lab.example.org"

// job is a job with the given variables, as NAME=VALUE.
func job(variables ...string) citoken.Job {
	return citoken.Job{Getenv: func(name string) string {
		for _, variable := range variables {
			if key, value, _ := strings.Cut(variable, "="); key == name {
				return value
			}
		}
		return ""
	}}
}

// runner is the address of GitHub's runner: it gives a token for the audience that is in
// its query.
func runner(t *testing.T, status int, body string) (address string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if r.Header.Get("Authorization") != "Bearer request-token" || query.Get("audience") != audience || query.Get("api-version") != "2.0" || r.URL.Path != "/token/1" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return server.URL + "/token/1?api-version=2.0"
}

func TestIDToken(t *testing.T) {
	sender := httpcall.Sender{HTTP: httpcall.NewHTTPClient(httpcall.ClientConfig{})}
	github := func(address string) []string {
		return []string{"GITHUB_ACTIONS=true", "ACTIONS_ID_TOKEN_REQUEST_URL=" + address, "ACTIONS_ID_TOKEN_REQUEST_TOKEN=request-token"}
	}
	tests := map[string]struct {
		variables []string
		source    string
		want      string // the token, or part of the error or of its hint
	}{
		"of GitLab":             {[]string{"GITLAB_CI=true", "DXAUTH_ID_TOKEN=a.b.c"}, "DXAUTH_ID_TOKEN", "a.b.c"},
		"with a line's end":     {[]string{"DXAUTH_ID_TOKEN= a.b.c\n"}, "DXAUTH_ID_TOKEN", "a.b.c"},
		"an empty variable":     {[]string{"DXAUTH_ID_TOKEN= \n"}, "", "name its file with --id-token-file, or put it into DXAUTH_ID_TOKEN"},
		"of another CI system":  {[]string{"DXAUTH_ID_TOKEN=a.b.c"}, "DXAUTH_ID_TOKEN", "a.b.c"},
		"of GitHub":             {github(runner(t, 200, `{"count": 1, "value": "a.b.c"}`)), "GitHub Actions", "a.b.c"},
		"GitHub gives none":     {github(runner(t, 200, `{}`)), "GitHub Actions", `without "value"`},
		"GitHub gives a page":   {github(runner(t, 200, `<html>`)), "GitHub Actions", "not JSON"},
		"GitHub refuses":        {github(runner(t, 401, `{"message": "no"}`)), "GitHub Actions", "status 401"},
		"GitHub redirects":      {github(runner(t, 302, ``)), "GitHub Actions", "status 302"},
		"GitHub in plain text":  {github("http://runner.example/token"), "GitHub Actions", "must begin with https://"},
		"GitHub by a user":      {github("https://a:b@runner.example/token"), "GitHub Actions", "not the address of a runner"},
		"GitHub by a file":      {github("file:///etc/passwd"), "GitHub Actions", "not the address of a runner"},
		"no permission":         {[]string{"GITHUB_ACTIONS=true"}, "", `give the job the permission "id-token: write"`},
		"no id_tokens":          {[]string{"GITLAB_CI=true"}, "", "give the job id_tokens with DXAUTH_ID_TOKEN, and with aud: " + audience},
		"not a job":             {nil, "", "name its file with --id-token-file, or put it into DXAUTH_ID_TOKEN"},
		"a header in the token": {append([]string{"ACTIONS_ID_TOKEN_REQUEST_TOKEN=a\r\nb"}, github("https://runner.example/")...), "GitHub Actions", "cannot be sent"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			j := job(tt.variables...)
			if got := j.Source(); got != tt.source {
				t.Errorf("the source is %q", got)
			}
			token, err := j.IDToken(t.Context(), sender, audience)
			if err == nil {
				if token.Reveal() != tt.want {
					t.Errorf("got %s", token.Reveal())
				}
				return
			}
			hint := ""
			if refused, ok := errors.AsType[*refusal.Error](err); ok {
				hint = refused.Hint
			}
			if !strings.Contains(err.Error(), tt.want) && hint != tt.want {
				t.Errorf("got %v (%s), want %q", err, hint, tt.want)
			}
			if strings.Contains(err.Error(), "request-token") {
				t.Errorf("the error shows the runner's token: %v", err)
			}
		})
	}
}

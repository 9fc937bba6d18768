package run

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/tokenscope"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// invocation is a program with an idle limit of its own; 0: none.
func invocation(t *testing.T, idle time.Duration) kit.Invocation {
	return clitest.Setup{Env: []string{"DXAUTH_IDLE_TIMEOUT=" + idle.String()}}.Invocation(t)
}

func accountsWith(t *testing.T, idle time.Duration) *kit.Accounts {
	inv := invocation(t, idle)
	return inv.Accounts(inv.Console())
}

func TestExecOptions(t *testing.T) {
	one := []string{"Exome"}
	tests := map[string]struct {
		options execOptions
		ttl     time.Duration
		words   string
	}{
		"nothing":           {execOptions{}, time.Hour, ""},
		"a scope":           {execOptions{scope: one}, time.Hour, ""},
		"a day":             {execOptions{scope: one, ttl: "1d"}, 24 * time.Hour, ""},
		"seconds":           {execOptions{scope: one, ttl: "90s"}, 90 * time.Second, ""},
		"no unit":           {execOptions{scope: one, ttl: "90"}, 0, "a number needs a unit"},
		"more than a day":   {execOptions{scope: one, ttl: "25h"}, 0, "must be at most 1d"},
		"no time":           {execOptions{scope: one, ttl: "0s"}, 0, "must be more than 0"},
		"a time before now": {execOptions{scope: one, ttl: "-1h"}, 0, `--ttl "-1h": expected a length of time`},
		"a date":            {execOptions{scope: one, ttl: "2026-03-02"}, 0, "expected a length of time like 90s, 2h30m or 1d"},
		"no time at all":    {execOptions{scope: one, ttl: "x"}, 0, `--ttl "x": expected a length of time like 90s, 2h30m or 1d`},
		"no token to keep":  {execOptions{keep: true}, 0, "--keep-token requires --scope"},
		"a wrong scope":     {execOptions{scope: []string{"=VIEW"}}, 0, "names no project"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.options.Console = clitest.Setup{}.Invocation(t).Console()
			err := tt.options.check()
			if tt.words != "" {
				clitest.WantUsage(t, err, tt.words)
				return
			}
			ttl, _ := tt.options.lifetime(usualTTL)
			if err != nil || ttl != tt.ttl {
				t.Errorf("%s, %v, want %s", ttl, err, tt.ttl)
			}
		})
	}
}

func TestProjectWithin(t *testing.T) {
	exome := session.Project{ID: "project-1", Name: "Exome", Folder: "/raw"}
	only := platform.Project{ID: "project-2", Name: "Rare"}
	tests := map[string]struct {
		selected *session.Project
		scope    []string
		named    []platform.Project
		want     *session.Project
	}{
		"the selected one":          {&exome, []string{"project-1", "project-2"}, []platform.Project{{ID: "project-1"}, only}, &exome},
		"the selected one of all":   {&exome, []string{"*"}, nil, &exome},
		"the only one":              {&exome, []string{"project-2"}, []platform.Project{only}, &session.Project{ID: "project-2", Name: "Rare", Folder: "/"}},
		"the only one, none before": {nil, []string{"project-2"}, []platform.Project{only}, &session.Project{ID: "project-2", Name: "Rare", Folder: "/"}},
		"one of several":            {&exome, []string{"project-2", "project-3"}, []platform.Project{only, {ID: "project-3"}}, nil},
		"none":                      {nil, []string{"*"}, nil, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			reached := tokenscope.Reach{Projects: tt.named, Scope: platform.Scope{Projects: map[string]string{}}}
			for _, id := range tt.scope {
				reached.Scope.Projects[id] = "VIEW"
			}
			if diff := cmp.Diff(tt.want, projectWithin(tt.selected, reached)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestTokenName: arguments may be anybody's business.
func TestTokenName(t *testing.T) {
	for command, want := range map[string]string{
		"dx": "exec dx", "/usr/bin/dx": "exec dx", "./run.sh": "exec run.sh",
		strings.Repeat("ü", 99): "exec " + strings.Repeat("ü", 59),
	} {
		if got := tokenName(command); got != want {
			t.Errorf("%q is shown as %q, want %q", command, got, want)
		}
	}
}

// What a client of MOLGENIS gets, and this program where it runs in the child.
func TestChildEnvironmentOfMOLGENIS(t *testing.T) {
	in := kit.SignedIn{
		Account:    session.Account{Server: "https://molgenis.lab.org", AuthServer: "https://molgenis.lab.org", Type: "emx2", User: "alice"},
		Credential: session.Credential{Token: secret.New("tok"), Type: molgenis.CredentialToken},
	}
	accounts := accountsWith(t, 0)
	given := []string{"PATH=/bin", "MOLGENIS_TOKEN=old", "DXAUTH_SERVER=https://other.org", "DX_API_TOKEN=of-another"}
	want := []string{
		"PATH=/bin", "MOLGENIS_URL=https://molgenis.lab.org", "MOLGENIS_TOKEN=tok",
		"DXAUTH_SERVER=https://molgenis.lab.org", "DXAUTH_TYPE=emx2", "DXAUTH_TOKEN=tok", "DXAUTH_EXEC=1",
	}
	got, dropped, err := grant{in: in}.environ(given, accounts, nil)
	if diff := cmp.Diff(want, got); err != nil || diff != "" || dropped != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	in.Credential = session.Credential{Token: secret.New("JSESSIONID=abc"), Type: molgenis.CredentialCookie}
	if _, _, err := (grant{in: in}).environ(given, accounts, nil); err == nil {
		t.Error("a session of the web page was handed on as a token")
	}
}

func TestChildEnvironment(t *testing.T) {
	in := kit.SignedIn{
		Credential: session.Credential{Token: secret.New("tok"), Type: "bearer"},
		Account: session.Account{
			Server: "https://api.dnanexus.com", AuthServer: "https://auth.dnanexus.com", User: "alice",
			Project: &session.Project{ID: "project-1", Name: "One", Folder: "/raw"}, Expires: clitest.Noon().Add(time.Hour),
		},
	}
	given := []string{
		"PATH=/bin", "EMPTY=", "DX_JOB_ID=job-1", "DXAUTH_CA_CERT=/ca.pem", "DXAUTH_TOKEN=old", "dxauth_token_file=/old",
		"DXAUTH_PASSPHRASE_FILE=/old", "DXAUTH_NEW_SECRET=old", "DXAUTH_SERVER=https://old", "DX_API_TOKEN=old", "DX_AUTH_TOKEN=old",
		"DX_SECURITY_CONTEXT=old", "DX_AUTHSERVER_HOST=http://old", "DX_AUTHSERVER_PORT=1", "DX_PROJECT_CONTEXT_ID=old", "DX_CLI_WD=/old",
	}
	want := []string{
		"PATH=/bin", "EMPTY=", "DX_JOB_ID=job-1", "DXAUTH_CA_CERT=/ca.pem",
		`DX_SECURITY_CONTEXT={"auth_token":"tok","auth_token_type":"bearer"}`,
		"DX_APISERVER_PROTOCOL=https", "DX_APISERVER_HOST=api.dnanexus.com", "DX_APISERVER_PORT=443",
		"DX_PROJECT_CONTEXT_ID=project-1", "DX_PROJECT_CONTEXT_NAME=One", "DX_API_TOKEN=tok",
		"DX_USERNAME=alice", "DX_CLI_WD=/raw", "DXAUTH_EXEC=1", "DXAUTH_TOKEN_EXPIRES=2026-03-01T13:00:00Z",
	}
	before := slices.Clone(given)
	got, _, err := grant{in: in, project: in.Account.Project}.environ(given, accountsWith(t, 0), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the child's environment (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, given); diff != "" {
		t.Errorf("the given environment was changed:\n%s", diff)
	}
}

func TestOnlySessionsAreKeptAlive(t *testing.T) {
	tests := map[string]struct {
		in   kit.SignedIn
		want time.Duration
	}{
		"a session":                  {kit.SignedIn{Stored: true, Account: session.Account{Kind: session.Interactive, IdleSeconds: 30}}, 10 * time.Second},
		"a shorter limit of its own": {kit.SignedIn{Stored: true, Account: session.Account{Kind: session.Interactive, IdleSeconds: 900}}, 20 * time.Second},
		"an API token":               {kit.SignedIn{Stored: true, Account: session.Account{Kind: session.Token}}, 0},
		"a token of the environment": {kit.SignedIn{Account: session.Account{Kind: session.Token}}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inv := invocation(t, time.Minute)
			console := inv.Console()
			if got := newKeepalive(console, inv.Client(console), test.in).interval; got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// A name of a server that cannot be a variable keeps no command from starting.
func TestVariablesThatNoCommandCanHave(t *testing.T) {
	for _, name := range []string{"a\x00b", strings.Repeat("x", 1<<20)} {
		in := kit.SignedIn{
			Credential: session.Credential{Token: secret.New("tok"), Type: "bearer"},
			Account: session.Account{
				Server: "https://api.dnanexus.com", AuthServer: "https://auth.dnanexus.com", User: "alice",
				Project: &session.Project{ID: "project-1", Name: name, Folder: "/" + name},
			},
		}
		env, dropped, err := grant{in: in, project: in.Account.Project}.environ([]string{"DX_PROJECT_CONTEXT_NAME=old"}, accountsWith(t, 0), nil)
		if diff := cmp.Diff([]string{"DX_PROJECT_CONTEXT_NAME", "DX_CLI_WD"}, dropped); err != nil || diff != "" {
			t.Errorf("dropped (-want +got):\n%s%v", diff, err)
		}
		if !slices.Contains(env, "DX_PROJECT_CONTEXT_ID=project-1") || strings.Contains(strings.Join(env, " "), "DX_PROJECT_CONTEXT_NAME") {
			t.Errorf("got %.500q", env)
		}
	}
}

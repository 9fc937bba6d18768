package cli

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// atNoon is a program with an idle limit of its own; 0: none.
func atNoon(idle time.Duration) *app {
	return &app{
		Env:  kit.Env{Now: func() time.Time { return noon }},
		book: session.NewBook(session.Config{Idle: idle}),
	}
}

// What a client of MOLGENIS gets, and this program where it runs in the child.
func TestChildEnvironmentOfMOLGENIS(t *testing.T) {
	in := signedIn{
		account:    session.Account{Server: "https://molgenis.lab.org", AuthServer: "https://molgenis.lab.org", Type: "emx2", User: "alice"},
		credential: session.Credential{Token: secret.New("tok"), Type: molgenis.CredentialToken},
	}
	given := []string{"PATH=/bin", "MOLGENIS_TOKEN=old", "DXAUTH_SERVER=https://other.org", "DX_API_TOKEN=of-another"}
	want := []string{
		"PATH=/bin", "MOLGENIS_URL=https://molgenis.lab.org", "MOLGENIS_TOKEN=tok",
		"DXAUTH_SERVER=https://molgenis.lab.org", "DXAUTH_TYPE=emx2", "DXAUTH_TOKEN=tok", "DXAUTH_EXEC=1",
	}
	got, err := atNoon(0).childEnvironment(given, in)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	in.credential = session.Credential{Token: secret.New("JSESSIONID=abc"), Type: molgenis.CredentialCookie}
	if _, err := atNoon(0).childEnvironment(given, in); err == nil {
		t.Error("a session of the web page was handed on as a token")
	}
}

func TestChildEnvironment(t *testing.T) {
	in := signedIn{
		credential: session.Credential{Token: secret.New("tok"), Type: "bearer"},
		account: session.Account{
			Server: "https://api.dnanexus.com", AuthServer: "https://auth.dnanexus.com", User: "alice",
			Project: &session.Project{ID: "project-1", Name: "One", Folder: "/raw"}, Expires: noon.Add(time.Hour),
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
	got, err := atNoon(0).childEnvironment(given, in)
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

func TestEarliestEnd(t *testing.T) {
	hour, later := noon.Add(time.Hour), noon.Add(15*time.Minute)
	tests := map[string]struct {
		account session.Account
		want    time.Time
	}{
		"nothing is known":      {session.Account{LastUsed: noon}, time.Time{}},
		"the absolute end":      {session.Account{Expires: hour}, hour},
		"the idle end":          {session.Account{LastUsed: noon, IdleSeconds: 900}, later},
		"the idle end is first": {session.Account{Expires: hour, LastUsed: noon, IdleSeconds: 900}, later},
		"the idle end is last":  {session.Account{Expires: hour, LastUsed: noon, IdleSeconds: 7200}, hour},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := atNoon(0).earliestEnd(signedIn{account: test.account, stored: true}); !got.Equal(test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestVigilIsKeptForSessionsOnly(t *testing.T) {
	a := atNoon(time.Minute)
	tests := map[string]struct {
		in   signedIn
		want time.Duration
	}{
		"a session":                  {signedIn{stored: true, account: session.Account{Kind: session.Interactive, IdleSeconds: 30}}, 10 * time.Second},
		"a shorter limit of its own": {signedIn{stored: true, account: session.Account{Kind: session.Interactive, IdleSeconds: 900}}, 20 * time.Second},
		"an API token":               {signedIn{stored: true, account: session.Account{Kind: session.Token}}, 0},
		"a token of the environment": {signedIn{account: session.Account{Kind: session.Token}}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := a.newVigil(test.in).interval; got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

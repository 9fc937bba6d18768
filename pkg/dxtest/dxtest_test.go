package dxtest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/dxtest"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	password = "pw-of-alice"
	value    = "0123456789abcdefghijABCDEFGHIJ01"
	seed     = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
)

// whoAmI asks a server whose token it is.
func whoAmI(t *testing.T, srv *dxtest.Server, token secret.Text) (string, error) {
	t.Helper()
	who, err := srv.Client(token).WhoAmI(t.Context(), dnanexus.WhoAmIRequest{})
	return who.ID, err
}

// The example in the documentation is the test that runs.
func TestDocumentation(t *testing.T) {
	documentation, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, test, found := strings.Cut(string(example), "\nfunc ")
	if !found {
		t.Fatal("there is no test in example_test.go")
	}
	shown := strings.ReplaceAll("\nfunc "+strings.TrimSuffix(test, "\n"), "\n", "\n//\t")
	shown = strings.ReplaceAll(shown, "\n//\t\n", "\n//\n")
	if !strings.Contains(string(documentation), shown) {
		t.Errorf("doc.go does not show this test:%s", shown)
	}
}

// Two servers are independent.
func TestServersAreApart(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"alice", "bob", "carol", "dave"} {
		t.Run(user, func(t *testing.T) {
			t.Parallel()
			srv := dxtest.New(t, dxtest.User(user, "pw-of-"+user))
			other := dxtest.New(t, dxtest.User(user, "another-password"))
			token := srv.SignIn(user, "pw-of-"+user)
			other.Advance(time.Hour)
			other.Fail(dxtest.Fault{Path: "*", Status: 500})

			if id, err := whoAmI(t, srv, token); err != nil || id != "user-"+user {
				t.Errorf("%q, %v", id, err)
			}
			if _, err := whoAmI(t, other, token); !dnanexus.IsType(err, dnanexus.TypeInternalError) {
				t.Errorf("the other server, first: %v", err)
			}
			if _, err := whoAmI(t, other, token); !dnanexus.IsType(err, dnanexus.TypeInvalidAuthentication) {
				t.Errorf("the other server, then: %v", err)
			}
			if here, there := len(srv.Requests()), len(other.Requests()); here != 2 || there != 2 {
				t.Errorf("%d and %d requests, want 2 and 2", here, there)
			}
		})
	}
}

// A server stops when its test ends.
func TestServersEnd(t *testing.T) {
	var url string
	t.Run("inside", func(t *testing.T) { url = dxtest.New(t).URL })
	client := dnanexus.New(dnanexus.Config{APIServer: url, AuthServer: url})
	if greeting, err := client.Greet(t.Context(), dnanexus.GreetRequest{}); err == nil {
		t.Errorf("it still says %v", greeting)
	}
}

// The server's time advances with the real one, and by Advance.
func TestClock(t *testing.T) {
	t.Parallel()
	srv := dxtest.New(t, dxtest.User("alice", password), dxtest.IdleTimeout(time.Hour))
	before := time.Now()
	if now := srv.Now(); now.Before(before) || now.After(time.Now()) {
		t.Errorf("it starts at %v, not between %v and %v", now, before, time.Now())
	}
	token := srv.SignIn("alice", password)
	for _, step := range []time.Duration{57 * time.Minute, 57 * time.Minute} { // a use is noted to half a minute
		srv.Advance(step)
		if _, err := whoAmI(t, srv, token); err != nil {
			t.Fatalf("a session in use ended at %v: %v", srv.Now().Sub(before), err)
		}
	}
	srv.Advance(time.Hour)
	if _, err := whoAmI(t, srv, token); !dnanexus.IsType(err, dnanexus.TypeInvalidAuthentication) {
		t.Errorf("after the idle limit: %v", err)
	}
	if passed := srv.Now().Sub(before); passed < 174*time.Minute || passed > 175*time.Minute {
		t.Errorf("%v passed at the server, want 2h54m", passed)
	}
}

// A code works once, and the next one 30 seconds later.
func TestTwoFactor(t *testing.T) {
	t.Parallel()
	srv := dxtest.New(t, dxtest.UserWithTOTP("Bob", "pw-of-bob", strings.ToLower(seed)))
	first := srv.SignIn("bob", "pw-of-bob")
	srv.Advance(30 * time.Second)
	second := srv.SignIn("bob", "pw-of-bob")
	if first.Equal(second) {
		t.Error("two sign-ins gave one token")
	}
	_, err := srv.Client(secret.Text{}).NewAuthToken(t.Context(), dnanexus.NewAuthTokenRequest{
		Username: "bob", Password: secret.New("pw-of-bob").OnWire(),
	})
	if !dnanexus.IsType(err, dnanexus.TypeOTPRequired) {
		t.Errorf("without a code: %v", err)
	}
}

// Everything that options describe is there, in whichever order they come.
func TestOptions(t *testing.T) {
	t.Parallel()
	srv := dxtest.New(t,
		dxtest.Token("alice", value, dxtest.Allow("Exome", "VIEW")),
		dxtest.Project("Exome", "alice", dxtest.Allow("bob", "UPLOAD"), dxtest.Allow("org-lab", "VIEW")),
		dxtest.Project("Private", "alice"),
		dxtest.Org("lab", "alice", "carol"),
		dxtest.User("alice", password),
		dxtest.User("bob", "pw-of-bob"),
		dxtest.Fixture(`
users: [{username: carol, password: pw-of-carol}]
projects: [{id: project-Fixed0000000000000000001, name: Fixed, createdBy: carol, permissions: {carol: ADMINISTER}}]
`))
	tokens := map[string]secret.Text{
		"alice":         srv.SignIn("alice", password),
		"bob":           srv.SignIn("bob", "pw-of-bob"),
		"carol":         srv.SignIn("carol", "pw-of-carol"),
		"alice's token": secret.New(value),
	}
	tests := []struct {
		project string
		levels  map[string]dnanexus.Level // absent: out of reach
	}{
		{"Exome", map[string]dnanexus.Level{"alice": "ADMINISTER", "bob": "UPLOAD", "carol": "VIEW", "alice's token": "VIEW"}},
		{"Private", map[string]dnanexus.Level{"alice": "ADMINISTER"}},
		{"Fixed", map[string]dnanexus.Level{"carol": "ADMINISTER"}},
	}
	for _, test := range tests {
		for who, token := range tokens {
			project, err := srv.Client(token).DescribeProject(t.Context(), srv.ProjectID(test.project), dnanexus.DescribeProjectRequest{})
			want, reached := test.levels[who]
			if project.Level != want || (err == nil) != reached {
				t.Errorf("%s on %s: level %q, %v; want %q", who, test.project, project.Level, err, want)
			}
		}
	}
	if id := srv.ProjectID("Private"); id != "project-000000000000000000000002" {
		t.Errorf("the second project has the ID %s", id)
	}
	if id := srv.ProjectID("Fixed"); id != "project-Fixed0000000000000000001" {
		t.Errorf("the project with an ID has the ID %s", id)
	}
}

// The built-in fixture has users to sign in with.
func TestDemo(t *testing.T) {
	t.Parallel()
	srv := dxtest.New(t, dxtest.FixtureFile("demo"))
	if id, err := whoAmI(t, srv, srv.SignIn("carol", "singer-2026")); err != nil || id != "user-carol" {
		t.Errorf("%q, %v", id, err)
	}
}

// A wrong argument ends the test with a message that names it.
func TestMistakes(t *testing.T) {
	t.Parallel()
	alice := dxtest.User("alice", password)
	with := func(options ...dxtest.Option) func(testing.TB) {
		return func(t testing.TB) { dxtest.New(t, options...) }
	}
	on := func(act func(*dxtest.Server)) func(testing.TB) {
		return func(t testing.TB) { act(dxtest.New(t, alice)) }
	}
	failing := func(fault dxtest.Fault) func(testing.TB) {
		return on(func(srv *dxtest.Server) { srv.Fail(fault) })
	}
	tests := map[string]struct {
		act   func(testing.TB)
		wants []string
	}{
		"no password":               {with(dxtest.User("alice", "")), []string{`user "alice"`, "password is empty"}},
		"a short name":              {with(dxtest.User("al", password)), []string{`user name "al"`}},
		"a user twice":              {with(alice, alice), []string{`user "alice"`}},
		"unknown two-factor mode":   {with(dxtest.TwoFactor("on")), []string{`two-factor mode "on"`}},
		"no seed":                   {with(dxtest.UserWithTOTP("bob", password, "")), []string{`user "bob"`, "seed is empty"}},
		"a seed that is not base32": {with(dxtest.UserWithTOTP("bob", password, "!")), []string{`user "bob"`, "not base32"}},
		"nobody's project":          {with(dxtest.Project("Exome", "alice")), []string{`project "Exome"`, `no "alice"`}},
		"shared with nobody":        {with(alice, dxtest.Project("Exome", "alice", dxtest.Allow("bob", "VIEW"))), []string{`project "Exome"`, `no "bob"`}},
		"shared twice":              {with(alice, dxtest.Project("Exome", "alice", dxtest.Allow("alice", "VIEW"))), []string{`project "Exome"`, `"alice" is granted two levels`}},
		"an unknown level":          {with(alice, dxtest.Project("Exome", "alice", dxtest.Allow("PUBLIC", "READ"))), []string{`project "Exome"`, `READ`}},
		"an org of nobody":          {with(dxtest.Org("lab", "alice")), []string{`org "lab"`, `no "alice"`}},
		"an empty token":            {with(alice, dxtest.Token("alice", "")), []string{`"alice"`, "empty"}},
		"nobody's token":            {with(dxtest.Token("alice", value)), []string{`token "dxtest" of "alice"`, `no "alice"`}},
		"a token to nowhere":        {with(alice, dxtest.Token("alice", value, dxtest.Allow("Exome", "VIEW"))), []string{`no project "Exome"`}},
		"a token granted twice":     {with(alice, dxtest.Token("alice", value, dxtest.Allow("*", "VIEW"), dxtest.Allow("*", "UPLOAD"))), []string{`token of "alice"`, `"*" is granted two levels`}},
		"an unknown key":            {with(dxtest.Fixture("user: []")), []string{"the fixture", `unknown key "user"`}},
		"no such file":              {with(dxtest.FixtureFile("absent.yaml")), []string{"absent.yaml"}},
		"no idle timeout":           {with(dxtest.IdleTimeout(0)), []string{"idle timeout of 0s"}},
		"no longest session":        {with(dxtest.SessionMax(0)), []string{"longest session of 0s"}},
		"two longest sessions":      {with(dxtest.SessionMax(1), dxtest.SessionMax(2)), []string{"two longest sessions"}},
		"two idle timeouts":         {with(dxtest.IdleTimeout(1), dxtest.IdleTimeout(2)), []string{"two idle timeouts"}},
		"a wrong password":          {on(func(srv *dxtest.Server) { srv.SignIn("alice", "x") }), []string{`sign "alice" in`, dnanexus.TypeUsernameOrPassword}},
		"a code of nobody":          {on(func(srv *dxtest.Server) { srv.Code("alice") }), []string{`no user "alice" with two-factor`}},
		"an unknown project":        {on(func(srv *dxtest.Server) { srv.ProjectID("Exome") }), []string{`0 projects "Exome"`}},
		"a clock that goes back":    {on(func(srv *dxtest.Server) { srv.Advance(-1) }), []string{"-1ns", "go back"}},

		"a fault for no path":           {failing(dxtest.Fault{Status: 500}), []string{"path is empty"}},
		"a malformed pattern":           {failing(dxtest.Fault{Path: "/[", Status: 500}), []string{`"/["`, "syntax error"}},
		"a fault without a fault":       {failing(dxtest.Fault{Path: "/x"}), []string{`"/x"`, "nothing goes wrong"}},
		"a fault of no times":           {failing(dxtest.Fault{Path: "/x", Status: 500, Times: -1}), []string{"negative"}},
		"a status that no server sends": {failing(dxtest.Fault{Path: "/x", Status: 100}), []string{"status 100"}},
		"a pause without a status":      {failing(dxtest.Fault{Path: "/x", Delay: 1, RetryAfter: 1}), []string{"RetryAfter needs a Status"}},
		"an answer and none":            {failing(dxtest.Fault{Path: "/x", Drop: true, Body: "x"}), []string{"dropped connection gives no answer"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := lastWords(t, test.act)
			for _, want := range append(test.wants, "dxtest: ") {
				if !strings.Contains(said, want) {
					t.Errorf("it says %q, without %q", said, want)
				}
			}
			if strings.Contains(said, password) {
				t.Errorf("it says %q, with the password", said)
			}
		})
	}
}

// lastWords returns what ended a test, or "" if it went through.
func lastWords(t *testing.T, act func(testing.TB)) string {
	p := &patient{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		act(p)
	}()
	<-done
	return p.words
}

// patient is a test whose end is only recorded.
type patient struct {
	testing.TB
	words string
}

func (p *patient) Fatalf(format string, args ...any) {
	p.words = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// A user turns two-factor authentication on as with any other platform; the codes
// are those of the secret, at the server's time.
func TestTwoFactorIsEnforced(t *testing.T) {
	server := dxtest.New(t, dxtest.User("alice", "wonderland-2026"), dxtest.TwoFactor(dnanexus.TwoFactorEnforced))
	anonymous := server.Client(secret.Text{})
	request := dnanexus.NewAuthTokenRequest{Username: "alice", Password: secret.New("wonderland-2026").OnWire()}
	_, err := anonymous.NewAuthToken(t.Context(), request)
	refusal, ok := errors.AsType[*dnanexus.Error](err)
	if !ok || refusal.Type != dnanexus.TypeEnrollmentRequired {
		t.Fatalf("got %v", err)
	}
	var details dnanexus.EnrollmentDetails
	if err := json.Unmarshal(refusal.Details, &details); err != nil {
		t.Fatal(err)
	}
	enrollment, err := anonymous.EnrollTwoFactor(t.Context(), dnanexus.EnrollRequest{Ticket: details.Ticket})
	if err != nil {
		t.Fatal(err)
	}
	code := secret.New(server.CodeOf(enrollment.Secret.Text().Reveal())).OnWire()
	codes, err := anonymous.ConfirmTwoFactor(t.Context(), dnanexus.ConfirmRequest{Code: code, Ticket: details.Ticket})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := anonymous.ActivateTwoFactor(t.Context(), dnanexus.ActivateRequest{
		RecoveryCode: codes.RecoveryCodes[0], Ticket: details.Ticket,
	})
	if err != nil || answer.Session == nil {
		t.Fatalf("no session: %v", err)
	}
	status, err := server.Client(answer.Session.AccessToken.Text()).TwoFactorStatus(t.Context())
	if err != nil || !status.Enabled || status.Mode != dnanexus.TwoFactorEnforced {
		t.Errorf("the status is %+v, %v", status, err)
	}
}

// A session ends at its maximum although it is used; an API token does not.
func TestSessionMax(t *testing.T) {
	t.Parallel()
	srv := dxtest.New(t, dxtest.User("alice", password), dxtest.Token("alice", value), dxtest.SessionMax(20*time.Minute))
	session := srv.SignIn("alice", password)
	for _, step := range []struct {
		forward time.Duration
		ended   bool
	}{{10 * time.Minute, false}, {9 * time.Minute, false}, {2 * time.Minute, true}} {
		srv.Advance(step.forward)
		_, err := whoAmI(t, srv, session)
		if ended := dnanexus.IsType(err, dnanexus.TypeInvalidAuthentication); ended != step.ended {
			t.Errorf("after %v more, whoami: %v", step.forward, err)
		}
	}
	if _, err := whoAmI(t, srv, secret.New(value)); err != nil {
		t.Errorf("the API token: %v", err)
	}
}

package console_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/testpages"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// ways are two ways to do one thing: a page, and the routes that the command calls. Each
// gets a server of its own with the same content.
type ways struct {
	page    func(*testpages.Browser)
	command func(*testing.T, *dnanexus.Client, *testpages.Server)
}

const (
	viewer = "0123456789abcdefghijABCDEFGHIJ99"
	old    = "0123456789abcdefghijABCDEFGHIJ98"
)

// wire returns a secret for a request, and a pointer to one.
func wire(text string) secret.Wire { return secret.New(text).OnWire() }
func otp(text string) *secret.Wire { return new(wire(text)) }

func proofOf(user string) dnanexus.Proof {
	return dnanexus.Proof{Password: wire(testpages.Password(user))}
}

// actions are the forms of the console, by the first line of their rows in
// docs/console.md.
func actions() map[string]ways {
	const exome = "project-Exome0000000000000000001"
	return map[string]ways{
		"dxauth token new": {
			func(b *testpages.Browser) {
				b.Post("/console/tokens/new", url.Values{"name": {"ci"}, "days": {"7"}, "reach": {"projects"}, "level:" + exome: {"VIEW"}, "nophi": {"on"}}).Is(200)
			},
			func(t *testing.T, c *dnanexus.Client, s *testpages.Server) {
				scope := &dnanexus.Scope{Projects: map[string]dnanexus.Level{exome: dnanexus.LevelView}, PHIAccess: new(false)}
				_, err := c.NewAuthToken(t.Context(), dnanexus.NewAuthTokenRequest{Label: "ci", Scope: scope, Expires: s.Now().AddDate(0, 0, 7).UnixMilli(), Independent: true})
				must(t, err)
			},
		},
		"dxauth token edit": {
			func(b *testpages.Browser) {
				b.Post("/console/tokens/"+shortOf(old), url.Values{"name": {"renamed"}, "expires": {"24h"}}).Is(303)
			},
			func(t *testing.T, c *dnanexus.Client, s *testpages.Server) {
				must(t, c.UpdateAuthToken(t.Context(), dnanexus.UpdateAuthTokenRequest{Signature: signature(old), Label: new("renamed"), Expires: new(s.Now().AddDate(0, 0, 1).UnixMilli())}))
			},
		},
		"dxauth token revoke": {
			func(b *testpages.Browser) { b.Post("/console/tokens/"+shortOf(old)+"/revoke", nil).Is(303) },
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				must(t, c.DestroyAuthToken(t.Context(), signature(old)))
			},
		},
		"dxauth token rotate": {
			func(b *testpages.Browser) {
				b.Post("/console/tokens/"+shortOf(old)+"/rotate", url.Values{"grace": {"1h"}}).Is(200)
			},
			func(t *testing.T, c *dnanexus.Client, s *testpages.Server) {
				_, err := c.NewAuthToken(t.Context(), dnanexus.NewAuthTokenRequest{Label: "old", Expires: s.Now().AddDate(0, 0, 30).UnixMilli()})
				must(t, err)
				must(t, c.UpdateAuthToken(t.Context(), dnanexus.UpdateAuthTokenRequest{Signature: signature(old), Label: new("old (replaced)"), Expires: new(s.Now().UnixMilli() + 3_600_000)}))
			},
		},
		"dxauth 2fa enable": {
			func(b *testpages.Browser) {
				offer := b.Post(twoFactor, nil).Is(200)
				codes := codesOn(offer.Submit(twoFactor+"/confirm", url.Values{"code": {testpages.Code(b, keyOn(offer), testpages.Start().Add(time.Minute))}}).Is(200))
				b.Post(twoFactor+"/activate", url.Values{"code": {codes[0]}}).Is(303)
			},
			func(t *testing.T, c *dnanexus.Client, s *testpages.Server) {
				offer, err := c.EnrollTwoFactor(t.Context(), dnanexus.EnrollRequest{Proof: proofOf("alice")})
				must(t, err)
				code := testpages.Code(t, offer.Secret.Text().Reveal(), s.Now())
				codes, err := c.ConfirmTwoFactor(t.Context(), dnanexus.ConfirmRequest{Code: wire(code)})
				must(t, err)
				_, err = c.ActivateTwoFactor(t.Context(), dnanexus.ActivateRequest{RecoveryCode: codes.RecoveryCodes[0]})
				must(t, err)
			},
		},
		"dxauth account sessions revoke": {
			func(b *testpages.Browser) {
				_, rest, _ := strings.Cut(b.Get("/console/security").Body.String(), `action="/console/security/sessions/`)
				id, _, _ := strings.Cut(rest, `/end"`)
				b.Post("/console/security/sessions/"+id+"/end", nil).Is(303)
			},
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				list, err := c.ListSessions(t.Context())
				must(t, err)
				other := slices.IndexFunc(list.Sessions, func(s dnanexus.Session) bool { return !s.Current && s.Kind == dnanexus.TokenTypeSession })
				must(t, c.DestroySessions(t.Context(), dnanexus.DestroySessionsRequest{IDs: []string{list.Sessions[other].ID}}))
			},
		},
		"dxauth logout --everywhere": {
			func(b *testpages.Browser) {
				b.Post("/console/security/sessions/end", url.Values{"password": {testpages.Password("alice")}}).Is(303)
			},
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				must(t, c.DestroySessions(t.Context(), dnanexus.DestroySessionsRequest{All: true, Username: "alice", Password: wire(testpages.Password("alice"))}))
			},
		},
		"dxauth account update": {
			func(b *testpages.Browser) {
				b.Post("/console/profile/names", url.Values{"first": {"Alicia"}, "middle": {"M"}, "last": {""}}).Is(303)
			},
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				must(t, c.UpdateSettings(t.Context(), dnanexus.UpdateSettingsRequest{Proof: proofOf("alice"), First: new("Alicia"), Middle: new("M"), Last: new("")}))
			},
		},
		"dxauth account email": {
			func(b *testpages.Browser) {
				b.Post("/console/profile/email", url.Values{"email": {"new@example.org"}}).Is(303)
			},
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				must(t, c.UpdateEmail(t.Context(), "user-alice", dnanexus.UpdateEmailRequest{Proof: proofOf("alice"), NewEmail: "new@example.org"}))
			},
		},
		"dxauth account password": {
			func(b *testpages.Browser) {
				b.Post("/console/profile/password", url.Values{"password": {testpages.Password("alice")}, "new": {"brand-new-2026"}, "again": {"brand-new-2026"}}).Is(303)
			},
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				must(t, c.ChangePassword(t.Context(), dnanexus.ChangePasswordRequest{Proof: proofOf("alice"), NewPassword: wire("brand-new-2026")}))
			},
		},
	}
}

// factorActions are the forms of a user who has a second factor.
func factorActions() map[string]ways {
	proof := dnanexus.Proof{Password: wire(testpages.Password("bob")), OTP: otp("aaaaa-bbbbb")}
	fields := url.Values{"password": {testpages.Password("bob")}, "code": {"aaaaa-bbbbb"}}
	return map[string]ways{
		"dxauth 2fa disable": {
			func(b *testpages.Browser) { b.Post(twoFactor+"/off", fields).Is(303) },
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				must(t, c.DisableTwoFactor(t.Context(), dnanexus.DisableRequest{Proof: proof}))
			},
		},
		"dxauth 2fa recovery-codes --new": {
			func(b *testpages.Browser) { b.Post("/console/security/recovery-codes", nil).Is(200) },
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				_, err := c.RegenerateRecoveryCodes(t.Context(), dnanexus.RegenerateRequest{Proof: proof})
				must(t, err)
			},
		},
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func signature(token string) string { return dnanexus.Signature(secret.New(token)) }

func shortOf(token string) string { return signature(token)[:12] }

// TestPagesAndCommandsDoTheSame does each thing on a page and with the command's routes.
// The account, its tokens, sessions and second factor are the same afterwards.
func TestPagesAndCommandsDoTheSame(t *testing.T) {
	for command, w := range actions() {
		t.Run(command, func(t *testing.T) { compare(t, w, "alice", (*testpages.Server).SignedIn) })
	}
	for command, w := range factorActions() {
		t.Run(command, func(t *testing.T) {
			compare(t, w, "bob", func(s *testpages.Server, _ string) *testpages.Browser { return signInBob(s) })
		})
	}
}

func compare(t *testing.T, w ways, user string, signIn func(*testpages.Server, string) *testpages.Browser) {
	world := testpages.World + `
tokens:
  - {user: ` + user + `, value: ` + viewer + `, label: viewer}
  - {user: ` + user + `, value: ` + old + `, label: old, expires: 30d}
`
	byPage, byCommand := testpages.Open(t, world), testpages.Open(t, world)
	for _, s := range []*testpages.Server{byPage, byCommand} {
		signIn(s, user)
		s.Advance(time.Minute) // for another code
	}
	b := signIn(byPage, user)
	c := clientOf(t, byCommand, user)
	before := stateOf(t, byPage, user)
	if got := stateOf(t, byCommand, user); got != before {
		t.Fatalf("the servers differ before:\n%s\n%s", got, before)
	}
	w.page(b)
	w.command(t, c, byCommand)
	onPage, inTerminal := stateOf(t, byPage, user), stateOf(t, byCommand, user)
	if onPage != inTerminal {
		t.Errorf("the page leads to\n%s\nthe command to\n%s", onPage, inTerminal)
	}
	if onPage == before {
		t.Errorf("nothing changed: %s", before)
	}
}

// clientOf returns a client of a server in a session of a user.
func clientOf(t *testing.T, s *testpages.Server, user string) *dnanexus.Client {
	t.Helper()
	listening := httptest.NewServer(s.Handler())
	t.Cleanup(listening.Close)
	c := dnanexus.New(dnanexus.Config{APIServer: listening.URL, AuthServer: listening.URL})
	request := dnanexus.NewAuthTokenRequest{Username: user, Password: wire(testpages.Password(user))}
	if user == "bob" {
		request.OTP = otp(testpages.Code(t, testpages.BobSeed, s.Now()))
	}
	made, err := c.NewAuthToken(t.Context(), request)
	must(t, err)
	return c.WithToken(made.AccessToken.Text(), "Bearer")
}

// stateOf describes what the actions change, as a token of the user sees it.
func stateOf(t *testing.T, s *testpages.Server, user string) string {
	t.Helper()
	listening := httptest.NewServer(s.Handler())
	defer listening.Close()
	c := dnanexus.New(dnanexus.Config{APIServer: listening.URL, AuthServer: listening.URL, Token: secret.New(viewer)})
	account, err := c.DescribeUser(t.Context(), "user-"+user)
	must(t, err)
	factor, err := c.TwoFactorStatus(t.Context())
	must(t, err)
	found, err := c.FindAccessTokens(t.Context(), dnanexus.FindAccessTokensRequest{Label: true, Types: []string{dnanexus.TokenTypeSession, dnanexus.TokenTypeAPI}})
	must(t, err)
	sessions, tokens := 0, []string{}
	for _, token := range found.Tokens {
		if token.Type == dnanexus.TokenTypeSession {
			sessions++
			continue
		}
		scope, err := json.Marshal(token.Scope)
		must(t, err)
		tokens = append(tokens, fmt.Sprintf("%s until %d: %s", token.Label, token.Expires, scope))
	}
	slices.Sort(tokens)
	made, err := c.NewAuthToken(t.Context(), dnanexus.NewAuthTokenRequest{Username: user, Password: wire(testpages.Password(user))})
	refusal, _, _ := strings.Cut(fmt.Sprint(err), ":")
	if err == nil {
		must(t, c.DestroyAuthToken(t.Context(), made.TokenSignature))
	}
	return fmt.Sprintf("%s %s %s %s\n2FA %v, %d codes\n%d sessions\n%s\npassword: %v", account.First, account.Middle, account.Last, account.Email,
		factor.Enabled, factor.RecoveryCodesLeft, sessions, strings.Join(tokens, "\n"), refusal)
}

// TestTheGuideHasEveryForm checks docs/console.md: each form of the console is in its
// table, with a command that there is, and each command of the table is tested above.
func TestTheGuideHasEveryForm(t *testing.T) {
	guide, err := os.ReadFile("../../../docs/console.md")
	must(t, err)
	forms := map[string]string{}
	for line := range strings.Lines(string(guide)) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 || !strings.Contains(cells[3], "`/console/") {
			continue
		}
		command := strings.Trim(strings.TrimSpace(cells[2]), "`")
		for _, path := range strings.Split(cells[3], ",") {
			forms["POST "+strings.Trim(strings.TrimSpace(path), "`")] = command
		}
	}
	for _, row := range rows() {
		if method, _ := example(row, ""); method == "POST" && forms[row.Pattern] == "" {
			t.Errorf("docs/console.md lacks %s", row.Pattern)
		}
	}
	for form, command := range forms {
		if strings.HasPrefix(command, "none") {
			continue // the row says what else does it
		}
		if !isCommand(command) {
			t.Errorf("%s: there is no command %s", form, command)
		}
	}
	tested := actions()
	maps.Copy(tested, factorActions())
	maps.Copy(tested, orgActions())
	maps.Copy(tested, userActions())
	for command := range tested {
		if !slices.Contains(slices.Collect(maps.Values(forms)), command) {
			t.Errorf("docs/console.md lacks %s", command)
		}
	}
}

// isCommand reports whether a text begins with a command that has a reference page.
func isCommand(text string) bool {
	words := strings.Fields(text)
	for n := len(words); n > 1; n-- {
		if _, err := os.Stat("../../../docs/reference/" + strings.Join(words[:n], "_") + ".md"); err == nil {
			return true
		}
	}
	return false
}

package molgenis_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

func writeExchange(w io.Writer, e httpcall.Exchange) {
	fmt.Fprintf(w, "%s %s %v %s\n%d %v %s %v\n", e.Method, e.URL, e.RequestHeader, e.RequestBody, e.Status, e.ResponseHeader, e.ResponseBody, e.Err)
}

func login(password string) molgenis.LoginRequest {
	return molgenis.LoginRequest{Username: "alice", Password: secret.New(password).OnWire()}
}

func TestLogin(t *testing.T) {
	p := newPlatform(t, map[string][]answer{"POST /api/v1/login": {{status: 200, body: `{"token":"` + aliceToken + `","username":"alice"}`}}})
	got, err := p.asAlice().Login(t.Context(), login(alicePassword))
	if err != nil || got.Token.Text().Reveal() != aliceToken || got.Username != "alice" {
		t.Fatalf("got %+v, %v", got, err)
	}
	sent := p.last(t)
	if want := `{"username":"alice","password":"` + alicePassword + `"}`; sent.body != want {
		t.Errorf("sent %s, want %s", sent.body, want)
	}
	if sent.header.Get("X-Molgenis-Token") != "" || sent.header.Get("Content-Type") != "application/json" {
		t.Errorf("sent the header %v: a login needs no credential", sent.header)
	}
}

// The platform has one status for all that can be wrong with a login; only the
// words tell what it is.
func TestWhatALoginIsRefusedFor(t *testing.T) {
	said := func(message string) string { return `{"errors":[{"message":"` + message + `"}]}` }
	tests := map[string]struct {
		answer answer
		want   error
		retry  time.Duration
	}{
		"a wrong password":       {answer: answer{status: 401, body: said("Bad credentials")}, want: molgenis.ErrWrongPassword},
		"an unknown user":        {answer: answer{status: 401, body: said("Unknown user 'x'")}, want: molgenis.ErrWrongPassword},
		"an inactive user":       {answer: answer{status: 401, body: said("User is disabled")}, want: molgenis.ErrWrongPassword},
		"a second factor":        {answer: answer{status: 401, body: said("Login disabled because Two Factor Authentication is enabled")}, want: molgenis.ErrTwoFactor},
		"a password to reset":    {answer: answer{status: 401, body: said("a password reset is required")}, want: molgenis.ErrPasswordReset},
		"too many wrong guesses": {answer: answer{status: 401, body: said("wait"), retry: "30"}, retry: 30 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t, map[string][]answer{"POST /api/v1/login": {tt.answer}})
			_, err := p.client().Login(t.Context(), login("guess"))
			var refusal *molgenis.Error
			if !errors.As(err, &refusal) || refusal.Kind != tt.want || refusal.Retry != tt.retry {
				t.Errorf("got %v (%+v), want %v and %s", err, refusal, tt.want, tt.retry)
			}
			if calls := p.calls(); len(calls) != 1 {
				t.Errorf("a login was sent %d times", len(calls))
			}
		})
	}
}

// Each shape in which the platform refuses, and what is made of it.
func TestShapesOfARefusal(t *testing.T) {
	tests := map[string]struct {
		answer answer
		want   string
		kind   error
	}{
		"one message":     {answer{status: 400, body: `{"errors":[{"message":"no token"}]}`}, "no token (status 400)", nil},
		"several":         {answer{status: 400, body: `{"errors":[{"message":"a"},{"message":"b"}]}`}, "a; b (status 400)", nil},
		"with a code":     {answer{status: 401, body: `{"errors":[{"message":"no right","code":"DS04a"}]}`}, "no right (code DS04a, status 401)", molgenis.ErrPermission},
		"a problem":       {answer{status: 403, body: `{"title":"Forbidden","status":403,"detail":"not this","errorCode":"C02"}`}, "not this (code C02, status 403)", nil},
		"without detail":  {answer{status: 403, body: `{"title":"Forbidden"}`}, "Forbidden (status 403)", nil},
		"not found":       {answer{status: 404, body: `{"errors":[{"message":"gone"}]}`}, "gone (status 404)", molgenis.ErrNotFound},
		"a dead token":    {answer{status: 400, body: `{"errors":[{"message":"Invalid token or token expired"}]}`}, "Invalid token or token expired (status 400)", molgenis.ErrSignedOut},
		"led to sign in":  {answer{status: 302, to: "/login"}, "the credential is not valid, or not valid any more (status 302)", molgenis.ErrSignedOut},
		"led to the code": {answer{status: 302, to: "http://x/2fa/authenticate;jsessionid=1"}, "the credential is not valid, or not valid any more (status 302)", molgenis.ErrSignedOut},
		"an echo":         {answer{status: 400, body: `{"errors":[{"message":"you sent ` + aliceToken + `"}]}`}, "you sent [redacted] (status 400)", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t, map[string][]answer{"GET /api/v2/version": {tt.answer}, "GET /app-ui-context": {tt.answer}})
			_, err := p.asAlice().Context(t.Context())
			if err == nil || err.Error() != tt.want || tt.kind != nil && !errors.Is(err, tt.kind) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// An unexpected answer is not taken for a refusal.
func TestAnswersOfSomethingElse(t *testing.T) {
	for name, body := range map[string]answer{
		"a page":         {status: 200, body: "<html>Welcome", page: true},
		"a failing page": {status: 500, body: "<html>Oops", page: true},
		"other JSON":     {status: 400, body: `{"ok":false}`},
		"half of it":     {status: 200, body: `{"authenticated":tr`},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t, map[string][]answer{"GET /app-ui-context": {body}})
			_, err := p.asAlice().Context(t.Context())
			if _, ok := errors.AsType[*httpcall.UnexpectedAnswerError](err); !ok {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("another server", func(t *testing.T) {
		p := newPlatform(t, map[string][]answer{"GET /app-ui-context": {{status: 302, to: "https://elsewhere.example/"}}})
		_, err := p.asAlice().Context(t.Context())
		if _, ok := errors.AsType[*httpcall.RedirectError](err); !ok {
			t.Errorf("got %v", err)
		}
		if calls := p.calls(); len(calls) != 1 {
			t.Errorf("asked %q: a redirect is not followed", calls)
		}
	})
}

func TestContext(t *testing.T) {
	tests := map[string]struct {
		answer answer
		user   string
		err    error
	}{
		"somebody":       {answer{status: 200, body: `{"authenticated":true,"username":"alice","roles":["USER"]}`}, "alice", nil},
		"nobody":         {answer{status: 200, body: `{"authenticated":false,"username":"anonymous"}`}, "anonymous", molgenis.ErrSignedOut},
		"an old version": {answer{status: 404, body: `{"errors":[{"message":"?"}]}`}, "", molgenis.ErrNotFound},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t, map[string][]answer{"GET /app-ui-context": {tt.answer}})
			who, err := p.asAlice().Context(t.Context())
			if who.Username != tt.user || !errors.Is(err, tt.err) {
				t.Errorf("got %q, %v", who.Username, err)
			}
			if got := p.last(t).header.Get("X-Molgenis-Token"); got != aliceToken {
				t.Errorf("sent the token %q", got)
			}
		})
	}
}

// The second logout of one token is not a failure of the first.
func TestLogout(t *testing.T) {
	p := newPlatform(t, map[string][]answer{"POST /api/v1/logout": {{status: 200}, {status: 404, body: `{"errors":[{"message":"Invalid token"}]}`}}})
	if err := p.asAlice().Logout(t.Context()); err != nil {
		t.Error(err)
	}
	if err := p.asAlice().Logout(t.Context()); !errors.Is(err, molgenis.ErrSignedOut) {
		t.Errorf("the second time: %v", err)
	}
	page := newPlatform(t, map[string][]answer{"POST /logout": {{status: 302, to: "/"}}})
	if err := page.client().WithCredential(secret.New("JSESSIONID=abc;route=1"), molgenis.CredentialCookie).Logout(t.Context()); err != nil {
		t.Error(err)
	}
	if got := page.last(t).header.Get("Cookie"); got != "JSESSIONID=abc; route=1" {
		t.Errorf("sent the cookies %q", got)
	}
}

// Only a redirect or a page says that the session of cookies has ended.
func TestLogoutByFormFails(t *testing.T) {
	for name, tt := range map[string]struct {
		answers []answer
		fails   bool
	}{
		"away":          {[]answer{{status: 503, body: "busy"}}, true},
		"no such route": {[]answer{{status: 404, body: `{"errors":[{"message":"no"}]}`}}, true},
		"away once":     {[]answer{{status: 503, body: "busy"}, {status: 302, to: "/login?logout"}}, false},
		"a page":        {[]answer{{status: 200, page: true}}, false},
	} {
		p := newPlatform(t, map[string][]answer{"POST /logout": tt.answers})
		err := p.client().WithCredential(secret.New("JSESSIONID=abc"), molgenis.CredentialCookie).Logout(t.Context())
		if (err != nil) != tt.fails {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEntities(t *testing.T) {
	p := newPlatform(t, map[string][]answer{
		"GET /api/v2/sys_sec_Token":                {{status: 200, body: `{"start":100,"num":100,"total":101,"items":[{"id":"t1","description":"ci"}]}`}},
		"GET /api/v2/sys_sec_User":                 {{status: 200, body: `{"total":1,"items":[{"id":"u1","username":"a \"b\""}]}`}},
		"POST /api/v1/sys_sec_Token":               {{status: 201, to: "/api/v1/sys_sec_Token/t2"}},
		"PUT /api/v1/sys_sec_Token/t2/description": {{status: 200}},
		"DELETE /api/v1/sys_sec_Token/t2":          {{status: 204}},
		"PUT /api/v1/sys_sec_User/u1/active":       {{status: 200}},
	})
	alice := p.asAlice()
	list, err := alice.Tokens(t.Context(), 100)
	if err != nil || list.Total != 101 || list.Items[0].Description != "ci" {
		t.Errorf("tokens %+v, %v", list, err)
	}
	user, err := alice.User(t.Context(), `a "b"`)
	if err != nil || user.ID != "u1" {
		t.Errorf("user %+v, %v", user, err)
	}
	if _, err := alice.User(t.Context(), "bob"); !errors.Is(err, molgenis.ErrNotFound) {
		t.Errorf("a user whom the answer does not have: %v", err)
	}
	id, err := alice.NewToken(t.Context(), molgenis.NewToken{User: "u1", Token: secret.New(aliceToken).OnWire()})
	if err != nil || id != "t2" {
		t.Errorf("new token %q, %v", id, err)
	}
	for _, err := range []error{
		alice.SetToken(t.Context(), "t2", "description", "nightly"), alice.DeleteToken(t.Context(), "t2"), alice.SetUser(t.Context(), "u1", "active", true),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	want := []string{
		"GET /api/v2/sys_sec_Token?num=5000&start=100",
		"GET /api/v2/sys_sec_User?q=username%3D%3D%22a+%5C%22b%5C%22%22",
		"GET /api/v2/sys_sec_User?q=username%3D%3D%22bob%22",
		"POST /api/v1/sys_sec_Token", "PUT /api/v1/sys_sec_Token/t2/description",
		"DELETE /api/v1/sys_sec_Token/t2", "PUT /api/v1/sys_sec_User/u1/active",
	}
	if diff := cmp.Diff(want, p.calls()); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if body := p.last(t).body; body != "true" {
		t.Errorf("the attribute was sent as %s", body)
	}
}

// What could be a header or a cookie of its own is not sent.
func TestACredentialThatCannotBeSent(t *testing.T) {
	p := newPlatform(t, nil)
	_, err := p.client().WithCredential(secret.New("a\r\nX-Evil: 1"), molgenis.CredentialToken).Context(t.Context())
	if !errors.Is(err, httpcall.ErrInvalidToken) || strings.Contains(err.Error(), "Evil") || len(p.calls()) > 0 {
		t.Errorf("%v, asked %q", err, p.calls())
	}
}

// No secret is in the trace: neither in bodies nor in headers or cookies.
func TestTheTraceShowsNoSecret(t *testing.T) {
	const hidden = "CANARY"
	p := newPlatform(t, map[string][]answer{
		"POST /api/v1/login":                    {{status: 200, body: `{"token":"CANARY-token","username":"alice"}`}},
		"POST /login":                           {{status: 302, to: "/", cookies: []string{"JSESSIONID=CANARY-cookie; HttpOnly"}}},
		"GET /app-ui-context":                   {{status: 200, body: `{"authenticated":true,"username":"alice"}`}},
		"POST /2fa/validate":                    {{status: 302, to: "/", cookies: []string{"JSESSIONID=CANARY-next"}}},
		"GET /2fa/activation":                   {{status: 200, page: true, body: `<input type="hidden" name="secretKey" value="CANARY"> otpauth://totp/x?secret=CANARY`}},
		"GET /plugin/useraccount/recoveryCodes": {{status: 200, body: `{"recoveryCodes":["CANARY"]}`}},
		"POST /api/graphql":                     {{status: 200, body: `{"data":{"signin":{"status":"SUCCESS","token":"CANARY-jwt"}}}`}},
	})
	client, shown := p.tracing(secret.New("JSESSIONID=CANARY-cookie"), molgenis.CredentialCookie)
	if _, err := client.Login(t.Context(), login("CANARY-password")); err != nil {
		t.Error(err)
	}
	if _, err := client.FormLogin(t.Context(), "alice", secret.New("CANARY-password")); err != nil {
		t.Error(err)
	}
	if _, err := client.ValidateCode(t.Context(), secret.New("CANARY")); err != nil {
		t.Error(err)
	}
	if _, err := client.EnrollmentKey(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := client.RecoveryCodes(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := client.SignIn(t.Context(), "alice", secret.New("CANARY-password")); err != nil {
		t.Error(err)
	}
	if strings.Contains(shown.String(), hidden) || len(shown.String()) < 500 {
		t.Errorf("the trace is\n%s", shown)
	}
}

// A client's own jar would carry one account's cookies to another.
func TestNoCookieIsKept(t *testing.T) {
	p := newPlatform(t, map[string][]answer{"GET /api/v2/version": {{status: 200, body: `{"molgenisVersion":"8.7.2"}`, cookies: []string{"JSESSIONID=abc"}}}})
	client := molgenis.New(molgenis.Config{Server: p.URL, HTTP: &http.Client{}})
	for range 2 {
		if _, err := client.Version(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := p.last(t).header.Get("Cookie"); got != "" {
		t.Errorf("sent the cookie %q", got)
	}
}

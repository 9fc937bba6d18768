package platform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// said is one answer of a fake MOLGENIS: a status, and what goes with it.
type said struct {
	status int
	body   string
	to     string // Location
	cookie string
}

// fakeMOLGENIS answers each "METHOD PATH" of its table and notes what it was
// asked.
type fakeMOLGENIS struct {
	answers map[string]said
	asked   []string // "METHOD PATH BODY"
	server  *httptest.Server
}

func newFakeMOLGENIS(t *testing.T, answers map[string]said) *fakeMOLGENIS {
	t.Helper()
	f := &fakeMOLGENIS{answers: answers}
	f.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		f.asked = append(f.asked, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+string(body)))
		f.write(w, r.Method+" "+r.URL.Path, string(body))
	}))
	t.Cleanup(f.server.Close)
	return f
}

// write answers GraphQL by the first field of the query, the rest by the path.
func (f *fakeMOLGENIS) write(w http.ResponseWriter, key, body string) {
	for field := range f.answers {
		if strings.HasSuffix(key, "/api/graphql") && strings.Contains(body, "{"+field) {
			key = field
		}
	}
	answer, known := f.answers[key]
	if !known {
		answer = said{status: 404, body: `{"errors":[{"message":"unknown"}]}`}
	}
	w.Header().Set("Content-Type", "application/json")
	if strings.HasPrefix(answer.body, "<") {
		w.Header().Set("Content-Type", "text/html")
	}
	if answer.to != "" {
		w.Header().Set("Location", answer.to)
	}
	if answer.cookie != "" {
		w.Header().Set("Set-Cookie", answer.cookie)
	}
	w.WriteHeader(max(answer.status, 200))
	_, _ = io.WriteString(w, answer.body)
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func (f *fakeMOLGENIS) access(credential, credentialType string) Access {
	return Access{
		APIServer: f.server.URL, AuthServer: f.server.URL, HTTP: f.server.Client(),
		Token: secret.New(credential), TokenType: credentialType,
		Now: func() time.Time { return noon }, Random: bytes.NewReader(bytes.Repeat([]byte{0xab}, 64)),
	}
}

func (f *fakeMOLGENIS) classic() *Classic {
	return newClassic(f.access("tok", molgenis.CredentialToken))
}
func (f *fakeMOLGENIS) emx2() EMX2 { return newEMX2(f.access("tok", molgenis.CredentialToken)) }

func (f *fakeMOLGENIS) wantAsked(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, f.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

const (
	isAlice    = `{"authenticated":true,"username":"alice","roles":["USER"]}`
	isNobody   = `{"authenticated":false,"username":"anonymous"}`
	refused2FA = `{"errors":[{"message":"Two factor authentication is enabled"}]}`
	noRight    = `{"errors":[{"message":"No permission","code":"DS04"}]}`
)

func alice(code string) Person {
	return Person{Username: "alice", Password: secret.New("pw"), Code: secret.New(code)}
}

func TestDetect(t *testing.T) {
	tests := map[string]struct {
		answers map[string]said
		want    Type
		asked   []string
	}{
		"it says so": {
			map[string]said{"GET /.well-known/dxauth": {body: `{"type":"molgenis"}`}}, TypeMOLGENIS,
			[]string{"GET /.well-known/dxauth"},
		},
		"a DNAnexus says so": {
			map[string]said{"GET /.well-known/dxauth": {body: `{"type":"dnanexus"}`}}, TypeDNAnexus,
			[]string{"GET /.well-known/dxauth"},
		},
		"EMX2": {
			map[string]said{"_manifest": {body: `{"data":{"_manifest":{"SpecificationVersion":"11"}}}`}}, TypeEMX2,
			[]string{"GET /.well-known/dxauth", `POST /api/graphql {"query":"{_manifest{SpecificationVersion}}"}`},
		},
		"the classic one": {
			map[string]said{"GET /api/v2/version": {body: `{"molgenisVersion":"8.7.2"}`}}, TypeMOLGENIS,
			[]string{"GET /.well-known/dxauth", `POST /api/graphql {"query":"{_manifest{SpecificationVersion}}"}`, "GET /api/v2/version"},
		},
		"a type of later": {
			map[string]said{"GET /.well-known/dxauth": {body: `{"type":"galaxy"}`}}, TypeDNAnexus,
			[]string{"GET /.well-known/dxauth", `POST /api/graphql {"query":"{_manifest{SpecificationVersion}}"}`, "GET /api/v2/version"},
		},
		"pages that say yes to everything": {
			map[string]said{
				"GET /.well-known/dxauth": {body: "<html>"}, "_manifest": {body: "<html>"}, "GET /api/v2/version": {body: "<html>"},
			}, TypeDNAnexus,
			[]string{"GET /.well-known/dxauth", `POST /api/graphql {"query":"{_manifest{SpecificationVersion}}"}`, "GET /api/v2/version"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFakeMOLGENIS(t, tt.answers)
			if got := Detect(t.Context(), f.access("secret-token", molgenis.CredentialToken)); got != tt.want {
				t.Errorf("got %s", got)
			}
			f.wantAsked(t, tt.asked...)
		})
	}
	t.Run("a server that is not there is asked once", func(t *testing.T) {
		f := newFakeMOLGENIS(t, nil)
		f.server.Close()
		tries := 0
		access := f.access("", "")
		access.HTTP = &http.Client{Transport: counting{&tries}}
		if got := Detect(t.Context(), access); got != TypeDNAnexus || tries != 1 {
			t.Errorf("got %s after %d tries", got, tries)
		}
	})
}

// counting is a network without anybody.
type counting struct{ tries *int }

func (c counting) RoundTrip(*http.Request) (*http.Response, error) {
	*c.tries++
	return nil, errors.New("no network")
}

func TestClassicSignIn(t *testing.T) {
	session := map[string]said{
		"POST /login": {status: 302, to: "/", cookie: "JSESSIONID=half"}, "GET /app-ui-context": {status: 302, to: "/2fa/authenticate"},
		"POST /api/v1/login": {status: 401, body: refused2FA},
		"POST /2fa/validate": {status: 302, to: "/", cookie: "JSESSIONID=whole"}, "POST /2fa/recover": {status: 302, to: "/", cookie: "JSESSIONID=whole"},
		"POST /logout": {status: 302, to: "/login"},
	}
	form := []string{"POST /login password=pw&username=alice", "GET /app-ui-context"}
	tests := map[string]struct {
		code  string
		token string
		kind  string
		err   error
		asked []string
	}{
		"a code":          {"123456", "JSESSIONID=whole", molgenis.CredentialCookie, nil, append(slices.Clone(form), "POST /2fa/validate verificationCode=123456")},
		"a recovery code": {"abcdef", "JSESSIONID=whole", molgenis.CredentialCookie, nil, append(slices.Clone(form), "POST /2fa/recover recoveryCode=abcdef")},
		// Half a session is ended again.
		"no code": {"", "", "", ErrCodeRequired, slices.Concat([]string{`POST /api/v1/login {"username":"alice","password":"pw"}`}, form, []string{"POST /logout"})},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFakeMOLGENIS(t, session)
			pass, err := f.classic().SignIn(t.Context(), alice(tt.code))
			if pass.Token.Reveal() != tt.token || pass.TokenType != tt.kind || !errors.Is(err, tt.err) {
				t.Errorf("got %q of type %q, %v", pass.Token.Reveal(), pass.TokenType, err)
			}
			f.wantAsked(t, tt.asked...)
		})
	}
	t.Run("by the password alone", func(t *testing.T) {
		f := newFakeMOLGENIS(t, map[string]said{"POST /api/v1/login": {body: `{"token":"t1","username":"alice"}`}})
		pass, err := f.classic().SignIn(t.Context(), alice(""))
		if err != nil || pass.Token.Reveal() != "t1" || !pass.Expires.Equal(noon.Add(2*time.Hour)) || pass.Idle != 0 {
			t.Errorf("got %+v, %v", pass, err)
		}
	})
	t.Run("a server that tells both ends", func(t *testing.T) {
		f := newFakeMOLGENIS(t, map[string]said{"POST /api/v1/login": {body: `{"token":"t1","username":"alice","expires":1893456000000,"idleTimeout":300000}`}})
		pass, err := f.classic().SignIn(t.Context(), alice(""))
		if err != nil || pass.Idle != 5*time.Minute || pass.Expires.Year() != 2030 {
			t.Errorf("got %+v, %v", pass, err)
		}
	})
	t.Run("a factor that has to be set up first", func(t *testing.T) {
		f := newFakeMOLGENIS(t, map[string]said{
			"POST /api/v1/login": {status: 401, body: refused2FA}, "POST /login": {status: 302, to: "/", cookie: "JSESSIONID=half"},
			"GET /app-ui-context": {status: 302, to: "/2fa/activation"},
		})
		_, err := f.classic().SignIn(t.Context(), alice(""))
		required, ok := errors.AsType[*EnrolmentRequiredError](err)
		if !ok || required.Ticket.Reveal() != "JSESSIONID=half" {
			t.Errorf("got %v", err)
		}
	})
}

// The words of the platform tell whether there is such a user; they are not
// passed on.
func TestAWrongPasswordIsAllThatIsTold(t *testing.T) {
	f := newFakeMOLGENIS(t, map[string]said{"POST /api/v1/login": {status: 401, body: `{"errors":[{"message":"Unknown user 'alice'"}]}`}})
	_, err := f.classic().SignIn(t.Context(), alice(""))
	if !errors.Is(err, ErrWrongPassword) || strings.Contains(err.Error(), "Unknown") {
		t.Errorf("got %v", err)
	}
}

func TestClassicVerify(t *testing.T) {
	tests := map[string]struct {
		answer said
		check  func(error) bool
	}{
		"somebody":    {said{body: isAlice}, func(err error) bool { return err == nil }},
		"a dead one":  {said{body: isNobody}, isSignedOut},
		"half signed": {said{status: 302, to: "/2fa/authenticate"}, isSignedOut},
		"before 8.0":  {said{status: 404, body: `{"errors":[{"message":"?"}]}`}, func(err error) bool { return errors.Is(err, ErrNotOffered) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFakeMOLGENIS(t, map[string]said{"GET /app-ui-context": tt.answer})
			if _, err := f.classic().Verify(t.Context()); !tt.check(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func isSignedOut(err error) bool {
	_, ok := errors.AsType[*SignedOutError](err)
	return ok
}

func TestClassicTokens(t *testing.T) {
	f := newFakeMOLGENIS(t, map[string]said{
		"GET /app-ui-context":                         {body: isAlice},
		"GET /api/v2/sys_sec_User":                    {body: `{"items":[{"id":"u1","username":"alice"}]}`},
		"POST /api/v1/sys_sec_Token":                  {status: 201, to: "/api/v1/sys_sec_Token/t9"},
		"GET /api/v2/sys_sec_Token/t9":                {body: `{"id":"t9","expirationDate":"2026-03-31T12:00:00.000Z"}`},
		"DELETE /api/v1/sys_sec_Token/t9":             {status: 204},
		"PUT /api/v1/sys_sec_Token/t9/expirationDate": {},
		"GET /api/v2/sys_sec_Token": {body: `{"total":5,"items":[
			{"id":"t1","User":{"username":"alice"},"description":"ci","token":"tok","creationDate":"2026-02-01T00:00:00Z"},
			{"id":"t2","User":{"username":"bob"},"description":"ci"},
			{"id":"t3","User":{"username":"alice"},"expirationDate":"2026-02-28T00:00:00+0000"},
			{"id":"t4","User":{"username":"alice"},"description":"nightly","expirationDate":"2026-04-01T00:00:00Z","narrow":true}]}`},
	})
	made, err := f.classic().NewToken(t.Context(), TokenOrder{Name: "ci", Scope: Scope{Full: true}})
	if err != nil || made.ID != "t9" || made.Secret.Reveal() != strings.Repeat("ab", 16) || !made.Expires.Equal(noon.AddDate(0, 0, 30)) {
		t.Errorf("made %+v, %v", made, err)
	}
	f.wantAsked(t, "GET /app-ui-context", "GET /api/v2/sys_sec_User",
		`POST /api/v1/sys_sec_Token {"User":"u1","token":"abababababababababababababababab","description":"ci","expirationDate":"2026-03-31T12:00:00Z"}`,
		"GET /api/v2/sys_sec_Token/t9")

	ids := func(query TokenQuery) []string {
		page, next, err := f.classic().ListTokens(t.Context(), query, nil)
		if err != nil || string(next) != "4" {
			t.Errorf("next %s, %v", next, err)
		}
		var ids []string
		for _, token := range page {
			ids = append(ids, strings.TrimSpace(fmt.Sprintf("%s %s %s", token.ID, token.Name, map[bool]string{true: "in use"}[token.Current])))
		}
		return ids
	}
	for _, tt := range []struct {
		query TokenQuery
		want  []string
	}{
		{TokenQuery{}, []string{"t1 ci in use", "t4 nightly"}}, // one's own
		{TokenQuery{Name: "ci"}, []string{"t1 ci in use"}},
		{TokenQuery{ID: "t4"}, []string{"t4 nightly"}},
		{TokenQuery{Expired: true}, []string{"t3"}},
	} {
		if diff := cmp.Diff(tt.want, ids(tt.query)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.query, diff)
		}
	}
	page, _, err := f.classic().ListTokens(t.Context(), TokenQuery{}, nil)
	if err != nil || !page[0].Scope.Full || page[1].Scope.Full {
		t.Errorf("which are narrow: %+v, %v", page, err)
	}
	if err := f.classic().RevokeToken(t.Context(), "t9"); err != nil {
		t.Error(err)
	}
	if err := f.classic().RevokeToken(t.Context(), "t8"); !errors.Is(err, ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
	later, earlier := noon.AddDate(0, 2, 0), noon.Add(time.Hour)
	if err := f.classic().ChangeToken(t.Context(), "t9", TokenChange{Expires: &later}); err == nil {
		t.Error("a token was lengthened")
	}
	if err := f.classic().ChangeToken(t.Context(), "t9", TokenChange{Expires: &earlier}); err != nil {
		t.Error(err)
	}
}

// A sign-in of some time ago makes tokens of a day that reach less. Nobody gets
// one who asked for another.
func TestATokenThatIsLessThanWasAskedFor(t *testing.T) {
	f := newFakeMOLGENIS(t, map[string]said{
		"GET /app-ui-context": {body: isAlice}, "GET /api/v2/sys_sec_User": {body: `{"items":[{"id":"u1","username":"alice"}]}`},
		"POST /api/v1/sys_sec_Token": {status: 201, to: "/api/v1/sys_sec_Token/t9"}, "DELETE /api/v1/sys_sec_Token/t9": {status: 204},
		"GET /api/v2/sys_sec_Token/t9": {body: `{"id":"t9","expirationDate":"2026-03-02T12:00:00Z"}`},
	})
	if _, err := f.classic().NewToken(t.Context(), TokenOrder{Scope: Scope{Full: true}}); !errors.Is(err, ErrReauthenticate) {
		t.Errorf("got %v", err)
	}
	if last := f.asked[len(f.asked)-1]; last != "DELETE /api/v1/sys_sec_Token/t9" {
		t.Errorf("it was left: %q", f.asked)
	}
	made, err := f.classic().ScriptToken(t.Context(), "x", 24*time.Hour)
	if err != nil || made.ID != "t9" || !made.Expires.Equal(noon.Add(24*time.Hour)) {
		t.Errorf("for a script: %+v, %v", made, err)
	}
}

// A real classic server lets only administrators near tokens; it refuses a dead
// token in the same words.
func TestClassicTokensRefused(t *testing.T) {
	for name, who := range map[string]string{"no right": isAlice, "a dead token": isNobody} {
		t.Run(name, func(t *testing.T) {
			f := newFakeMOLGENIS(t, map[string]said{
				"GET /app-ui-context": {body: who}, "GET /api/v2/sys_sec_User": {status: 401, body: noRight}, "DELETE /api/v1/sys_sec_Token/t1": {status: 401, body: noRight},
			})
			err := f.classic().RevokeToken(t.Context(), "t1")
			if isSignedOut(err) != (who == isNobody) {
				t.Errorf("got %v", err)
			}
			if who == isAlice && !strings.Contains(err.Error(), "only an administrator") {
				t.Errorf("got %v", err)
			}
			if _, err := f.classic().ScriptToken(t.Context(), "x", time.Hour); who == isAlice && !errors.Is(err, ErrNoScriptToken) {
				t.Errorf("a token for a script: %v", err)
			}
		})
	}
	narrow := TokenOrder{Scope: Scope{Projects: map[string]string{"project-1": "VIEW"}}}
	for _, tokens := range []Tokens{newFakeMOLGENIS(t, nil).classic(), newFakeMOLGENIS(t, nil).emx2()} {
		if _, err := tokens.NewToken(t.Context(), narrow); !isUnsupported(err) {
			t.Errorf("a scope: %v", err)
		}
	}
}

func isUnsupported(err error) bool {
	_, ok := errors.AsType[*UnsupportedError](err)
	return ok
}

// With a password, the token is made in a sign-in of its own, which ends.
func TestATokenForWhoeverGivesThePassword(t *testing.T) {
	f := newFakeMOLGENIS(t, map[string]said{
		"GET /app-ui-context": {body: isAlice}, "POST /api/v1/login": {body: `{"token":"fresh","username":"alice"}`},
		"GET /api/v2/sys_sec_User":   {body: `{"items":[{"id":"u1","username":"alice"}]}`},
		"POST /api/v1/sys_sec_Token": {status: 201, to: "/api/v1/sys_sec_Token/t9"}, "POST /api/v1/logout": {},
	})
	order := TokenOrder{Scope: Scope{Full: true}, Person: alice(""), Expires: noon.Add(time.Hour)}
	made, err := f.classic().NewToken(t.Context(), order)
	if err != nil || made.ID != "t9" || !made.Expires.Equal(noon.Add(time.Hour)) {
		t.Errorf("made %+v, %v", made, err)
	}
	if last := f.asked[len(f.asked)-1]; last != "POST /api/v1/logout" {
		t.Errorf("asked %q", f.asked)
	}
	f.answers["POST /api/v1/sys_sec_Token"] = said{status: 401, body: `{"errors":[{"message":"again","code":"ReauthenticationRequired"}]}`}
	if _, err := f.classic().NewToken(t.Context(), TokenOrder{Scope: Scope{Full: true}}); !errors.Is(err, ErrReauthenticate) {
		t.Errorf("got %v", err)
	}
}

func TestClassicTwoFactor(t *testing.T) {
	f := newFakeMOLGENIS(t, map[string]said{
		"GET /app-ui-context": {body: isAlice}, "POST /login": {status: 302, to: "/", cookie: "JSESSIONID=page"}, "POST /logout": {status: 302, to: "/"},
		"POST /plugin/useraccount/2fa/enable":   {status: 302, to: "/2fa/activation"},
		"GET /2fa/activation":                   {body: `<input name="secretKey" value="abcd"> "otpauth://totp/Lab%3Aalice?secret=ABCD&issuer=Lab"`},
		"POST /2fa/activation/authenticate":     {status: 302, to: "/menu/main/useraccount"},
		"GET /plugin/useraccount/recoveryCodes": {body: `{"recoveryCodes":["r1","r2"]}`},
	})
	c := f.classic()
	if _, err := c.BeginTwoFactor(t.Context(), Person{}, secret.Text{}); !errors.Is(err, ErrReauthenticate) {
		t.Errorf("without a password: %v", err)
	}
	begun, err := c.BeginTwoFactor(t.Context(), alice(""), secret.Text{})
	if err != nil || begun.Secret.Reveal() != "ABCD" || begun.Issuer != "Lab" || begun.Account != "alice" || begun.Digits != 6 {
		t.Errorf("begun %+v, %v", begun, err)
	}
	codes, err := c.ConfirmTwoFactor(t.Context(), secret.New("123456"), secret.Text{})
	if err != nil || len(codes) != 2 || codes[0].Reveal() != "r1" {
		t.Errorf("codes %v, %v", codes, err)
	}
	// The platform has ended the other sessions, so this one takes their place.
	pass, err := c.ActivateTwoFactor(t.Context(), codes[0], secret.Text{})
	if err != nil || pass == nil || pass.Token.Reveal() != "JSESSIONID=page" || pass.TokenType != molgenis.CredentialCookie {
		t.Errorf("%+v, %v", pass, err)
	}
	if _, err := c.ConfirmTwoFactor(t.Context(), secret.New("123456"), secret.Text{}); !isUnsupported(err) {
		t.Errorf("confirmed without a beginning: %v", err)
	}
	if _, err := c.ActivateTwoFactor(t.Context(), codes[0], secret.Text{}); !isUnsupported(err) {
		t.Errorf("activated without a beginning: %v", err)
	}
}

// In a login that has to set a factor up first, the ticket is half a session.
func TestClassicTwoFactorInALogin(t *testing.T) {
	f := newFakeMOLGENIS(t, map[string]said{
		"GET /2fa/activation":                           {body: `<input name="secretKey" value="abcd">`},
		"POST /2fa/activation/authenticate":             {status: 302, to: "/", cookie: "JSESSIONID=whole"},
		"GET /plugin/useraccount/recoveryCodes":         {body: `{"recoveryCodes":[]}`},
		"GET /plugin/useraccount/generateRecoveryCodes": {body: `{"recoveryCodes":["r1"]}`},
	})
	c, ticket := f.classic(), secret.New("JSESSIONID=half")
	begun, err := c.BeginTwoFactor(t.Context(), Person{}, ticket)
	if err != nil || !strings.HasPrefix(begun.URI.Reveal(), "otpauth://totp/127.0.0.1:") || !strings.Contains(begun.URI.Reveal(), "secret=ABCD") {
		t.Errorf("begun with %q, %v", begun.URI.Reveal(), err)
	}
	if codes, err := c.ConfirmTwoFactor(t.Context(), secret.New("123456"), ticket); err != nil || len(codes) != 1 {
		t.Errorf("codes %v, %v", codes, err)
	}
	pass, err := c.ActivateTwoFactor(t.Context(), secret.New("r1"), ticket)
	if err != nil || pass == nil || pass.Token.Reveal() != "JSESSIONID=whole" || pass.TokenType != molgenis.CredentialCookie {
		t.Errorf("pass %+v, %v", pass, err)
	}
}

func TestClassicTwoFactorStatus(t *testing.T) {
	row := func(use string) said {
		return said{body: `{"items":[{"id":"u1","username":"alice","use2fa":` + use + `}]}`}
	}
	for name, tt := range map[string]struct {
		row     said
		kind    string
		on      bool
		offered bool
	}{
		"on": {row("true"), molgenis.CredentialToken, true, true}, "off": {row("false"), molgenis.CredentialToken, false, true},
		"not told":                              {said{status: 401, body: noRight}, molgenis.CredentialToken, false, false},
		"not told to whoever signed in with it": {said{status: 401, body: noRight}, molgenis.CredentialCookie, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeMOLGENIS(t, map[string]said{"GET /app-ui-context": {body: isAlice}, "GET /api/v2/sys_sec_User": tt.row})
			status, err := newClassic(f.access("a=b", tt.kind)).TwoFactorStatus(t.Context())
			if status.On != tt.on || errors.Is(err, ErrNotOffered) == tt.offered {
				t.Errorf("got %+v, %v", status, err)
			}
		})
	}
}

func TestClassicCall(t *testing.T) {
	f := newFakeMOLGENIS(t, map[string]said{"GET /api/v2/version": {body: `{}`}, "DELETE /api/v1/x/1": {status: 204}})
	if answer, err := f.classic().Call(t.Context(), "v2/version?a=b", "get", nil); err != nil || string(answer) != "{}" {
		t.Errorf("%s, %v", answer, err)
	}
	if answer, err := f.classic().Call(t.Context(), "v1/x/1", "DELETE", json.RawMessage("{}")); err != nil || string(answer) != "null" {
		t.Errorf("%s, %v", answer, err)
	}
	for _, resource := range []string{"", "/v2", "../login", "v1/../../login", "v2//x", "http://evil.org", "v2/x#y", "v2 x", "@evil"} {
		if _, err := f.classic().Call(t.Context(), resource, "GET", nil); !isUnsupported(err) {
			t.Errorf("%q: %v", resource, err)
		}
	}
	if _, err := f.classic().Call(t.Context(), "v2/version", "whoami", nil); !isUnsupported(err) {
		t.Errorf("a method: %v", err)
	}
}

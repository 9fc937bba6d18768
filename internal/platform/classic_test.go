package platform

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

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
		ticket, ok := refusal.DetailsOf[Ticket](err)
		if !ok || ticket.Secret.Reveal() != "JSESSIONID=half" {
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
	return errors.Is(err, ErrSignedOut)
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
	if _, err := c.BeginTwoFactor(t.Context(), Credentials{}, secret.Text{}); !errors.Is(err, ErrReauthenticate) {
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
	begun, err := c.BeginTwoFactor(t.Context(), Credentials{}, ticket)
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

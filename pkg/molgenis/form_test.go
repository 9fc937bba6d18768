package molgenis_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestFormLogin(t *testing.T) {
	signedIn := answer{status: 302, to: "/", cookies: []string{"JSESSIONID=abc; Path=/; HttpOnly", "route=n1"}}
	tests := map[string]struct {
		login, next answer
		stage       molgenis.Stage
		cookies     string
	}{
		"without a second factor":   {signedIn, answer{status: 200, body: `{"authenticated":true}`}, molgenis.SignedIn, "JSESSIONID=abc;route=n1"},
		"a code is missing":         {signedIn, answer{status: 302, to: "/2fa/authenticate"}, molgenis.NeedsCode, "JSESSIONID=abc;route=n1"},
		"a factor has to be set up": {signedIn, answer{status: 302, to: "http://h/2fa/activation"}, molgenis.NeedsEnrollment, "JSESSIONID=abc;route=n1"},
		"before 8.0":                {signedIn, answer{status: 404}, molgenis.SignedIn, "JSESSIONID=abc;route=n1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t, map[string][]answer{"POST /login": {tt.login}, "GET /app-ui-context": {tt.next}})
			got, err := p.client().FormLogin(t.Context(), "alice", secret.New("a&b=c"))
			if err != nil || got.Stage != tt.stage || got.Cookies.Reveal() != tt.cookies {
				t.Errorf("got %v %q, %v", got.Stage, got.Cookies.Reveal(), err)
			}
			if sent := p.asked[0]; sent.body != "password=a%26b%3Dc&username=alice" || sent.header.Get("Content-Type") != "application/x-www-form-urlencoded" {
				t.Errorf("sent %+v", sent)
			}
		})
	}
}

func TestFormLoginRefused(t *testing.T) {
	tests := map[string]struct {
		answer answer
		is     func(error) bool
	}{
		"wrong password": {answer{status: 302, to: "/login?error", cookies: []string{"JSESSIONID=x"}}, func(err error) bool { return errors.Is(err, molgenis.ErrWrongPassword) }},
		"locked out":     {answer{status: 302, to: "/login?error", retry: "30"}, isLockedOut},
		"a busy server":  {answer{status: 429, retry: "30"}, isLockedOut},
		"no cookie":      {answer{status: 302, to: "/"}, isUnexpected},
		"a page":         {answer{status: 200, page: true, body: "<html>"}, isUnexpected},
		"no MOLGENIS":    {answer{status: 404, page: true, body: "<html>"}, isUnexpected},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t, map[string][]answer{"POST /login": {tt.answer}})
			if _, err := p.client().FormLogin(t.Context(), "alice", secret.New("x")); !tt.is(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func isLockedOut(err error) bool {
	var refusal *molgenis.Error
	return errors.As(err, &refusal) && refusal.Kind == nil && refusal.Retry == 30*time.Second
}

func isUnexpected(err error) bool {
	_, ok := errors.AsType[*httpcall.UnexpectedAnswerError](err)
	return ok
}

// A code is right where the answer leads on, and wrong where the page comes
// again. The session has another cookie afterwards, or the same one.
func TestCodes(t *testing.T) {
	page := answer{status: 200, page: true, body: "<html>Invalid code"}
	tests := map[string]struct {
		answer  answer
		cookies string
		err     error
	}{
		"right":               {answer{status: 302, to: "/", cookies: []string{"JSESSIONID=new"}}, "JSESSIONID=new;route=n1", nil},
		"right, same session": {answer{status: 302, to: "/menu/main"}, "JSESSIONID=abc;route=n1", nil},
		"a cookie is dropped": {answer{status: 302, to: "/", cookies: []string{"route=; Max-Age=0"}}, "JSESSIONID=abc", nil},
		"wrong":               {page, "", molgenis.ErrWrongCode},
		"wrong, led back":     {answer{status: 302, to: "/2fa/authenticate?error"}, "", molgenis.ErrWrongCode},
		"no session any more": {answer{status: 302, to: "/login"}, "", molgenis.ErrSignedOut},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t, map[string][]answer{"POST /2fa/validate": {tt.answer}, "POST /2fa/recover": {tt.answer}, "POST /2fa/activation/authenticate": {tt.answer}})
			half := p.client().WithCredential(secret.New("JSESSIONID=abc;route=n1"), molgenis.CredentialCookie)
			for _, give := range []func() (secret.Text, error){
				func() (secret.Text, error) { return half.ValidateCode(t.Context(), secret.New("123456")) },
				func() (secret.Text, error) { return half.UseRecoveryCode(t.Context(), secret.New("r1")) },
				func() (secret.Text, error) {
					return half.ActivateTwoFactor(t.Context(), secret.New("k"), secret.New("123456"))
				},
			} {
				cookies, err := give()
				if cookies.Reveal() != tt.cookies || !errors.Is(err, tt.err) {
					t.Errorf("got %q, %v", cookies.Reveal(), err)
				}
			}
			var bodies []string
			for _, a := range p.asked {
				bodies = append(bodies, a.body)
			}
			want := []string{"verificationCode=123456", "recoveryCode=r1", "secretKey=k&verificationCode=123456"}
			if diff := cmp.Diff(want, bodies); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("locked out", func(t *testing.T) {
		locked := page
		locked.retry = "30"
		p := newPlatform(t, map[string][]answer{"POST /2fa/validate": {locked}})
		if _, err := p.asAlice().ValidateCode(t.Context(), secret.New("123456")); !isLockedOut(err) {
			t.Errorf("got %v", err)
		}
	})
}

func TestEnrollmentKey(t *testing.T) {
	tests := map[string]struct{ page, key, uri string }{
		"as the platform writes it": {
			`<form><input type="hidden" name="secretKey" value="abcdefgh"></form><script>qr("otpauth://totp/Lab%3Aalice?secret=ABCDEFGH&issuer=Lab")</script>`,
			"abcdefgh", "otpauth://totp/Lab%3Aalice?secret=ABCDEFGH&issuer=Lab",
		},
		"in other orders and quotes": {
			`<INPUT value='abcdefgh' id=x name='secretKey'/> <a href="otpauth://totp/x?secret=A&amp;issuer=L">`,
			"abcdefgh", "otpauth://totp/x?secret=A&issuer=L",
		},
		"escaped in a script": {
			`<input name="secretKey" value="k"> '\u002f' "otpauth:\/\/totp\/x?secret\x3DA\u0026issuer\u003DL"`,
			"k", "otpauth://totp/x?secret=A&issuer=L",
		},
		"without a URI": {`<input name="other" value="no"><input name="secretKey" value="k">`, "k", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t, map[string][]answer{"GET /2fa/activation": {{status: 200, page: true, body: tt.page}}})
			got, err := p.asAlice().EnrollmentKey(t.Context())
			if err != nil || got.Secret.Reveal() != tt.key || got.URI.Reveal() != tt.uri {
				t.Errorf("got %q %q, %v", got.Secret.Reveal(), got.URI.Reveal(), err)
			}
		})
	}
	t.Run("no key", func(t *testing.T) {
		p := newPlatform(t, map[string][]answer{"GET /2fa/activation": {{status: 200, page: true, body: "<html>"}}})
		if _, err := p.asAlice().EnrollmentKey(t.Context()); !isUnexpected(err) {
			t.Errorf("got %v", err)
		}
	})
}

func TestButtons(t *testing.T) {
	led := []answer{{status: 302, to: "/2fa/activation"}}
	p := newPlatform(t, map[string][]answer{
		"POST /plugin/useraccount/2fa/enable": led, "POST /plugin/useraccount/2fa/reset": led,
		"POST /plugin/useraccount/2fa/disable": {{status: 302, to: "/menu/main/useraccount"}, {status: 302, to: "/login"}, {status: 200, page: true, body: "<html>"}, {status: 403, body: `{"errors":[{"message":"no"}]}`}},
	})
	page := p.client().WithCredential(secret.New("JSESSIONID=abc"), molgenis.CredentialCookie)
	for _, err := range []error{page.EnableTwoFactor(t.Context()), page.ResetTwoFactor(t.Context()), page.DisableTwoFactor(t.Context(), molgenis.Proof{})} {
		if err != nil {
			t.Error(err)
		}
	}
	if err := page.DisableTwoFactor(t.Context(), molgenis.Proof{}); !errors.Is(err, molgenis.ErrSignedOut) {
		t.Errorf("led to sign in: %v", err)
	}
	if err := page.DisableTwoFactor(t.Context(), molgenis.Proof{}); err != nil {
		t.Errorf("a page: %v", err)
	}
	if err := page.DisableTwoFactor(t.Context(), molgenis.Proof{}); err == nil || err.Error() != "no (status 403)" {
		t.Errorf("refused: %v", err)
	}
}

// A GET that replaces the codes is not repeated by itself.
func TestNewRecoveryCodesAreAskedForOnce(t *testing.T) {
	p := newPlatform(t, map[string][]answer{"GET /plugin/useraccount/generateRecoveryCodes": {{status: 503, page: true}}})
	if _, err := p.asAlice().NewRecoveryCodes(t.Context(), molgenis.Proof{}); err == nil || len(p.calls()) != 1 {
		t.Errorf("%v, asked %q", err, p.calls())
	}
}

// A proof is for dxauth's own server. One that has no such form gets the GET that
// it knows, and no password in a URL.
func TestNewRecoveryCodesWithAProof(t *testing.T) {
	const route = "/plugin/useraccount/generateRecoveryCodes"
	proof := molgenis.Proof{Password: secret.New("pw"), Code: secret.New("123456")}
	codes := answer{status: 200, body: `{"recoveryCodes":["r1"]}`}
	for name, tt := range map[string]struct {
		post  answer
		want  error
		calls []string
	}{
		"its own server":   {codes, nil, []string{"POST " + route}},
		"another":          {answer{status: 405}, nil, []string{"POST " + route, "GET " + route}},
		"a wrong password": {answer{status: 401, body: `{"errors":[{"message":"Bad credentials"}]}`}, molgenis.ErrWrongPassword, []string{"POST " + route}},
		"a wrong code":     {answer{status: 401, body: `{"errors":[{"message":"Invalid verification code"}]}`}, molgenis.ErrWrongCode, []string{"POST " + route}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t, map[string][]answer{"POST " + route: {tt.post}, "GET " + route: {codes}})
			got, err := p.asAlice().NewRecoveryCodes(t.Context(), proof)
			if !errors.Is(err, tt.want) || (err == nil) != (len(got.RecoveryCodes) == 1) {
				t.Errorf("got %d codes, %v", len(got.RecoveryCodes), err)
			}
			if diff := cmp.Diff(tt.calls, p.calls()); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			if p.asked[0].body != "password=pw&verificationCode=123456" {
				t.Errorf("sent %q", p.asked[0].body)
			}
		})
	}
}

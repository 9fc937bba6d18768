package dnanexus_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/identity"
)

// signIn asks for a session as dx does, without checking the response.
func (p *platform) signIn(username, password, otp string) answer {
	p.t.Helper()
	body := fmt.Sprintf(`{"expires": 1772409600000, "username": %q, "password": %q, "otp": %s}`, username, password, otp)
	return p.post("/system/newAuthToken", "", body)
}

const wrongCredentials = "Incorrect username and/or password"

func TestSignInRefusals(t *testing.T) {
	tests := []struct {
		name                    string
		username, password, otp string
		status                  int
		errorType, message      string
	}{
		{"wrong password", "alice", "wrong", `null`, 401, "UsernameOrPasswordError", wrongCredentials},
		{"unknown user", "nobody", "wonderland-2026", `null`, 401, "UsernameOrPasswordError", wrongCredentials},
		{"disabled user, right password", "eve", "listening-2026", `null`, 401, "UsernameOrPasswordError", wrongCredentials},
		{"wrong password and a code", "bob", "wrong", `"123456"`, 401, "UsernameOrPasswordError", wrongCredentials},
		{"no code", "bob", "builder-2026", `null`, 401, "OTPRequiredError", "A verification code is required"},
		{"empty code", "bob", "builder-2026", `""`, 401, "OTPRequiredError", "A verification code is required"},
		{"wrong code", "bob", "builder-2026", `"000000"`, 401, "OTPMismatchError", "Incorrect verification code"},
		{"wrong recovery code", "bob", "builder-2026", `"xxxxx-yyyyy"`, 401, "OTPMismatchError", "Incorrect verification code"},
		{"single sign-on", "dave", "anything", `null`, 403, "SSORequiredError",
			"The user is registered via single sign-on and may only log in through the identity provider"},
		{"endless password", "alice", strings.Repeat("x", 1025), `null`, 422, "InvalidInput", "The password is too long"},
	}
	p := newPlatform(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p.signIn(test.username, test.password, test.otp).refuses(t, test.status, test.errorType, test.message)
		})
	}
}

func TestACodeSignsInOnce(t *testing.T) {
	p := newPlatform(t)
	seed, err := identity.DecodeSeed("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
	if err != nil {
		t.Fatal(err)
	}
	code := fmt.Sprintf("%q", identity.TOTP(seed, start().Unix()/30))
	p.signIn("bob", "builder-2026", code).expect(t, 200, `{"user_id": "user-bob"}`)
	p.signIn("bob", "builder-2026", code).refuses(t, 401, "OTPMismatchError", "Incorrect verification code: it was used before")
}

// The responses to an unknown user and to a wrong password differ only in the request
// ID.
func TestSignInDoesNotRevealWhoExists(t *testing.T) {
	p := newPlatform(t)
	plain := func(a answer) answer {
		a.header.Del("X-Request-ID")
		a.header.Del("Date")
		return a
	}
	want := plain(p.signIn("alice", "wrong", `null`))
	for _, other := range []struct{ name, username, password string }{
		{"unknown user", "nobody", "wrong"},
		{"disabled user", "eve", "listening-2026"},
		{"endless name", strings.Repeat("n", 3000), "wrong"},
		{"no name of a user", "../alice\n", "wrong"},
	} {
		got := plain(p.signIn(other.username, other.password, `null`))
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(answer{})); diff != "" {
			t.Errorf("%s (-wrong password +got):\n%s", other.name, diff)
		}
	}
}

// After five guesses each further one needs a wait, whether the user exists or not. dx
// does not retry the status forever.
func TestLockoutSaysHowLong(t *testing.T) {
	for _, username := range []string{"alice", "nobody"} {
		t.Run(username, func(t *testing.T) {
			p := newPlatform(t)
			for range 5 {
				p.signIn(username, "wrong", `null`).refuses(t, 401, "UsernameOrPasswordError", wrongCredentials)
			}
			for wait := 1; wait <= 4; wait *= 2 {
				a := p.signIn(username, "wrong", `null`)
				a.refuses(t, 403, "TooManyAttemptsError", fmt.Sprintf("Too many failed attempts; try again in %d s", wait))
				a.expect(t, 403, fmt.Sprintf(`{"error": {"details": {"retryAfter": %d}}}`, wait))
				if got := a.header.Get("Retry-After"); got != fmt.Sprint(wait) {
					t.Errorf("Retry-After is %q, want %d", got, wait)
				}
				p.Advance(time.Duration(wait) * time.Second)
				p.signIn(username, "wrong", `null`).refuses(t, 401, "UsernameOrPasswordError", wrongCredentials)
			}
		})
	}
}

func TestARightPasswordWaitsToo(t *testing.T) {
	p := newPlatform(t)
	for range 5 {
		p.signIn("alice", "wrong", `null`)
	}
	p.signIn("alice", "wonderland-2026", `null`).expect(t, 403, `{"error": {"type": "TooManyAttemptsError"}}`)
	p.Advance(time.Second)
	p.signIn("alice", "wonderland-2026", `null`).expect(t, 200, `{"access_token": "<token>"}`)
}

func TestOnlyUnknownTokensAreLimited(t *testing.T) {
	p := newPlatform(t)
	request := dx("test").request(p, "/system/whoami", "Bearer guess", `{}`)
	requests := make([]string, 201)
	for i := range requests {
		requests[i] = request
	}
	answers := p.onOneConnection(requests...)
	answers[199].refuses(t, 401, "InvalidAuthentication", "The token could not be found")
	answers[200].refuses(t, 403, "TooManyAttemptsError", "Too many failed attempts; try again in 1 s")
	p.post("/system/whoami", aliceFull, `{}`).expect(t, 200, `{"id": "user-alice"}`)
}

// newAuthToken needs both user name and password, or a token.
func TestNewAuthTokenNeedsBothOrNeither(t *testing.T) {
	p := newPlatform(t)
	tests := []struct {
		body, message string
	}{
		{`{"username": "alice", "otp": null}`, `Expected input to have property "password"`},
		{`{"username": "alice", "password": ""}`, `Expected input to have property "password"`},
		{`{"username": "alice", "password": null}`, `Expected input to have property "password"`},
		{`{"password": "wonderland-2026"}`, `Expected input to have property "username"`},
		{`{"grant_type": "authorization_code", "scope": {"full": true}}`,
			`expected key "grant_type" of input to be absent: authorization codes are not supported`},
	}
	for _, test := range tests {
		p.post("/system/newAuthToken", "", test.body).refuses(t, 422, "InvalidInput", test.message)
	}
	p.post("/system/newAuthToken", "", `{}`).
		refuses(t, 401, "InvalidAuthentication", "You need to be logged in to use this method")
	p.post("/system/newAuthToken", "PUBLIC", `{"username": "alice", "password": "wonderland-2026"}`).
		expect(t, 200, `{"user_id": "user-alice"}`)
}

// The case of a user name does not matter, and the original spelling is kept.
func TestUserNamesInAnyCase(t *testing.T) {
	p := newPlatform(t)
	for _, username := range []string{"alice", "Alice", "ALICE"} {
		p.signIn(username, "wonderland-2026", `null`).expect(t, 200, `{"user_id": "user-alice"}`)
	}
}

// The response to a sign-in has only documented keys.
func TestNewAuthTokenKeys(t *testing.T) {
	a := newPlatform(t).signIn("alice", "wonderland-2026", `null`)
	var got map[string]json.RawMessage
	if err := json.Unmarshal(a.body, &got); err != nil || a.status != http.StatusOK {
		t.Fatal(err, a.status)
	}
	for _, key := range []string{"access_token", "token_type", "token_signature", "user_id", "expires", "idleTimeout"} {
		delete(got, key)
	}
	if len(got) != 0 {
		t.Errorf("unexpected keys: %v", got)
	}
}

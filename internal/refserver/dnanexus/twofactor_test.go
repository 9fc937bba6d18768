package dnanexus_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/pkg/secret"
)

// The proofs of alice, and of bob without a code.
const (
	aliceProof = `"password": "wonderland-2026"`
	bobProof   = `"password": "builder-2026"`
)

const bobsSeed = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// An app is an authenticator app with one secret.
type app struct {
	p    *platform
	seed []byte
}

func (p *platform) appOf(secret string) app {
	p.t.Helper()
	seed, err := identity.DecodeSeed(secret)
	if err != nil {
		p.t.Fatal(err)
	}
	return app{p, seed}
}

// code returns the current code of the app.
func (a app) code() string { return identity.TOTP(a.seed, a.p.Now().Unix()/30) }

// next advances the clock and returns a new code.
func (a app) next() string {
	a.p.Advance(30 * time.Second)
	return a.code()
}

// wrong returns a code that is not valid in the current steps.
func (a app) wrong() string {
	for _, code := range []string{"000000", "111111", "222222", "333333"} {
		if _, ok := identity.MatchTOTP(a.seed, code, a.p.Now()); !ok {
			return code
		}
	}
	panic("four codes are good in three steps")
}

// begin starts an enrollment; who is a proof or a ticket, as JSON.
func (p *platform) begin(token, who string) app {
	p.t.Helper()
	a := p.post("/account/twoFactor/enroll", token, "{"+who+"}")
	a.expect(p.t, 200, `{"algorithm": "SHA1", "digits": 6, "period": 30}`)
	return p.appOf(a.text(p.t, "secret"))
}

func (p *platform) confirm(token, code, more string) answer {
	p.t.Helper()
	return p.post("/account/twoFactor/confirm", token, fmt.Sprintf(`{"code": %q%s}`, code, more))
}

func (p *platform) activate(token, recoveryCode, more string) answer {
	p.t.Helper()
	return p.post("/account/twoFactor/activate", token, fmt.Sprintf(`{"recoveryCode": %q%s}`, recoveryCode, more))
}

// recoveryCodes returns the ten codes of a response.
func (a answer) recoveryCodes(t *testing.T) []string {
	t.Helper()
	var body struct{ RecoveryCodes []string }
	if err := json.Unmarshal(a.body, &body); err != nil || a.status != 200 || len(body.RecoveryCodes) != 10 {
		t.Fatalf("%d %s: no ten recovery codes", a.status, a.body)
	}
	return body.RecoveryCodes
}

// turnOn runs the three steps, and returns the app and the recovery codes.
func (p *platform) turnOn(token, proof string) (app, []string) {
	p.t.Helper()
	phone := p.begin(token, proof)
	codes := p.confirm(token, phone.code(), "").recoveryCodes(p.t)
	p.activate(token, codes[0], "").expect(p.t, 200, `{}`)
	return phone, codes
}

func (p *platform) hasStatus(token, want string) {
	p.t.Helper()
	p.post("/account/twoFactor/status", token, `{}`).expect(p.t, 200, want)
}

// quoted returns a code as JSON, for signIn.
func quoted(code string) string { return fmt.Sprintf("%q", code) }

// S-20, S-24: nothing changes before the third step. Then two-factor authentication is
// on, and the codes used to turn it on are not valid for anything else.
func TestTwoFactorIsTurnedOnInThreeSteps(t *testing.T) {
	p := newPlatform(t)
	session, other := p.login("alice", "wonderland-2026"), p.login("alice", "wonderland-2026")
	off := `{"enabled": false, "since": null, "pending": false, "recoveryCodesLeft": 0, "mode": "enabled"}`
	pending := `{"enabled": false, "since": null, "pending": true, "recoveryCodesLeft": 0, "mode": "enabled"}`
	p.hasStatus(session, off)

	phone := p.begin(session, aliceProof)
	p.hasStatus(session, pending)
	p.activate(session, "aaaa-bbbb-cccc-dddd", "").
		refuses(t, 422, "InvalidState", "The enrollment has to be confirmed with a verification code first")
	codes := p.confirm(session, phone.code(), "").recoveryCodes(t)
	p.hasStatus(session, pending)
	p.signIn("alice", "wonderland-2026", `null`).expect(t, 200, `{"user_id": "user-alice"}`)

	p.activate(session, codes[3], "").expect(t, 200, `{}`)
	p.hasStatus(session, fmt.Sprintf(`{"enabled": true, "since": %d, "pending": false, "recoveryCodesLeft": 10}`, p.Now().UnixMilli()))
	p.post("/system/whoami", other, `{}`).expect(t, 401, `{"error": {"details": {"reason": "logged out elsewhere"}}}`)
	p.post("/system/whoami", aliceFull, `{}`).expect(t, 200, `{"id": "user-alice"}`) // an API token

	p.signIn("alice", "wonderland-2026", `null`).refuses(t, 401, "OTPRequiredError", "A verification code is required")
	p.signIn("alice", "wonderland-2026", quoted(phone.code())).
		refuses(t, 401, "OTPMismatchError", "Incorrect verification code: it was used before")
	p.signIn("alice", "wonderland-2026", quoted(phone.next())).expect(t, 200, `{"user_id": "user-alice"}`)
	p.signIn("alice", "wonderland-2026", quoted(codes[3])).expect(t, 200, `{"recoveryCodesLeft": 9}`)
	p.signIn("alice", "wonderland-2026", quoted(codes[3])).
		refuses(t, 401, "OTPMismatchError", "Incorrect verification code: it was used before")
	p.hasStatus(session, `{"enabled": true, "recoveryCodesLeft": 9}`)
}

// The secret and the URI are in a form that authenticator apps accept.
func TestTheSecretOfAnEnrollment(t *testing.T) {
	file, err := fixture.Open(t.Context(), "testdata/platform.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p := newPlatformOf(t, refserver.Config{Fixture: &file, Name: "Lab & Söhne: dx"})
	a := p.post("/account/twoFactor/enroll", p.login("alice", "wonderland-2026"), "{"+aliceProof+"}")
	a.expect(t, 200, fmt.Sprintf(`{"issuer": "Lab & Söhne dx", "account": "Alice", "expires": %d}`, p.Now().Add(10*time.Minute).UnixMilli()))
	secret := a.text(t, "secret")
	if seed := p.appOf(secret).seed; len(seed) != 20 {
		t.Errorf("the secret has %d bytes", len(seed))
	}
	want := "otpauth://totp/Lab%20%26%20S%C3%B6hne%20dx%3AAlice?secret=" + secret +
		"&issuer=Lab%20%26%20S%C3%B6hne%20dx&algorithm=SHA1&digits=6&period=30"
	if got := a.text(t, "uri"); got != want {
		t.Errorf("the URI is %s\nwant %s", got, want)
	}
	uri, err := url.Parse(a.text(t, "uri"))
	if err != nil || uri.Path != "/Lab & Söhne dx:Alice" || uri.Query().Get("issuer") != "Lab & Söhne dx" {
		t.Errorf("read back: %+v, %v", uri, err)
	}
}

// S-24: a pending enrollment expires after ten minutes, and a new one replaces it.
func TestAPendingEnrollmentExpires(t *testing.T) {
	const gone = "No enrollment is in progress, or it has expired; start again"
	p := newPlatform(t)
	p.confirm(aliceFull, "123456", "").refuses(t, 422, "InvalidState", gone)
	p.activate(aliceFull, "aaaa", "").refuses(t, 422, "InvalidState", gone)

	first := p.begin(aliceFull, aliceProof)
	p.Advance(10*time.Minute - time.Millisecond)
	codes := p.confirm(aliceFull, first.code(), "").recoveryCodes(t)
	p.Advance(time.Millisecond)
	p.activate(aliceFull, codes[0], "").refuses(t, 422, "InvalidState", gone)
	p.hasStatus(aliceFull, `{"enabled": false, "pending": false}`)

	first = p.begin(aliceFull, aliceProof)
	codes = p.confirm(aliceFull, first.code(), "").recoveryCodes(t)
	second := p.begin(aliceFull, aliceProof)
	p.activate(aliceFull, codes[0], "").
		refuses(t, 422, "InvalidState", "The enrollment has to be confirmed with a verification code first")
	if first.code() != second.code() {
		p.confirm(aliceFull, first.code(), "").refuses(t, 401, "OTPMismatchError", "Incorrect verification code")
	}
	p.confirm(aliceFull, second.code(), "").recoveryCodes(t)
}

// A user who lost the recovery codes before the last step can get new ones with another
// code.
func TestAnEnrollmentIsConfirmedAgain(t *testing.T) {
	p := newPlatform(t)
	phone := p.begin(aliceFull, aliceProof)
	lost := p.confirm(aliceFull, phone.code(), "").recoveryCodes(t)
	p.confirm(aliceFull, phone.code(), "").
		refuses(t, 401, "OTPMismatchError", "Incorrect verification code: it was used before")
	kept := p.confirm(aliceFull, phone.next(), "").recoveryCodes(t)
	p.activate(aliceFull, lost[0], "").refuses(t, 401, "OTPMismatchError", "Incorrect verification code")
	p.activate(aliceFull, kept[0], "").expect(t, 200, `{}`)
}

// S-14: after three wrong codes on any route, the next one needs a wait of 30 s, which
// grows. A code used before does not count, and a valid one resets the count.
func TestWrongCodesShareABudget(t *testing.T) {
	p := newPlatform(t)
	phone := p.begin(aliceFull, aliceProof)
	codes := p.confirm(aliceFull, phone.code(), "").recoveryCodes(t)
	for range 5 {
		p.confirm(aliceFull, phone.code(), "").expect(t, 401, `{"error": {"type": "OTPMismatchError"}}`)
	}
	p.confirm(aliceFull, phone.wrong(), "").expect(t, 401, `{"error": {"type": "OTPMismatchError"}}`)
	p.activate(aliceFull, "zzzz-zzzz-zzzz-zzzz", "").expect(t, 401, `{"error": {"type": "OTPMismatchError"}}`)
	p.Advance(time.Minute)
	p.activate(aliceFull, codes[0], "").expect(t, 200, `{}`)

	try := func(code string) answer { return p.signIn("alice", "wonderland-2026", quoted(code)) }
	for _, wrong := range []string{phone.wrong(), "zzzz-zzzz-zzzz-zzzz", phone.wrong()} {
		try(wrong).refuses(t, 401, "OTPMismatchError", "Incorrect verification code")
	}
	for _, wait := range []time.Duration{30 * time.Second, 4 * time.Minute, 15 * time.Minute} {
		a := try(phone.code())
		a.expect(t, 403, fmt.Sprintf(`{"error": {"type": "TooManyAttemptsError", "details": {"retryAfter": %d}}}`, wait/time.Second))
		if got := a.header.Get("Retry-After"); got != fmt.Sprint(int64(wait/time.Second)) {
			t.Errorf("Retry-After is %s, want %v", got, wait)
		}
		p.Advance(wait - time.Millisecond)
		try(codes[1]).expect(t, 403, `{"error": {"type": "TooManyAttemptsError"}}`)
		p.Advance(time.Millisecond)
		try(phone.wrong()).refuses(t, 401, "OTPMismatchError", "Incorrect verification code")
	}
	p.Advance(15 * time.Minute)
	try(phone.next()).expect(t, 200, `{"user_id": "user-alice"}`)
	try(phone.wrong()).refuses(t, 401, "OTPMismatchError", "Incorrect verification code")
	try(codes[1]).expect(t, 200, `{"recoveryCodesLeft": 9}`)
}

// The old second factor is valid until a new one is active.
func TestANewSecretReplacesTheOldAtTheEnd(t *testing.T) {
	p := newPlatform(t)
	old := p.appOf(bobsSeed)
	a := p.signIn("bob", "builder-2026", quoted(old.code()))
	session := a.text(t, "access_token")
	p.post("/account/twoFactor/enroll", session, "{"+bobProof+"}").refuses(t, 401, "OTPRequiredError", "A verification code is required")
	phone := p.begin(session, bobProof+`, "otp": "`+old.next()+`"`)
	codes := p.confirm(session, phone.code(), "").recoveryCodes(t)

	p.hasStatus(session, `{"enabled": true, "pending": true, "recoveryCodesLeft": 2}`)
	p.signIn("bob", "builder-2026", quoted(old.next())).expect(t, 200, `{"user_id": "user-bob"}`)
	p.signIn("bob", "builder-2026", `"aaaaa-bbbbb"`).expect(t, 200, `{"recoveryCodesLeft": 1}`)
	p.activate(session, codes[9], "").expect(t, 200, `{}`)

	for _, dead := range []string{old.next(), "ccccc-ddddd"} {
		if _, collides := identity.MatchTOTP(phone.seed, dead, p.Now()); !collides {
			p.signIn("bob", "builder-2026", quoted(dead)).refuses(t, 401, "OTPMismatchError", "Incorrect verification code")
		}
	}
	p.signIn("bob", "builder-2026", quoted(phone.next())).expect(t, 200, `{"user_id": "user-bob"}`)
	p.hasStatus(session, `{"enabled": true, "pending": false, "recoveryCodesLeft": 10}`)
}

// After turning it off and on again, the old secret and recovery codes stay invalid.
func TestTwoFactorOffAndOnAgain(t *testing.T) {
	p := newPlatform(t)
	session := p.login("alice", "wonderland-2026")
	phone, codes := p.turnOn(session, aliceProof)
	other := p.signIn("alice", "wonderland-2026", quoted(phone.next())).text(t, "access_token")

	p.post("/account/twoFactor/disable", session, "{"+aliceProof+`, "otp": "`+phone.next()+`"}`).expect(t, 200, `{}`)
	p.post("/system/whoami", other, `{}`).expect(t, 401, `{"error": {"details": {"reason": "logged out elsewhere"}}}`)
	p.signIn("alice", "wonderland-2026", `null`).expect(t, 200, `{"user_id": "user-alice"}`)
	p.hasStatus(session, `{"enabled": false, "since": null, "recoveryCodesLeft": 0}`)
	p.post("/account/twoFactor/disable", session, "{"+aliceProof+"}").
		refuses(t, 422, "InvalidState", "Two-factor authentication is off")
	p.post("/account/twoFactor/regenerateRecoveryCodes", session, "{"+aliceProof+"}").
		refuses(t, 422, "InvalidState", "Two-factor authentication is off")

	again, _ := p.turnOn(session, aliceProof)
	for _, dead := range []string{phone.next(), codes[1]} {
		if _, collides := identity.MatchTOTP(again.seed, dead, p.Now()); !collides {
			p.signIn("alice", "wonderland-2026", quoted(dead)).refuses(t, 401, "OTPMismatchError", "Incorrect verification code")
		}
	}
}

// S-25: new recovery codes invalidate the old ones, used or not.
func TestRecoveryCodesAreReplaced(t *testing.T) {
	p := newPlatform(t)
	session := p.login("alice", "wonderland-2026")
	phone, old := p.turnOn(session, aliceProof)
	regenerate := func(code string) answer {
		return p.post("/account/twoFactor/regenerateRecoveryCodes", session, "{"+aliceProof+`, "otp": "`+code+`"}`)
	}
	first := regenerate(old[0]).recoveryCodes(t) // a recovery code is accepted, too
	for _, code := range old {
		if slices.Contains(first, code) {
			t.Errorf("%s was returned again", code)
		}
	}
	p.signIn("alice", "wonderland-2026", quoted(old[1])).refuses(t, 401, "OTPMismatchError", "Incorrect verification code")
	p.signIn("alice", "wonderland-2026", quoted(first[0])).expect(t, 200, `{"recoveryCodesLeft": 9}`)
	second := regenerate(phone.next()).recoveryCodes(t)
	p.hasStatus(session, `{"recoveryCodesLeft": 10}`)
	p.signIn("alice", "wonderland-2026", quoted(first[1])).refuses(t, 401, "OTPMismatchError", "Incorrect verification code")
	p.signIn("alice", "wonderland-2026", quoted(second[9])).expect(t, 200, `{"recoveryCodesLeft": 9}`)
}

// S-28: each of these changes needs the password in the request, and a code if the
// account has a second factor; a recent sign-in is not enough.
func TestChangesNeedAProof(t *testing.T) {
	for _, change := range []struct{ path, more string }{
		{"/account/twoFactor/enroll", ""},
		{"/account/twoFactor/disable", ""},
		{"/account/twoFactor/regenerateRecoveryCodes", ""},
		{"/account/changePassword", `, "newPassword": "mason-2027-x"`},
		{"/account/updateSettings", `, "first": "Robert"`},
		{"/user-bob/updateEmail", `, "newEmail": "robert@example.org"`},
	} {
		t.Run(change.path, func(t *testing.T) {
			p := newPlatform(t)
			phone := p.appOf(bobsSeed)
			session := p.signIn("bob", "builder-2026", quoted(phone.code())).text(t, "access_token")
			try := func(proof string) answer { return p.post(change.path, session, "{"+proof+change.more+"}") }
			try(`"otp": null`).expect(t, 401, `{"error": {"type": "ReauthenticationRequiredError"}}`)
			try(`"otp": "`+phone.next()+`"`).expect(t, 401, `{"error": {"type": "ReauthenticationRequiredError"}}`)
			try(`"password": "wrong"`).refuses(t, 401, "UsernameOrPasswordError", wrongCredentials)
			try(`"password": "wrong", "otp": "`+phone.code()+`"`).refuses(t, 401, "UsernameOrPasswordError", wrongCredentials)
			try(bobProof).refuses(t, 401, "OTPRequiredError", "A verification code is required")
			try(bobProof+`, "otp": "`+phone.wrong()+`"`).refuses(t, 401, "OTPMismatchError", "Incorrect verification code")
			if a := try(bobProof + `, "otp": "` + phone.code() + `"`); a.status != 200 {
				t.Errorf("%d %s", a.status, a.body)
			}
			p.post("/system/whoami", session, `{}`).expect(t, 200, `{"id": "user-bob"}`)
		})
	}
}

// A scoped token cannot use these routes, and a user of single sign-on has no second
// factor here.
func TestWhoCannotTouchTwoFactor(t *testing.T) {
	p := newPlatform(t)
	for _, route := range []string{
		"/account/twoFactor/status", "/account/twoFactor/enroll", "/account/twoFactor/confirm", "/account/twoFactor/activate",
		"/account/twoFactor/disable", "/account/twoFactor/regenerateRecoveryCodes",
		"/account/changePassword", "/account/updateSettings", "/user-alice/updateEmail", "/user-carol/resetUserMFA",
	} {
		p.post(route, aliceRead, "{"+aliceProof+`, "code": "123456", "recoveryCode": "a"}`).
			refuses(t, 401, "PermissionDenied", "The token in use does not reach that far")
		p.post(route, "", `{}`).refuses(t, 401, "InvalidAuthentication", notLoggedIn)
	}
	p.post("/user-carol/updateEmail", aliceFull, "{"+aliceProof+`, "newEmail": "a@example.org"}`).
		refuses(t, 401, "PermissionDenied", "You can only change your own e-mail address")
}

func TestWithoutAPasswordThereIsNoSecondFactor(t *testing.T) {
	file := fixture.File{
		Users:  []fixture.User{{Username: "dave", SSO: true}},
		Tokens: []fixture.Token{{User: "dave", Value: secret.New("DaveFull000000000000000000000001"), Label: "ci"}},
	}
	p := newPlatformWith(t, file)
	p.post("/account/twoFactor/enroll", "DaveFull000000000000000000000001", `{"password": "anything"}`).
		expect(t, 403, `{"error": {"type": "SSORequiredError"}}`)
}

// An error about a missing key names it.
func TestIncompleteRequestsOfTwoFactor(t *testing.T) {
	p := newPlatform(t)
	for _, test := range []struct{ path, body, message string }{
		{"/account/twoFactor/confirm", `{}`, `Expected input to have property "code"`},
		{"/account/twoFactor/activate", `{"recoveryCode": ""}`, `Expected input to have property "recoveryCode"`},
		{"/account/changePassword", `{}`, `Expected input to have property "newPassword"`},
		{"/account/updateSettings", `{}`, `expected key "first" of input to be present, or middle, or last`},
		{"/user-alice/updateEmail", `{}`, `Expected input to have property "newEmail"`},
		{"/user-carol/resetUserMFA", `{}`, `expected key "user_id" of input to be the ID in the path`},
	} {
		p.post(test.path, aliceFull, test.body).refuses(t, 422, "InvalidInput", test.message)
	}
}

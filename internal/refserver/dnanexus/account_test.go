package dnanexus_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// S-37: a new password ends the other sessions but no API token. The session in use
// stays and counts as a recent sign-in.
func TestChangePassword(t *testing.T) {
	p := newPlatform(t)
	session, other := p.login("alice", "wonderland-2026"), p.login("alice", "wonderland-2026")
	p.Advance(6 * time.Minute)
	change := func(password, newPassword string) answer {
		return p.post("/account/changePassword", session, fmt.Sprintf(`{"password": %q, "newPassword": %q}`, password, newPassword))
	}
	p.post("/system/newAuthToken", session, `{"label": "ci"}`).expect(t, 401, `{"error": {"type": "ReauthenticationRequiredError"}}`)
	change("wrong", "looking-glass-1871").refuses(t, 401, "UsernameOrPasswordError", wrongCredentials)
	change("wonderland-2026", "looking-glass-1871").expect(t, 200, `{}`)

	p.post("/system/whoami", other, `{}`).expect(t, 401, `{"error": {"details": {"reason": "logged out elsewhere"}}}`)
	p.post("/system/whoami", session, `{}`).expect(t, 200, `{"id": "user-alice"}`)
	p.post("/system/whoami", aliceFull, `{}`).expect(t, 200, `{"id": "user-alice"}`)
	p.post("/system/newAuthToken", session, `{"label": "ci"}`).expect(t, 200, `{"user_id": "user-alice"}`)
	p.signIn("alice", "wonderland-2026", `null`).refuses(t, 401, "UsernameOrPasswordError", wrongCredentials)
	p.signIn("alice", "looking-glass-1871", `null`).expect(t, 200, `{"user_id": "user-alice"}`)
}

// S-06, S-07.
func TestRefusedPasswords(t *testing.T) {
	p := newPlatform(t)
	for newPassword, want := range map[string]string{
		"letters":                 "The password must have at least 8 characters",
		strings.Repeat("xy", 65):  "The password must have at most 128 characters",
		"Alice-2026":              "The password must not consist of your names or addresses",
		"alice@example.org":       "The password must not consist of your names or addresses",
		"piratelabs1":             "The password must not consist of your names or addresses",
		"Pirate Labs!":            "The password must not consist of your names or addresses",
		"password1":               "This password is too common",
		"wonderland-2026":         "The new password is the same as the current one",
		strings.Repeat("x", 2000): "The password must have at most 128 characters",
	} {
		p.post("/account/changePassword", aliceFull, fmt.Sprintf(`{%s, "newPassword": %q}`, aliceProof, newPassword)).
			refuses(t, 422, "InvalidInput", want)
	}
	p.signIn("alice", "wonderland-2026", `null`).expect(t, 200, `{"user_id": "user-alice"}`)
}

// A password can have any Unicode characters, and their normalization does not matter.
func TestUnicodePassword(t *testing.T) {
	p := newPlatform(t)
	p.post("/account/changePassword", aliceFull, fmt.Sprintf(`{%s, "newPassword": %q}`, aliceProof, " caf\u00e9 au lait \u4e16\u754c ")).
		expect(t, 200, `{}`)
	p.signIn("alice", " cafe\u0301 au lait \u4e16\u754c ", `null`).expect(t, 200, `{"user_id": "user-alice"}`)
	p.signIn("alice", "cafe\u0301 au lait \u4e16\u754c", `null`).refuses(t, 401, "UsernameOrPasswordError", wrongCredentials)
}

// A pending enrollment may be that of someone who knew only the old password.
func TestANewPasswordEndsAPendingEnrollment(t *testing.T) {
	p := newPlatform(t)
	p.begin(aliceFull, aliceProof)
	p.post("/account/changePassword", aliceFull, "{"+aliceProof+`, "newPassword": "looking-glass-1871"}`).expect(t, 200, `{}`)
	p.hasStatus(aliceFull, `{"pending": false}`)
}

func TestUpdateEmail(t *testing.T) {
	p := newPlatform(t)
	session, other := p.login("alice", "wonderland-2026"), p.login("alice", "wonderland-2026")
	change := func(address string) answer {
		return p.post("/user-alice/updateEmail", session, fmt.Sprintf(`{%s, "newEmail": %q}`, aliceProof, address))
	}
	for _, wrong := range []string{"alice", "@example.org", "Alice <alice@example.org>", "a@b@c", strings.Repeat("a", 255) + "@example.org"} {
		change(wrong).refuses(t, 422, "InvalidEmailError", "the e-mail address is not valid")
	}
	change("Bob@Example.org").refuses(t, 422, "EmailTakenError", "The e-mail address is taken")
	p.post("/system/whoami", other, `{}`).expect(t, 200, `{"id": "user-alice"}`)
	change("ALICE@example.org").expect(t, 200, `{"id": "user-alice"}`) // the current address in another case
	change("alice@example.com").expect(t, 200, `{"id": "user-alice"}`)
	p.post("/user-alice/describe", session, `{}`).expect(t, 200, `{"email": "alice@example.com"}`)
	p.post("/system/whoami", other, `{}`).expect(t, 401, `{"error": {"details": {"reason": "logged out elsewhere"}}}`)
}

func TestUpdateSettings(t *testing.T) {
	p := newPlatform(t)
	session, other := p.login("alice", "wonderland-2026"), p.login("alice", "wonderland-2026")
	change := func(fields string) answer {
		return p.post("/account/updateSettings", session, "{"+aliceProof+", "+fields+"}")
	}
	change(`"first": "Al\u0007ice"`).refuses(t, 422, "InvalidInput", "a name contains invisible characters")
	change(`"last": "`+strings.Repeat("x", 256)+`"`).refuses(t, 422, "InvalidInput", "a name is longer than 255 bytes")
	change(`"middle": "", "last": "Hargreaves"`).expect(t, 200, `{}`)
	p.post("/user-alice/describe", session, `{}`).expect(t, 200, `{"first": "Alice", "middle": "", "last": "Hargreaves"}`)
	p.post("/system/whoami", other, `{}`).expect(t, 401, `{"error": {"details": {"reason": "logged out elsewhere"}}}`)
	p.post("/system/whoami", aliceFull, `{}`).expect(t, 200, `{"id": "user-alice"}`)
}

// user-xxxx/update needs a recent sign-in, or the password and code, only if the
// account has a second factor.
func TestUserUpdateWithASecondFactor(t *testing.T) {
	p := newPlatform(t)
	p.post("/user-alice/update", aliceFull, `{"first": "Alicia"}`).expect(t, 200, `{"id": "user-alice"}`)

	phone := p.appOf(bobsSeed)
	session := p.signIn("bob", "builder-2026", quoted(phone.code())).text(t, "access_token")
	p.post("/user-bob/update", session, `{"first": "Robert"}`).expect(t, 200, `{"id": "user-bob"}`)
	p.Advance(5 * time.Minute)
	p.post("/user-bob/update", session, `{"first": "Bob"}`).expect(t, 401, `{"error": {"type": "ReauthenticationRequiredError"}}`)
	p.post("/user-bob/update", session, `{"first": "Bob", `+bobProof+`}`).expect(t, 401, `{"error": {"type": "OTPRequiredError"}}`)
	p.post("/user-bob/update", session, `{"first": "Bob", `+bobProof+`, "otp": "`+phone.code()+`"}`).expect(t, 200, `{"id": "user-bob"}`)
	// Making an API token does not count as a recent sign-in.
	token := p.post("/system/newAuthToken", "", `{"username": "bob", `+bobProof+`, "otp": "`+phone.next()+`", "label": "ci"}`).text(t, "access_token")
	p.post("/user-bob/update", token, `{"first": "B"}`).expect(t, 401, `{"error": {"type": "ReauthenticationRequiredError"}}`)
}

package platform

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/secret"
)

const routeTwoFactor = "/account/twoFactor/"

var bob = Credentials{Password: secret.New("pass"), Code: secret.New("123456")}

func TestTwoFactorStatus(t *testing.T) {
	for answer, want := range map[string]TwoFactorStatus{
		`{"enabled":true,"since":1000,"recoveryCodesLeft":9,"mode":"enforced"}`: {
			On: true, Since: time.Unix(1, 0).UTC(), RecoveryCodesLeft: 9, Mode: TwoFactorEnforced,
		},
		`{"enabled":false,"since":null,"pending":true,"mode":"enabled"}`: {Pending: true, Mode: TwoFactorEnabled},
	} {
		s := &server{answers: map[string]string{routeTwoFactor + "status": answer}}
		got, err := s.twoFactor(t).TwoFactorStatus(t.Context())
		if err != nil || got != want {
			t.Errorf("%s is %+v, %v", answer, got, err)
		}
	}
}

// TestEnrollment: by a signed-in person, and by the ticket of a sign-in.
func TestEnrollment(t *testing.T) {
	s := &server{answers: map[string]string{
		routeTwoFactor + "enroll": `{"uri":"otpauth://totp/x","secret":"ABCD","issuer":"Lab","account":"bob",
			"algorithm":"SHA1","digits":6,"period":30,"expires":600000}`,
		routeTwoFactor + "confirm":  `{"recoveryCodes":["aaaa-bbbb","cccc-dddd"]}`,
		routeTwoFactor + "activate": `{"session":{"access_token":"` + aliceToken + `","user_id":"user-bob","idleTimeout":900000}}`,
	}}
	p := s.twoFactor(t)
	enrollment, err := p.BeginTwoFactor(t.Context(), bob, secret.Text{})
	if err != nil {
		t.Fatal(err)
	}
	if enrollment.URI.Reveal() != "otpauth://totp/x" || enrollment.Secret.Reveal() != "ABCD" {
		t.Errorf("the URI is %q, the key %q", enrollment.URI.Reveal(), enrollment.Secret.Reveal())
	}
	enrollment.URI, enrollment.Secret = secret.Text{}, secret.Text{}
	want := Enrollment{
		Issuer: "Lab", Account: "bob", Algorithm: "SHA1", Digits: 6, Period: 30 * time.Second, Expires: time.Unix(600, 0).UTC(),
	}
	if enrollment != want {
		t.Errorf("enrollment %+v, want %+v", enrollment, want)
	}
	ticket := secret.New("t")
	codes, err := p.ConfirmTwoFactor(t.Context(), secret.New("654321"), ticket)
	if err != nil || len(codes) != 2 || codes[1].Reveal() != "cccc-dddd" {
		t.Fatalf("%d codes, %v", len(codes), err)
	}
	pass, err := p.ActivateTwoFactor(t.Context(), codes[1], ticket)
	if err != nil || pass == nil || pass.Token.Reveal() != aliceToken || pass.User.ID != "user-bob" || pass.Idle != 15*time.Minute {
		t.Errorf("pass %+v, %v", pass, err)
	}
	s.wantAsked(t,
		routeTwoFactor+`enroll {"password":"pass","otp":"123456"}`,
		routeTwoFactor+`confirm {"code":"654321","ticket":"t"}`,
		routeTwoFactor+`activate {"recoveryCode":"cccc-dddd","ticket":"t"}`)

	s.answers[routeTwoFactor+"activate"] = `{}`
	if pass, err := p.ActivateTwoFactor(t.Context(), codes[0], secret.Text{}); err != nil || pass != nil {
		t.Errorf("without a ticket: pass %+v, %v", pass, err)
	}
}

func TestTwoFactorIsTurnedOffAndRenewed(t *testing.T) {
	s := &server{answers: map[string]string{
		routeTwoFactor + "disable": `{}`, routeTwoFactor + "regenerateRecoveryCodes": `{"recoveryCodes":["aaaa"]}`,
	}}
	p := s.twoFactor(t)
	if codes, err := p.NewRecoveryCodes(t.Context(), bob); err != nil || len(codes) != 1 || codes[0].Reveal() != "aaaa" {
		t.Errorf("%d codes, %v", len(codes), err)
	}
	if err := p.DisableTwoFactor(t.Context(), Credentials{Password: secret.New("pass")}); err != nil {
		t.Error(err)
	}
	s.wantAsked(t,
		routeTwoFactor+`regenerateRecoveryCodes {"password":"pass","otp":"123456"}`,
		routeTwoFactor+`disable {"password":"pass"}`)
}

func TestSettings(t *testing.T) {
	s := &server{answers: map[string]string{
		"/system/whoami":          `{"id":"user-bob"}`,
		"/user-bob/describe":      `{"id":"user-bob","handle":"bob","first":"Bob","last":"Builder","email":"bob@example.org","created":1000}`,
		"/user-bob/updateEmail":   `{}`,
		"/account/changePassword": `{}`,
		"/account/updateSettings": `{}`,
	}}
	p := s.settings(t)
	profile, err := p.Profile(t.Context())
	want := Profile{ID: "user-bob", Name: "bob", First: "Bob", Last: "Builder", Email: "bob@example.org", Created: time.Unix(1, 0).UTC()}
	if diff := cmp.Diff(want, profile); err != nil || diff != "" {
		t.Errorf("%v, profile (-want +got):\n%s", err, diff)
	}
	s.asked = nil
	if err := errors.Join(
		p.ChangeNames(t.Context(), Credentials{}, NameChange{First: new("Robert"), Middle: new("")}),
		p.ChangePassword(t.Context(), bob, secret.New("another-one")),
		p.ChangeEmail(t.Context(), bob, "bob@lab.org"),
	); err != nil {
		t.Error(err)
	}
	s.wantAsked(t,
		`/account/updateSettings {"first":"Robert","middle":""}`,
		`/account/changePassword {"password":"pass","otp":"123456","newPassword":"another-one"}`,
		`/system/whoami {}`,
		`/user-bob/updateEmail {"password":"pass","otp":"123456","newEmail":"bob@lab.org"}`)
}

// TestSettingsAreNotOffered: a platform that has no such route says so.
func TestSettingsAreNotOffered(t *testing.T) {
	missing := `{"error":{"type":"ResourceNotFound","message":"no"}}`
	s := &server{status: 404, answers: map[string]string{}}
	for _, route := range []string{"status", "enroll", "confirm", "activate", "disable", "regenerateRecoveryCodes"} {
		s.answers[routeTwoFactor+route] = missing
	}
	s.answers["/account/changePassword"], s.answers["/account/updateSettings"] = missing, missing
	p, settings := s.twoFactor(t), s.settings(t)
	var none secret.Text
	for name, call := range map[string]func() error{
		"status":     func() error { _, err := p.TwoFactorStatus(t.Context()); return err },
		"begin":      func() error { _, err := p.BeginTwoFactor(t.Context(), bob, none); return err },
		"confirm":    func() error { _, err := p.ConfirmTwoFactor(t.Context(), none, none); return err },
		"activate":   func() error { _, err := p.ActivateTwoFactor(t.Context(), none, none); return err },
		"disable":    func() error { return p.DisableTwoFactor(t.Context(), bob) },
		"regenerate": func() error { _, err := p.NewRecoveryCodes(t.Context(), bob); return err },
		"password":   func() error { return settings.ChangePassword(t.Context(), bob, none) },
		"names":      func() error { return settings.ChangeNames(t.Context(), bob, NameChange{}) },
	} {
		if err := call(); !errors.Is(err, ErrNotOffered) {
			t.Errorf("%s: %v, want ErrNotOffered", name, err)
		}
	}
}

package dnanexus_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestRequestsOfTwoFactorAuthentication(t *testing.T) {
	ctx := t.Context()
	code := secret.New("123456").OnWire()
	proof := dnanexus.Proof{Password: secret.New("builder").OnWire(), OTP: &code}
	const proved = `"password":"builder","otp":"123456"`
	ticket := secret.New("t1cket").OnWire()
	first := "Bob"
	tests := map[string]struct {
		call        func(*dnanexus.Client) (any, error)
		route, body string
		answer      string
		want        any
	}{
		"status": {
			call:   func(c *dnanexus.Client) (any, error) { return c.TwoFactorStatus(ctx) },
			route:  "/auth/account/twoFactor/status",
			body:   `{}`,
			answer: `{"enabled":true,"since":null,"pending":true,"recoveryCodesLeft":9,"mode":"enforced","new":1}`,
			want:   dnanexus.TwoFactorStatus{Enabled: true, Pending: true, RecoveryCodesLeft: 9, Mode: dnanexus.TwoFactorEnforced},
		},
		"enroll": {
			call: func(c *dnanexus.Client) (any, error) {
				return c.EnrollTwoFactor(ctx, dnanexus.EnrollRequest{Proof: proof})
			},
			route:  "/auth/account/twoFactor/enroll",
			body:   `{` + proved + `}`,
			answer: `{"uri":"otpauth://totp/x","secret":"JBSWY3DP","issuer":"dxauth","account":"bob","algorithm":"SHA1","digits":6,"period":30,"expires":5}`,
			want: dnanexus.Enrollment{
				URI: secret.New("otpauth://totp/x").OnWire(), Secret: secret.New("JBSWY3DP").OnWire(),
				Issuer: "dxauth", Account: "bob", Algorithm: "SHA1", Digits: 6, Period: 30, Expires: 5,
			},
		},
		"enroll with a ticket": {
			call: func(c *dnanexus.Client) (any, error) {
				return c.EnrollTwoFactor(ctx, dnanexus.EnrollRequest{Ticket: ticket})
			},
			route:  "/auth/account/twoFactor/enroll",
			body:   `{"ticket":"t1cket"}`,
			answer: `{"secret":"JBSWY3DP"}`,
			want:   dnanexus.Enrollment{Secret: secret.New("JBSWY3DP").OnWire()},
		},
		"confirm": {
			call: func(c *dnanexus.Client) (any, error) {
				return c.ConfirmTwoFactor(ctx, dnanexus.ConfirmRequest{Code: code})
			},
			route:  "/auth/account/twoFactor/confirm",
			body:   `{"code":"123456"}`,
			answer: `{"recoveryCodes":["abcd-efgh"]}`,
			want:   dnanexus.RecoveryCodes{RecoveryCodes: []secret.Wire{secret.New("abcd-efgh").OnWire()}},
		},
		"activate": {
			call: func(c *dnanexus.Client) (any, error) {
				return c.ActivateTwoFactor(ctx, dnanexus.ActivateRequest{RecoveryCode: secret.New("abcd").OnWire()})
			},
			route:  "/auth/account/twoFactor/activate",
			body:   `{"recoveryCode":"abcd"}`,
			answer: `{}`,
			want:   dnanexus.ActivateResponse{},
		},
		"activate with a ticket": {
			call: func(c *dnanexus.Client) (any, error) {
				answer, err := c.ActivateTwoFactor(ctx, dnanexus.ActivateRequest{RecoveryCode: code, Ticket: ticket})
				return answer.Session.AccessToken.Text(), err
			},
			route:  "/auth/account/twoFactor/activate",
			body:   `{"recoveryCode":"123456","ticket":"t1cket"}`,
			answer: `{"session":{"access_token":"T0K3N"}}`,
			want:   secret.New("T0K3N"),
		},
		"disable": {
			call: func(c *dnanexus.Client) (any, error) {
				return nil, c.DisableTwoFactor(ctx, dnanexus.DisableRequest{Proof: proof})
			},
			route:  "/auth/account/twoFactor/disable",
			body:   `{` + proved + `}`,
			answer: `{}`,
		},
		"regenerate": {
			call: func(c *dnanexus.Client) (any, error) {
				codes, err := c.RegenerateRecoveryCodes(ctx, dnanexus.RegenerateRequest{Proof: proof})
				return len(codes.RecoveryCodes), err
			},
			route:  "/auth/account/twoFactor/regenerateRecoveryCodes",
			body:   `{` + proved + `}`,
			answer: `{"recoveryCodes":["a","b"]}`,
			want:   2,
		},
		"password": {
			call: func(c *dnanexus.Client) (any, error) {
				request := dnanexus.ChangePasswordRequest{Proof: proof, NewPassword: secret.New("mason-2027").OnWire()}
				return nil, c.ChangePassword(ctx, request)
			},
			route:  "/auth/account/changePassword",
			body:   `{` + proved + `,"newPassword":"mason-2027"}`,
			answer: `{}`,
		},
		"settings": {
			call: func(c *dnanexus.Client) (any, error) {
				return nil, c.UpdateSettings(ctx, dnanexus.UpdateSettingsRequest{First: &first})
			},
			route:  "/auth/account/updateSettings",
			body:   `{"first":"Bob"}`,
			answer: `{}`,
		},
		"e-mail": {
			call: func(c *dnanexus.Client) (any, error) {
				request := dnanexus.UpdateEmailRequest{Proof: proof, NewEmail: "bob@example.org"}
				return nil, c.UpdateEmail(ctx, "user-bob", request)
			},
			route:  "/auth/user-bob/updateEmail",
			body:   `{` + proved + `,"newEmail":"bob@example.org"}`,
			answer: `{}`,
		},
		"reset by an admin": {
			call: func(c *dnanexus.Client) (any, error) {
				return c.ResetUserMFA(ctx, dnanexus.ResetUserMFARequest{UserID: "user-bob", OrgID: "org-lab"})
			},
			route:  "/auth/user-bob/resetUserMFA",
			body:   `{"user_id":"user-bob","org_id":"org-lab","revokeChildTokens":false}`,
			answer: `{"admin_id":"user-alice","org_id":"org-lab","user_id":"user-bob"}`,
			want:   dnanexus.MemberActionResponse{AdminID: "user-alice", OrgID: "org-lab", UserID: "user-bob"},
		},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			p := newPlatform(t, answering(http.StatusOK, tt.answer))
			got, err := tt.call(p.client())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.Comparer(sameWire), cmp.Comparer(sameText)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			p.wantOne(t, "POST "+tt.route, tt.body)
		})
	}
}

func sameWire(a, b secret.Wire) bool { return sameText(a.Text(), b.Text()) }
func sameText(a, b secret.Text) bool { return a.Reveal() == b.Reveal() }

func TestIncompleteTwoFactorAnswers(t *testing.T) {
	tests := map[string]struct {
		call   func(*dnanexus.Client) error
		answer string
	}{
		"enroll": {func(c *dnanexus.Client) error {
			_, err := c.EnrollTwoFactor(t.Context(), dnanexus.EnrollRequest{})
			return err
		}, `{"uri":"otpauth://totp/x"}`},
		"confirm": {func(c *dnanexus.Client) error {
			_, err := c.ConfirmTwoFactor(t.Context(), dnanexus.ConfirmRequest{})
			return err
		}, `{}`},
		"activate": {func(c *dnanexus.Client) error {
			_, err := c.ActivateTwoFactor(t.Context(), dnanexus.ActivateRequest{})
			return err
		}, `{"session":{"access_token":""}}`},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			err := tt.call(newPlatform(t, answering(http.StatusOK, tt.answer)).client())
			unexpected, ok := errors.AsType[*httpcall.UnexpectedAnswerError](err)
			if !ok || unexpected.Missing == "" {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A code is spent by the server even where its answer is lost, and each wrong
// one counts.
func TestOnlyTheStatusIsRetried(t *testing.T) {
	away := answering(http.StatusServiceUnavailable, `{"error": {"type": "ServiceUnavailable", "message": "later"}}`)
	p := newPlatform(t, away)
	if _, err := p.client().TwoFactorStatus(t.Context()); err == nil || len(p.requests) != 3 {
		t.Errorf("status: %d requests, %v", len(p.requests), err)
	}
	p = newPlatform(t, away)
	if err := p.client().DisableTwoFactor(t.Context(), dnanexus.DisableRequest{}); err == nil || len(p.requests) != 1 {
		t.Errorf("disable: %d requests, %v", len(p.requests), err)
	}
}

func TestNamesOfUsersCannotLeadElsewhere(t *testing.T) {
	p := newPlatform(t, answering(http.StatusOK, `{}`))
	if err := p.client().UpdateEmail(t.Context(), "user-bob/../x", dnanexus.UpdateEmailRequest{}); err == nil {
		t.Error("an e-mail address was changed")
	}
	if _, err := p.client().ResetUserMFA(t.Context(), dnanexus.ResetUserMFARequest{UserID: ".."}); err == nil {
		t.Error("a second factor was reset")
	}
	if len(p.requests) > 0 {
		t.Errorf("sent: %v", p.requests)
	}
}

func TestMessagesOfTwoFactorAuthenticationShowNoSecret(t *testing.T) {
	hidden := secret.New("c4nary").OnWire()
	proof := dnanexus.Proof{Password: hidden, OTP: &hidden}
	for _, message := range []any{
		proof,
		dnanexus.EnrollRequest{Proof: proof, Ticket: hidden},
		dnanexus.Enrollment{URI: hidden, Secret: hidden},
		dnanexus.ConfirmRequest{Code: hidden, Ticket: hidden},
		dnanexus.RecoveryCodes{RecoveryCodes: []secret.Wire{hidden}},
		dnanexus.ActivateRequest{RecoveryCode: hidden, Ticket: hidden},
		dnanexus.ChangePasswordRequest{Proof: proof, NewPassword: hidden},
		dnanexus.UpdateEmailRequest{Proof: proof},
	} {
		if shown := fmt.Sprintf("%v %+v %#v", message, message, message); strings.Contains(shown, "c4nary") {
			t.Errorf("%T shows %s", message, shown)
		}
	}
}

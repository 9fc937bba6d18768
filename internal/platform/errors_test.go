package platform

import (
	"errors"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
)

// TestWait: the details say how long, else the header does.
func TestWait(t *testing.T) {
	for details, want := range map[string]time.Duration{
		`{"retryAfter":30}`: 30 * time.Second,
		`{"retryAfter":-1}`: 0,
		`{}`:                0,
		`null`:              0,
		`["soon"]`:          0,
	} {
		_, err := refusing(403, "TooManyAttemptsError", details).platform(t).SignIn(t.Context(), Credentials{})
		wait, ok := refusal.DetailsOf[time.Duration](err)
		if !ok || !errors.Is(err, ErrTooManyAttempts) || wait != want {
			t.Errorf("details %s: %v, want a wait of %s", details, err, want)
		}
		if err.Error() != "no" {
			t.Errorf("the server's words became %q", err)
		}
	}
}

func TestEnrollmentRequired(t *testing.T) {
	_, err := refusing(401, "TwoFactorEnrollmentRequiredError", `{"ticket":"abc","expires":600000}`).platform(t).SignIn(t.Context(), Credentials{})
	ticket, ok := refusal.DetailsOf[Ticket](err)
	if !ok || !errors.Is(err, ErrEnrollmentRequired) || ticket.Secret.Reveal() != "abc" || !ticket.Expires.Equal(time.Unix(600, 0)) {
		t.Errorf("error %v, want one with the ticket", err)
	}
	for _, details := range []string{`null`, `{}`, `"abc"`} {
		_, err := refusing(401, "TwoFactorEnrollmentRequiredError", details).platform(t).SignIn(t.Context(), Credentials{})
		if err == nil || errors.Is(err, ErrEnrollmentRequired) {
			t.Errorf("details %s: %v, want an error without a ticket", details, err)
		}
	}
}

package platform

import (
	"errors"
	"testing"
	"time"
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
		var wait *WaitError
		if !errors.As(err, &wait) || wait.For != want {
			t.Errorf("details %s: %v, want a wait of %s", details, err, want)
		}
		if err.Error() != "no" {
			t.Errorf("the server's words became %q", err)
		}
	}
}

func TestEnrolmentRequired(t *testing.T) {
	_, err := refusing(401, "TwoFactorEnrollmentRequiredError", `{"ticket":"abc","expires":600000}`).platform(t).SignIn(t.Context(), Credentials{})
	var required *EnrollmentRequiredError
	if !errors.As(err, &required) || required.Ticket.Reveal() != "abc" || !required.Expires.Equal(time.Unix(600, 0)) {
		t.Errorf("error %v, want one with the ticket", err)
	}
	for _, details := range []string{`null`, `{}`, `"abc"`} {
		_, err := refusing(401, "TwoFactorEnrollmentRequiredError", details).platform(t).SignIn(t.Context(), Credentials{})
		if err == nil || errors.As(err, &required) {
			t.Errorf("details %s: %v, want an error without a ticket", details, err)
		}
	}
}

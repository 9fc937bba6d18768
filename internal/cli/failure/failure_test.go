package failure_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/cli/failure"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
)

// TestFailures checks the code of every error that packages export, also if it
// is wrapped.
func TestFailures(t *testing.T) {
	said := func(errorType string, status int) error {
		return platform.Explain(&dnanexus.Error{Type: errorType, Message: "no", Status: status})
	}
	tests := map[string]struct {
		err  error
		kind refusal.Code
		code int
	}{
		"a refusal of its own": {refusal.Usagef("no"), refusal.Usage, 2},
		"no terminal":          {&terminal.CannotAskError{Reason: "CI is set"}, refusal.InputRequired, 2},
		"Ctrl-D":               {terminal.ErrEndOfInput, refusal.InputRequired, 2},
		"not signed in":        {session.ErrNotSignedIn, refusal.Unauthenticated, 3},
		"signed out":           {said(dnanexus.TypeInvalidAuthentication, 401), refusal.SessionEnded, 3},
		"wrong password":       {said(dnanexus.TypeUsernameOrPassword, 401), refusal.WrongCredentials, 3},
		"wrong code":           {said(dnanexus.TypeOTPMismatch, 401), refusal.WrongCredentials, 3},
		"code required again":  {said(dnanexus.TypeOTPRequired, 401), refusal.Denied, 3},
		"too many tries":       {said(dnanexus.TypeTooManyAttempts, 403), refusal.Throttled, 3},
		"not found":            {said("ResourceNotFound", 404), refusal.NotFound, 3},
		"refused":              {said("T", 401), refusal.Denied, 3},
		"sign in again":        {said(dnanexus.TypeReauthenticationRequired, 401), refusal.Denied, 3},
		"not to be expressed":  {refusal.Usagef("no"), refusal.Usage, 2},
		"unreachable":          {&httpcall.UnreachableError{Err: errors.New("no")}, refusal.Network, 3},
		"timed out":            {&httpcall.UnreachableError{Err: context.DeadlineExceeded}, refusal.Network, 3},
		"not a platform":       {&httpcall.UnexpectedAnswerError{}, refusal.Network, 3},
		"a redirect":           {&httpcall.RedirectError{}, refusal.Network, 3},
		"a huge response":      {httpcall.ErrAnswerTooLarge, refusal.Network, 3},
		"no store":             {&credstore.UnavailableError{}, refusal.StoreUnavailable, 4},
		"not stored":           {credstore.ErrNotKept, refusal.StoreUnavailable, 4},
		"not deleted":          {credstore.ErrNotDeleted, refusal.StoreUnavailable, 4},
		"too big for a store":  {credstore.ErrTooBig, refusal.StoreUnavailable, 4},
		"foreign in the store": {session.ErrForeign, refusal.Internal, 1},
		"a signal":             {context.Canceled, refusal.Interrupted, 130},
		"anything else":        {errors.New("disk full"), refusal.Internal, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, err := range []error{tt.err, fmt.Errorf("outside: %w", tt.err), errors.Join(tt.err, errors.New("and more"))} {
				got := failure.Classify(err, "dxauth", clitest.Noon())
				if got.Code != tt.kind || got.Code.ExitCode() != tt.code {
					t.Errorf("%v is %s with exit code %d, want %s with %d", err, got.Code, got.Code.ExitCode(), tt.kind, tt.code)
				}
				if got.Message == "" {
					t.Error("the failure has no message")
				}
			}
		})
	}
	t.Run("message of the wrapping error", func(t *testing.T) {
		err := fmt.Errorf("bob is not an admin: %w", said("PermissionDenied", 401))
		if got := failure.Classify(err, "dxauth", clitest.Noon()); got.Message != "bob is not an admin: no (PermissionDenied)" {
			t.Errorf("the message is %q", got.Message)
		}
	})
	t.Run("a signal during a call", func(t *testing.T) {
		err := refusal.New(refusal.Network, "calling")
		err.Err = context.Canceled
		if got := failure.Classify(err, "dxauth", clitest.Noon()); got.Code != refusal.Interrupted {
			t.Errorf("it is %s, want interrupted", got.Code)
		}
	})
}

// TestSkew checks the hint about a wrong clock, which makes valid codes fail.
func TestSkew(t *testing.T) {
	noon := clitest.Noon()
	for date, want := range map[time.Time]string{
		{}:                          "",
		noon:                        "",
		noon.Add(-30 * time.Second): "",
		noon.Add(-3 * time.Minute):  "the clock of this computer is 3 minutes ahead of the server's",
		noon.Add(2 * time.Hour):     "the clock of this computer is 2 hours behind the server's",
	} {
		refused := platform.Explain(&dnanexus.Error{Type: dnanexus.TypeOTPMismatch, Message: "no", Date: date})
		if hint := failure.Classify(refused, "dxauth", noon).Hint; !strings.HasPrefix(hint, want) || want == "" && hint != "" {
			t.Errorf("server time %s: hint %q, want %q", date, hint, want)
		}
	}
}

// TestGeneralHints checks that every failure has a hint but an interruption, and that a
// hint of its own is kept.
func TestGeneralHints(t *testing.T) {
	for _, code := range refusal.Codes() {
		hint := failure.WithGeneralHint(refusal.New(code, "no"), "dx token new").Hint
		if (hint == "") != (code == refusal.Interrupted) || strings.Contains(hint, "dxauth") {
			t.Errorf("%s has the hint %q", code, hint)
		}
		if got := failure.WithGeneralHint(refusal.New(code, "no").WithHint("own"), "dx"); got.Hint != "own" {
			t.Errorf("%s has the hint %q, want its own", code, got.Hint)
		}
	}
	if got := failure.WithGeneralHint(refusal.Usagef("no"), "dx token new").Hint; got != "see dx token new --help" {
		t.Errorf("the hint is %q", got)
	}
}

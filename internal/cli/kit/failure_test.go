package kit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/cli/kit"
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
				failure := kit.Classify(err, "dxauth", clitest.Noon())
				if failure.Code != tt.kind || failure.Code.ExitCode() != tt.code {
					t.Errorf("%v is %s with exit code %d, want %s with %d", err, failure.Code, failure.Code.ExitCode(), tt.kind, tt.code)
				}
				if failure.Message == "" {
					t.Error("the failure has no message")
				}
			}
		})
	}
	t.Run("message of the wrapping error", func(t *testing.T) {
		err := fmt.Errorf("bob is not an admin: %w", said("PermissionDenied", 401))
		if failure := kit.Classify(err, "dxauth", clitest.Noon()); failure.Message != "bob is not an admin: no (PermissionDenied)" {
			t.Errorf("the message is %q", failure.Message)
		}
	})
	t.Run("a signal during a call", func(t *testing.T) {
		err := refusal.New(refusal.Network, "calling")
		err.Err = context.Canceled
		if failure := kit.Classify(err, "dxauth", clitest.Noon()); failure.Code != refusal.Interrupted {
			t.Errorf("it is %s, want interrupted", failure.Code)
		}
	})
}

func TestReport(t *testing.T) {
	hostile := &refusal.Error{Code: refusal.NotFound, Message: "no \x1b[31m\u202eproject", Hint: "try \u009b31mproject-1"}
	tests := map[string]struct {
		json    bool
		failure *refusal.Error
		want    string
	}{
		"for people":        {false, refusal.New(refusal.Unauthenticated, "not logged in").WithHint("log in"), "dxauth: not logged in\nlog in\n"},
		"without a hint":    {false, refusal.Usagef("--level"), "dxauth: --level\n"},
		"for scripts":       {true, refusal.New(refusal.Unauthenticated, "not logged in").WithHint("log in"), `{"error":{"type":"not_logged_in","message":"not logged in","hint":"log in"}}` + "\n"},
		"always all fields": {true, refusal.Usagef("--level"), `{"error":{"type":"usage","message":"--level","hint":""}}` + "\n"},
		"hostile text":      {false, hostile, "dxauth: no project\ntry project-1\n"},
		"the same as JSON":  {true, hostile, `{"error":{"type":"not_found","message":"no project","hint":"try project-1"}}` + "\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			kit.Env{Program: "dxauth", Stderr: &stderr}.Report(kit.Style{JSON: tt.json}, tt.failure)
			if got := stderr.String(); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if strings.Count(stderr.String(), "\n") > 2 {
				t.Error("more lines than a message and a hint")
			}
		})
	}
}

// TestReportInColor checks that the name of the program is red where there is color.
func TestReportInColor(t *testing.T) {
	for _, tt := range []struct{ color, noColor, want string }{
		{"always", "", "\x1b[31mdxauth:\x1b[0m no\n"},
		{"always", "1", "\x1b[31mdxauth:\x1b[0m no\n"}, // the flag was given, the variable is a preference
		{"never", "", "dxauth: no\n"},
		{"auto", "", "dxauth: no\n"}, // not a terminal
	} {
		var stderr bytes.Buffer
		env := kit.Env{Program: "dxauth", Stderr: &stderr, Getenv: func(string) string { return tt.noColor }}
		env.Report(kit.Style{Color: tt.color}, refusal.Usagef("no"))
		if got := stderr.String(); got != tt.want {
			t.Errorf("--color %s: %q, want %q", tt.color, got, tt.want)
		}
	}
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
		if hint := kit.Classify(refused, "dxauth", noon).Hint; !strings.HasPrefix(hint, want) || want == "" && hint != "" {
			t.Errorf("server time %s: hint %q, want %q", date, hint, want)
		}
	}
}

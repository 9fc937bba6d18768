package credentials

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// TestScriptedCredentials checks that the credentials of a script are tried once.
func TestScriptedCredentials(t *testing.T) {
	tests := map[string]struct {
		stdin   string
		refused error // by the server, each time
		tried   int
		code    refusal.Code // of the failure; empty: none
		words   string
	}{
		"a password":               {"secret-2026\n", nil, 1, "", ""},
		"a password and a code":    {"secret-2026\r\n012 345\n", nil, 1, "", ""},
		"a wrong password":         {"secret-2026\n", platform.ErrWrongPassword, 1, refusal.WrongCredentials, "Incorrect password"},
		"a wrong code":             {"secret-2026\n012345\n", platform.ErrWrongCode, 1, refusal.WrongCredentials, "incorrect verification code"},
		"a code that is missing":   {"secret-2026\n", platform.ErrCodeRequired, 1, refusal.InputRequired, "asks for a verification code"},
		"nothing":                  {"", nil, 0, refusal.InputRequired, "has no password"},
		"a code that can't be one": {"secret-2026\n01234\n", nil, 0, refusal.WrongCredentials, "the code on standard input"},
	}
	account := session.Account{Host: "lab.org", User: "alice", AuthServer: "https://auth.lab.org"}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			console, out := clitest.Setup{}.Console(t, tt.stdin)
			tried := 0
			err := Reauth{PasswordStdin: true, Console: console}.Always(t.Context(), account, func(given platform.Credentials) error {
				tried++
				if given.Username != "alice" || given.Password.Reveal() != "secret-2026" {
					t.Errorf("tried %q with %q", given.Username, given.Password.Reveal())
				}
				return tt.refused
			})
			if tried != tt.tried || (err == nil) != (tt.code == "") || err != nil && (refusal.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.words)) {
				t.Errorf("tried %d times: %v; want %d times and %s %q", tried, err, tt.tried, tt.code, tt.words)
			}
			if out.Stdout.Len() > 0 || strings.Contains(out.Stderr.String(), "secret-2026") {
				t.Errorf("it wrote %q and %q", &out.Stdout, &out.Stderr)
			}
		})
	}
}

// TestReauthWithoutTerminal checks that a call which always needs the password is
// not made if the password can't be asked for.
func TestReauthWithoutTerminal(t *testing.T) {
	console, _ := clitest.Setup{}.Console(t, "")
	r := Reauth{Console: console}
	account := session.Account{Host: "lab.org", User: "alice"}
	err := r.Always(t.Context(), account, func(platform.Credentials) error {
		t.Error("it was tried without a password")
		return nil
	})
	if refusal.CodeOf(err) != refusal.InputRequired || !strings.Contains(err.Error(), "cannot prompt for the password of alice@lab.org: standard input is not a terminal") {
		t.Errorf("the failure is %v", err)
	}
	calls := 0
	err = r.IfAsked(t.Context(), account, func(given platform.Credentials) error {
		calls++
		if !given.Password.IsZero() {
			t.Error("got a password, want none")
		}
		return nil
	})
	if err != nil || calls != 1 {
		t.Errorf("a call that needs no password: %v after %d calls", err, calls)
	}
	err = r.IfAsked(t.Context(), account, func(platform.Credentials) error { return platform.ErrReauthenticate })
	if refusal.CodeOf(err) != refusal.InputRequired {
		t.Errorf("a call that needs one: %v", err)
	}
	stop := errors.New("stop")
	if err = r.IfAsked(t.Context(), account, func(platform.Credentials) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("a call that fails: %v", err)
	}
}

func TestLoginUsesGivenName(t *testing.T) {
	console, _ := clitest.Setup{}.Console(t, "secret-2026\n")
	expires := clitest.Noon().Add(time.Hour)
	d := ForLogin(console, "https://auth.lab.org", "alice", expires)
	if err := d.ReadStdin(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := d.Prove(t.Context(), func(given platform.Credentials) error {
		if given.Username != "alice" || !given.Expires.Equal(expires) || !given.Code.IsZero() {
			t.Errorf("tried %+v", given)
		}
		return platform.ErrWrongPassword
	})
	if !errors.Is(err, platform.ErrWrongPassword) || strings.Contains(err.Error(), "Incorrect password") {
		t.Errorf("a login with a wrong password or user name: %v", err)
	}
}

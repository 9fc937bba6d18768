package servecmd

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refusal"
)

func TestNextStep(t *testing.T) {
	now := time.Unix(1000*30+17, 0) // within step 1000
	for _, test := range []struct {
		name       string
		last, want int64
	}{
		{"none was given", 0, 1000},
		{"an old one was given", 900, 1000},
		{"the one before was given", 999, 1000},
		{"the present one was given", 1000, 1001},
		{"the next one was given", 1001, 1002},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := nextStep(test.last, now); got != test.want {
				t.Errorf("the step is %d, want %d", got, test.want)
			}
		})
	}
}

// Concurrent calls get a step each, and no call returns before the server
// accepts its step, which it does one step early.
func TestNoStepIsGivenTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "codes.json")
		begin := time.Now().Unix() / 30
		const calls = 6
		var mu sync.Mutex
		var steps []int64
		var all sync.WaitGroup
		for range calls {
			all.Go(func() {
				step, err := takeStep(t.Context(), path, "bob")
				if err != nil {
					t.Error(err)
				}
				if early := step - time.Now().Unix()/30; early > 1 {
					t.Errorf("a step is given %d steps early", early)
				}
				mu.Lock()
				defer mu.Unlock()
				steps = append(steps, step)
			})
		}
		all.Wait()
		slices.Sort(steps)
		want := []int64{begin, begin + 1, begin + 2, begin + 3, begin + 4, begin + 5}
		if !slices.Equal(steps, want) {
			t.Errorf("given were %d, want %d", steps, want)
		}
		if step, err := takeStep(t.Context(), path, "eve"); err != nil || step != time.Now().Unix()/30 {
			t.Errorf("another user gets step %d, %v", step, err)
		}
	})
}

// A caller that stops waiting uses up no step.
func TestCancelledWaitUsesNoStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "codes.json")
		take := func(ctx context.Context) (int64, error) { return takeStep(ctx, path, "bob") }
		for range 2 {
			if _, err := take(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		before := time.Now().Unix() / 30
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := take(impatient); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("the wait ended with %v", err)
		}
		if step, err := take(t.Context()); err != nil || step != before+2 {
			t.Errorf("the next step is %d, %v; want %d", step, err, before+2)
		}
	})
}

func TestDamagedFileOfSteps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "codes.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if step, err := takeStep(t.Context(), path, "bob"); err == nil {
		t.Errorf("step %d is given", step)
	}
}

func TestNoCode(t *testing.T) {
	here := t.TempDir()
	for _, test := range []struct {
		name               string
		dir, fixture, user string
		kind               refusal.Code
		want               string
		stdin              string
	}{
		{"outside", "", "", "bob", refusal.Usage, "not inside a sandbox", ""},
		{"after the end", filepath.Join(here, "gone"), "demo", "bob", refusal.Usage, "this sandbox has ended", ""},
		{"unknown user", here, "demo", "zed", refusal.NotFound, `this sandbox has no user "zed"`, ""},
		{"a password only", here, "demo", "alice", refusal.NotFound, `user "alice" has no two-factor authentication in this sandbox`, ""},
		{"single sign-on", here, "demo", "dave", refusal.NotFound, `user "dave" has no two-factor authentication in this sandbox`, ""},
		{"the fixture is gone", here, filepath.Join(here, "lab.yaml"), "bob", refusal.Usage, "lab.yaml", ""},
		{"no secret", here, "demo", "-", refusal.Usage, "stdin: the secret is not base32", "\n"},
		{"a wrong secret", here, "demo", "-", refusal.Usage, "stdin: the secret is not base32", "not base32!\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(sandboxDirVariable, test.dir)
			t.Setenv(sandboxFixtureVariable, test.fixture)
			code, err := sandboxCode(t.Context(), test.user, strings.NewReader(test.stdin))
			failure, ok := errors.AsType[*refusal.Error](err)
			if !ok || code != "" {
				t.Fatalf("the code is %q, %v", code, err)
			}
			if failure.Code != test.kind || !strings.Contains(failure.Message, test.want) {
				t.Errorf("%s: %s; want %s: %s", failure.Code, failure.Message, test.kind, test.want)
			}
		})
	}
}

// All spellings of a name share the user's codes.
func TestCodesOfAUserInAnySpelling(t *testing.T) {
	t.Setenv(sandboxDirVariable, t.TempDir())
	t.Setenv(sandboxFixtureVariable, "demo")
	lower, err := sandboxCode(t.Context(), "bob", nil)
	if err != nil {
		t.Fatal(err)
	}
	upper, err := sandboxCode(t.Context(), "BOB", nil)
	if err != nil || lower == upper {
		t.Errorf("%q, then %q, %v", lower, upper, err)
	}
}

// The codes of one secret are counted separately from those of another, and none
// is printed twice.
func TestCodesOfASecret(t *testing.T) {
	t.Setenv(sandboxDirVariable, t.TempDir())
	t.Setenv(sandboxFixtureVariable, "demo")
	codeOf := func(secret string) string {
		code, err := sandboxCode(t.Context(), "-", strings.NewReader(secret))
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	seed, err := identity.DecodeSeed("JBSWY3DPEHPK3PXP")
	if err != nil {
		t.Fatal(err)
	}
	if first, now := codeOf("JBSWY3DPEHPK3PXP\n"), time.Now(); first != identity.TOTP(seed, now.Unix()/30) && first != identity.TOTP(seed, now.Unix()/30-1) {
		t.Errorf("%s is not a current code", first)
	}
	other, next := codeOf("KRSXG5CTMVRXEZLU"), codeOf("jbsw y3dp ehpk 3pxp")
	if _, ok := identity.MatchTOTP(seed, next, time.Now()); !ok || other == next {
		t.Errorf("%s is not a code of the secret, or was computed from another one", next)
	}
}

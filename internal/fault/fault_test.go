package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/dxauth/dxauth/internal/fault"
)

// TestExitCodes writes the codes down once more: scripts depend on them.
func TestExitCodes(t *testing.T) {
	for kind, want := range map[fault.Kind]int{
		"internal": 1, "usage": 2, "input_required": 2,
		"not_logged_in": 3, "session_ended": 3, "wrong_credentials": 3, "refused": 3, "not_found": 3, "network": 3,
		"store_unavailable": 4, "interrupted": 130,
		"":              1, // never 0: a failure without a kind is one all the same
		"something new": 1,
	} {
		if got := kind.ExitCode(); got != want {
			t.Errorf("%q exits with %d, want %d", kind, got, want)
		}
	}
}

func TestErrors(t *testing.T) {
	cause := errors.New("cause")
	err := &fault.Error{Kind: fault.Network, Message: "no answer", Err: cause}
	if err.Error() != "no answer" || !errors.Is(err, cause) {
		t.Errorf("%q, cause within reach: %v", err, errors.Is(err, cause))
	}
	made := fault.New(fault.NotFound, "look again", "no %s", "project")
	if made.Kind != fault.NotFound || made.Hint != "look again" || made.Message != "no project" || made.Unwrap() != nil {
		t.Errorf("made %+v", made)
	}
	if usage := fault.Usagef("--%s", "level"); usage.Kind != fault.Usage || usage.Message != "--level" || usage.Hint != "" {
		t.Errorf("made %+v", usage)
	}
	var exit *fault.ExitError
	if err := fmt.Errorf("child: %w", &fault.ExitError{Code: 7}); !errors.As(err, &exit) || exit.Code != 7 || exit.Error() != "exit code 7" {
		t.Errorf("the child's code is %+v", exit)
	}
}

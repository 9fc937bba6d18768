package refusal_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"github.com/dxauth/dxauth/internal/refusal"
)

// TestExitCodes repeats names and exit codes, because scripts depend on them.
func TestExitCodes(t *testing.T) {
	type shown struct {
		name string
		exit int
	}
	want := map[refusal.Code]shown{
		"internal": {"internal", 1}, "usage": {"usage", 2}, "input_required": {"input_required", 2},
		"unauthenticated": {"not_logged_in", 3}, "session_ended": {"session_ended", 3},
		"wrong_credentials": {"wrong_credentials", 3}, "not_found": {"not_found", 3}, "network": {"network", 3},
		"denied": {"refused", 3}, "invalid": {"refused", 3}, "conflict": {"refused", 3},
		"throttled": {"refused", 3}, "unavailable": {"refused", 3},
		"store_unavailable": {"store_unavailable", 4}, "interrupted": {"interrupted", 130},
	}
	for code, want := range want {
		if got := (shown{code.Name(), code.ExitCode()}); got != want {
			t.Errorf("%q: got %v, want %v", code, got, want)
		}
	}
	for _, code := range refusal.Codes() {
		if _, ok := want[code]; !ok {
			t.Errorf("%q is not in this test", code)
		}
	}
	for _, unknown := range []refusal.Code{"", "something new"} {
		if unknown.ExitCode() != 1 { // never 0, even for a failure without a known code
			t.Errorf("%q exits with %d, want 1", unknown, unknown.ExitCode())
		}
	}
}

// TestCodesAreComplete reads the source, so that no new code is forgotten.
func TestCodesAreComplete(t *testing.T) {
	var listed []string
	for _, code := range refusal.Codes() {
		listed = append(listed, string(code))
	}
	if declared := declaredIn(t, "code.go"); !slices.Equal(declared, listed) {
		t.Errorf("declared are %v, listed %v", declared, listed)
	}
}

// TestReasonsAreComplete checks that each reason belongs to exactly one code.
func TestReasonsAreComplete(t *testing.T) {
	var listed []string
	for code, reasons := range refusal.ByCode() {
		if !slices.Contains(refusal.Codes(), code) {
			t.Errorf("%q is not a code", code)
		}
		for _, reason := range reasons {
			listed = append(listed, string(reason))
		}
	}
	slices.Sort(listed)
	declared := declaredIn(t, "reason.go")
	slices.Sort(declared)
	if !slices.Equal(declared, listed) {
		t.Errorf("declared are %v, listed %v", declared, listed)
	}
}

// declaredIn returns the values of the constants in a file of the package.
func declaredIn(t *testing.T, name string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for node := range ast.Preorder(file) {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			continue
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, text)
	}
	return values
}

func TestErrors(t *testing.T) {
	cause := errors.New("cause")
	err := &refusal.Error{Code: refusal.Network, Message: "no answer", Err: cause}
	if err.Error() != "no answer" || !errors.Is(err, cause) {
		t.Errorf("%q, wraps its cause: %v", err, errors.Is(err, cause))
	}
	made := refusal.New(refusal.NotFound, "no %s", "project").WithHint("look again")
	if made.Code != refusal.NotFound || made.Hint != "look again" || made.Message != "no project" || made.Unwrap() != nil {
		t.Errorf("made %+v", made)
	}
	if usage := refusal.Usagef("--%s", "level"); usage.Code != refusal.Usage || usage.Message != "--level" || usage.Hint != "" {
		t.Errorf("made %+v", usage)
	}
	var exit *refusal.ExitError
	if err := fmt.Errorf("child: %w", &refusal.ExitError{Code: 7}); !errors.As(err, &exit) || exit.Code != 7 || exit.Error() != "exit code 7" {
		t.Errorf("the child's code is %+v", exit)
	}
}

func TestIsComparesCodeAndReason(t *testing.T) {
	taken := refusal.New(refusal.Conflict, "the user name is taken").Because("username_taken")
	tests := map[string]struct {
		err, target error
		want        bool
	}{
		"itself":                         {taken, taken, true},
		"the same with another message":  {refusal.New(refusal.Conflict, "taken").Because("username_taken"), taken, true},
		"with a hint, a cause and facts": {taken.WithHint("take another").Wrap(errors.New("cause")).With(7), taken, true},
		"wrapped":                        {fmt.Errorf("alice: %w", taken), taken, true},
		"another reason":                 {taken.Because("email_taken"), taken, false},
		"another code":                   {refusal.New(refusal.Invalid, "taken").Because("username_taken"), taken, false},
		"two without a reason":           {refusal.New(refusal.NotFound, "a"), refusal.New(refusal.NotFound, "b"), false},
		"another type":                   {errors.New("the user name is taken"), taken, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := errors.Is(tt.err, tt.target); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestCopies checks that deriving an error does not modify the original.
func TestCopies(t *testing.T) {
	original := refusal.New(refusal.Throttled, "wait")
	before := *original
	derived := original.WithHint("later").Because("too_many").With(30).Wrap(errors.New("cause"))
	if *original != before {
		t.Errorf("the original became %+v", original)
	}
	if derived.Hint != "later" || derived.Reason != "too_many" || derived.Details != 30 || derived.Err == nil || derived.Message != "wait" {
		t.Errorf("derived %+v", derived)
	}
}

func TestCodeReasonAndDetailsOf(t *testing.T) {
	err := fmt.Errorf("outside: %w", refusal.New(refusal.Throttled, "wait").Because("too_many").With(30))
	if refusal.CodeOf(err) != refusal.Throttled || refusal.ReasonOf(err) != "too_many" {
		t.Errorf("code %q, reason %q", refusal.CodeOf(err), refusal.ReasonOf(err))
	}
	if seconds, ok := refusal.DetailsOf[int](err); !ok || seconds != 30 {
		t.Errorf("details %v, %v", seconds, ok)
	}
	if _, ok := refusal.DetailsOf[string](err); ok {
		t.Error("details of another type")
	}
	other := errors.New("disk full")
	if refusal.CodeOf(other) != refusal.Internal || refusal.ReasonOf(other) != "" || refusal.CodeOf(nil) != "" {
		t.Errorf("the code of another error is %q, of nil %q", refusal.CodeOf(other), refusal.CodeOf(nil))
	}
	if _, ok := refusal.DetailsOf[int](nil); ok {
		t.Error("details of nil")
	}
}

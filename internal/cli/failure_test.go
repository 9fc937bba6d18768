package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/fault"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// TestFailures: every error that a package promises has its kind, however deep
// it is wrapped.
func TestFailures(t *testing.T) {
	refused := func(kind error) error {
		return &platform.RefusedError{Type: "T", Message: "no", Kind: kind, Err: &dnanexus.Error{}}
	}
	tests := map[string]struct {
		err  error
		kind fault.Kind
		code int
	}{
		"a fault of its own":   {fault.Usagef("no"), fault.Usage, 2},
		"nobody to ask":        {&terminal.CannotAskError{Reason: "CI is set"}, fault.InputRequired, 2},
		"Ctrl-D":               {terminal.ErrEndOfInput, fault.InputRequired, 2},
		"not signed in":        {session.ErrNotSignedIn, fault.NotLoggedIn, 3},
		"signed out":           {&platform.SignedOutError{Err: &dnanexus.Error{}}, fault.SessionEnded, 3},
		"wrong password":       {refused(platform.ErrWrongPassword), fault.WrongCredentials, 3},
		"wrong code":           {refused(platform.ErrWrongCode), fault.WrongCredentials, 3},
		"code required again":  {refused(platform.ErrCodeRequired), fault.Refused, 3},
		"too many tries":       {refused(&platform.WaitError{For: 30 * time.Second}), fault.Refused, 3},
		"not found":            {refused(platform.ErrNotFound), fault.NotFound, 3},
		"refused":              {refused(nil), fault.Refused, 3},
		"sign in again":        {refused(platform.ErrReauthenticate), fault.Refused, 3},
		"not to be expressed":  {&platform.UnsupportedError{Message: "no"}, fault.Usage, 2},
		"unreachable":          {&dnanexus.UnreachableError{Err: errors.New("no")}, fault.Network, 3},
		"timed out":            {&dnanexus.UnreachableError{Err: context.DeadlineExceeded}, fault.Network, 3},
		"not a platform":       {&dnanexus.UnexpectedAnswerError{}, fault.Network, 3},
		"a redirect":           {&dnanexus.RedirectError{}, fault.Network, 3},
		"an endless answer":    {dnanexus.ErrAnswerTooLarge, fault.Network, 3},
		"no store":             {&credstore.UnavailableError{}, fault.StoreUnavailable, 4},
		"a store that lies":    {credstore.ErrNotKept, fault.StoreUnavailable, 4},
		"a store that clings":  {credstore.ErrNotDeleted, fault.StoreUnavailable, 4},
		"too big for a store":  {credstore.ErrTooBig, fault.StoreUnavailable, 4},
		"foreign in the store": {session.ErrForeign, fault.Internal, 1},
		"a signal":             {context.Canceled, fault.Interrupted, 130},
		"anything else":        {errors.New("disk full"), fault.Internal, 1},
	}
	a := &app{Surroundings: Surroundings{Program: "dxauth"}}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, err := range []error{tt.err, fmt.Errorf("outside: %w", tt.err), errors.Join(tt.err, errors.New("and more"))} {
				failure := a.failureOf(err)
				if failure.Kind != tt.kind || failure.Kind.ExitCode() != tt.code {
					t.Errorf("%v is %s with exit code %d, want %s with %d", err, failure.Kind, failure.Kind.ExitCode(), tt.kind, tt.code)
				}
				if failure.Message == "" {
					t.Error("the failure says nothing")
				}
			}
		})
	}
	t.Run("a signal during a call", func(t *testing.T) {
		err := fault.New(fault.Network, "", "calling")
		err.Err = context.Canceled
		if failure := a.failureOf(err); failure.Kind != fault.Interrupted {
			t.Errorf("it is %s, want interrupted", failure.Kind)
		}
	})
}

// TestHelpListsTheKinds: with their codes, and no others.
func TestHelpListsTheKinds(t *testing.T) {
	want := map[string]int{}
	for _, kind := range declaredKinds(t) {
		want[string(kind)] = kind.ExitCode()
	}
	got := map[string]int{}
	line := regexp.MustCompile(`(?m)^  (\d+|  ) +\S.*? ([a-z_]+)$`)
	code := 0
	for _, match := range line.FindAllStringSubmatch(helpExitCodes, -1) {
		if number, err := strconv.Atoi(match[1]); err == nil {
			code = number
		}
		if match[2] != "done" {
			got[match[2]] = code
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kinds of the code (-) and of the help (+):\n%s", diff)
	}
}

// declaredKinds reads the source, so that a new kind can't be forgotten here.
func declaredKinds(t *testing.T) []fault.Kind {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../fault/fault.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []fault.Kind
	for node := range ast.Preorder(file) {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			continue
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != "Kind" {
			continue
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, fault.Kind(text))
	}
	if len(kinds) < 10 {
		t.Fatalf("found %v only: this test looks in the wrong place", kinds)
	}
	return kinds
}

func TestReport(t *testing.T) {
	hostile := &fault.Error{Kind: fault.NotFound, Message: "no \x1b[31m\u202eproject", Hint: "try \u009b31mproject-1"}
	tests := map[string]struct {
		json    bool
		failure *fault.Error
		want    string
	}{
		"for people":        {false, fault.New(fault.NotLoggedIn, "log in", "nobody"), "dxauth: nobody\nlog in\n"},
		"without a hint":    {false, fault.Usagef("--level"), "dxauth: --level\n"},
		"for scripts":       {true, fault.New(fault.NotLoggedIn, "log in", "nobody"), `{"error":{"type":"not_logged_in","message":"nobody","hint":"log in"}}` + "\n"},
		"always all fields": {true, fault.Usagef("--level"), `{"error":{"type":"usage","message":"--level","hint":""}}` + "\n"},
		"hostile text":      {false, hostile, "dxauth: no project\ntry project-1\n"},
		"the same as JSON":  {true, hostile, `{"error":{"type":"not_found","message":"no project","hint":"try project-1"}}` + "\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			a := &app{Surroundings: Surroundings{Program: "dxauth", Stderr: &stderr}}
			a.settings.JSON = tt.json
			a.term = a.terminal(false)
			a.report(tt.failure)
			if got := stderr.String(); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if strings.Count(stderr.String(), "\n") > 2 {
				t.Error("more than a message and a hint")
			}
		})
	}
}

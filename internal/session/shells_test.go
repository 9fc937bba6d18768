package session_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/secret"
)

// shells opens books on one folder, each as if from a shell of its own.
type shells struct {
	*testing.T
	dir string
}

func (s shells) book(ancestors ...session.Process) *session.AccountIndex {
	return session.NewAccountIndex(session.Config{
		Dir: s.dir, Now: time.Now,
		OpenStore: func(name string) (credstore.Store, error) {
			return credstore.ByName(name, credstore.Config{Dir: s.dir})
		},
		Ancestors: func() []session.Process { return ancestors },
	})
}

func (s shells) login(book *session.AccountIndex) session.Account {
	s.Helper()
	account := session.Account{
		Server: "http://127.0.0.1:1", Host: "127.0.0.1:1", AuthServer: "http://127.0.0.1:1", User: "alice",
		Kind: session.Interactive, Store: credstore.PlaintextName,
	}
	if _, err := book.Save(context.Background(), account, session.Credential{Token: secret.New("t"), Type: "bearer"}); err != nil {
		s.Fatal(err)
	}
	return account
}

func (s shells) selects(book *session.AccountIndex, account session.Account, name string) {
	s.Helper()
	if err := book.SelectProject(context.Background(), account, &session.Project{ID: "project-" + name, Name: name, Folder: "/"}); err != nil {
		s.Fatal(err)
	}
}

func (s shells) sees(book *session.AccountIndex, want string) {
	s.Helper()
	account, err := book.Find(session.Choice{})
	if err != nil {
		s.Fatal(err)
	}
	got := ""
	if account.Project != nil {
		got = account.Project.Name
	}
	if got != want {
		s.Errorf("project is %q, want %q", got, want)
	}
}

// living is a process that runs as long as the test.
func living(started string) session.Process {
	return session.Process{PID: os.Getpid(), Started: started}
}

// parent runs at least as long as the test, too.
func parent() session.Process { return session.Process{PID: os.Getppid(), Started: "p"} }

// As with dx, a shell that has selected a project keeps it, and a new shell
// starts with what was selected last.
func TestAShellKeepsItsProject(t *testing.T) {
	s := shells{t, newStateDir(t)}
	one, other := s.book(living("1")), s.book(parent())
	account := s.login(one)
	s.selects(one, account, "exome")
	s.sees(other, "exome")
	s.selects(other, account, "genome")
	s.sees(one, "exome")
	s.sees(other, "genome")
	s.sees(s.book(), "genome")
}

// A script sees the project of the shell that started it, and what it selects
// is that shell's.
func TestAScriptWorksInItsShell(t *testing.T) {
	s := shells{t, newStateDir(t)}
	shell, script := s.book(living("1")), s.book(parent(), living("1"))
	account := s.login(shell)
	s.selects(shell, account, "exome")
	s.selects(s.book(), account, "genome")
	s.sees(script, "exome")
	s.selects(script, account, "panel")
	s.sees(shell, "panel")
}

// A process that got the PID of an earlier shell is another one.
func TestAPIDIsUsedAgain(t *testing.T) {
	s := shells{t, newStateDir(t)}
	account := s.login(s.book(living("1")))
	s.selects(s.book(living("1")), account, "exome")
	s.selects(s.book(), account, "genome")
	s.sees(s.book(living("2")), "genome")
}

func TestShellsThatEndedAreSwept(t *testing.T) {
	s := shells{t, newStateDir(t)}
	account := s.login(s.book(living("1")))
	s.selects(s.book(living("1")), account, "exome")
	left := filepath.Join(s.dir, "shells", strconv.Itoa(1<<30)+".json")
	if err := os.WriteFile(left, []byte(`{"projects":{}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s.selects(s.book(living("1")), account, "genome")
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("the leftover is still there: %v", err)
	}
	s.sees(s.book(living("1")), "genome")
}

// A command that was killed while it wrote a selection left a draft, which names a project: the
// next change of the accounts removes it, such as a sign-out, whose shell may be another one.
func TestDraftsOfSelectionsAreRemoved(t *testing.T) {
	s := shells{t, newStateDir(t)}
	account := s.login(s.book(living("1")))
	s.selects(s.book(living("1")), account, "exome")
	left := filepath.Join(s.dir, "shells", ".draft-4711.json-17")
	if err := os.WriteFile(left, []byte(`{"projects"`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.book(living("2")).Forget(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("the draft is still there: %v", err)
	}
}

func TestADamagedShellFileIsNoHindrance(t *testing.T) {
	s := shells{t, newStateDir(t)}
	book := s.book(living("1"))
	account := s.login(book)
	s.selects(book, account, "exome")
	if err := os.WriteFile(filepath.Join(s.dir, "shells", strconv.Itoa(os.Getpid())+".json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.sees(book, "exome")
	s.selects(book, account, "genome")
	s.sees(book, "genome")
}

func TestAncestorsLeadUpFromTheParent(t *testing.T) {
	ancestors := session.Ancestors()
	if len(ancestors) == 0 || ancestors[0].PID != os.Getppid() {
		t.Errorf("got %+v, want the parent %d first", ancestors, os.Getppid())
	}
}

func newStateDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Credentials that are not stored have one project for each server, for this shell and
// for new ones.
func TestSelectProjectAt(t *testing.T) {
	s := shells{t, t.TempDir()}
	this, other := s.book(session.Process{PID: os.Getpid(), Started: "1"}), s.book(session.Process{PID: os.Getppid(), Started: "2"})
	sees := func(book *session.AccountIndex, server, want string) {
		t.Helper()
		got := ""
		if project := book.ProjectAt(server); project != nil {
			got = project.Name
		}
		if got != want {
			t.Errorf("%s has the project %q, want %q", server, got, want)
		}
	}
	const a, b = "https://a.example", "https://b.example"
	sees(this, a, "")
	for _, step := range []struct {
		book *session.AccountIndex
		name string
	}{{this, "one"}, {other, "two"}} {
		if err := step.book.SelectProjectAt(t.Context(), a, session.Project{ID: "project-" + step.name, Name: step.name, Folder: "/"}); err != nil {
			t.Fatal(err)
		}
	}
	sees(this, a, "one")
	sees(other, a, "two")
	sees(s.book(), a, "two")
	sees(this, b, "")
	if _, err := this.Find(session.Choice{}); !errors.Is(err, session.ErrNotSignedIn) {
		t.Errorf("an account was made: %v", err)
	}
}

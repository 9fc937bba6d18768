package session

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/credstore"
)

// Variables that make this test program one of many processes that write accounts.json
// at once, each an account of its own.
const (
	writerDirVar    = "SESSION_TEST_WRITER_DIR"
	writerNumberVar = "SESSION_TEST_WRITER_NUMBER"
)

// writers is how many work at once. Each has an account of its own and shares the
// file with the others.
var writers = func() int {
	if runtime.GOOS == "windows" {
		return 6 // each waits for a moment between two reads, and the last has to get the lock in lockWait
	}
	return 20
}()

// TestManyGoroutines and TestManyProcesses: no writer's change is lost, and a
// reader never finds half a file.
func TestManyGoroutines(t *testing.T) { withWriters(t, work) }

func TestManyProcesses(t *testing.T) {
	withWriters(t, func(t *testing.T, dir string, number int) {
		cmd := exec.Command(os.Args[0], "-test.run=^TestOneWriter$")
		cmd.Env = append(os.Environ(), writerDirVar+"="+dir, writerNumberVar+"="+strconv.Itoa(number))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("process %d: %v\n%s", number, err, out)
		}
	})
}

// TestOneWriter is a process of the test before.
func TestOneWriter(t *testing.T) {
	dir := os.Getenv(writerDirVar)
	if dir == "" {
		return // not started by that test
	}
	number, err := strconv.Atoi(os.Getenv(writerNumberVar))
	if err != nil {
		t.Fatal(err)
	}
	work(t, dir, number)
}

func withWriters(t *testing.T, start func(t *testing.T, dir string, number int)) {
	dir := filepath.Join(t.TempDir(), "state")
	done := make(chan struct{})
	var all, reader sync.WaitGroup
	reader.Go(func() { readUntil(t, dir, done) })
	for number := range writers {
		all.Go(func() { start(t, dir, number) })
	}
	all.Wait()
	close(done)
	reader.Wait()
	for number := range writers {
		wantWork(t, dir, number)
	}
}

func realBook(dir string, now time.Time) *AccountIndex {
	return NewAccountIndex(Config{
		Dir: dir, Now: func() time.Time { return now },
		OpenStore: func(name string) (credstore.Store, error) {
			return credstore.ByName(name, credstore.Config{Dir: dir})
		},
	})
}

func writersAccount(number int) Account {
	account := alice().in(credstore.PlaintextName)
	account.User = fmt.Sprintf("user-%d", number)
	return account
}

// signsOut is true for every other writer.
func signsOut(number int) bool { return number%2 == 1 }

// work signs in, and then goes on to use the session or to end it.
func work(t *testing.T, dir string, number int) {
	account := writersAccount(number)
	morning, evening := realBook(dir, noon), realBook(dir, noon.Add(time.Hour))
	if _, err := morning.Save(t.Context(), account, token(account.User)); err != nil {
		t.Errorf("save: %v", err)
	}
	if signsOut(number) {
		if err := evening.Forget(t.Context(), account); err != nil {
			t.Errorf("forget: %v", err)
		}
		return
	}
	if err := morning.SelectProject(t.Context(), account, &Project{ID: "project-of-" + account.User}); err != nil {
		t.Errorf("select: %v", err)
	}
	if err := evening.Touch(t.Context(), account, token(account.User)); err != nil {
		t.Errorf("touch: %v", err)
	}
}

func wantWork(t *testing.T, dir string, number int) {
	t.Helper()
	book, account := realBook(dir, noon), writersAccount(number)
	noted, findErr := book.Find(Choice{Account: account.Name()})
	credential, credentialErr := book.Credential(t.Context(), account)
	switch {
	case signsOut(number):
		if !errors.Is(findErr, ErrNotSignedIn) || !errors.Is(credentialErr, ErrNotSignedIn) {
			t.Errorf("%s is still there: %v, %v", account.User, findErr, credentialErr)
		}
	case findErr != nil || credentialErr != nil:
		t.Errorf("%s was lost: %v, %v", account.User, findErr, credentialErr)
	case noted.Project == nil || noted.Project.ID != "project-of-"+account.User:
		t.Errorf("%s: the project was lost", account.User)
	case !noted.LastUsed.Equal(noon.Add(time.Hour)):
		t.Errorf("%s: the use was lost", account.User)
	case credential.Token.Reveal() != account.User:
		t.Errorf("%s has the credential %q", account.User, credential.Token.Reveal())
	}
}

func readUntil(t *testing.T, dir string, done <-chan struct{}) {
	book := realBook(dir, noon)
	for {
		if _, _, err := book.Accounts(); err != nil {
			t.Errorf("read while others write: %v", err)
			return
		}
		select {
		case <-done:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

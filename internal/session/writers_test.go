package session

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/credstore"
)

// Each writer has an account of its own and shares the file with the others.
const (
	writers         = 20
	writerDirVar    = "SESSION_TEST_WRITER_DIR"
	writerNumberVar = "SESSION_TEST_WRITER_NUMBER"
)

// TestManyGoroutines and TestManyProcesses: no writer's change is lost, and a
// reader never finds half a file.
func TestManyGoroutines(t *testing.T) {
	withWriters(t, func(t *testing.T, dir string, number int) { work(t, dir, fmt.Sprint(number)) })
}

func TestManyProcesses(t *testing.T) {
	withWriters(t, func(t *testing.T, dir string, number int) {
		cmd := exec.Command(os.Args[0], "-test.run=^TestOneWriter$")
		cmd.Env = append(os.Environ(), writerDirVar+"="+dir, writerNumberVar+"="+fmt.Sprint(number))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("process %d: %v\n%s", number, err, out)
		}
	})
}

// TestOneWriter is a process of the test before.
func TestOneWriter(t *testing.T) {
	if dir := os.Getenv(writerDirVar); dir != "" {
		work(t, dir, os.Getenv(writerNumberVar))
	}
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
		wantWork(t, dir, fmt.Sprint(number))
	}
}

func realBook(dir string, now time.Time) *Book {
	return NewBook(Config{
		Dir: dir, Now: func() time.Time { return now },
		OpenStore: func(name string) (credstore.Store, error) {
			return credstore.ByName(name, credstore.Config{Dir: dir})
		},
	})
}

func writersAccount(user string) Account {
	account := alice().in(credstore.PlaintextName)
	account.User = user
	return account
}

// work signs two users in and one of them out.
func work(t *testing.T, dir, number string) {
	stays, goes := writersAccount("stays-"+number), writersAccount("goes-"+number)
	morning, evening := realBook(dir, noon), realBook(dir, noon.Add(time.Hour))
	for _, account := range []Account{stays, goes} {
		if _, err := morning.Save(t.Context(), account, token(account.User)); err != nil {
			t.Errorf("save: %v", err)
		}
	}
	if err := morning.SelectProject(t.Context(), stays, &Project{ID: "project-" + number}); err != nil {
		t.Errorf("select: %v", err)
	}
	if err := evening.Touch(t.Context(), stays); err != nil {
		t.Errorf("touch: %v", err)
	}
	if err := evening.Forget(t.Context(), goes); err != nil {
		t.Errorf("forget: %v", err)
	}
}

func wantWork(t *testing.T, dir, number string) {
	t.Helper()
	book := realBook(dir, noon)
	stays, err := book.Find(Choice{Account: "stays-" + number + "@lab.org"})
	if err != nil {
		t.Error(err)
		return
	}
	if stays.Project == nil || stays.Project.ID != "project-"+number {
		t.Errorf("%s: the project was lost", stays.User)
	}
	if !stays.LastUsed.Equal(noon.Add(time.Hour)) {
		t.Errorf("%s: the use was lost", stays.User)
	}
	if credential, err := book.Credential(t.Context(), stays); err != nil || credential.Token.Reveal() != stays.User {
		t.Errorf("%s: the credential is %q, %v", stays.User, credential.Token.Reveal(), err)
	}
	goes := writersAccount("goes-" + number)
	if _, err := book.Find(Choice{Account: goes.Name()}); err == nil {
		t.Errorf("%s: is still noted", goes.User)
	}
	if _, err := book.Credential(t.Context(), goes); err == nil {
		t.Errorf("%s: the credential is still stored", goes.User)
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

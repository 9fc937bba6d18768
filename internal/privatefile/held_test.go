package privatefile

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/dxauth/dxauth/internal/process"
)

// without is a file system on which a call to lock fails.
func without(err error) locker {
	return locker{func(lock *flock.Flock) (bool, error) {
		file, openErr := os.OpenFile(lock.Path(), os.O_CREATE, 0o600) // as flock does before it locks
		if openErr != nil {
			return false, openErr
		}
		return false, errors.Join(file.Close(), &os.PathError{Op: "flock", Path: lock.Path(), Err: err})
	}}
}

// TestLocksWithoutTheSystem: every error that means that the file system has no locks
// leads to one that works there; no other error does.
func TestLocksWithoutTheSystem(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.ENOLCK, syscall.ENOSYS, syscall.EOPNOTSUPP, syscall.ENOTSUP} {
		t.Run(errno.Error(), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "lock")
			unlock, err := without(errno).lock(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			short, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
			defer cancel()
			_, err = without(errno).lock(short, path)
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "process "+strconv.Itoa(os.Getpid())) {
				t.Errorf("a second lock: %v, want one that names this process", err)
			}
			unlock()
			again, err := without(errno).lock(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			again()
			wantNames(t, path, "lock")
		})
	}
	for _, errno := range []syscall.Errno{syscall.EIO, syscall.EACCES, syscall.EROFS, syscall.ENOSPC} {
		if _, err := without(errno).lock(t.Context(), filepath.Join(t.TempDir(), "lock")); !errors.Is(err, errno) {
			t.Errorf("%v: got %v", errno, err)
		}
	}
}

// TestInterruptedLocks: a signal during the call, as on network file systems, is not a reason
// to give up, unless there is no end of them.
func TestInterruptedLocks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var signals int
	interrupted := locker{func(lock *flock.Flock) (bool, error) {
		if signals--; signals >= 0 {
			return false, &os.PathError{Op: "flock", Path: path, Err: syscall.EINTR}
		}
		return lock.TryLock()
	}}
	signals = 3
	unlock, err := interrupted.lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	signals = 3
	if !interrupted.isLocked(path) {
		t.Error("not locked")
	}
	unlock()
	signals = 3
	unshare, err := interrupted.share(path)
	if err != nil {
		t.Fatal(err)
	}
	unshare()
	signals = 1 << 20
	if _, err := interrupted.lock(t.Context(), path); !errors.Is(err, syscall.EINTR) {
		t.Errorf("got %v", err)
	}
}

// TestLockOfABusyProcess: the error of a wait says what was waited for.
func TestLockOfABusyProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	short, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := Lock(short, path); !errors.Is(err, context.DeadlineExceeded) || err.Error() != "another process has locked it" {
		t.Errorf("got %v", err)
	}
}

func TestSharingWithoutTheSystem(t *testing.T) {
	files := without(syscall.ENOLCK)
	path := filepath.Join(t.TempDir(), "use")
	if files.isLocked(path) {
		t.Error("a missing file is locked")
	}
	first, err := files.share(path)
	if err != nil {
		t.Fatal(err)
	}
	second, err := files.share(path)
	if err != nil {
		t.Fatal(err)
	}
	first()
	if !files.isLocked(path) {
		t.Error("not locked although one still shares it")
	}
	second()
	if files.isLocked(path) {
		t.Error("locked although nobody shares it")
	}
	wantNames(t, path, "use")
}

// TestProcessesWithoutLocks: processes that race for a lock, which one that was killed
// had, never have it at the same time, and lose no change.
func TestProcessesWithoutLocks(t *testing.T) {
	const processes, rounds = 6, 20
	path := filepath.Join(t.TempDir(), "lock")
	run(t, "die", path, 1)
	wantNames(t, path, "lock", "lock.held")
	if files := without(syscall.ENOLCK); files.isLocked(path) {
		t.Error("the lock of a process that was killed counts")
	}
	run(t, "die", path, 1)

	var racing []*exec.Cmd
	for range processes {
		racing = append(racing, start(t, "count", path, rounds))
	}
	for _, cmd := range racing {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, cmd.Stderr)
		}
	}
	counted, err := os.ReadFile(path + ".count")
	if string(counted) != strconv.Itoa(processes*rounds) {
		t.Errorf("counted %s (%v), want %d", counted, err, processes*rounds)
	}
}

// TestLockOfAnotherMachine: it may be held, so it is not taken over, and the error says
// what to remove.
func TestLockOfAnotherMachine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	other := process.Self()
	other.Host = "elsewhere"
	if err := os.MkdirAll(filepath.Join(path+".held", other.String()+markSeparator+"x"), 0o700); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := without(syscall.ENOLCK).lock(short, path)
	if err == nil || !strings.Contains(err.Error(), "on elsewhere has the lock "+path+".held; remove it if that process has ended") {
		t.Errorf("got %v", err)
	}
}

// start starts this test binary as a process that uses the lock.
func start(t *testing.T, doing, path string, rounds int) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestLockingProcess$")
	cmd.Env = append(os.Environ(), "LOCKING="+doing, "LOCKED="+path, "ROUNDS="+strconv.Itoa(rounds))
	cmd.Stderr = &strings.Builder{}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

func run(t *testing.T, doing, path string, rounds int) {
	t.Helper()
	if cmd := start(t, doing, path, rounds); cmd.Wait() != nil && doing != "die" {
		t.Fatalf("%s: %s", doing, cmd.Stderr)
	}
}

// TestLockingProcess is the process that start starts.
func TestLockingProcess(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	path := os.Getenv("LOCKED")
	rounds, _ := strconv.Atoi(os.Getenv("ROUNDS"))
	for range rounds {
		unlock, err := without(syscall.ENOLCK).lock(ctx, path)
		if err != nil {
			t.Fatal(err)
		}
		if os.Getenv("LOCKING") == "die" {
			os.Exit(0) // as a process that is killed: nothing is released
		}
		alone, err := os.OpenFile(path+".alone", os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			t.Fatal("another process has the lock, too: ", err)
		}
		counted, _ := os.ReadFile(path + ".count")
		n, _ := strconv.Atoi(string(counted))
		err = errors.Join(os.WriteFile(path+".count", []byte(strconv.Itoa(n+1)), 0o600), alone.Close(), os.Remove(path+".alone"))
		if err != nil {
			t.Fatal(err)
		}
		unlock()
	}
}

func TestSyncErrors(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EINVAL, syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.ENOSYS} {
		if err := unlessUnsupported(&os.PathError{Op: "sync", Err: errno}); err != nil {
			t.Errorf("%v: %v; the file system can't sync", errno, err)
		}
	}
	for _, errno := range []syscall.Errno{syscall.EIO, syscall.ENOSPC, syscall.EBADF} {
		if err := unlessUnsupported(&os.PathError{Op: "sync", Err: errno}); !errors.Is(err, errno) {
			t.Errorf("%v: %v; the content may be lost", errno, err)
		}
	}
}

func wantNames(t *testing.T, path string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if err != nil || strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the folder has %q (%v), want %q", got, err, want)
	}
}

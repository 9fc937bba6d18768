//go:build unix

package session

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/go-cmp/cmp"
)

func TestFilesAreMadePrivate(t *testing.T) {
	old := syscall.Umask(0)
	t.Cleanup(func() { syscall.Umask(old) })
	d := newDesk(t)
	d.dir = filepath.Join(d.dir, "deeper")
	d.mustSave(t, alice(), token("one"))
	for path, want := range map[string]fs.FileMode{
		filepath.Dir(d.dir):                   0o700,
		d.dir:                                 0o700,
		d.path():                              0o600,
		filepath.Join(d.dir, "accounts.lock"): 0o600,
	} {
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %04o, want %04o", path, got, want)
		}
	}
}

// A killed login may have left a draft with a credential, of whatever store. The next change
// removes it, even if the account is stored elsewhere.
func TestDraftsOfKilledProcessesAreRemoved(t *testing.T) {
	d := newDesk(t)
	d.mustSave(t, alice(), token("one"))
	draft := filepath.Join(d.dir, ".draft-credentials.json-17")
	if err := os.WriteFile(draft, []byte("a token"), 0o600); err != nil {
		t.Fatal(err)
	}
	past := d.now.Add(-time.Hour)
	if err := os.Chtimes(draft, past, past); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Switch(t.Context(), alice().Name()); err != nil {
		t.Fatal(err)
	}
	d.wantFiles(t, "accounts.json", "accounts.lock")
}

func TestReadingMakesNothing(t *testing.T) {
	d := newDesk(t)
	d.wantAccounts(t)
	if _, err := os.Lstat(d.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the state folder was made: %v", err)
	}
}

// TestTheFileIsReplaced: who has the old file open, or a link to it, goes on
// seeing the old one.
func TestTheFileIsReplaced(t *testing.T) {
	d := newDesk(t)
	d.mustSave(t, alice(), token("one"))
	before, err := os.ReadFile(d.path())
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(t.TempDir(), "kept")
	if err := os.Link(d.path(), kept); err != nil {
		t.Fatal(err)
	}
	if err := d.SelectProject(t.Context(), alice(), &Project{ID: "project-1"}); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(before), string(after)); diff != "" {
		t.Errorf("the old file was written to (-before +after):\n%s", diff)
	}
	d.wantFiles(t, "accounts.json", "accounts.lock")
}

// wantFiles finds drafts that were left over.
func (d *desk) wantFiles(t *testing.T, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestNothingIsWrittenForNoChange(t *testing.T) {
	d := newDesk(t)
	d.mustSave(t, alice(), token("one"))
	before, err := os.Stat(d.path())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SelectProject(t.Context(), alice(), nil); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(d.path())
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) {
		t.Error("the file was replaced")
	}
}

func TestAWriteThatFailsLeavesNoDraft(t *testing.T) {
	d := newDesk(t)
	if err := os.MkdirAll(d.path(), 0o700); err != nil { // a folder can't be replaced by a file
		t.Fatal(err)
	}
	if err := replaceFile(d.path(), []byte("{}\n")); err == nil || !strings.Contains(err.Error(), "write "+d.path()) {
		t.Errorf("error %v, want one of writing the accounts", err)
	}
	d.wantFiles(t, "accounts.json")
}

func TestAFolderThatCannotBeMade(t *testing.T) {
	d := newDesk(t)
	if err := os.WriteFile(d.dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Save(t.Context(), alice(), token("one")); err == nil || !strings.Contains(err.Error(), d.dir) {
		t.Errorf("error %v, want one that names %s", err, d.dir)
	}
	d.wantTokens(t, alice(), "", "")
}

func TestAReadOnlyFileIsReplaced(t *testing.T) {
	d := newDesk(t)
	d.mustSave(t, alice(), token("one"))
	chmod(t, d.path(), 0o400)
	if err := d.Forget(t.Context(), alice()); err != nil {
		t.Fatal(err)
	}
	d.wantAccounts(t)
}

// TestOthersCannotHaveWritten: the index says where a credential is sent.
func TestOthersCannotHaveWritten(t *testing.T) {
	tests := []struct {
		file, dir fs.FileMode
		remedy    string // "" means accepted
	}{
		{0o600, 0o700, ""},
		{0o644, 0o755, ""},
		{0o620, 0o700, "accounts.json"},
		{0o602, 0o700, "accounts.json"},
		{0o600, 0o770, "state"},
		{0o600, 0o777, "state"},
	}
	for _, tt := range tests {
		t.Run(tt.file.String()+" in "+tt.dir.String(), func(t *testing.T) {
			d := newDesk(t)
			d.mustSave(t, alice(), token("one"))
			chmod(t, d.path(), tt.file)
			chmod(t, d.dir, tt.dir)
			_, findErr := d.Find(Choice{})
			forgetErr := d.Forget(t.Context(), alice())
			for call, err := range map[string]error{"find": findErr, "forget": forgetErr} {
				switch {
				case tt.remedy == "" && err == nil:
				case tt.remedy != "" && err != nil && strings.Contains(err.Error(), "chmod go-w ") && strings.HasSuffix(err.Error(), tt.remedy):
				default:
					t.Errorf("%s: error %v, want a remedy for %q", call, err, tt.remedy)
				}
			}
		})
	}
}

// TestLinks: a person may keep the state folder elsewhere. The file itself is
// replaced, so a link in its place is not written through.
func TestLinks(t *testing.T) {
	t.Run("the folder", func(t *testing.T) {
		d := newDesk(t)
		elsewhere := filepath.Join(t.TempDir(), "elsewhere")
		if err := os.Mkdir(elsewhere, 0o700); err != nil {
			t.Fatal(err)
		}
		symlink(t, elsewhere, d.dir)
		d.mustSave(t, alice(), token("one"))
		d.wantAccounts(t, "alice@lab.org in strong")
		if _, err := os.Lstat(filepath.Join(elsewhere, "accounts.json")); err != nil {
			t.Error(err)
		}
	})
	t.Run("the folder, to where others can write", func(t *testing.T) {
		d := newDesk(t)
		elsewhere := filepath.Join(t.TempDir(), "elsewhere")
		if err := os.Mkdir(elsewhere, 0o700); err != nil {
			t.Fatal(err)
		}
		chmod(t, elsewhere, 0o777)
		symlink(t, elsewhere, d.dir)
		if _, err := d.Save(t.Context(), alice(), token("one")); err == nil {
			t.Error("the folder was trusted")
		}
		d.wantTokens(t, alice(), "", "")
	})
	t.Run("the file", func(t *testing.T) {
		d := newDesk(t)
		if err := os.Mkdir(d.dir, 0o700); err != nil {
			t.Fatal(err)
		}
		victim := filepath.Join(t.TempDir(), "victim")
		if err := os.WriteFile(victim, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
		symlink(t, victim, d.path())
		if _, err := d.Save(t.Context(), alice(), token("one")); err == nil {
			t.Error("the link was followed")
		}
		d.wantTokens(t, alice(), "", "")
		if content, err := os.ReadFile(victim); err != nil || string(content) != "{}" {
			t.Errorf("written through the link: %q, %v", content, err)
		}
	})
}

// TestNoSecretInTheFiles: whatever was done, the folder holds no token.
func TestNoSecretInTheFiles(t *testing.T) {
	const canary = "canary-7f3a"
	d := newDesk(t)
	d.mustSave(t, alice(), token(canary+"-1"))
	d.mustSave(t, alice().in("plain"), token(canary+"-2"))
	if err := d.SelectProject(t.Context(), alice(), &Project{ID: "project-1"}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(d.dir)
	if err != nil || len(entries) == 0 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(d.dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), canary) {
			t.Errorf("%s holds a token:\n%s", entry.Name(), content)
		}
	}
}

// TestLockIsWaitedFor: the bubble's clock runs at once, the lock is a real one.
func TestLockIsWaitedFor(t *testing.T) {
	tests := map[string]struct {
		patience time.Duration // of the caller
		want     error
		after    time.Duration
	}{
		"to the limit":             {time.Hour, context.DeadlineExceeded, lockWait},
		"as long as the caller":    {time.Second, context.DeadlineExceeded, time.Second},
		"not by one who has ended": {0, context.DeadlineExceeded, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				hold(t, d)
				ctx, cancel := context.WithTimeout(t.Context(), tt.patience)
				defer cancel()
				start := time.Now()
				_, err := d.Save(ctx, alice(), token("one"))
				if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), "cannot change "+d.path()+": another process has locked it") {
					t.Errorf("error %v, want one that says what was waited for", err)
				}
				if waited := time.Since(start); waited != tt.after {
					t.Errorf("waited %s, want %s", waited, tt.after)
				}
				d.wantTokens(t, alice(), "", "")
			})
		})
	}
	t.Run("until Ctrl-C", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			hold(t, d)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			if err := d.Forget(ctx, alice()); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want context.Canceled", err)
			}
		})
	})
	t.Run("until it is free", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			release := hold(t, d)
			time.AfterFunc(time.Second, release)
			d.mustSave(t, alice(), token("one"))
		})
	})
}

// hold takes the lock as another process would, until it is released.
func hold(t *testing.T, d *desk) (release func()) {
	t.Helper()
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	other := flock.New(filepath.Join(d.dir, "accounts.lock"))
	if err := other.Lock(); err != nil {
		t.Fatal(err)
	}
	release = func() {
		if err := other.Unlock(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(release)
	return release
}

func chmod(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, target, link string) {
	t.Helper()
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
}

// TestSaveLeavesNoOrphan: a credential that no account names would stay in the
// store for ever. Windows does not remove a folder with a lock in it.
func TestSaveLeavesNoOrphan(t *testing.T) {
	d := newDesk(t)
	d.strong.afterSet = func() {
		if err := os.RemoveAll(d.dir); err != nil {
			t.Error(err)
		}
	}
	if _, err := d.Save(t.Context(), alice(), token("new")); err == nil {
		t.Fatal("saved into a folder that is gone")
	}
	d.wantTokens(t, alice(), "", "")
}

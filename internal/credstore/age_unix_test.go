//go:build unix

package credstore

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/dxauth/dxauth/pkg/secret"
)

// TestPassphraseFromAPipe: a pipe gives it once, and once is enough for a
// process.
func TestPassphraseFromAPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() { _ = os.WriteFile(pipe, []byte("correct horse\n"), 0) }() // a failure shows in the store
	passphrase := PassphraseFile(pipe).Once()
	dir := privateDir(t)
	exerciseStore(t, quickAge(dir, passphrase))
	if err := quickAge(dir, passphrase).Set(t.Context(), testKey, secret.New("value")); err != nil {
		t.Fatal(err)
	}
	if got, err := quickAge(dir, answers("correct horse")).Get(t.Context(), testKey); err != nil || got.Reveal() != "value" {
		t.Errorf("read %q, %v", got.Reveal(), err)
	}
}

func TestPassphraseFromAPipeThatNobodyFeeds(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, signal := context.WithCancelCause(t.Context())
	signal(errors.New("interrupt signal received"))
	if _, err := PassphraseFile(pipe)(ctx, false); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}

// TestAgeFileIsPrivate: the rules for the plain file hold for this one too.
func TestAgeFileIsPrivate(t *testing.T) {
	a := filledAgeFile(t)
	info, err := os.Lstat(a.path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has %v, %v", info.Mode(), err)
	}

	chmod(t, a.path(), 0o644)
	requireRefusal(t, a, a.path())
	chmod(t, a.path(), 0o600)

	link := quickAge(privateDir(t), answers("correct horse"))
	symlink(t, a.path(), link.path())
	requireRefusal(t, link, link.path())
}

//go:build unix

package config

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// On Windows, making a link takes a privilege.
func TestATokenFileMayBeALink(t *testing.T) {
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(writeFile(t, "linked"), link); err != nil {
		t.Fatal(err)
	}
	got, ok, err := CredentialFromEnv(t.Context(), environ("DXAUTH_TOKEN_FILE="+link))
	if err != nil || !ok || got.Token.Reveal() != "linked" {
		t.Errorf("got %q, %v, %v; want the token of the file behind the link", got.Token.Reveal(), ok, err)
	}
}

func TestATokenFileMayBeAPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(pipe, []byte("piped\n"), 0) }()

	got, ok, err := CredentialFromEnv(t.Context(), environ("DXAUTH_TOKEN_FILE="+pipe))
	if err != nil || !ok || got.Token.Reveal() != "piped" {
		t.Errorf("got %q, %v, %v; want the token from the pipe", got.Token.Reveal(), ok, err)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
}

func TestAnEndlessTokenFileIsRefused(t *testing.T) {
	if _, _, err := CredentialFromEnv(t.Context(), environ("DXAUTH_TOKEN_FILE=/dev/zero")); err == nil {
		t.Error("no error for an endless file")
	}
}

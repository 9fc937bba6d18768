//go:build unix

package terminal_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/dxauth/dxauth/internal/terminal"
)

// A program that reads nothing holds a write only until the user ends this one.
func TestWriteEndsWithTheProgram(t *testing.T) {
	reader, full, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	fd := int(full.Fd())
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = unix.Write(fd, make([]byte, 4096))
	}
	if err := unix.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	out := terminal.New(terminal.Config{Stdout: full, Stderr: full, Interrupted: ended.Done()})
	end()
	if err := out.Print("more"); !errors.Is(err, context.Canceled) {
		t.Errorf("Print = %v, want that it was canceled", err)
	}
	out.Warn("more")
}

// What a program still has to say after Ctrl-C is written.
func TestWriteAfterTheEnd(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	ended, end := context.WithCancel(t.Context())
	end()
	out := terminal.New(terminal.Config{Stdout: writer, Stderr: writer, Interrupted: ended.Done()})
	if err := out.Print("revoked"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len("revoked"))
	if _, err := reader.Read(got); err != nil || string(got) != "revoked" {
		t.Errorf("the pipe has %q, %v", got, err)
	}
}

//go:build unix

package terminal

import (
	"errors"
	"os"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// brokenScreen stands for whatever may go wrong between echo off and echo on.
type brokenScreen struct{ panics bool }

var errBroken = errors.New("broken screen")

func (s brokenScreen) Write([]byte) (int, error) {
	if s.panics {
		panic(errBroken)
	}
	return 0, errBroken
}

func (brokenScreen) Close() error { return nil }

func TestEchoComesBackAfterAPanicAndAnError(t *testing.T) {
	for name, panics := range map[string]bool{"panic": true, "error": false} {
		t.Run(name, func(t *testing.T) {
			master, slave, err := pty.Open()
			if err != nil {
				t.Fatalf("open a pseudo terminal (is /dev/pts mounted?): %v", err)
			}
			defer master.Close()
			defer slave.Close()
			c := &console{in: slave, out: brokenScreen{panics: panics}}

			var recovered any
			func() {
				defer func() { recovered = recover() }()
				_, err = c.secret(t.Context(), newJob(), "Password: ")
			}()
			if panics && recovered != errBroken {
				t.Errorf("recovered %v", recovered)
			}
			if !panics && !errors.Is(err, errBroken) {
				t.Errorf("secret: %v", err)
			}
			if !echoes(t, slave) {
				t.Error("echo is still off")
			}
		})
	}
}

func echoes(t *testing.T, tty *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(tty.Fd()), getTermios)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

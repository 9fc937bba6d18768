//go:build unix

package terminal_test

import (
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/dxauth/dxauth/internal/terminal"
)

// person sits at a real pseudo terminal: they type on its keyboard and read its
// screen.
type person struct {
	t        *testing.T
	keyboard *os.File // the master side
	tty      *os.File // the slave side, as the program has it

	mu      sync.Mutex
	screen  strings.Builder
	changed chan struct{}
}

// patience bounds every wait for a prompt.
const patience = time.Minute

func newPerson(t *testing.T) *person {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatalf("open a pseudo terminal (is /dev/pts mounted?): %v", err)
	}
	t.Cleanup(func() { master.Close(); slave.Close() })
	p := &person{t: t, keyboard: master, tty: slave, changed: make(chan struct{}, 1)}
	go p.watch()
	return p
}

// watch copies the screen until the terminal closes.
func (p *person) watch() {
	buffer := make([]byte, 4096)
	for {
		n, err := p.keyboard.Read(buffer)
		if err != nil {
			return
		}
		p.mu.Lock()
		p.screen.Write(buffer[:n])
		p.mu.Unlock()
		select {
		case p.changed <- struct{}{}:
		default:
		}
	}
}

// terminal returns the subject of the test, with this person at it.
func (p *person) terminal() *terminal.Terminal {
	return terminal.New(terminal.Config{
		Stdin: p.tty, Stdout: io.Discard, Stderr: io.Discard, OpenTTY: p.open,
	})
}

func (p *person) open() (in, out *os.File, err error) {
	tty, err := os.OpenFile(p.tty.Name(), os.O_RDWR|syscall.O_NOCTTY, 0)
	return tty, tty, err
}

func (p *person) types(keys string) {
	p.t.Helper()
	if _, err := io.WriteString(p.keyboard, keys); err != nil {
		p.t.Fatalf("type: %v", err)
	}
}

// sees waits until text has been on the screen n times.
func (p *person) sees(text string, n int) {
	p.t.Helper()
	limit := time.After(patience)
	for strings.Count(p.read(), text) < n {
		select {
		case <-p.changed:
		case <-limit:
			p.t.Fatalf("%q was not shown %d times in 10 s; the screen:\n%q", text, n, p.read())
		}
	}
}

func (p *person) read() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.screen.String()
}

// wantEcho checks whether the terminal shows what is typed now.
func (p *person) wantEcho(want bool) {
	p.t.Helper()
	state, err := unix.IoctlGetTermios(int(p.tty.Fd()), termiosRequest)
	if err != nil {
		p.t.Fatalf("read the state of the terminal: %v", err)
	}
	if got := state.Lflag&unix.ECHO != 0; got != want {
		p.t.Errorf("echo is %t, want %t", got, want)
	}
}

// inBackground runs f and returns a function that waits for it.
func inBackground[T any](t *testing.T, f func() (T, error)) func() (T, error) {
	t.Helper()
	var value T
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		value, err = f()
	}()
	return func() (T, error) {
		t.Helper()
		select {
		case <-done:
		case <-time.After(patience):
			t.Fatalf("the prompt did not end in %v", patience)
		}
		return value, err
	}
}

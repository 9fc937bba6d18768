//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// patience bounds every wait for the program.
const patience = time.Minute

// person is a user at a terminal at which a shell runs the program: the test
// types on its keyboard and reads its screen, which shows stdout and stderr.
type person struct {
	t        *testing.T
	shell    *exec.Cmd
	keyboard *os.File // the person's side of the terminal
	tty      *os.File // the program's side

	mu      sync.Mutex
	screen  bytes.Buffer
	seen    int // how much of the screen the test has matched
	changed chan struct{}
}

// shellScript runs the program, says how it ended, and reads on as a shell does.
// It outlives the program, because a terminal is reset when its session ends.
const shellScript = `trap : INT TERM; "$@"; echo "[exit code $?]"
read -r line </dev/tty; test -n "$line" || echo "[the shell read nothing else]"; read -r line </dev/tty`

// atTerminal starts the program with standard input, output and error at a
// terminal.
func atTerminal(t *testing.T, env []string, args ...string) *person {
	t.Helper()
	p := newPerson(t, env, args)
	p.start(p.tty)
	return p
}

// withInput is atTerminal with a pipe as standard input.
func withInput(t *testing.T, input string, env []string, args ...string) *person {
	t.Helper()
	p := newPerson(t, env, args)
	p.start(strings.NewReader(input))
	return p
}

func newPerson(t *testing.T, env, args []string) *person {
	t.Helper()
	keyboard, tty, err := pty.Open()
	if err != nil {
		t.Fatalf("open a pseudo terminal (is /dev/pts mounted?): %v", err)
	}
	t.Cleanup(func() { keyboard.Close(); tty.Close() })
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 50, Cols: 250}); err != nil {
		t.Fatalf("set the size of the pseudo terminal: %v", err)
	}
	shell := exec.Command("sh", append([]string{"-c", shellScript, "sh", "dxauth"}, args...)...)
	shell.Env = env
	return &person{t: t, shell: shell, keyboard: keyboard, tty: tty, changed: make(chan struct{}, 1)}
}

func (p *person) start(stdin io.Reader) {
	p.t.Helper()
	const stdout = 1 // this file descriptor of the shell is its terminal
	p.shell.Stdin, p.shell.Stdout, p.shell.Stderr = stdin, p.tty, p.tty
	p.shell.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: stdout}
	// From this thread, whose limits are inherited. The shell ends with its terminal.
	if err := p.shell.Start(); err != nil {
		p.t.Fatalf("start the shell: %v", err)
	}
	p.t.Cleanup(func() {
		_ = syscall.Kill(-p.shell.Process.Pid, syscall.SIGKILL)
		_ = p.shell.Wait()
	})
	go p.watch()
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

// sees waits until text is on the screen, after what was seen before.
func (p *person) sees(text string) {
	p.t.Helper()
	limit := time.After(patience)
	for !p.look(text) {
		select {
		case <-p.changed:
		case <-limit:
			p.t.Fatalf("%q was not shown; the screen:\n%s", text, p.everything())
		}
	}
}

func (p *person) look(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := bytes.Index(p.screen.Bytes()[p.seen:], []byte(text))
	if at >= 0 {
		p.seen += at + len(text)
	}
	return at >= 0
}

// everything returns what was shown so far, without the lines of waits that were erased
// again: they are there on a slow machine only.
func (p *person) everything() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return erasedWait.ReplaceAllString(p.screen.String(), "")
}

var erasedWait = regexp.MustCompile(`waiting for [^\r\n]*\r *\r`)

// neverSaw fails if text was shown at any time so far.
func (p *person) neverSaw(text string) {
	p.t.Helper()
	if strings.Contains(p.everything(), text) {
		p.t.Errorf("%q was shown; the screen:\n%s", text, p.everything())
	}
}

// types presses keys.
func (p *person) types(keys string) {
	p.t.Helper()
	if _, err := io.WriteString(p.keyboard, keys); err != nil {
		p.t.Fatalf("type: %v", err)
	}
}

// answers waits for a prompt and types a line.
func (p *person) answers(prompt, line string) {
	p.t.Helper()
	p.sees(prompt)
	p.types(line + "\r")
}

// signals sends a signal to everything that runs at the terminal. The shell
// ignores it.
func (p *person) signals(signal syscall.Signal) {
	p.t.Helper()
	if err := syscall.Kill(-p.shell.Process.Pid, signal); err != nil {
		p.t.Fatalf("send a signal: %v", err)
	}
}

// exits waits for the end of the program and checks its exit code. In any
// case the terminal must echo again.
func (p *person) exits(code int) {
	p.t.Helper()
	p.sees("[exit code ")
	if !p.look(fmt.Sprintf("%d]", code)) {
		p.t.Errorf("the exit code is not %d; the screen:\n%s", code, p.everything())
	}
	p.wantEcho(true)
}

// wantEcho checks whether the terminal echoes now.
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

// outcome is how a command without a terminal ended.
type outcome struct {
	stdout, stderr string
	code           int
}

// invoke runs a command like a script, without a terminal.
func invoke(t *testing.T, env []string, input string, args ...string) outcome {
	t.Helper()
	cmd := exec.Command("dxauth", args...)
	var stdout, stderr strings.Builder
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, strings.NewReader(input), &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatalf("run dxauth %q: %v", args, err)
	}
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// succeed is invoke for a command that must not fail. It returns its stdout.
func succeed(t *testing.T, env []string, input string, args ...string) string {
	t.Helper()
	got := invoke(t, env, input, args...)
	if got.code != 0 {
		t.Fatalf("dxauth %q ended with exit code %d: %s", args, got.code, got.stderr)
	}
	return got.stdout
}

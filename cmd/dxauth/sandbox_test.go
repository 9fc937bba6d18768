//go:build unix

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testprogram"
)

// sandboxed is a sandbox in which alice has signed in. Its child waits for a
// line on its standard input, and ends with the exit code on it.
type sandboxed struct {
	t     *testing.T
	cmd   *exec.Cmd
	wait  func() error
	stdin io.Writer
	root  string // names it in the list of processes
	child int    // process ID
	dir   string
	host  string // host:port of its server
}

const signedInChild = `echo wonderland-2026 | dxauth login --username alice --password-stdin --noprojects 2>/dev/null
echo "$$ $DXAUTH_SANDBOX_DIR $DX_APISERVER_HOST:$DX_APISERVER_PORT $(dxauth whoami)"
read -r code; exit $code`

// newSandbox starts one whose child runs a line first.
func newSandbox(t *testing.T, first string) *sandboxed {
	t.Helper()
	root, env := sandboxHome(t)
	return newSandboxIn(t, root, env, first)
}

// newSandboxIn is newSandbox in an environment of sandboxHome.
func newSandboxIn(t *testing.T, root string, env []string, first string) *sandboxed {
	t.Helper()
	cmd := exec.Command("dxauth", "sandbox", "--", "sh", "-c", first+"\n"+signedInChild, root)
	cmd.Env = env
	// Not cmd's own pipe, which closes with the sandbox: that would end a child
	// that should stay.
	input, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { input.Close(); stdin.Close() })
	cmd.Stdin = input
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	wait, err := testprogram.Start(cmd)
	if err != nil {
		t.Fatalf("start the sandbox: %v", err)
	}
	s := &sandboxed{t: t, cmd: cmd, wait: sync.OnceValue(wait), stdin: stdin, root: root}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = s.wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("no output of the child: %v", err)
	}
	var user string
	if _, err := fmt.Sscan(line, &s.child, &s.dir, &s.host, &user); err != nil || user != "alice" {
		t.Fatalf("the output of the child is %q, %v", line, err)
	}
	return s
}

// sandboxHome is a private environment, with a folder for temporary files in
// which only sandboxes leave something.
func sandboxHome(t *testing.T) (root string, env []string) {
	t.Helper()
	root = t.TempDir()
	for _, folder := range []string{"tmp", "home"} {
		if err := os.Mkdir(filepath.Join(root, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return root, append(privateEnv(root), "PATH="+os.Getenv("PATH"), "TMPDIR="+filepath.Join(root, "tmp"))
}

// ends waits for the end of the sandbox and checks its exit code, which is -1
// if it was killed.
func (s *sandboxed) ends(code int) {
	s.t.Helper()
	if err := s.wait(); s.cmd.ProcessState == nil {
		s.t.Fatal(err)
	}
	if got := s.cmd.ProcessState.ExitCode(); got != code {
		s.t.Errorf("the exit code is %d, want %d", got, code)
	}
}

// signal sends one to a process.
func (s *sandboxed) signal(pid int, signal syscall.Signal) {
	s.t.Helper()
	if err := syscall.Kill(pid, signal); err != nil {
		s.t.Fatalf("send %v: %v", signal, err)
	}
}

// answers tells the child to end.
func (s *sandboxed) answers(code int) {
	s.t.Helper()
	if _, err := fmt.Fprintln(s.stdin, code); err != nil {
		s.t.Fatalf("tell the child to end: %v", err)
	}
}

// guard returns the process ID of the guard.
func (s *sandboxed) guard() int {
	s.t.Helper()
	for _, process := range processesOf(s.t, s.root) {
		if pid, command, _ := strings.Cut(process, " "); strings.HasSuffix(command, "sandbox guard "+s.dir) {
			if n, err := strconv.Atoi(pid); err == nil {
				return n
			}
		}
	}
	s.t.Fatalf("there is no guard: %q", processesOf(s.t, s.root))
	return 0
}

// processesOf lists the running processes whose command line has a text, each
// as "PID COMMAND".
func processesOf(t *testing.T, text string) []string {
	t.Helper()
	list, err := exec.Command("ps", "-A", "-ww", "-o", "stat=,pid=,args=").Output()
	if err != nil {
		t.Fatalf("list the processes (ps is in the Debian package procps): %v", err)
	}
	var found []string
	for line := range strings.Lines(string(list)) {
		state, process, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.Contains(process, text) && !strings.HasPrefix(state, "Z") {
			found = append(found, strings.TrimSpace(process))
		}
	}
	return found
}

// wantGone waits until no process of a sandbox runs, and checks that none of its
// files is left and, if host is given, that its server does not listen.
func wantGone(t *testing.T, root, host string) {
	t.Helper()
	limit := time.Now().Add(patience)
	for left := processesOf(t, root); len(left) > 0; left = processesOf(t, root) {
		if time.Now().After(limit) {
			t.Fatalf("still running: %q", left)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if files, err := os.ReadDir(filepath.Join(root, "tmp")); err != nil || len(files) > 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
	if host == "" {
		return
	}
	if conn, err := net.DialTimeout("tcp", host, time.Second); err == nil {
		conn.Close()
		t.Error("the server still listens")
	}
}

// However a sandbox ends, it leaves nothing behind.
func TestSandboxLeavesNothing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		first string // what the child does first
		end   func(*sandboxed)
		code  int
	}{
		{name: "the child succeeds", end: func(s *sandboxed) { s.answers(0) }, code: 0},
		{name: "the child fails", end: func(s *sandboxed) { s.answers(7) }, code: 7},
		{name: "the child is killed", end: func(s *sandboxed) { s.signal(s.child, syscall.SIGKILL) }, code: 137},
		{name: "SIGTERM", end: func(s *sandboxed) { s.signal(s.cmd.Process.Pid, syscall.SIGTERM) }, code: 143},
		{name: "SIGHUP", end: func(s *sandboxed) { s.signal(s.cmd.Process.Pid, syscall.SIGHUP) }, code: 129},
		{
			name: "SIGTERM, and the child ends in its own way", first: "trap 'exit 5' TERM", code: 5,
			end: func(s *sandboxed) { s.signal(s.cmd.Process.Pid, syscall.SIGTERM) },
		},
		{
			name: "Ctrl-C, which the child ignores", code: 3,
			end: func(s *sandboxed) { s.signal(s.cmd.Process.Pid, syscall.SIGINT); s.answers(3) },
		},
		{name: "SIGKILL", end: func(s *sandboxed) { s.signal(s.cmd.Process.Pid, syscall.SIGKILL) }, code: -1},
		{
			name: "SIGKILL, and the child stays", first: "trap '' HUP", code: -1,
			end: func(s *sandboxed) { s.signal(s.cmd.Process.Pid, syscall.SIGKILL) },
		},
		{
			name: "SIGKILL of a sandbox whose child is stopped", code: -1,
			end: func(s *sandboxed) {
				s.signal(s.child, syscall.SIGSTOP)
				s.signal(s.cmd.Process.Pid, syscall.SIGKILL)
			},
		},
		{
			name: "the guard was killed before", code: 0,
			end: func(s *sandboxed) { s.signal(s.guard(), syscall.SIGKILL); s.answers(0) },
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t, test.first)
			if token, err := os.ReadFile(plainStore(s.dir)); err != nil || !strings.Contains(string(token), "token") {
				t.Fatalf("there is nothing to remove: %q, %v", token, err)
			}
			test.end(s)
			s.ends(test.code)
			wantGone(t, s.root, s.host)
		})
	}
}

// The next sandbox removes what is left of one that was killed together with its guard,
// and nothing else: no sandbox that runs, nothing that is open to others, and nothing
// behind a link.
func TestSandboxRemovesLeftovers(t *testing.T) {
	t.Parallel()
	root, env := sandboxHome(t)
	killed, running := newSandboxIn(t, root, env, ""), newSandboxIn(t, root, env, "")
	tmp := filepath.Join(root, "tmp")
	target := filepath.Join(root, "target")
	decoys := map[string]func(path string) error{
		"dxauth-sandbox-empty": func(path string) error { return os.Mkdir(path, 0o700) },
		"dxauth-sandbox-link": func(path string) error {
			return errors.Join(os.CopyFS(target, os.DirFS(killed.dir)), os.Chmod(target, 0o700), os.Symlink(target, path))
		},
		"dxauth-sandbox-open": func(path string) error {
			return errors.Join(os.CopyFS(path, os.DirFS(killed.dir)), os.Chmod(path, 0o755))
		},
		"dxauth-sandbox-file": func(path string) error { return os.WriteFile(path, nil, 0o600) },
	}
	for name, put := range decoys {
		if err := put(filepath.Join(tmp, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(target, filepath.Join(killed.dir, "outside")); err != nil {
		t.Fatal(err)
	}
	killed.signal(killed.guard(), syscall.SIGKILL)
	killed.signal(killed.cmd.Process.Pid, syscall.SIGKILL)
	killed.ends(-1)
	if _, err := os.Stat(plainStore(killed.dir)); err != nil {
		t.Fatalf("there is nothing to remove: %v", err)
	}

	var starts sync.WaitGroup
	for range 3 { // at once
		starts.Go(func() {
			next := exec.Command("dxauth", "sandbox", "--", "true")
			next.Env = env
			if output, err := next.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
	starts.Wait()
	if _, err := os.Lstat(killed.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder of the killed sandbox: %v", err)
	}
	for _, kept := range []string{plainStore(running.dir), plainStore(target)} {
		if _, err := os.Stat(kept); err != nil {
			t.Errorf("removed, too: %v", err)
		}
	}
	for name := range decoys {
		if _, err := os.Lstat(filepath.Join(tmp, name)); err != nil {
			t.Errorf("removed, too: %v", err)
		}
	}
	running.answers(0)
	running.ends(0)
}

// Two sandboxes are independent: they have separate servers and folders, and the
// end of one does not affect the other.
func TestTwoSandboxes(t *testing.T) {
	t.Parallel()
	one, other := newSandbox(t, ""), newSandbox(t, "")
	if one.host == other.host || one.dir == other.dir {
		t.Errorf("both have %s and %s", one.host, one.dir)
	}
	one.answers(0)
	one.ends(0)
	wantGone(t, one.root, one.host)
	conn, err := net.Dial("tcp", other.host)
	if err != nil {
		t.Fatalf("the other server is gone: %v", err)
	}
	conn.Close()
	if _, err := os.Stat(plainStore(other.dir)); err != nil {
		t.Errorf("the other session is gone: %v", err)
	}
	other.answers(4)
	other.ends(4)
	wantGone(t, other.root, other.host)
}

// atBash opens a sandbox's bash at a terminal. The user's own start-up file
// changes PATH and variables, as many do.
func atBash(t *testing.T) (p *person, root string) {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatalf("bash is missing (it is in the Debian package bash): %v", err)
	}
	root, env := sandboxHome(t)
	elsewhere := filepath.Join(root, "elsewhere")
	if err := os.Mkdir(elsewhere, 0o700); err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{
		filepath.Join(elsewhere, "dxauth"): "#!/bin/sh\necho another dxauth\n",
		filepath.Join(root, "home", ".bashrc"): "PS1='my prompt> '\nPATH=" + elsewhere + ":$PATH\n" +
			"export DXAUTH_SERVER=https://outer.example.org DX_API_TOKEN=outer-token DX_APISERVER_HOST=outer.example.org\n" +
			"export MOLGENIS_TOKEN=outer-token DBUS_SESSION_BUS_ADDRESS=unix:path=/outer/bus XDG_RUNTIME_DIR=/outer\n",
	} {
		if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	p = atTerminal(t, append(env, "SHELL="+bash), "sandbox")
	p.sees("wonderland-2026")
	p.sees("(sandbox) my prompt> ")
	return p, root
}

func TestSandboxShell(t *testing.T) {
	t.Parallel()
	p, root := atBash(t)
	p.types("command -v dxauth\r")
	p.sees(filepath.Join(root, "tmp", "dxauth-sandbox-"))
	p.types("echo \"outer: $(env | grep -c outer)\"\r")
	p.sees("outer: 0")
	p.types("dxauth login --username alice --noprojects\r")
	p.answers("Password: ", "wonderland-2026")
	p.sees("(sandbox) ")
	p.types("dxauth whoami --id\r")
	p.sees("user-alice")

	// Ctrl-C ends what runs in the shell, not the sandbox.
	p.sees("(sandbox) ")
	p.types("sh -c 'echo run''ning; read -r line'\r")
	p.sees("running")
	p.types("\x03")
	p.sees("(sandbox) ")
	p.types("dxauth whoami --id\r")
	p.sees("user-alice")
	p.types("exit 7\r")
	p.exits(7)
	wantGone(t, root, "")
}

// fish shows the prompt of a sandbox, too, and does not keep the variables of its user's
// own start-up files.
func TestSandboxInFish(t *testing.T) {
	t.Parallel()
	fish, err := exec.LookPath("fish")
	if err != nil {
		t.Fatalf("fish is missing (it is in the Debian package fish): %v", err)
	}
	root, env := sandboxHome(t)
	config := filepath.Join(root, "home", ".config", "fish")
	if err := os.MkdirAll(config, 0o700); err != nil {
		t.Fatal(err)
	}
	start := "function fish_prompt; echo 'my prompt> '; end\nset -gx DX_API_TOKEN outer-token\nset -gx MOLGENIS_TOKEN outer-token\n"
	if err := os.WriteFile(filepath.Join(config, "config.fish"), []byte(start), 0o600); err != nil {
		t.Fatal(err)
	}
	p := atTerminal(t, append(env, "SHELL="+fish, "TERM=dumb"), "sandbox")
	p.sees("(sandbox) my prompt> ")
	p.types("command -v dxauth\r")
	p.sees(filepath.Join(root, "tmp", "dxauth-sandbox-"))
	p.types("echo \"outer: \"(env | grep -c outer-token)\r")
	p.sees("outer: 0")
	p.types("exit 7\r")
	p.exits(7)
	wantGone(t, root, "")
}

// An interactive shell ignores SIGTERM; the sandbox around it does not.
func TestSIGTERMAroundAShell(t *testing.T) {
	t.Parallel()
	p, root := atBash(t)
	p.types("kill -TERM $PPID\r")
	p.exits(128 + int(syscall.SIGHUP))
	wantGone(t, root, "")
}

func TestTheTerminalOfASandboxCloses(t *testing.T) {
	t.Parallel()
	p, root := atBash(t)
	// A close takes effect only when the pending read of the screen returns.
	p.types("while :; do echo still here; done\r")
	p.sees("still here\r\nstill here")
	if err := p.keyboard.Close(); err != nil {
		t.Fatal(err)
	}
	p.tty.Close()
	wantGone(t, root, "")
}

// Ctrl-C ends a command, and the sandbox has the exit code that a shell has.
func TestCtrlCInASandbox(t *testing.T) {
	t.Parallel()
	root, env := sandboxHome(t)
	p := atTerminal(t, env, "sandbox", "--", "sh", "-c", "echo ready; read -r line; echo not reached")
	p.sees("ready")
	p.types("\x03")
	p.exits(128 + int(syscall.SIGINT))
	p.neverSaw("not reached")
	wantGone(t, root, "")
}

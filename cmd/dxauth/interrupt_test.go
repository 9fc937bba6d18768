//go:build unix

package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testprogram"
)

// If the user interrupts a prompt, nothing is sent, nothing is stored, and the
// terminal echoes again.
func TestLoginInterruptedAtAPrompt(t *testing.T) {
	t.Parallel()
	const ctrlC, ctrlD = "\x03", "\x04"
	prompts := []struct {
		text string
		args []string
	}{
		{"Username: ", []string{"login"}},
		{"Password: ", []string{"login", "--username", "alice"}},
	}
	ways := []struct {
		name  string
		leave func(*person)
		code  int
	}{
		{"Ctrl-C", func(p *person) { p.types("half-a-word" + ctrlC) }, 130},
		{"Ctrl-D", func(p *person) { p.types(ctrlD) }, 2},
		{"SIGTERM", func(p *person) { p.signals(syscall.SIGTERM) }, 130},
	}
	for _, prompt := range prompts {
		for _, way := range ways {
			t.Run(prompt.text+way.name, func(t *testing.T) {
				t.Parallel()
				server := newPlatform(t, "demo")
				root, env := home(t, server)
				p := atTerminal(t, env, prompt.args...)
				p.sees(prompt.text)
				way.leave(p)
				p.exits(way.code)
				wantNothingStored(t, root)
				if asked := server.requests(); len(asked) > 0 {
					t.Errorf("the server was asked %q", asked)
				}
			})
		}
	}
}

// A partly typed password is not shown, and the shell does not read it.
func TestPasswordPromptInterrupted(t *testing.T) {
	t.Parallel()
	_, env := home(t, newPlatform(t, "demo"))

	p := atTerminal(t, env, "login", "--username", "alice")
	p.sees("Password: ")
	p.wantEcho(false)
	p.types("half-a-password\x03")
	p.exits(130)
	p.neverSaw("half-a-password")
	p.types("\r")
	p.sees("[the shell read nothing else]")
}

// With --json, interrupting a prompt is a failure like any other.
func TestPromptInterruptedWithJSON(t *testing.T) {
	t.Parallel()
	_, env := home(t, newPlatform(t, "demo"))

	p := atTerminal(t, env, "--json", "login", "--username", "alice")
	p.sees("Password: ")
	p.types("\x03")
	p.sees(`{"error":{"type":"interrupted",`)
	p.exits(130)
}

// secretInputs are commands that read secrets from standard input, with what they
// ask for if that is a terminal.
var secretInputs = map[string]struct {
	prompt string
	args   []string
}{
	"a token":                  {"Token: ", []string{"login", "--token", "-"}},
	"a password":               {"Password: ", []string{"login", "--username", "alice", "--password-stdin"}},
	"a new password":           {"Current password: ", []string{"account", "password", "--password-stdin"}},
	"the password of a logout": {"Password: ", []string{"logout", "--everywhere", "--yes", "--password-stdin"}},
	"a code":                   {"Verification code: ", []string{"2fa", "enable", "--confirm", "-", "--json"}},
	"a code for an account":    {"Code: ", []string{"account", "activate", "--code-stdin"}},
	"a code for a server":      {"Code: ", []string{"admin", "bootstrap", "--code-stdin"}},
	"the secret of an app":     {"Secret: ", []string{"sandbox", "code", "-"}},
}

// A secret that is to come from standard input is asked for without echo when
// that is a terminal.
func TestSecretInputAtTerminalIsHidden(t *testing.T) {
	t.Parallel()
	for name, input := range secretInputs {
		for way, leave := range map[string]func(*person){
			"Ctrl-C":  func(p *person) { p.types("half-a-secret\x03") },
			"SIGTERM": func(p *person) { p.types("half-a-secret"); p.signals(syscall.SIGTERM) },
		} {
			t.Run(name+" "+way, func(t *testing.T) {
				t.Parallel()
				p := atTerminal(t, loggedIn(t), input.args...)
				p.sees(input.prompt)
				p.wantEcho(false)
				leave(p)
				p.exits(130)
				p.neverSaw("half-a-secret")
			})
		}
	}
}

// Lists and JSON are not asked for: what is typed would be shown.
func TestOtherInputAtTerminalIsRefused(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"names of tokens": {"token", "revoke", "-"},
		"JSON":            {"api", "system", "whoami", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := atTerminal(t, loggedIn(t), args...)
			p.sees("standard input is a terminal")
			p.sees("pipe the input into the command")
			p.exits(2)
		})
	}
}

// A signal ends a command that waits for a server, in whatever state the connection is.
func TestInterruptedWhileAServerIsSilent(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		"http: no answer":         "",
		"http: half of a header":  "HTTP/1.1 200 OK\r\nContent-Le",
		"http: half of an answer": "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{",
		"https: no handshake":     "",
	}
	commands := map[string]struct{ platform, args string }{
		"the type of the platform": {"auto", "whoami"},
		"DNAnexus":                 {"dnanexus", "exec --scope Exome -- true"},
		"MOLGENIS":                 {"molgenis", "token list"},
		"EMX2":                     {"emx2", "whoami"},
		"a login":                  {"dnanexus", "login --noprojects --token-file TOKEN --store plaintext"},
	}
	for state, answer := range answers {
		for name, command := range commands {
			t.Run(state+", "+name, func(t *testing.T) {
				t.Parallel()
				scheme, _, _ := strings.Cut(state, ":")
				address, asked := pausingServer(t, answer)
				token := filepath.Join(t.TempDir(), "token")
				if err := os.WriteFile(token, []byte("0123456789abcdefghijABCDEFGHIJ01"), 0o600); err != nil {
					t.Fatal(err)
				}
				_, env := home(t, newPlatform(t, "demo"))
				cmd := exec.Command("dxauth", strings.Fields(strings.ReplaceAll(command.args, "TOKEN", token))...)
				cmd.Env = append(env, "DXAUTH_SERVER="+scheme+"://"+address, "DXAUTH_TYPE="+command.platform, "DXAUTH_TOKEN_FILE="+token)
				var stderr strings.Builder
				cmd.Stderr = &stderr
				wait, err := testprogram.Start(cmd)
				if err != nil {
					t.Fatal(err)
				}
				select {
				case <-asked:
				case <-time.After(patience):
					t.Error("the command sends nothing")
				}
				if err := cmd.Process.Signal(os.Interrupt); err != nil {
					t.Error(err)
				}
				wantExitCode130(t, cmd, wait, &stderr)
			})
		}
	}
}

// pausingServer accepts connections, and sends the beginning of an answer to whatever is
// sent to it. The channel is closed at the first.
func pausingServer(t *testing.T, answer string) (address string, asked <-chan struct{}) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	first := make(chan struct{})
	var once sync.Once
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			serving.Go(func() {
				if _, err := conn.Read(make([]byte, 4096)); err == nil {
					_, _ = conn.Write([]byte(answer))
					once.Do(func() { close(first) })
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		serving.Wait()
	})
	return listener.Addr().String(), first
}

// A file that is the terminal is not a way to type a secret: it would be shown.
func TestTheTerminalAsAFileIsRefused(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]struct {
		env  []string
		args []string
		code int
	}{
		"a token":           {nil, []string{"login", "--token-file", "/dev/tty"}, 2},
		"standard input":    {nil, []string{"login", "--token-file", "/dev/stdin"}, 2},
		"a token's setting": {[]string{"DXAUTH_TOKEN_FILE=/dev/tty"}, []string{"whoami"}, 2},
		"a passphrase":      {[]string{"DXAUTH_PASSPHRASE_FILE=/dev/tty", "DXAUTH_TOKEN="}, []string{"login", "--username", "bob", "--store", "age"}, 4},
		"JSON":              {nil, []string{"api", "system", "whoami", "--input", "/dev/tty"}, 2},
		"a fixture":         {nil, []string{"serve", "--fixture", "/dev/tty", "--listen", "127.0.0.1:0"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, env := home(t, newPlatform(t, "demo"))
			p := atTerminal(t, append(env, file.env...), file.args...)
			p.sees("is a terminal, which would show what you type")
			p.exits(file.code)
		})
	}
}

// loggedIn is the environment of alice, who is logged in, inside of a sandbox.
func loggedIn(t *testing.T) []string {
	t.Helper()
	root, env := home(t, newPlatform(t, "demo"))
	succeed(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
	return append(env, "DXAUTH_SANDBOX_DIR="+root, "DXAUTH_SANDBOX_FIXTURE=demo")
}

// The second signal ends the process at once, whatever it waits for.
func TestSecondSignalKills(t *testing.T) {
	t.Parallel()
	s := startServe(t, "--fixture", "demo", "--log", "none")
	host := strings.TrimPrefix(s.URL, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// The server waits for the rest of this request before it ends.
	fmt.Fprintf(conn, "POST /system/whoami HTTP/1.1\r\nHost: %s\r\nExpect: 100-continue\r\n"+
		"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n", host)
	if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
		t.Fatal(err)
	}
	s.terminate()
	awaitRefusal(t, host)
	s.terminate()
	exit, ok := errors.AsType[*exec.ExitError](<-s.ended)
	if !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %v, want the end by SIGTERM", exit)
	}
}

func wantExitCode130(t *testing.T, cmd *exec.Cmd, wait func() error, stderr fmt.Stringer) {
	t.Helper()
	stuck := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer stuck.Stop()
	exit, ok := errors.AsType[*exec.ExitError](wait())
	if !ok || exit.ExitCode() != 130 {
		t.Errorf("it ended with %v, want exit code 130: %s", exit, stderr)
	}
}

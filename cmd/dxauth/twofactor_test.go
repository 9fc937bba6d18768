//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/dxauth/dxauth/internal/testscreen"
)

// aliceAtHome is home with alice logged in.
func aliceAtHome(t *testing.T, server *platform) []string {
	t.Helper()
	_, env := home(t, server)
	succeed(t, env, "wonderland-2026\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
	return env
}

// atTerminalOf is atTerminal for a terminal of a given size.
func atTerminalOf(t *testing.T, columns, rows uint16, env []string, args ...string) *person {
	t.Helper()
	p := newPerson(t, env, args)
	if err := pty.Setsize(p.tty, &pty.Winsize{Rows: rows, Cols: columns}); err != nil {
		t.Fatalf("set the size of the pseudo terminal: %v", err)
	}
	p.start(p.tty)
	return p
}

var (
	shownKey  = regexp.MustCompile(`Key +((?:[A-Z2-7]{4} ?){1,8})`)
	shownCode = regexp.MustCompile(`[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}`)
)

// key returns the key, which a wide enough screen shows on one line.
func (p *person) key() string {
	p.t.Helper()
	found := shownKey.FindStringSubmatch(p.everything())
	if found == nil {
		p.t.Fatalf("no key is shown; the screen:\n%s", p.everything())
	}
	return strings.ReplaceAll(found[1], " ", "")
}

// codeOf returns the code that an authenticator with a key shows.
func (p *platform) codeOf(t *testing.T, key string) string {
	t.Helper()
	code, err := p.code(key)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// isOn reports whether the server says that two-factor authentication is on.
func isOn(t *testing.T, env []string) bool {
	t.Helper()
	return strings.Contains(succeed(t, env, "", "--json", "2fa", "status"), `"enabled": true`)
}

// wantInWith checks that alice can log in with that standard input.
func wantInWith(t *testing.T, server *platform, input string) {
	t.Helper()
	_, env := home(t, server)
	succeed(t, env, input, "login", "--username", "alice", "--password-stdin", "--noprojects")
}

func TestEnableAtATerminal(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	env := aliceAtHome(t, server)
	elsewhere := aliceAtHome(t, server)

	p := atTerminal(t, env, "2fa", "enable")
	p.answers("Password of alice@127.0.0.1:", "wonderland-2026")
	p.sees("Scan this with an authenticator app, or type the key into it:")
	p.sees("Account  alice")
	p.sees("SHA1, 6 digits, 30 seconds")
	p.answers("Verification code: ", "12345")
	p.sees("A verification code has 6 digits")
	p.answers("Verification code: ", "000000")
	p.sees("Incorrect verification code")
	p.sees("Verification code: ")
	p.types(server.codeOf(t, p.key()) + "\r")
	p.sees("Recovery codes. Each one logs you in once")
	p.answers("Type one of the codes to confirm that you saved them: ", "abcd-efgh-jkmn-2345")
	p.sees("This is not one of the recovery codes")
	codes := shownCode.FindAllString(p.everything(), -1)
	p.answers("Type one of the codes to confirm that you saved them: ", strings.ToUpper(strings.ReplaceAll(codes[7], "-", "")))
	p.sees("Two-factor authentication is on for alice@127.0.0.1:")
	p.answers("Clear the screen and scrollback? [y/N] ", "y")
	p.sees("\x1b[3J")
	p.exits(0)
	p.neverSaw("wonderland-2026")

	if !isOn(t, env) {
		t.Error("it is off")
	}
	if got := invoke(t, elsewhere, "", "whoami"); got.code != 3 || !strings.Contains(got.stderr, "logged out elsewhere") {
		t.Errorf("the other session: exit code %d, %s", got.code, got.stderr)
	}
	wantInWith(t, server, "wonderland-2026\n"+codes[7]+"\n") // it was confirmed, not used up
	server.advance(time.Minute)
	wantInWith(t, server, "wonderland-2026\n"+server.codeOf(t, p.key())+"\n")
}

// A camera can read the QR code on light and dark screens. It has the URI of the
// key, which is shown with it.
func TestQRCodeOnTheScreen(t *testing.T) {
	t.Parallel()
	for name, size := range map[string][2]uint16{"beside": {80, 24}, "below": {100, 50}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newPlatform(t, "demo")
			p := atTerminalOf(t, size[0], size[1], aliceAtHome(t, server), "2fa", "enable")
			p.answers("Password of alice@127.0.0.1:", "wonderland-2026")
			p.sees("Verification code: ")
			for shade, theme := range map[string]testscreen.Theme{"dark": testscreen.Dark, "light": testscreen.Light} {
				uri := testscreen.QR(t, testscreen.Draw(p.everything(), int(size[0]), int(size[1]), theme))
				if !strings.HasPrefix(uri, "otpauth://totp/") || !strings.Contains(uri, "&algorithm=SHA1&digits=6&period=30") {
					t.Errorf("on a %s screen the camera reads %q; the screen:\n%s", shade, uri, p.everything())
				}
				_, key, _ := strings.Cut(uri, "secret=")
				key, _, _ = strings.Cut(key, "&")
				if len(key) != 32 || !strings.Contains(p.everything(), key[:4]+" "+key[4:8]+" "+key[8:12]) {
					t.Errorf("the key of the code, %q, is not shown", key)
				}
			}
			p.types("\x03")
			p.exits(130)
		})
	}
}

// If a QR code could not be scanned, the key alone is shown, with the reason.
func TestNoQRCode(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	env := aliceAtHome(t, server)
	picture := filepath.Join(t.TempDir(), "key.png")
	tests := map[string]struct {
		columns, rows uint16
		env           []string
		args          []string
		why           string
	}{
		"too small":       {40, 20, nil, nil, "No QR code: this terminal has 40 columns"},
		"a dumb terminal": {80, 50, []string{"TERM=dumb"}, nil, "No QR code: this terminal only shows text"},
		"no UTF-8":        {80, 50, []string{"LC_ALL=C"}, nil, "No QR code: this terminal is not set to UTF-8"},
		"a bit too small": {60, 24, nil, nil, "with its key needs 41 and "},
		"a picture":       {80, 50, nil, []string{"--qr", "png:" + picture}, "Scan the QR code in "},
		"not wanted":      {80, 50, nil, []string{"--qr", "none"}, "Type this key into an authenticator app:"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := atTerminalOf(t, tt.columns, tt.rows, append(env[:len(env):len(env)], tt.env...), append([]string{"2fa", "enable"}, tt.args...)...)
			p.answers("Password of alice@127.0.0.1:", "wonderland-2026")
			p.sees(tt.why)
			p.sees("Verification code: ")
			p.neverSaw("█")
			if key := p.key(); len(key) != 32 && tt.columns > 40 {
				t.Errorf("the key is %q", key)
			}
			p.types("\x03")
			p.exits(130)
		})
	}
}

// steps lead through `2fa enable` up to a point.
var steps = []struct {
	name string
	to   func(p *person, server *platform)
}{
	{"the password", func(p *person, _ *platform) { p.sees("Password of alice@127.0.0.1:") }},
	{"the key", func(p *person, _ *platform) {
		p.types("wonderland-2026\r")
		p.sees("Verification code: ")
	}},
	{"a wrong code", func(p *person, _ *platform) {
		p.types("000000\r")
		p.sees("Incorrect verification code")
		p.sees("Verification code: ")
	}},
	{"the recovery codes", func(p *person, server *platform) {
		p.types(server.codeOf(p.t, p.key()) + "\r")
		p.sees("Type one of the codes to confirm that you saved them: ")
	}},
	{"a wrong recovery code", func(p *person, _ *platform) {
		p.types("abcd-efgh-jkmn-2345\r")
		p.sees("This is not one of the recovery codes")
		p.sees("Type one of the codes to confirm that you saved them: ")
	}},
}

// An interrupted enrollment changes nothing and says so. The files that it made
// are removed.
func TestEnrollmentInterrupted(t *testing.T) {
	t.Parallel()
	for last := range steps {
		for name, end := range map[string]struct {
			keys string
			code int
		}{"Ctrl-C": {"\x03", 130}, "Ctrl-D": {"\x04", 2}} {
			t.Run(steps[last].name+", "+name, func(t *testing.T) {
				t.Parallel()
				server := newPlatform(t, "demo")
				env := aliceAtHome(t, server)
				dir := t.TempDir()
				p := atTerminal(t, env, "2fa", "enable", "--qr", "png:"+filepath.Join(dir, "key.png"), "--recovery-file", filepath.Join(dir, "codes"))
				for _, step := range steps[:last+1] {
					step.to(p, server)
				}
				p.types(end.keys)
				p.sees("Nothing has changed: two-factor authentication is off")
				p.exits(end.code)
				if isOn(t, env) {
					t.Error("it is on")
				}
				if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
					t.Errorf("left behind: %v, %v", left, err)
				}
				wantInWith(t, server, "wonderland-2026\n")
			})
		}
	}
}

// After a killed enrollment the second factor is off, and can be set up again.
func TestEnrollmentKilled(t *testing.T) {
	t.Parallel()
	for last := range steps {
		t.Run(steps[last].name, func(t *testing.T) {
			t.Parallel()
			server := newPlatform(t, "demo")
			env := aliceAtHome(t, server)
			p := atTerminal(t, env, "2fa", "enable")
			for _, step := range steps[:last+1] {
				step.to(p, server)
			}
			p.kills()
			p.sees("[exit code 137]")
			if isOn(t, env) {
				t.Error("it is on")
			}
			wantInWith(t, server, "wonderland-2026\n")
			server.advance(time.Minute) // wrong codes were counted

			again := atTerminal(t, env, "2fa", "enable")
			again.answers("Password of alice@127.0.0.1:", "wonderland-2026")
			again.sees("Verification code: ")
			again.types(server.codeOf(t, again.key()) + "\r")
			again.sees("Type one of the codes")
			again.types(shownCode.FindString(again.everything()) + "\r")
			again.sees("Two-factor authentication is on")
		})
	}
}

// kills ends the program with a signal that it can't catch.
func (p *person) kills() {
	p.t.Helper()
	list, err := exec.Command("ps", "-A", "-o", "ppid=,pid=").Output()
	if err != nil {
		p.t.Fatalf("list the processes (ps is in the Debian package procps): %v", err)
	}
	for line := range strings.Lines(string(list)) {
		var parent, pid int
		if _, err := fmt.Sscan(line, &parent, &pid); err != nil || parent != p.shell.Process.Pid {
			continue
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			p.t.Fatal(err)
		}
		return
	}
	p.t.Fatal("the program does not run")
}

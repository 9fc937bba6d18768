// The tests of whole commands on Windows. The scripts in testdata/script need sh.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/dxtest"
	"github.com/dxauth/dxauth/pkg/secret"
)

const aliceToken = "0123456789abcdefghijABCDEFGHIJ01"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dxauth": main, "show": show})
}

// show is a command of exec: it prints what it gets, and exits with 7.
func show() {
	hasToken := strings.Contains(os.Getenv("DX_SECURITY_CONTEXT"), aliceToken)
	fmt.Printf("%s %t %q\n", os.Getenv("DX_USERNAME"), hasToken, os.Args[1:])
	os.Exit(7)
}

// person runs commands in an empty folder, against a server of its own.
type person struct {
	t      *testing.T
	server *dxtest.Server
	dir    string
}

func newPerson(t *testing.T) person {
	return person{t, dxtest.New(t, dxtest.User("alice", "pw-of-alice"), dxtest.Token("alice", aliceToken)), t.TempDir()}
}

func (p person) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p person) command(args ...string) *exec.Cmd {
	cmd := exec.Command("dxauth", args...)
	cmd.Dir, cmd.Env = p.dir, p.server.Env(os.Environ())
	return cmd
}

// wants runs a command, and wants an exit code and a part of the output.
func (p person) wants(cmd *exec.Cmd, code int, want string) {
	p.t.Helper()
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		p.t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code || !strings.Contains(string(out), want) {
		p.t.Fatalf("%q: exit code %d, want %d; want %q in the output:\n%s", cmd.Args, got, code, want, out)
	}
}

func (p person) runs(code int, want string, args ...string) {
	p.t.Helper()
	p.wants(p.command(args...), code, want)
}

func TestASessionFromLoginToLogout(t *testing.T) {
	p := newPerson(t)
	p.write("alice.token", aliceToken+"\r\n")
	p.runs(3, "you are not logged in", "whoami")
	p.runs(0, "as alice with a token", "login", "--token-file", "alice.token", "--noprojects")
	p.runs(0, "alice", "whoami")
	p.runs(0, `"user": "alice"`, "--json", "status")
	p.runs(0, "Logged out of", "logout")
	p.runs(3, "you are not logged in", "whoami")

	_, err := p.server.Client(secret.New(aliceToken)).WhoAmI(t.Context(), dnanexus.WhoAmIRequest{})
	if !dnanexus.IsType(err, dnanexus.TypeInvalidAuthentication) {
		t.Errorf("the token still works: %v", err)
	}
}

func TestALoginWithAPassword(t *testing.T) {
	p := newPerson(t)
	p.runs(2, "give the password with --password-stdin", "login", "--username", "alice", "--noprojects")
	p.runs(3, "you are not logged in", "whoami")

	login := p.command("login", "--username", "alice", "--password-stdin", "--noprojects")
	login.Stdin = strings.NewReader("pw-of-alice\r\n")
	p.wants(login, 0, "as alice")
	p.runs(0, "alice", "whoami")
}

func TestExec(t *testing.T) {
	p := newPerson(t)
	p.write("alice.token", aliceToken)
	p.write("show it.bat", "@show.exe %*\r\n@exit /b %errorlevel%\r\n")
	p.runs(0, "", "login", "--token-file", "alice.token", "--noprojects")

	hostile := []string{"a b", "", "c&echo hostile", "^|<>()"}
	const shown = `alice true ["a b" "" "c&echo hostile" "^|<>()"]` + "\n"
	p.runs(7, shown, append([]string{"exec", "show.exe"}, hostile...)...)
	p.runs(7, shown, append([]string{"exec", "--", "show"}, hostile...)...)
	p.runs(7, shown, append([]string{"exec", `.\show it.bat`}, hostile...)...)
	p.runs(7, `alice true ["%PATH%" "\""]`, "exec", "show", "%PATH%", `"`)
	p.runs(126, "argument 1", "exec", `.\show it.bat`, "%PATH%")
	p.runs(126, "argument 2", "exec", `.\show it.bat`, "a", `"`)
	p.runs(127, "not found", "exec", "missing")
}

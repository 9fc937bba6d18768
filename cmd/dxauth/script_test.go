//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/internal/testissuer"
	"github.com/dxauth/dxauth/internal/testsmtp"
)

func TestScripts(t *testing.T) { testscript.Run(t, scriptParams(t, "testdata/script")) }

// scriptParams returns what the scripts in a folder get. The JSON that the program prints
// in them is checked.
func scriptParams(t *testing.T, dir string) testscript.Params {
	schemas, err := filepath.Abs("../../docs/schema")
	if err != nil {
		t.Fatal(err)
	}
	return testscript.Params{
		Dir: dir,
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, privateEnv(env.WorkDir)...)
			env.Setenv(schemasVariable, schemas)
			w := &world{}
			env.Values[worldKey{}] = w
			env.Defer(w.close)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"server":   server,
			"answers":  answers,
			"shutdown": stop,
			"advance":  advance,
			"requests": requests,
			"refuses":  refuses,
			"fetch":    fetch,
			"exits":    exits,
			"json":     jsonValue,
			"field":    field,
			"write":    write,
			"totp":     totp,
			"token":    token,
			"raw":      raw,
			"invite":   invite,
			"provider": atProvider,
			"idtoken":  idTokenOf,
			"smtp":     startSMTP,
			"mail":     mailTo,
			"nomail":   noMail,
			"listens":  listens,
			"page":     page,
		},
		RequireUniqueNames: true,
	}
}

// world holds the servers of a script; commands use the one that was started
// last.
type world struct {
	platforms []*platform
	issuers   *testissuer.Issuers // nil: none
	openID    *openID             // the same
	smtp      *testsmtp.Server    // the same
	visitor   visitor             // without a client: it has opened no page
}

type worldKey struct{}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

func (w *world) close() {
	for _, p := range w.platforms {
		p.http.Close()
	}
	if w.issuers != nil {
		w.issuers.Close()
	}
	if w.openID != nil {
		w.openID.server.Close()
	}
	if w.smtp != nil {
		w.smtp.Close()
	}
}

// named returns the server with a URL, or the last one if none is given.
func (w *world) named(ts *testscript.TestScript, urls []string) *platform {
	for i := len(w.platforms) - 1; i >= 0; i-- {
		if len(urls) == 0 || w.platforms[i].URL == urls[0] {
			return w.platforms[i]
		}
	}
	ts.Fatalf("there is no server %q", urls)
	return nil
}

// add makes a server the one that the program uses.
func (w *world) add(ts *testscript.TestScript, p *platform) {
	w.platforms = append(w.platforms, p)
	ts.Setenv("DXAUTH_SERVER", p.URL)
}

// want fails a script whose line has the wrong form.
func want(ts *testscript.TestScript, form string, ok bool) {
	if !ok {
		ts.Fatalf("usage: %s", form)
	}
}

// server starts a reference server and sets DXAUTH_SERVER. It may enforce
// two-factor authentication or offer none, say that it is a MOLGENIS, be below a path, or
// trust CI systems of this machine, or have a provider of single sign-on.
func server(ts *testscript.TestScript, neg bool, args []string) {
	kinds := map[string]func(*refserver.Config){
		"enforced":  enforced,
		"disabled":  func(c *refserver.Config) { c.TwoFactor = identity.FactorsDisabled },
		"molgenis":  classic,
		"moderated": func(c *refserver.Config) { c.SignUp = identity.SignUpModerated },
		"below":     func(c *refserver.Config) { c.BasePath = "/Lab/molgenis" },
		"emx2":      func(c *refserver.Config) { c.Type = refserver.TypeEMX2 },
		"trusting":  func(c *refserver.Config) { ts.Check(worldOf(ts).trust(c)) },
		"sso":       withProvider,
		"openid":    func(c *refserver.Config) { ts.Check(worldOf(ts).openIDConfig(c)) },
	}
	var changes []func(*refserver.Config)
	for len(args) > 0 && kinds[args[0]] != nil {
		args, changes = args[1:], append(changes, kinds[args[0]])
	}
	want(ts, "server [enforced|disabled] [moderated] [molgenis|emx2] [below] [trusting] [sso] [openid] [FIXTURE]", !neg && len(args) <= 1)
	name := "demo"
	if len(args) == 1 {
		name = ts.MkAbs(args[0])
	}
	p, err := startReference(name, changes...)
	ts.Check(err)
	worldOf(ts).add(ts, p)
}

// withProvider lets users sign in with a provider that nobody reaches.
func withProvider(c *refserver.Config) {
	c.SSO.Providers = []sso.Provider{{
		Name: "lab", Title: "Lab", Issuer: "https://login.example.org", ClientID: "dxauth", Scopes: []string{"openid", "email"},
	}}
}

// answers starts a server with fixed responses, which a file lists by path.
func answers(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "answers FILE", !neg && len(args) == 1)
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	var canned map[string]cannedAnswer
	ts.Check(json.Unmarshal([]byte(text), &canned))
	worldOf(ts).add(ts, startCanned(canned))
}

// stop ends a server; nothing listens at its address then.
func stop(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "stop [URL]", !neg && len(args) <= 1)
	worldOf(ts).named(ts, args).http.Close()
}

// advance lets time pass at the server.
func advance(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "advance DURATION", !neg && len(args) == 1)
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	worldOf(ts).named(ts, nil).advance(d)
}

// requests prints the requests since its last call.
func requests(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "requests [URL]", !neg && len(args) <= 1)
	for _, request := range worldOf(ts).named(ts, args).requests() {
		fmt.Fprintln(ts.Stdout(), request)
	}
	_ = ts.Stdout() // even if there is nothing to print
}

// refuses checks that the server no longer accepts a token.
func refuses(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "[!] refuses TOKEN", len(args) == 1)
	status, err := worldOf(ts).named(ts, nil).status(args[0])
	ts.Check(err)
	if refused := status == 401; refused == neg {
		ts.Fatalf("the server answered %d to the token", status)
	}
}

// fetch sends a request with a MOLGENIS token, as curl would, and prints status
// and body.
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "fetch TOKEN METHOD PATH [JSON|FORM]", !neg && (len(args) == 3 || len(args) == 4))
	answer, err := worldOf(ts).named(ts, nil).fetch(args[0], args[1], args[2], strings.Join(args[3:], ""))
	ts.Check(err)
	fmt.Fprint(ts.Stdout(), answer)
}

// exits runs a program and checks its exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "exits CODE PROGRAM [ARG...]", !neg && len(args) >= 2)
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	var ended *exec.ExitError
	got := 0
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &ended) {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != code {
		ts.Fatalf("the exit code is %d, want %d", got, code)
	}
}

// jsonValue checks one value of a JSON object; dots lead into it. On stderr the
// object of a failure is the last line.
func jsonValue(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "[!] json FILE PATH VALUE", len(args) == 3)
	if got := lookUp(ts, args[0], args[1]); (got == args[2]) == neg {
		ts.Fatalf("%s is %q", args[1], got)
	}
}

// field sets a variable to a value of a JSON object, found as jsonValue does.
func field(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "field VARIABLE FILE PATH", !neg && len(args) == 3)
	ts.Setenv(args[0], lookUp(ts, args[1], args[2]))
}

// lookUp returns a value of a JSON object: the text of a string, anything else as
// JSON.
func lookUp(ts *testscript.TestScript, file, path string) string {
	text := strings.TrimSpace(ts.ReadFile(file))
	if file == "stderr" {
		text = text[strings.LastIndex(text, "\n")+1:]
	}
	var value any
	ts.Check(json.Unmarshal([]byte(text), &value))
	for key := range strings.SplitSeq(path, ".") {
		var ok bool
		if value, ok = below(value, key); !ok {
			ts.Fatalf("%s: there is no key %q", path, key)
		}
	}
	if got, ok := value.(string); ok {
		return got
	}
	encoded, err := json.Marshal(value)
	ts.Check(err)
	return string(encoded)
}

// below returns the value of a key of an object, or the item of a list with a number.
func below(value any, key string) (any, bool) {
	switch value := value.(type) {
	case map[string]any:
		item, ok := value[key]
		return item, ok
	case []any:
		at, err := strconv.Atoi(key)
		if err != nil || at >= len(value) {
			return nil, false
		}
		return value[at], true
	default:
		return nil, false
	}
}

// write makes a file of lines that are known only while the script runs.
func write(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "write FILE LINE...", !neg && len(args) >= 2)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(args[1:], "\n")+"\n"), 0o600))
}

// totp sets a variable to the code that an authenticator shows at the server's
// time.
func totp(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "totp VARIABLE SECRET", !neg && len(args) == 2)
	code, err := worldOf(ts).named(ts, nil).code(args[1])
	ts.Check(err)
	ts.Setenv(args[0], code)
}

// token sets a variable to the token in the plaintext store.
func token(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "token VARIABLE", !neg && len(args) == 1)
	stored, err := storedToken(ts.ReadFile(plainStore(ts.Getenv("WORK"))))
	ts.Check(err)
	ts.Setenv(args[0], stored)
}

// invite sets a variable to the code for the first administrator of a server.
func invite(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "[!] invite VARIABLE", len(args) == 1)
	invitation, needed, err := worldOf(ts).named(ts, nil).invite()
	ts.Check(err)
	if needed == neg {
		ts.Fatalf("that the server needs its first administrator is %v", needed)
	}
	ts.Setenv(args[0], invitation.Code.Reveal())
}

// raw checks that the last command wrote no control character.
func raw(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "! raw FILE", neg && len(args) == 1)
	text := ts.ReadFile(args[0])
	if at := strings.IndexFunc(text, obeyed); at >= 0 {
		ts.Fatalf("%s has a control character at byte %d: %q", args[0], at, text)
	}
}

// obeyed reports whether a terminal may act on r instead of showing it.
func obeyed(r rune) bool {
	return r != '\n' && r != '\t' && (r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069)
}

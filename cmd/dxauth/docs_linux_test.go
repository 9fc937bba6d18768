package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testbus"
	"github.com/dxauth/dxauth/internal/testissuer"
	"github.com/dxauth/dxauth/internal/testprogram"
)

// The commands of the README and of each guide work, one after the other, and print
// what the page shows.
//
// A page has a script in testdata/docs that makes what its commands need. The script's
// first lines say on what they run:
//
//	# platform: demo, molgenis, trusting (CI systems) or none; a file beside the script replaces the fixture demo
//	# store: keyring, kernel or plaintext
//
// The commands of a page run in one bash. A console block that shows output must have
// just that one, but for layout, and for values that differ at each run (see sameWords).
// A command fails only where a line "dxauth: …" is shown.
func TestTheCommandsOfTheDocs(t *testing.T) {
	t.Parallel()
	for page, blocks := range pagesOfDocs(t) {
		script, err := os.ReadFile(preparation(page))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			r := newReader(t, page, string(script))
			for _, b := range blocks {
				if b.isRun() {
					r.follow(b)
				}
			}
		})
	}
}

// reader types the commands of a page, in a home and a folder of its own.
type reader struct {
	t        *testing.T
	server   *platform           // nil for none
	issuers  *testissuer.Issuers // that the platform trusts; nil: none
	root     string              // of everything that the page's commands write, but for /tmp
	env      []string
	commands io.WriteCloser // of bash
	results  *bufio.Reader  // a line with the exit code after each

	code, recoveryCode string // typed last
}

// declared returns the value of a line "# name: value" of a script.
func declared(script, name string) string {
	match := regexp.MustCompile(`(?m)^# ` + name + `: (\S+)$`).FindStringSubmatch(script)
	if match == nil {
		return ""
	}
	return match[1]
}

func newReader(t *testing.T, page, script string) *reader {
	t.Helper()
	r := &reader{t: t, root: t.TempDir()}
	for _, folder := range []string{"alice/work", "run", "tmp", "bin"} {
		if err := os.MkdirAll(filepath.Join(r.root, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	r.env = []string{
		"HOME=" + filepath.Join(r.root, "alice"), "USER=alice", "XDG_RUNTIME_DIR=" + filepath.Join(r.root, "run"), "TMPDIR=" + filepath.Join(r.root, "tmp"),
		"PATH=" + filepath.Join(r.root, "bin") + ":" + os.Getenv("PATH"), "TERM=xterm", "TZ=UTC", "LC_ALL=C.UTF-8", "GORACE=atexit_sleep_ms=0",
	}
	r.startPlatform(page, declared(script, "platform"))
	switch store := declared(script, "store"); store {
	case "keyring":
		bus := testbus.Unlocked(t).Env
		r.env = append(r.env, bus[slices.IndexFunc(bus, func(v string) bool { return strings.HasPrefix(v, "DBUS_SESSION_BUS_ADDRESS=") })])
	default:
		r.env = append(r.env, "DXAUTH_STORE="+store)
	}
	r.startBash()
	if output, code := r.run("set -e\n" + script + "\nset +e"); code != "0" {
		t.Fatalf("%s: exit code %s\n%s", preparation(page), code, output)
	}
	return r
}

func (r *reader) startPlatform(page, kind string) {
	fixture := strings.TrimSuffix(preparation(page), ".sh") + ".yaml"
	if _, err := os.Stat(fixture); err != nil {
		fixture = "demo"
	}
	switch kind {
	case "demo":
		r.server = newPlatform(r.t, fixture)
	case "molgenis":
		r.server = newPlatform(r.t, fixture, classic)
	case "trusting":
		r.trustingPlatform(fixture)
	case "none":
		return
	default:
		r.t.Fatalf("%s: no such platform: %q", preparation(page), kind)
	}
	r.env = append(r.env, "DXAUTH_SERVER="+r.server.URL)
}

// startBash starts the shell of the page. It reads commands from a pipe, and writes
// how each ended to another.
func (r *reader) startBash() {
	r.t.Helper()
	bash := exec.Command("bash", "--noprofile", "--norc", "-s")
	bash.Env, bash.Dir = r.env, filepath.Join(r.root, "alice", "work")
	results, ended, err := os.Pipe()
	if err != nil {
		r.t.Fatal(err)
	}
	bash.ExtraFiles = []*os.File{ended}
	if r.commands, err = bash.StdinPipe(); err != nil {
		r.t.Fatal(err)
	}
	wait, err := testprogram.Start(bash)
	if err != nil {
		r.t.Fatalf("start bash: %v", err)
	}
	ended.Close()
	r.results = bufio.NewReader(results)
	r.t.Cleanup(func() {
		r.commands.Close()
		timer := time.AfterFunc(patience, func() { _ = bash.Process.Kill() })
		_ = wait()
		timer.Stop()
		results.Close()
	})
}

// run has bash read commands, and returns what they print and the exit code.
func (r *reader) run(commands string) (output, code string) {
	r.t.Helper()
	commands = r.addressed(commands)
	file, printed := filepath.Join(r.root, "commands"), filepath.Join(r.root, "printed")
	if err := os.WriteFile(file, []byte(commands), 0o600); err != nil {
		r.t.Fatal(err)
	}
	if _, err := io.WriteString(r.commands, "source "+file+" </dev/null >"+printed+" 2>&1 3>&-\necho $? >&3\n"); err != nil {
		r.t.Fatalf("bash has ended: %v", err)
	}
	line, err := r.results.ReadString('\n')
	content, readErr := os.ReadFile(printed)
	if err != nil || readErr != nil {
		r.t.Fatalf("the commands ended bash (%v):\n%s\n%s", errors.Join(err, readErr), commands, content)
	}
	return string(content), strings.TrimSpace(line)
}

// The addresses that the pages give to the platform.
const examplePlatform = "https://platform.example.org"

func (r *reader) addressed(commands string) string {
	if r.server == nil {
		return commands
	}
	return strings.ReplaceAll(commands, examplePlatform, r.server.URL)
}

// follow runs the commands of a block.
func (r *reader) follow(b block) {
	r.t.Helper()
	if commands, found := strings.CutPrefix(b.note, noteFirst); found {
		if output, code := r.run(commands); code != "0" {
			r.t.Errorf("%s: %s: exit code %s\n%s", b, commands, code, output)
		}
	}
	answers, typed := strings.CutPrefix(b.note, noteTyped)
	switch {
	case b.lang == "console" && typed:
		r.followAtTerminal(b, strings.Split(answers, ", "))
	case b.lang == "console":
		r.followSteps(b)
	case b.lang == "sh":
		if output, code := r.run("set -e\n" + b.text + "\nset +e"); code != "0" {
			r.t.Errorf("%s: exit code %s\n%s", b, code, output)
		}
	case b.lang == "yaml", b.lang == "groovy":
		r.followFile(b)
	default:
		r.t.Errorf("%s: nobody runs a block of the language %q", b, b.lang)
	}
}

// followSteps runs the commands of a console block as scripts do, without a terminal.
func (r *reader) followSteps(b block) {
	r.t.Helper()
	compared := outputOf(b) != ""
	for _, s := range b.steps() {
		output, code := r.run(s.command)
		if failure := strings.Contains("\n"+s.output, "\ndxauth: "); failure != (code != "0") {
			r.t.Errorf("%s: %s ends with exit code %s and prints:\n%s", b, strings.TrimSpace(s.command), code, output)
		}
		if compared {
			r.compare(b, s, output)
		}
	}
}

// outputOf returns all output that a console block shows.
func outputOf(b block) string {
	var all strings.Builder
	for _, s := range b.steps() {
		all.WriteString(s.output)
	}
	return all.String()
}

func (r *reader) compare(b block, s step, output string) {
	r.t.Helper()
	want, got := r.sameWords(s.output), r.sameWords(output)
	if want != got {
		r.t.Errorf("%s: %s\nprints   %s\nthe page %s", b, strings.TrimSpace(s.command), got, want)
	}
}

// followAtTerminal runs the commands of a console block at a terminal, and types an
// answer at each prompt: a line of the block that is not yet at its end on the screen.
func (r *reader) followAtTerminal(b block, answers []string) {
	r.t.Helper()
	for _, s := range b.steps() {
		where, _ := r.run("pwd")
		exported, _ := r.run("env -0")
		p := newPerson(r.t, strings.Split(strings.TrimSuffix(exported, "\x00"), "\x00"), nil)
		p.shell.Args = []string{"sh", "-c", shellScript, "sh", "bash", "-c", r.addressed(s.command)}
		p.shell.Dir = strings.TrimSpace(where)
		p.start(p.tty)
		for r.promptOrEnd(p, s.output) {
			if len(answers) == 0 {
				r.t.Fatalf("%s: nothing left to type; the screen:\n%s", b, p.everything())
			}
			p.types(r.typed(p, answers[0]) + "\r")
			answers = answers[1:]
		}
		screen, _, _ := strings.Cut(p.everything(), "[exit code ")
		if s.output != "" {
			r.compare(b, s, screen)
		}
	}
	if len(answers) > 0 {
		r.t.Errorf("%s: was not asked for %q", b, answers)
	}
}

// typed returns what is typed for an answer: itself, or what only a screen told.
func (r *reader) typed(p *person, answer string) string {
	switch answer {
	case "CODE": // of an authenticator that was given the key, typed once more if no other is shown
		if shownKey.MatchString(p.everything()) {
			r.code = r.server.codeOf(r.t, p.key())
		}
		return r.code
	case "RECOVERY-CODE":
		if shown := shownCode.FindString(p.everything()); shown != "" {
			r.recoveryCode = shown
		}
		return r.recoveryCode
	}
	return answer
}

// promptOrEnd waits for the next prompt, or for the end of the program (false).
func (r *reader) promptOrEnd(p *person, shown string) bool {
	r.t.Helper()
	limit := time.After(patience)
	for {
		p.mu.Lock()
		now := p.screen.String()[p.seen:]
		if line := now[strings.LastIndex(now, "\n")+1:]; r.isPrompt(line, shown) {
			p.seen = p.screen.Len()
			p.mu.Unlock()
			return true
		}
		p.mu.Unlock()
		if strings.Contains(now, "[exit code ") {
			return false
		}
		select {
		case <-p.changed:
		case <-limit:
			p.t.Fatalf("neither a prompt nor the end; the screen:\n%s", p.everything())
		}
	}
}

// isPrompt reports whether the last line on a screen is a prompt: one that begins a line
// of the page, or any if the page shows no output.
func (r *reader) isPrompt(line, shown string) bool {
	if shown == "" {
		return strings.HasSuffix(line, ": ")
	}
	prompt := r.sameWords(line)
	return prompt != "" && strings.HasSuffix(line, " ") && slices.ContainsFunc(strings.Split(shown, "\n"), func(expected string) bool {
		return strings.HasPrefix(r.sameWords(expected), prompt)
	})
}

// varying lists what differs at each run, and what stands for it.
var varying = []struct{ pattern, word string }{
	{`\x1b\[[0-9;?]*[a-zA-Z]`, ""},
	{`[█▀▄]+( +[█▀▄]+)*`, ""}, // a QR code
	{`\b[A-Z2-7]{4}( [A-Z2-7]{4}){3}`, "KEY"},
	{`\S*/dxauth-sandbox-\d+`, "SANDBOX"},
	{`(127\.0\.0\.1|localhost):\d+`, "HOST"},
	{`(project|job|file)-[0-9A-Za-z]{24}`, "$1-ID"},
	{`\b[0-9A-Za-z]{32,64}\b`, "TOKEN"},
	{`\b[0-9a-f]{12}([0-9a-f]{4})?\b`, "ID"},
	{`\b\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d)?(\.\d+)?Z?\b`, "TIME"},
	{`\b\d{13}\b`, "TIME"},
	{`\b17 hours 59 minutes`, "18 hours"},
	{`\b14 minutes`, "15 minutes"},
	{`\b\d{6}\b`, "CODE"},
	{`\b([a-z0-9]{4}-){3}[a-z0-9]{4}\b`, "RECOVERY-CODE"},
}

// sameWords reduces a text to what is the same at each run: its words, without those
// that differ.
func (r *reader) sameWords(text string) string {
	text = strings.ReplaceAll(text, filepath.Join(r.root, "alice"), "/home/alice")
	if r.issuers != nil {
		text = strings.ReplaceAll(text, r.issuers.URL(testissuer.GitHub), gitHubIssuer)
	}
	if r.server != nil {
		text = strings.NewReplacer(r.server.URL, examplePlatform, strings.TrimPrefix(r.server.URL, "http://"), strings.TrimPrefix(examplePlatform, "https://")).Replace(text)
	}
	for _, v := range varying {
		text = regexp.MustCompile(v.pattern).ReplaceAllString(text, v.word)
	}
	return strings.Join(strings.Fields(text), " ")
}

// What "make demo" runs works to its end.
func TestTheDemo(t *testing.T) {
	t.Parallel()
	_, env := sandboxHome(t)
	demo := exec.Command("sh", "../../docs/demo.sh")
	demo.Env = append(env, "DXAUTH=dxauth")
	output, err := demo.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, shown := range []string{"You are now logged in to", "Setting current project to: Exome 2026", "Made the token 'nightly'", "Logged out of", "(exit code 3)"} {
		if !strings.Contains(string(output), shown) {
			t.Errorf("no %q in\n%s", shown, output)
		}
	}
}

package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/dxauth/dxauth/internal/testprogram"
)

// serve runs "dxauth serve" with a fixture until the test ends, and returns its URL.
func serve(t *testing.T, fixture string, flags ...string) string {
	t.Helper()
	return testprogram.Serve(t, program, append(flags, "--fixture", fixture, "--log", "none")...)
}

// action is a step in a browser.
type action = chromedp.Action[chromedp.Void]

// command returns the action that sends a command of the protocol.
func command[P, R any](c cdp.Command[P, R], params P) action {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// browser is a window of Chromium.
type browser struct {
	testing.TB
	context.Context
	server  string
	scripts bool
}

// patience is how long a page may take.
const patience = time.Minute

// open opens a window in a browser context of its own: it shares no cookie, storage or
// cache with those of other tests. Without scripts, pages run none.
func open(t *testing.T, server string, options ...action) *browser {
	t.Helper()
	window, closeWindow := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
	t.Cleanup(closeWindow)
	if err := chromedp.Do(window); err != nil { // without a limit, which would be that of the window
		t.Fatal(err)
	}
	b := &browser{TB: t, Context: window, server: server, scripts: true}
	b.do(chromedp.EmulateViewport(1280, 900))
	// Each window is as the one in front, whichever others are open.
	b.do(command(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	b.do(options...)
	return b
}

// withoutScripts makes a browser run no scripts of pages.
func (b *browser) withoutScripts() *browser {
	b.Helper()
	b.do(command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	b.scripts = false
	return b
}

// do runs actions, and fails the test where one fails or takes too long.
func (b *browser) do(actions ...action) {
	b.Helper()
	limited, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	if err := chromedp.Do(limited, actions...); err != nil {
		b.Fatalf("%v\n%s", err, b.body())
	}
}

// read runs an action with a result, as do does.
func read[T any](b *browser, from chromedp.Action[T]) T {
	b.Helper()
	limited, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	result, err := chromedp.Run(limited, from)
	if err != nil {
		b.Fatalf("%v\n%s", err, b.body())
	}
	return result
}

// body returns the text of the page, for a failure.
func (b *browser) body() string {
	limited, cancel := context.WithTimeout(b.Context, time.Second)
	defer cancel()
	address, err := chromedp.Run(limited, chromedp.Location())
	if err != nil {
		return err.Error()
	}
	text, err := chromedp.Run(limited, chromedp.Text("body"))
	if err != nil {
		return err.Error()
	}
	return address + "\n" + text
}

// visit opens a path of the server, and checks the page.
func (b *browser) visit(path string) {
	b.Helper()
	b.do(chromedp.Navigate(b.server+path), chromedp.WaitVisible("main"))
	b.check()
}

// fill types into empty fields, by ID.
func (b *browser) fill(fields map[string]string) {
	b.Helper()
	for id, text := range fields {
		b.do(chromedp.SendKeys("#"+id, text))
	}
}

// press presses a button or follows a link, by its text, and waits for a page with a
// heading. It checks that page.
func (b *browser) press(text, heading string) {
	b.Helper()
	button := `//main//button[normalize-space()="` + text + `"] | //main//a[normalize-space()="` + text + `"]`
	b.load(heading, chromedp.Click(button))
}

// load runs actions that lead to another page, waits for one with a heading, and checks
// it.
func (b *browser) load(heading string, actions ...action) {
	b.Helper()
	limited, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(limited, actions...); err != nil {
		b.Fatalf("%v\n%s", err, b.body())
	}
	b.expect(heading)
}

// expect waits for a page with a heading, and checks it.
func (b *browser) expect(heading string) {
	b.Helper()
	b.do(chromedp.WaitVisible(`//h1[normalize-space()="` + heading + `"]`))
	b.check()
}

// text returns the text of an element.
func (b *browser) text(selector string) string {
	b.Helper()
	return strings.TrimSpace(read(b, chromedp.Text(selector)))
}

// says checks that the page has a text.
func (b *browser) says(want string) {
	b.Helper()
	if text := b.text("main"); !strings.Contains(text, want) {
		b.Errorf("no %q in %s", want, text)
	}
}

// picture writes a picture of the page if pictures are wanted.
func (b *browser) picture(name string) {
	b.Helper()
	if folder := os.Getenv("DXAUTH_SCREENSHOTS"); folder != "" {
		b.pictureTo(filepath.Join(folder, name+".png"))
	}
}

// pictureTo writes a picture of the page to a file.
func (b *browser) pictureTo(file string) {
	b.Helper()
	if err := os.WriteFile(file, read(b, chromedp.CaptureScreenshot()), 0o600); err != nil {
		b.Fatal(err)
	}
}

// run runs a program and returns what it prints.
func (b *browser) run(name string, args ...string) string {
	b.Helper()
	command := exec.CommandContext(b.Context, name, args...)
	command.Env = b.environment()
	out, err := command.Output()
	if err != nil {
		b.Fatalf("%s: %v", name, err)
	}
	return strings.TrimSpace(string(out))
}

// environment is that of a program of a user at a terminal, with an empty home directory:
// nothing of who runs the tests gets in, which may be a CI system.
func (b *browser) environment(more ...string) []string {
	return testprogram.Env(b.TempDir(), more...)
}

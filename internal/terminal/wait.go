package terminal

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// showWaitsAfter is how long a wait is before it is shown. After that the elapsed time
// changes as often.
const showWaitsAfter = time.Second

// waitLine is the last line on the screen while the program waits for something. Its
// methods may be used concurrently.
type waitLine struct {
	mu     sync.Mutex
	hidden bool
	shown  int // columns of the text on the screen
}

// Waiting shows on standard error that the program waits, and for how long, once that
// takes longer than a second: "waiting for api.example… 3s". It is one line of a
// terminal, and nothing elsewhere. The line disappears for other output, and when the
// caller calls done, which it must.
func (t *Terminal) Waiting(what string) (done func()) {
	if t.config.NoWaits || !t.IsTerminal() {
		return func() {}
	}
	wait := &wait{terminal: t, text: "waiting for " + Clean(what) + "…", started: time.Now()}
	wait.mu.Lock()
	defer wait.mu.Unlock()
	wait.next = time.AfterFunc(showWaitsAfter, wait.show)
	return wait.end
}

// HideWaits shows no waits until show is called: the screen belongs to another program.
func (t *Terminal) HideWaits() (show func()) {
	t.setHidden(true)
	return func() { t.setHidden(false) }
}

func (t *Terminal) setHidden(hidden bool) {
	t.wait.mu.Lock()
	defer t.wait.mu.Unlock()
	t.eraseWait()
	t.wait.hidden = hidden
}

// wait is one wait that is shown when it takes long.
type wait struct {
	terminal *Terminal
	text     string
	started  time.Time

	mu    sync.Mutex
	next  *time.Timer // shows the elapsed time
	ended bool
}

func (w *wait) show() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return
	}
	w.terminal.showWait(w.text, time.Since(w.started))
	w.next.Reset(showWaitsAfter)
}

func (w *wait) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next.Stop()
	w.ended = true
	w.terminal.wait.mu.Lock()
	defer w.terminal.wait.mu.Unlock()
	w.terminal.eraseWait()
}

// showWait replaces the line. It is cut to the width: what wraps can't be erased.
func (t *Terminal) showWait(text string, elapsed time.Duration) {
	t.wait.mu.Lock()
	defer t.wait.mu.Unlock()
	if t.wait.hidden {
		return
	}
	t.eraseWait()
	suffix := " " + elapsed.Truncate(time.Second).String()
	text = fitted(text, t.Width()-1-len(echoOfCtrlC)-len(suffix)) + suffix
	_, _ = io.WriteString(t.config.Stderr, text) // nothing can be done about a failure
	t.wait.shown = utf8.RuneCountInString(text)
}

// echoOfCtrlC is what a terminal writes behind the line when the user ends the wait.
const echoOfCtrlC = "^C"

// eraseWait takes the line off the screen, also off one that obeys no escape sequences.
// The caller holds the lock.
func (t *Terminal) eraseWait() {
	if t.wait.shown == 0 {
		return
	}
	_, _ = fmt.Fprintf(t.config.Stderr, "\r%s\r", strings.Repeat(" ", t.wait.shown+len(echoOfCtrlC)))
	t.wait.shown = 0
}

// fitted cuts a text to so many characters.
func fitted(text string, columns int) string {
	runes := []rune(text)
	if len(runes) <= columns {
		return text
	}
	return string(runes[:max(columns-1, 0)]) + "…"
}

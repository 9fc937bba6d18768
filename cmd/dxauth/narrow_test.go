//go:build unix

package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/creack/pty"
)

// What commands print fits a terminal of 40 columns without broken words: only a word
// that is longer may be.
func TestNarrowTerminal(t *testing.T) {
	t.Parallel()
	const columns = 40
	env := loggedIn(t)
	for _, args := range [][]string{{"status"}, {"doctor", "--verbose"}, {"account", "sessions"}, {"account", "show"}, {"token", "list"}, {"projects"},
		{"admin", "org", "members", "genomics"}, {"help", "exit-codes"}, {"help", "options"}, {"sandbox", "--", "true"},
		{"token", "new", "narrow", "--level", "VIEW", "--expires", "2d"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			p := newPerson(t, env, args)
			if err := pty.Setsize(p.tty, &pty.Winsize{Rows: 50, Cols: columns}); err != nil {
				t.Fatal(err)
			}
			p.start(p.tty)
			p.exits(0)
			shown, _, _ := strings.Cut(p.everything(), "[exit code")
			for line := range strings.Lines(withoutColor(shown)) {
				line = strings.TrimRight(line, "\r\n ")
				isOneWord := len(strings.Fields(line)) == 1
				if utf8.RuneCountInString(line) > columns && !isOneWord {
					t.Errorf("%q has more than %d columns", line, columns)
				}
			}
		})
	}
}

func withoutColor(text string) string {
	return strings.NewReplacer("\x1b[31m", "", "\x1b[32m", "", "\x1b[35m", "", "\x1b[0m", "").Replace(text)
}

//go:build unix

package terminal

import (
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testscreen"
)

// The program that reads the code is one of Unix, and only Unix has TERM and locales.

// TestACardIsScanned: whatever the theme and wherever the text stands, a camera
// reads the code while the prompt waits below it.
func TestACardIsScanned(t *testing.T) {
	for name, s := range map[string]size{
		"the usual terminal": {80, 24}, "a high one": {80, 50}, "a narrow high one": {45, 60}, "a wide one": {200, 24},
	} {
		for shade, theme := range map[string]testscreen.Theme{"dark": testscreen.Dark, "light": testscreen.Light} {
			t.Run(name+", "+shade, func(t *testing.T) {
				card := keyCard(t, keyURI)
				if !card.fitsBelow(s) && !card.fitsBeside(s) {
					t.Fatal("it does not fit")
				}
				output := "$ dxauth 2fa enable\r\n" + strings.Join(card.lines(s), "\r\n") + "\r\nVerification code: "
				if got := testscreen.QR(t, testscreen.Draw(output, s.columns, s.rows, theme)); got != keyURI {
					t.Errorf("the camera reads %q", got)
				}
			})
		}
	}
}

// TestWhyNoQR: of the locale, the first variable that is set decides.
func TestWhyNoQR(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		want string
	}{
		"a dumb terminal":     {map[string]string{"TERM": "dumb", "LANG": "C.UTF-8"}, "only shows text"},
		"no terminal's name":  {map[string]string{"LANG": "C.UTF-8"}, "only shows text"},
		"no locale":           {map[string]string{"TERM": "xterm"}, "not set to UTF-8"},
		"the plain locale":    {map[string]string{"TERM": "xterm", "LC_ALL": "C", "LANG": "de_DE.UTF-8"}, "not set to UTF-8"},
		"UTF-8, but nobody":   {map[string]string{"TERM": "xterm", "LANG": "de_DE.utf8"}, "standard input is not a terminal"},
		"UTF-8 for one thing": {map[string]string{"TERM": "xterm", "LC_CTYPE": "en_US.UTF-8", "LANG": "C"}, "standard input is not a terminal"},
	} {
		t.Run(name, func(t *testing.T) {
			term := New(Config{Getenv: func(name string) string { return test.env[name] }})
			if got := term.WhyNoQR(keyCard(t, keyURI)); !strings.Contains(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

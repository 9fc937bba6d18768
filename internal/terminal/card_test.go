package terminal

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/secret"
)

// keyURI is what a server gives, in the usual length: 41 modules, so 45 columns
// and 23 rows.
const keyURI = "otpauth://totp/Genomics%20Lab:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Genomics%20Lab&algorithm=SHA1&digits=6&period=30"

func keyCard(t *testing.T, uri string) Card {
	t.Helper()
	code, err := NewQR(secret.New(uri))
	if err != nil {
		t.Fatal(err)
	}
	return Card{
		Title: "Scan this with an authenticator app, or type the key into it:", QR: code,
		Fields: []Field{
			{"Key", "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"}, {"Issuer", "Genomics Lab"},
			{"Account", "alice"}, {"Form", "SHA1, 6 digits, 30 seconds"},
		},
	}
}

// TestNoBlanksAtTheEnds: programs that copy a screen cut them off, and with them
// the white frame.
func TestNoBlanksAtTheEnds(t *testing.T) {
	for _, line := range keyCard(t, keyURI).QR.lines() {
		if shown := Clean(line); utf8.RuneCountInString(strings.TrimRight(shown, " ")) != 45 {
			t.Errorf("%q does not show 45 columns", shown)
		}
	}
}

// TestACardThatDoesNotFit: half a code would be worse than none.
func TestACardThatDoesNotFit(t *testing.T) {
	for name, s := range map[string]size{
		"too narrow": {44, 60}, "too low": {80, 23}, "too low and too narrow for the text": {60, 24}, "nothing": {1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if card := keyCard(t, keyURI); card.fitsBelow(s) || card.fitsBeside(s) {
				t.Error("it fits")
			}
		})
	}
}

// TestTooSmall: whoever makes the terminal as large as it says sees the code, and
// one row or column less does not do.
func TestTooSmall(t *testing.T) {
	for _, s := range []size{{60, 24}, {44, 60}, {80, 15}, {1, 1}} {
		card := keyCard(t, keyURI)
		below, beside := card.roomBelow(s.columns), card.roomBeside(s.columns)
		for _, text := range []size{below, beside} {
			if want := fmt.Sprintf("%d and %d", text.columns, text.rows); !strings.Contains(card.tooSmall(s), want) {
				t.Errorf("in %v: %q does not say %q", s, card.tooSmall(s), want)
			}
		}
		if enough := (size{max(s.columns, below.columns), below.rows}); !card.fitsBelow(enough) {
			t.Errorf("in %v: it does not fit into %v", s, enough)
		}
		if enough := (size{max(s.columns, beside.columns), beside.rows}); !card.fitsBeside(enough) {
			t.Errorf("in %v: it does not fit beside into %v", s, enough)
		}
		less := size{below.columns - 1, below.rows}
		if less.holds(below) || (size{beside.columns, beside.rows - 1}).holds(beside) {
			t.Errorf("%v: less does, too", s)
		}
	}
}

// TestLinesOfACard: none is wider than the terminal, in any size.
func TestLinesOfACard(t *testing.T) {
	for columns := 21; columns < 120; columns++ {
		for _, rows := range []int{10, 24, 60} {
			card := keyCard(t, keyURI)
			s := size{columns, rows}
			if !card.fitsBelow(s) && !card.fitsBeside(s) {
				card.QR = nil
			}
			for _, line := range card.lines(s) {
				if width := utf8.RuneCountInString(Clean(line)); width > columns {
					t.Fatalf("in %d columns and %d rows a line has %d: %q", columns, rows, width, line)
				}
			}
		}
	}
}

func TestACardWithoutACode(t *testing.T) {
	card := Card{Title: "Type this key into an authenticator app:", Fields: []Field{
		{"Key", "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"}, {"Issuer", "Lab\x1b[2J\u202e"},
	}}
	want := []string{
		"Type this key into an",
		"authenticator app:",
		"",
		"Key     JBSW Y3DP EHPK 3PXP",
		"        JBSW Y3DP EHPK 3PXP",
		"Issuer  Lab",
	}
	if diff := cmp.Diff(want, card.lines(size{34, 24})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestALongWordOfACard: a word that does not fit beside its name stands below it, and is
// broken by the terminal only if it is longer than a line.
func TestALongWordOfACard(t *testing.T) {
	card := Card{Fields: []Field{{"Address", "http://127.0.0.1:43743/oauth2/device"}, {"Code", "NPKF-ZRLV"}}}
	for columns, want := range map[int][]string{
		45: {"Address  http://127.0.0.1:43743/oauth2/device", "Code     NPKF-ZRLV"},
		44: {"Address", "  http://127.0.0.1:43743/oauth2/device", "Code     NPKF-ZRLV"},
		37: {"Address", " http://127.0.0.1:43743/oauth2/device", "Code     NPKF-ZRLV"},
		30: {"Address", "http://127.0.0.1:43743/oauth2/device", "Code     NPKF-ZRLV"},
	} {
		if diff := cmp.Diff(want, card.fields(columns)); diff != "" {
			t.Errorf("in %d columns (-want +got):\n%s", columns, diff)
		}
	}
}

func TestNewQR(t *testing.T) {
	if _, err := NewQR(secret.New(strings.Repeat("x", 2953))); err != nil {
		t.Errorf("the longest text: %v", err)
	}
	if _, err := NewQR(secret.New(strings.Repeat("x", 2954))); err != ErrTooLongForQR {
		t.Errorf("a longer text: %v", err)
	}
}

package terminal

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestScanLine(t *testing.T) {
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		input io.Reader
		want  string
		err   error
	}{
		"line":            {strings.NewReader("abc\nnext\n"), "abc", nil},
		"line of Windows": {strings.NewReader("abc\r\n"), "abc", nil},
		"inner return":    {strings.NewReader("a\rb\r\r\n"), "a\rb\r", nil},
		"empty":           {strings.NewReader("\n"), "", nil},
		"longest":         {strings.NewReader(strings.Repeat("x", maxLine) + "\n"), strings.Repeat("x", maxLine), nil},
		"too long":        {strings.NewReader(strings.Repeat("x", maxLine+1) + "\n"), "", ErrLineTooLong},
		"nothing":         {strings.NewReader(""), "", ErrEndOfInput},
		"unfinished":      {strings.NewReader("abc"), "", ErrEndOfInput},
		"failure":         {io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), "", broken},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := scanLine(test.input); got != test.want || !errors.Is(err, test.err) {
				t.Errorf("scanLine = %q, %v, want %q, %v", got, err, test.want, test.err)
			}
		})
	}
}

func TestScanLineLeavesTheNextLine(t *testing.T) {
	input := strings.NewReader("first\nsecond\nthird")
	for _, want := range []string{"first", "second"} {
		if got, err := scanLine(input); got != want || err != nil {
			t.Errorf("scanLine = %q, %v, want %q", got, err, want)
		}
	}
	if rest, _ := io.ReadAll(input); string(rest) != "third" {
		t.Errorf("%q is left, want %q", rest, "third")
	}
}

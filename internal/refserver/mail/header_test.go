package mail

import (
	"mime"
	"net/mail"
	"strings"
	"testing"
)

// RFC 5322, section 2.1.1, and RFC 2047, section 2: no line of a subject is long, a reader
// sees it as it was written, and short words of ASCII stay legible in the message itself.
func TestFoldedText(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		subject string
		legible bool
	}{
		"short":               {"Activate your account - dxauth", true},
		"empty":               {"", false},
		"many words":          {strings.TrimSpace(strings.Repeat("laboratory ", 200)), true},
		"one long word":       {strings.Repeat("x", 1200), false},
		"a word of a line":    {strings.Repeat("x", maxHeaderLine-nameRoom) + " y", true},
		"not ASCII":           {strings.Repeat("Straße ", 200), false},
		"wide characters":     {strings.Repeat("研究室", 400), false},
		"line breaks":         {"Hello\r\nBcc: mallory@example.org\r\n\r\ntext", false},
		"an encoded word":     {"=?utf-8?q?=0D=0ABcc:_mallory@example.org?=", false},
		"blanks":              {" two  blanks ", false},
		"a control character": {"a\x00b\x7f", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folded := foldedText(test.subject)
			for i, line := range strings.Split("Subject: "+folded, "\r\n") {
				longest := maxHeaderLine
				if strings.Contains(line, "=?") {
					longest = 76
				}
				if len(line) > longest || i > 0 && !strings.HasPrefix(line, " ") {
					t.Errorf("line %d has %d bytes: %q", i, len(line), line)
				}
			}
			read, err := mail.ReadMessage(strings.NewReader("Subject: " + folded + "\r\n\r\n"))
			if err != nil {
				t.Fatal(err)
			}
			decoded, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject"))
			if err != nil || decoded != test.subject || len(read.Header) != 1 {
				t.Errorf("read as %q, %v: %q", decoded, err, read.Header)
			}
			if isLegible := !strings.Contains(folded, "=?utf-8?b?"); isLegible != test.legible && test.subject != "" {
				t.Errorf("legible: %v: %q", isLegible, folded)
			}
		})
	}
}

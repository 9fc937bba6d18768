package mail

import (
	"bytes"
	"io"
	"mime"
	"net/mail"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Whatever is in an address that was accepted, in a subject or in a text, a message has the
// headers that it should have, and only one recipient.
func FuzzMessage(f *testing.F) {
	testfuzz.Add(f, "alice@example.org", "Your account", "Grüße\n.\nBcc: mallory@example.org\n")
	testfuzz.Add(f, "\"a b\"@example.org", "Wörld\r\nBcc: mallory@example.org", "\r\n.\r\nMAIL FROM:<x>")
	testfuzz.Add(f, "grüße@bücher.example", "=?utf-8?q?=0D=0ABcc:?=", "")
	testfuzz.Add(f, "a@b.c", strings.Repeat("long ", 300)+"end", "")
	testfuzz.Add(f, "a@b.c", strings.Repeat("ü", 1000), "")
	f.Fuzz(func(t *testing.T, address, subject, text string) {
		if CheckAddress(address) != nil {
			return
		}
		message := Message{ID: "0123", Date: time.Unix(1_798_675_200, 0), Letter: outbox.Letter{To: address, Subject: subject, Text: secret.New(text)}}
		var written bytes.Buffer
		if err := message.write(&written, "dxauth@example.org"); err != nil {
			t.Fatal(err)
		}
		for _, line := range bytes.SplitAfter(written.Bytes(), []byte("\n")) {
			if len(line) > 998 || bytes.HasSuffix(line, []byte("\n")) && !bytes.HasSuffix(line, []byte("\r\n")) {
				t.Errorf("a line is %.60q… of %d bytes", line, len(line))
			}
		}
		read, err := mail.ReadMessage(&written)
		if err != nil {
			t.Fatalf("%v: %q", err, written.Bytes())
		}
		if _, err := io.Copy(io.Discard, read.Body); err != nil {
			t.Fatal(err)
		}
		to, err := read.Header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Address != address || len(read.Header) != 9 {
			t.Errorf("to %q, %v: the headers are %q", address, err, read.Header)
		}
		if decoded, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject")); utf8.ValidString(subject) && (err != nil || decoded != subject) {
			t.Errorf("the subject %q is read as %q, %v", subject, decoded, err)
		}
	})
}

// An address of a mail server is read or refused, and has a host and a port.
func FuzzParseServer(f *testing.F) {
	for _, seed := range []string{"smtp://mail.example.org", "smtps://[::1]:465", "smtp://user:pass@host", "smtp://h:99999", "smtp://", "http://h"} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if server, err := ParseServer(text); err == nil && (server.Host == "" || server.Port == "") {
			t.Errorf("%q is %+v", text, server)
		}
	})
}

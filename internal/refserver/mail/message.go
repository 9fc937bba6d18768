package mail

import (
	"bytes"
	"fmt"
	"io"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/dxauth/dxauth/internal/refserver/outbox"
)

// Message is a letter with what its headers need.
type Message struct {
	ID     string // the same at each attempt
	Letter outbox.Letter
	Date   time.Time
}

// maxAddress is the longest address (RFC 5321, section 4.5.3.1.3, without its brackets).
const maxAddress = 254

// CheckAddress returns an error for an address that cannot be written in a header or a
// command of SMTP.
func CheckAddress(address string) error {
	parsed, err := netmail.ParseAddress("<" + address + ">")
	if err != nil || parsed.Address != address || len(address) > maxAddress || strings.ContainsFunc(address, isUnfit) {
		return fmt.Errorf("%q is not an address that e-mail can be sent to", address)
	}
	return nil
}

// isUnfit reports whether char would end or change a header or a command.
func isUnfit(char rune) bool {
	return unicode.IsControl(char) || unicode.IsSpace(char) || strings.ContainsRune(`<>"(),;:\[]`, char)
}

// domainOf returns what follows the @ of a checked address.
func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// write writes a message in the format of RFC 5322, with plain text in UTF-8.
func (m Message) write(out io.Writer, from string) error {
	var text bytes.Buffer
	for _, header := range []struct{ name, value string }{
		{"From", "<" + from + ">"},
		{"To", "<" + m.Letter.To + ">"},
		{"Subject", foldedText(m.Letter.Subject)},
		{"Date", m.Date.UTC().Format(time.RFC1123Z)},
		{"Message-ID", "<" + m.ID + "@" + domainOf(from) + ">"},
		{"Auto-Submitted", "auto-generated"}, // RFC 3834: no automatic replies
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&text, "%s: %s\r\n", header.name, header.value)
	}
	text.WriteString("\r\n")
	body := quotedprintable.NewWriter(&text)
	if _, err := io.WriteString(body, m.Letter.Text.Reveal()); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return err
	}
	_, err := out.Write(text.Bytes())
	return err
}

package mail_test

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/mail"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/pkg/secret"
)

const code = "canary-abcd-efgh-jkmn"

func letter() outbox.Letter {
	return outbox.Letter{
		To: "alice@example.org", Kind: outbox.EmailCode, Subject: "Wörld\r\nBcc: mallory@example.org",
		Text: secret.New("Grüße\n.\n" + code + "\n" + strings.Repeat("long ", 100) + "\n"),
	}
}

func message() mail.Message {
	return mail.Message{ID: "0123abcd", Letter: letter(), Date: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
}

// A message arrives as it was written, and no text becomes a header or ends it.
func TestDeliver(t *testing.T) {
	for name, server := range map[string]*mailServer{
		"on this machine":        {},
		"STARTTLS, RFC 3207":     {startTLS: true},
		"implicit TLS, RFC 8314": {implicit: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := server.start(t)
			client.User, client.Password = "dxauth", secret.New("hunter2")
			if err := client.Deliver(t.Context(), message()); err != nil {
				t.Fatal(err)
			}
			if server.startTLS && !server.isSecured() {
				t.Error("it was not secured")
			}
			if !server.saw(plain("dxauth", "hunter2")) || !server.saw("EHLO example.org") || !server.saw("MAIL FROM:<dxauth@example.org>") || !server.saw("RCPT TO:<alice@example.org>") {
				t.Errorf("commands: %q", server.commands)
			}
			texts := server.taken()
			if len(texts) != 1 {
				t.Fatalf("%d messages", len(texts))
			}
			checkMessage(t, texts[0])
		})
	}
}

func checkMessage(t *testing.T, text string) {
	t.Helper()
	got, err := netmail.ReadMessage(strings.NewReader(strings.ReplaceAll(text, "\r\n..", "\r\n.")))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"From": "<dxauth@example.org>", "To": "<alice@example.org>", "Date": "Sat, 21 Nov 2026 09:00:00 +0000",
		"Message-Id": "<0123abcd@example.org>", "Auto-Submitted": "auto-generated", "Content-Type": "text/plain; charset=utf-8", "Bcc": "",
	} {
		if value := got.Header.Get(name); value != want {
			t.Errorf("%s: %q, want %q", name, value, want)
		}
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	if err != nil || subject != letter().Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(got.Body))
	if want := letter().Text.Reveal(); err != nil || strings.TrimRight(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n") != strings.TrimRight(want, "\n") {
		t.Errorf("body %q, %v", body, err)
	}
}

// Of a mail server that misbehaves, a message is dropped only if the server refuses its
// recipient or its text for good, and other messages are sent only if it put off this one.
// No error has the code or the password.
func TestDeliverFails(t *testing.T) {
	signsIn := func(s *mail.SMTP, _ *mail.Message) { s.User, s.Password = "dxauth", secret.New("hunter2") }
	soon := func(s *mail.SMTP, _ *mail.Message) { s.Timeout = 200 * time.Millisecond }
	to := func(address string) func(*mail.SMTP, *mail.Message) {
		return func(_ *mail.SMTP, m *mail.Message) { m.Letter.To = address }
	}
	replies := func(command, reply string) *mailServer {
		return &mailServer{replies: map[string]string{command: reply}}
	}
	for name, test := range map[string]struct {
		server *mailServer
		change func(*mail.SMTP, *mail.Message)
		kind   error // nil: it says nothing of the message
		want   string
	}{
		"it greets with an error":            {&mailServer{replies: map[string]string{"EHLO": "421 busy", "HELO": "421 busy"}}, nil, nil, "greet the mail server"},
		"it never greets":                    {&mailServer{greets: greetNever}, soon, nil, "timeout"},
		"it greets byte by byte":             {&mailServer{greets: greetByteByByte}, soon, nil, "greet the mail server"},
		"it never ends its greeting":         {&mailServer{greets: greetEndlessly}, nil, nil, "greet the mail server"},
		"it never ends a reply":              {replies("MAIL", strings.Repeat("250-go on\r\n", 1<<17)), nil, nil, "name the sender"},
		"it replies twice":                   {replies("RCPT", "250 OK\r\n550 no such user"), nil, nil, "it replied 550"},
		"it speaks something else":           {&mailServer{replies: map[string]string{"EHLO": "hello", "HELO": "hello"}}, nil, nil, "does not speak SMTP"},
		"it does not know the recipient":     {replies("RCPT", "550 no such user"), nil, mail.ErrRefused, "it replied 550"},
		"it cannot take the recipient now":   {replies("RCPT", "451 greylisted"), nil, mail.ErrDeferred, "it replied 451"},
		"it stops at the recipient":          {replies("RCPT", "421 closing"), nil, nil, "it replied 421"},
		"it does not like the sender":        {replies("MAIL", "550 who are you"), nil, nil, "name the sender"},
		"it refuses the text and repeats it": {replies(".", "554 spam: "+code), nil, mail.ErrRefused, "it replied 554"},
		"the text is too large for it":       {replies(".", "552 too much"), nil, mail.ErrRefused, "it replied 552"},
		"its disk is full":                   {replies(".", "452 full"), nil, mail.ErrDeferred, "it replied 452"},
		"it closes within the text":          {&mailServer{drops: withinText}, nil, nil, "send the message"},
		"it closes after the text":           {&mailServer{drops: afterText}, nil, nil, "send the message"},
		"it closes before":                   {&mailServer{drops: "MAIL"}, nil, nil, "name the sender"},
		"it is slow":                         {&mailServer{hangs: "RCPT"}, soon, nil, "timeout"},
		"it refuses the password":            {replies("AUTH", "535 "+plain("dxauth", "hunter2")), signsIn, nil, "sign in to the mail server: it replied 535"},
		"it asks for more than the password": {replies("AUTH", "334 "), signsIn, nil, "asked for more"},
		"it has the certificate of another":  {&mailServer{startTLS: true, name: "other.example.org"}, nil, nil, "certificate"},
		"it has one from the start":          {&mailServer{implicit: true, name: "other.example.org"}, nil, nil, "certificate"},
		"it does not speak TLS":              {&mailServer{startTLS: true, garbles: true}, nil, nil, "start TLS with the mail server"},
		"it has a certificate that nobody trusts": {
			&mailServer{implicit: true}, func(s *mail.SMTP, _ *mail.Message) { s.Roots = nil }, nil, "certificate",
		},
		"it offers no TLS": {
			&mailServer{}, func(s *mail.SMTP, _ *mail.Message) { s.Roots = (&mailServer{startTLS: true}).start(t).Roots }, nil, "no STARTTLS",
		},
		"the recipient is a command":    {&mailServer{}, to("a@b.c>\r\nRCPT TO:<mallory@example.org"), mail.ErrRefused, "not valid"},
		"the recipient is not in ASCII": {&mailServer{}, to("grüße@example.org"), mail.ErrRefused, "ASCII only"},
		"the recipient is too long":     {&mailServer{}, to(strings.Repeat("a", 1000) + "@example.org"), mail.ErrRefused, "not valid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, message := test.server.start(t), message()
			if test.change != nil {
				test.change(&client, &message)
			}
			err := client.Deliver(t.Context(), message)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			for _, kind := range []error{mail.ErrRefused, mail.ErrDeferred} {
				if errors.Is(err, kind) != errors.Is(test.kind, kind) {
					t.Errorf("got %v, which is %q: %v", err, kind, errors.Is(err, kind))
				}
			}
			for _, canary := range []string{code, "hunter2", plain("dxauth", "hunter2")} {
				if strings.Contains(err.Error(), canary) {
					t.Errorf("%q is in %q", canary, err)
				}
			}
			if test.server.saw("RCPT TO:<mallory") {
				t.Error("the recipient became a command")
			}
		})
	}
}

// Without TLS nothing is sent to a mail server that wants TLS to be checked.
func TestNothingIsSentWithoutTLS(t *testing.T) {
	t.Parallel()
	server := &mailServer{startTLS: true, name: "other.example.org"}
	client := server.start(t)
	client.User, client.Password = "dxauth", secret.New("hunter2")
	if err := client.Deliver(t.Context(), message()); err == nil {
		t.Error("it was delivered")
	}
	if server.saw("AUTH") || server.saw("MAIL") || len(server.taken()) > 0 {
		t.Errorf("it got %q", server.commands)
	}
}

// A server that stops waits for a mail server only a few seconds.
func TestDeliveryEnds(t *testing.T) {
	t.Parallel()
	server := &mailServer{hangs: "MAIL", hung: make(chan struct{})}
	client := server.start(t)
	client.Timeout, client.EndTime = time.Hour, time.Millisecond
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error)
	go func() { stopped <- client.Deliver(ctx, message()) }()
	<-server.hung
	stop()
	select {
	case err := <-stopped:
		if err == nil {
			t.Error("it was delivered")
		}
	case <-time.After(time.Minute):
		t.Error("it still waits")
	}
}

func TestParseServer(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"smtp://mail.example.org":          "mail.example.org:587",
		"smtp://mail.example.org:25":       "mail.example.org:25",
		"smtps://mail.example.org/":        "mail.example.org:465",
		"smtps://[::1]:2465":               "::1:2465",
		"mail.example.org":                 "not smtp://",
		"https://mail.example.org":         "not smtp://",
		"smtp://:587":                      "not smtp://",
		"smtp://me:hunter2@example.org":    "would be seen by others",
		"smtp://example.org/path":          "nothing may follow",
		"smtp://example.org?starttls=none": "nothing may follow",
	} {
		server, err := mail.ParseServer(text)
		if got := server.Host + ":" + server.Port; err == nil && got != want || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestCheckAddress(t *testing.T) {
	t.Parallel()
	for address, fits := range map[string]bool{
		"alice@example.org": true, "a+b.c@example.org": true, "grüße@example.org": true,
		"": false, "alice": false, "a b@example.org": false, "a@b.c\r\nBcc: d@e.f": false, "Alice <a@example.org>": false,
		`"a b"@example.org`: false, "a@b.c,d@e.f": false, strings.Repeat("x", 250) + "@example.org": false,
	} {
		if err := mail.CheckAddress(address); (err == nil) != fits {
			t.Errorf("%q: %v", address, err)
		}
	}
}

package mailing_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/mail"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/linking"
	"github.com/dxauth/dxauth/internal/refserver/service/mailing"
	"github.com/dxauth/dxauth/internal/refserver/store/twice"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

const people = `
users:
  - {username: admin, password: admin-pass-2026, superuser: true}
  - {username: alice, password: alice-pass-2026, email: alice@example.org}
`

var origin = service.Origin{Address: netip.MustParseAddr("192.0.2.1"), UserAgent: "browser", RequestID: "1-1", Protocol: "web"}

// world is a server with a mail server that the test plays.
type world struct {
	*testing.T
	*service.Service
	mails *mailing.Service
	box   *outbox.Outbox
	links *linking.Service
	clock *testclock.Clock
	log   bytes.Buffer
	key   seal.Key

	failing error          // what the mail server replies; nil: it takes messages
	taken   []mail.Message // by the mail server
}

func open(t *testing.T, mode outbox.Mode, signUp identity.SignUpMode) *world {
	t.Helper()
	t.Parallel()
	hasher, err := passwordhash.NewHasher(passwordhash.Cheapest(), rand.Reader, 2, 256)
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, clock: testclock.New(time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)), key: key}
	box := outbox.New(outbox.Config{
		Mode: mode, Key: key, Now: w.clock.Now, Random: rand.Reader, Server: "dxauth", URL: "https://lab.example.org", SignUpPath: "/account/activate",
	})
	w.Service = service.New(service.Config{
		DB: twice.Writes(teststore.Open(t)), Now: w.clock.Now, Random: rand.Reader, Hasher: hasher, Key: key,
		Limits: access.DefaultLimits(), Name: "dxauth", SignUp: signUp, Mail: box,
	})
	w.box = box
	w.mails = mailing.New(w.Service, box)
	w.links = linking.New(linking.Config{Service: w.Service, Random: rand.Reader, Mail: box})
	file, err := fixture.Parse([]byte(people))
	w.check(err)
	w.check(fixture.Load(t.Context(), w.Service, file))
	return w
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) refused(err, want error) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Fatalf("got %v, want %v", err, want)
	}
}

// Deliver implements mail.Deliverer.
func (w *world) Deliver(_ context.Context, message mail.Message) error {
	if w.failing == nil {
		w.taken = append(w.taken, message)
	}
	return w.failing
}

// send sends what is due, and returns what the mail server took since the last time.
func (w *world) send() ([]mail.Message, error) {
	w.taken = nil
	sender := mail.NewSender(w.mails, w, slog.New(slog.NewTextHandler(&w.log, nil)))
	err := sender.SendDue(w.Context())
	return w.taken, err
}

// deliverNothing lets the sender of a server without a mail server look once.
func (w *world) deliverNothing() {
	w.Helper()
	w.check(mail.NewSender(w.mails, nil, slog.New(slog.NewTextHandler(&w.log, nil))).SendDue(w.Context()))
}

// sent fails unless these were sent since the last time: kinds and addresses, in the order
// of the alphabet. It returns the texts.
func (w *world) sent(want ...string) (texts []string) {
	w.Helper()
	messages, err := w.send()
	w.check(err)
	name := func(m mail.Message) string { return string(m.Letter.Kind) + " " + m.Letter.To }
	slices.SortStableFunc(messages, func(a, b mail.Message) int { return strings.Compare(name(a), name(b)) })
	got := []string{}
	for _, message := range messages {
		got = append(got, name(message))
		texts = append(texts, message.Letter.Text.Reveal())
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		w.Fatalf("sent %q, want %q", got, want)
	}
	return texts
}

// codeIn returns the code in the text of a message.
func (w *world) codeIn(text string) secret.Text {
	w.Helper()
	code := regexp.MustCompile(`(?m)^ {4}([0-9a-zA-Z]{4}(-[0-9a-zA-Z]{4}){7})\r?$`).FindStringSubmatch(text)
	if code == nil {
		w.Fatalf("no code in %q", text)
	}
	if strings.Contains(w.log.String(), code[1]) {
		w.Errorf("the log has the code: %s", w.log.String())
	}
	return secret.New(code[1])
}

func (w *world) waiting() []outbox.Message {
	w.Helper()
	list, err := transaction.Read(w.Context(), w.DB(), func(tx transaction.Tx) ([]outbox.Message, error) {
		return tx.Mails(w.Context(), 100)
	})
	w.check(err)
	return list
}

// dropped returns what the audit log has of messages that were never sent.
func (w *world) dropped() (list []string) {
	w.Helper()
	rows, err := transaction.Read(w.Context(), w.DB(), func(tx transaction.Tx) ([]audit.Row, error) {
		return tx.AuditAfter(w.Context(), 0, 100)
	})
	w.check(err)
	for _, row := range rows {
		if row.Action == audit.MailDrop {
			list = append(list, row.Who()+": "+row.Subject+" "+row.Result)
		}
	}
	return list
}

func (w *world) user(handle string) identity.User {
	w.Helper()
	user, err := w.User(w.Context(), identity.UserID(handle))
	w.check(err)
	return user
}

// callerOf signs a user in.
func (w *world) callerOf(handle string) service.Caller {
	w.Helper()
	password := secret.New(handle + "-pass-2026")
	result, err := w.SignIn(w.Context(), identity.Attempt{Username: handle, Password: password}, access.Order{}, origin)
	w.check(err)
	caller, err := w.Authenticate(w.Context(), result.Secret, access.WholeAccount, origin)
	w.check(err)
	return caller
}

func proof(handle string) service.Proof {
	return service.Proof{Password: secret.New(handle + "-pass-2026")}
}

package mailing_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/mail"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/service/mailing"
)

// change makes a message wait.
func (w *world) change() {
	w.Helper()
	_, err := w.links.NewEmailCode(w.Context(), w.callerOf("admin"), "alice")
	w.check(err)
}

// Of many servers of one store, one sends a message.
func TestOneServerSends(t *testing.T) {
	w := open(t, outbox.Sent, "")
	w.change()
	var claims atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, claimed, err := w.mails.Claim(t.Context())
			if err != nil {
				t.Error(err)
			}
			if claimed {
				claims.Add(1)
			}
		})
	}
	all.Wait()
	if claims.Load() != 1 {
		t.Errorf("%d servers send it", claims.Load())
	}
}

// A server that is killed between the commit and the end of the delivery leaves the message
// to the next one, with the same ID. If it comes back, it changes nothing.
func TestKilledServer(t *testing.T) {
	w := open(t, outbox.Sent, "")
	w.change()
	lost, claimed, err := w.mails.Claim(t.Context())
	if err != nil || !claimed {
		t.Fatalf("claimed: %v, %v", claimed, err)
	}
	w.sent()
	w.clock.Advance(outbox.Lease)
	again, claimed, err := w.mails.Claim(t.Context())
	if err != nil || !claimed || again.ID != lost.ID {
		t.Fatalf("claimed: %v %s, %v", claimed, again.ID, err)
	}
	w.refused(w.mails.Finish(t.Context(), lost), mailing.ErrLost)
	w.refused(w.mails.Defer(t.Context(), lost, w.clock.Now()), mailing.ErrLost)
	w.check(w.mails.Finish(t.Context(), again))
	if waiting := w.waiting(); len(waiting) > 0 {
		t.Errorf("%+v waits", waiting)
	}
}

// A mail server that fails is asked again later and later, until the message expires.
func TestRetries(t *testing.T) {
	w := open(t, outbox.Sent, "")
	w.change()
	w.failing = errors.New("connection refused")
	for attempt := 1; attempt <= 5; attempt++ {
		if _, err := w.send(); !errors.Is(err, w.failing) {
			t.Fatalf("attempt %d: %v", attempt, err)
		}
		if waiting := w.waiting(); len(waiting) != 1 || waiting[0].Attempts != attempt {
			t.Fatalf("attempt %d: %+v", attempt, waiting)
		}
		w.clock.Advance(outbox.WaitAfter(attempt) - time.Second)
		w.sent() // too early
		w.clock.Advance(time.Second)
	}
	w.failing = nil
	w.sent("email-code alice@example.org")
	w.sent()
}

// A message that is never sent leaves a row in the audit log, for its user.
func TestFailedMessages(t *testing.T) {
	for want, fail := range map[outbox.Failure]func(*world){
		outbox.Refused: func(w *world) {
			w.failing = mail.ErrRefused
			w.sent()
		},
		outbox.Expired: func(w *world) {
			w.failing = errors.New("connection refused")
			_, _ = w.send()
			w.clock.Advance(outbox.MaxAge)
			w.sent()
			w.check(w.mails.Sweep(t.Context()))
			w.check(w.mails.Sweep(t.Context()))
		},
		outbox.Unreadable: func(w *world) {
			another, err := seal.New(rand.Reader)
			w.check(err)
			w.mails = mailing.New(w.Service, outbox.New(outbox.Config{Mode: outbox.Sent, Key: another}))
			w.sent()
		},
	} {
		t.Run(string(want), func(t *testing.T) {
			w := open(t, outbox.Sent, "")
			w.change()
			fail(w)
			if waiting := w.waiting(); len(waiting) > 0 {
				t.Errorf("%+v waits", waiting)
			}
			if got := w.dropped(); !slices.Equal(got, []string{"the server: user-alice " + string(want)}) {
				t.Errorf("in the audit log: %q", got)
			}
		})
	}
}

// A server that lost its claim writes nothing of the message into the audit log.
func TestFailureOfALostMessage(t *testing.T) {
	w := open(t, outbox.Sent, "")
	w.change()
	lost, _, err := w.mails.Claim(t.Context())
	w.check(err)
	w.clock.Advance(outbox.Lease)
	w.sent("email-code alice@example.org")
	w.refused(w.mails.Drop(t.Context(), lost, outbox.Refused), mailing.ErrLost)
	if got := w.dropped(); len(got) > 0 {
		t.Errorf("in the audit log: %q", got)
	}
}

// A recipient whom the mail server puts off delays no other, and is tried again later and
// later. A mail server that is gone is not asked for each message.
func TestPutOff(t *testing.T) {
	for name, test := range map[string]struct {
		failure error
		tries   int // to send three messages, when the server looks twice
	}{
		"recipients": {mail.ErrDeferred, 3},
		"everything": {errors.New("connection refused"), 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, outbox.Sent, "")
			for range 3 {
				w.change()
			}
			w.failing = test.failure
			for range 2 {
				_, _ = w.send()
			}
			tries := 0
			for _, message := range w.waiting() {
				tries += message.Attempts
			}
			if tries != test.tries {
				t.Errorf("%d attempts, want %d", tries, test.tries)
			}
			w.failing = nil
			w.clock.Advance(outbox.WaitAfter(1))
			if sent, err := w.send(); err != nil || len(sent) != 3 {
				t.Errorf("%d were sent later, %v", len(sent), err)
			}
		})
	}
}

// Without a mail server, an administrator reads the messages, and the log notes each once,
// without its code.
func TestShownMessages(t *testing.T) {
	w := open(t, outbox.Shown, identity.SignUpOpen)
	w.change()
	w.deliverNothing()
	w.deliverNothing()
	shown, err := w.mails.List(t.Context(), w.callerOf("admin"))
	w.check(err)
	w.clock.Advance(outbox.MaxAge)
	w.check(w.mails.Sweep(t.Context()))
	if waiting, dropped := w.waiting(), w.dropped(); len(waiting) > 0 || len(dropped) > 0 {
		t.Errorf("%+v waits; in the audit log: %q", waiting, dropped)
	}
	if len(shown) != 1 || shown[0].Letter.To != "alice@example.org" || strings.Count(w.log.String(), mail.PagePath) != 1 {
		t.Errorf("got %+v; log: %s", shown, w.log.String())
	}
	w.codeIn(shown[0].Letter.Text.Reveal())
	_, err = w.mails.List(t.Context(), w.callerOf("alice"))
	w.refused(err, access.ErrNotSuperuser)
}

// A server that sends its messages shows none.
func TestSentMessagesAreNotShown(t *testing.T) {
	w := open(t, outbox.Sent, "")
	w.change()
	shown, err := w.mails.List(t.Context(), w.callerOf("admin"))
	if err != nil || len(shown) > 0 {
		t.Errorf("got %+v, %v", shown, err)
	}
}

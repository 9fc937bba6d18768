//go:build unix

package replicas_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/mail"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/linking"
	"github.com/dxauth/dxauth/internal/refserver/service/mailing"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// mailbox counts what it gets, by the ID of the message.
type mailbox struct {
	mu  sync.Mutex
	got map[string]int
}

// Deliver implements mail.Deliverer.
func (m *mailbox) Deliver(_ context.Context, message mail.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.got[message.ID]++
	return nil
}

// Two servers that look for e-mails at the same moment send each of them once.
func TestEachEmailIsSentOnce(t *testing.T) {
	p := newPair(t)
	const messages = 5
	for round := range rounds(t) {
		p.write(func(ctx context.Context, tx transaction.Tx) error {
			for i := range messages {
				letter := outbox.Letter{To: fmt.Sprintf("user%d@example.org", i), Kind: outbox.EmailCode}
				if err := p.box.Put(ctx, tx, letter); err != nil {
					return err
				}
			}
			return nil
		})
		box := &mailbox{got: map[string]int{}}
		var all sync.WaitGroup
		for _, server := range p.servers {
			sender := mail.NewSender(mailing.New(server, p.box), box, slog.New(slog.DiscardHandler))
			all.Go(func() {
				if err := sender.SendDue(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if len(box.got) != messages {
			t.Fatalf("round %d: %d of %d were sent", round, len(box.got), messages)
		}
		for id, count := range box.got {
			if count != 1 {
				t.Fatalf("round %d: %s was sent %d times", round, id, count)
			}
		}
	}
}

func TestOneEmailCodeConfirmsOnce(t *testing.T) {
	p := newPair(t)
	for round := range rounds(t) {
		handle := fmt.Sprint("bob", round)
		caller := p.approver(handle)
		var code identity.EmailCode
		p.write(func(ctx context.Context, tx transaction.Tx) (err error) {
			address := handle + "@example.org"
			if err := tx.SetEmail(ctx, caller.User.ID, address); err != nil {
				return err
			}
			user := identity.User{ID: caller.User.ID, Handle: handle, Email: address}
			code, err = identity.IssueEmailCode(ctx, tx, rand.Reader, user, p.stores[0].Now())
			return err
		})
		p.haveOneWinner(round, func(s *service.Service) error {
			from := caller
			from.Origin = p.origin()
			return linking.New(linking.Config{Service: s, Random: rand.Reader}).ConfirmEmail(p.Context(), from, code.Code)
		})
	}
}

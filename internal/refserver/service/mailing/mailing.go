// Package mailing has the use cases of the e-mails that wait: claim one to send it, note
// what came of it, show them, and remove what expired.
//
// It promises that of several servers of one store one at a time claims a message; that
// a message which was claimed by another server meanwhile is neither deleted nor deferred;
// that each message which was never sent has a row in the audit log; and that messages are
// shown to administrators of the platform only, on servers that send none.
//
// Messages are stored by the operations that they are about, see package outbox.
package mailing

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Service has the use cases.
type Service struct {
	service *service.Service
	outbox  *outbox.Outbox
}

// New returns the use cases.
func New(s *service.Service, o *outbox.Outbox) *Service { return &Service{service: s, outbox: o} }

const (
	claimsAtOnce = 10 // messages of which one is claimed
	shownAtOnce  = 100
	sweepBatch   = 1000
)

// ErrLost means that another server claimed the message meanwhile, and may send it again.
var ErrLost = errors.New("another server claimed the e-mail meanwhile")

// Now returns the time of the service's clock.
func (s *Service) Now() time.Time { return s.service.Now() }

// Open returns the content of a message.
func (s *Service) Open(message outbox.Message) (outbox.Letter, error) { return s.outbox.Open(message) }

// Claim returns a message that no other server tries to send until outbox.Lease is over,
// or false if none is due.
func (s *Service) Claim(ctx context.Context) (outbox.Message, bool, error) {
	now := s.Now()
	due, err := transaction.Read(ctx, s.service.DB(), func(tx transaction.Tx) ([]outbox.Message, error) {
		return tx.DueMails(ctx, now, claimsAtOnce)
	})
	if err != nil {
		return outbox.Message{}, false, err
	}
	for _, message := range due {
		claimed, err := transaction.Write(ctx, s.service.DB(), func(tx transaction.Tx) (bool, error) {
			return tx.ClaimMail(ctx, message.ID, message.Attempts, now, now.Add(outbox.Lease))
		})
		if err != nil {
			return outbox.Message{}, false, err
		}
		if claimed {
			message.Attempts++
			return message, true, nil
		}
	}
	return outbox.Message{}, false, nil
}

// Finish deletes a claimed message. It returns ErrLost.
func (s *Service) Finish(ctx context.Context, message outbox.Message) error {
	return s.change(ctx, func(tx transaction.Tx) (bool, error) { return tx.DropMail(ctx, message.ID, message.Attempts) })
}

// Drop deletes a claimed message that will never be sent. It returns ErrLost.
func (s *Service) Drop(ctx context.Context, message outbox.Message, why outbox.Failure) error {
	return s.change(ctx, func(tx transaction.Tx) (bool, error) {
		dropped, err := tx.DropMail(ctx, message.ID, message.Attempts)
		if err != nil || !dropped {
			return false, err
		}
		return true, s.noteFailure(ctx, tx, message, why)
	})
}

// noteFailure writes that a message was never sent into the audit log: for which user, if
// there is one with its address.
func (s *Service) noteFailure(ctx context.Context, tx transaction.Tx, message outbox.Message, why outbox.Failure) error {
	user, err := tx.UserByEmail(ctx, message.To)
	if err != nil && !errors.Is(err, identity.ErrNoUser) {
		return err
	}
	row := audit.ByServer(s.Now(), audit.MailDrop, user.ID, string(why))
	row.RequestID = message.ID
	return tx.AppendAudit(ctx, row)
}

// Defer lets nobody claim a message before a time. It returns ErrLost.
func (s *Service) Defer(ctx context.Context, message outbox.Message, next time.Time) error {
	return s.change(ctx, func(tx transaction.Tx) (bool, error) { return tx.DeferMail(ctx, message.ID, message.Attempts, next) })
}

func (s *Service) change(ctx context.Context, f func(transaction.Tx) (bool, error)) error {
	changed, err := transaction.Write(ctx, s.service.DB(), f)
	if err == nil && !changed {
		err = ErrLost
	}
	return err
}

// Sweep removes messages that expired.
func (s *Service) Sweep(ctx context.Context) error {
	return s.service.DB().Write(ctx, func(tx transaction.Tx) error {
		expired, err := tx.SweepMails(ctx, s.Now(), sweepBatch)
		if err != nil || !s.outbox.Sends() { // nobody tried
			return err
		}
		for _, message := range expired {
			if err := s.noteFailure(ctx, tx, message, outbox.Expired); err != nil {
				return err
			}
		}
		return nil
	})
}

// AreShown reports whether the server shows its messages instead of sending them.
func (s *Service) AreShown() bool { return s.outbox.Mode() == outbox.Shown }

// Shown is a message as administrators of the platform see it.
type Shown struct {
	Made   time.Time
	Letter outbox.Letter
}

// List returns the last messages, the newest first, of a server that shows them. It
// returns access.ErrNotSuperuser.
func (s *Service) List(ctx context.Context, caller service.Caller) (list []Shown, err error) {
	if err := service.RequireSuperuser(caller); err != nil || !s.AreShown() {
		return nil, err
	}
	messages, err := transaction.Read(ctx, s.service.DB(), func(tx transaction.Tx) ([]outbox.Message, error) {
		return tx.Mails(ctx, shownAtOnce)
	})
	if err != nil {
		return nil, err
	}
	for _, message := range messages {
		letter, err := s.outbox.Open(message)
		if err != nil {
			continue // of a server with another key
		}
		list = append(list, Shown{Made: message.Made, Letter: letter})
	}
	return list, nil
}

// Package mail sends the e-mails that wait in the outbox.
//
// It promises that a message is sent outside of any transaction, after the change that it
// is about was committed; that it is tried again, with growing waits, until a mail server
// took it, refused its recipient or text for good, or it expired; that the audit log says
// which messages were not sent; that a mail server which is slow, endless or gone costs a
// bounded time and no request; and that neither codes nor the password appear in the log.
// Off this machine everything is under TLS.
//
// A message may arrive twice, with the same Message-ID: if the server ends, or the
// connection breaks, before the mail server said that it took it.
package mail

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/outbox"
)

// Queue has the messages that wait.
type Queue interface {
	// Claim returns a message that no other server tries to send now, or false if none
	// is due.
	Claim(ctx context.Context) (outbox.Message, bool, error)
	// Open returns the content of a message.
	Open(message outbox.Message) (outbox.Letter, error)
	// Finish deletes a claimed message that was sent.
	Finish(ctx context.Context, message outbox.Message) error
	// Drop deletes a claimed message that will never be sent, and writes that into the
	// audit log, for administrators.
	Drop(ctx context.Context, message outbox.Message, why outbox.Failure) error
	// Defer lets nobody try before a time.
	Defer(ctx context.Context, message outbox.Message, next time.Time) error
	Now() time.Time
}

// Deliverer delivers a message. It returns an error that wraps ErrRefused if there is no
// use in trying again, ErrDeferred if other messages may be taken now, and any other error
// if none is.
type Deliverer interface {
	Deliver(ctx context.Context, message Message) error
}

// What a mail server says of one message.
var (
	// ErrRefused means that the mail server refused a message for good.
	ErrRefused = errors.New("the mail server refused the message")
	// ErrDeferred means that the mail server doesn't take a message now.
	ErrDeferred = errors.New("the mail server does not take the message now")
)

// Sender sends messages.
type Sender struct {
	queue   Queue
	deliver Deliverer // nil: messages are only noted
	log     *slog.Logger
}

// NewSender returns a Sender of the messages in a queue.
func NewSender(queue Queue, deliver Deliverer, log *slog.Logger) *Sender {
	return &Sender{queue: queue, deliver: deliver, log: log}
}

// How long to wait before the next look into the queue.
const (
	interval     = 2 * time.Second
	afterFailure = 30 * time.Second
)

// Run sends what is due until ctx is done. It finishes the message that it is sending.
func (s *Sender) Run(ctx context.Context) {
	for {
		wait := interval
		if err := s.SendDue(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "could not send e-mails: trying again", "error", err)
			wait = afterFailure
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// SendDue sends what is due. It stops at an error that is not one of a single message: a
// recipient whom the mail server puts off delays no other.
func (s *Sender) SendDue(ctx context.Context) error {
	for ctx.Err() == nil {
		message, found, err := s.queue.Claim(ctx)
		if err != nil || !found {
			return err
		}
		if err := s.send(ctx, message); err != nil {
			return err
		}
	}
	return nil
}

// send tries to deliver a claimed message, and notes the result even if ctx is done
// meanwhile.
func (s *Sender) send(ctx context.Context, message outbox.Message) error {
	noting := context.WithoutCancel(ctx)
	log := s.log.With("mail", message.ID, "kind", string(message.Kind))
	letter, err := s.queue.Open(message)
	if err != nil {
		log.WarnContext(ctx, "an e-mail cannot be read: it is dropped", "error", err)
		return s.queue.Drop(noting, message, outbox.Unreadable)
	}
	if s.deliver == nil {
		log.InfoContext(ctx, "an e-mail is on the page of e-mails", "page", PagePath)
		return s.queue.Defer(noting, message, message.Expires)
	}
	err = s.deliver.Deliver(ctx, Message{ID: message.ID, Letter: letter, Date: s.queue.Now()})
	switch {
	case errors.Is(err, ErrRefused):
		log.WarnContext(ctx, "an e-mail was refused: it is dropped", "error", err)
		return s.queue.Drop(noting, message, outbox.Refused)
	case errors.Is(err, ErrDeferred):
		log.WarnContext(ctx, "an e-mail was put off: trying again", "attempt", message.Attempts, "error", err)
		return s.queue.Defer(noting, message, s.nextTry(message))
	case err != nil:
		return errors.Join(err, s.queue.Defer(noting, message, s.nextTry(message)))
	}
	log.InfoContext(ctx, "an e-mail was sent", "attempt", message.Attempts)
	return s.queue.Finish(noting, message)
}

func (s *Sender) nextTry(message outbox.Message) time.Time {
	return s.queue.Now().Add(outbox.WaitAfter(message.Attempts))
}

// PagePath is the page with the messages of a server that sends none.
const PagePath = "/console/admin/mail"

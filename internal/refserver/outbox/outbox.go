// Package outbox has the rules of the messages that the server sends by e-mail.
//
// It promises that a message is stored in the transaction of the change that it is about,
// so that there is never one without the other; that its text, which may have a code, is
// sealed with the key of the server; that few messages wait at the same time and none for
// long; and that of several servers of one store, only one at a time tries to send a
// message. A server that ends while it sends may have sent the message: it is sent again.
//
// It knows neither HTTP nor SQL nor SMTP. It needs a store that implements [Tx]; time and
// randomness are passed in. Package mail sends what waits.
package outbox

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Mode says what happens to messages.
type Mode string

// The modes.
const (
	Off   Mode = ""      // there are none
	Shown Mode = "shown" // administrators of the platform read them on a page, until they expire
	Sent  Mode = "sent"  // a mail server gets them
)

// Kind says what a message is about.
type Kind string

// The kinds.
const (
	Activation      Kind = "activation"       // a code that sets the first password of an account
	EmailCode       Kind = "email-code"       // a code that confirms the address of an account
	SignUpCode      Kind = "sign-up-code"     // a code that activates a new account
	SignUpKnown     Kind = "sign-up-known"    // somebody signed up with the address of another account
	SignUpApproved  Kind = "sign-up-approved" // an administrator activated an account
	EmailChanged    Kind = "email-changed"    // to the former address
	PasswordChanged Kind = "password-changed"
)

// isNotice reports whether what a message is about works without it.
func (k Kind) isNotice() bool {
	return k == EmailChanged || k == PasswordChanged || k == SignUpApproved
}

// Letter is the content of a message.
type Letter struct {
	To      string // an e-mail address
	Kind    Kind
	Subject string
	Text    secret.Text // may have a code
	Expires time.Time   // when to try no longer; zero: after MaxAge
}

// Failure says why a message was never sent.
type Failure string

// The failures.
const (
	Refused    Failure = "refused"    // by the mail server, for good
	Expired    Failure = "expired"    // no mail server took it in time
	Unreadable Failure = "unreadable" // it was sealed with another key
)

// Message is a message that waits.
type Message struct {
	ID       string
	To       string
	Kind     Kind
	Sealed   []byte
	Made     time.Time
	Expires  time.Time
	Next     time.Time // when a server may try to send it
	Attempts int       // to send it
}

// Limits of the messages that wait.
const (
	MaxAge     = 24 * time.Hour
	MaxWaiting = 1000
	MaxForOne  = 20 // for one address
)

// ErrFull means that too many messages wait.
var ErrFull = &refusal.Error{Code: refusal.Unavailable, Reason: refusal.OutboxFull, Message: "too many e-mails are waiting to be sent"}

// Tx is what this package needs of a transaction.
type Tx interface {
	InsertMail(ctx context.Context, m Message) error
	// CountMails returns how many messages wait, but at most atMost.
	CountMails(ctx context.Context, atMost int) (int, error)
	// CountMailsTo is CountMails for one address; case is ignored.
	CountMailsTo(ctx context.Context, to string, atMost int) (int, error)
	// DueMails returns at most count messages whose Next is not after now, and that have
	// not expired, in the order of Next.
	DueMails(ctx context.Context, now time.Time, count int) ([]Message, error)
	// Mails returns the last count messages, the newest first.
	Mails(ctx context.Context, count int) ([]Message, error)
	// ClaimMail counts an attempt and sets Next, if there were so many attempts before and
	// Next is not after now. It returns false otherwise.
	ClaimMail(ctx context.Context, id string, attempts int, now, next time.Time) (bool, error)
	// DeferMail sets Next, unless another attempt was counted.
	DeferMail(ctx context.Context, id string, attempts int, next time.Time) (bool, error)
	// DropMail deletes a message, unless another attempt was counted.
	DropMail(ctx context.Context, id string, attempts int) (bool, error)
	// SweepMails deletes at most count messages that expired, and returns them.
	SweepMails(ctx context.Context, now time.Time, count int) ([]Message, error)
}

// Config configures an Outbox.
type Config struct {
	Mode   Mode
	Key    seal.Key
	Now    func() time.Time
	Random io.Reader // fit for secrets
	Server string    // name of the server, for the texts
	URL    string    // of the server, for the texts; empty: not known

	SignUpPath     string // of the page that takes the code of a sign-up
	ActivationPath string // of the page that takes the code for a first password
	ProfilePath    string // of the page that takes the code for an address
}

// Outbox stores messages. The zero value stores none.
type Outbox struct{ c Config }

// New returns an Outbox.
func New(c Config) *Outbox {
	if c.Random == nil {
		c.Random = rand.Reader
	}
	return &Outbox{c}
}

// Sends reports whether the owner of an address gets what is sent to it. Nobody else
// should get a code then.
func (o *Outbox) Sends() bool { return o.c.Mode == Sent }

// Mode returns what happens to messages.
func (o *Outbox) Mode() Mode { return o.c.Mode }

// Put stores a message. It returns ErrFull, except for a notice, which is then left out,
// as is a message without an address.
func (o *Outbox) Put(ctx context.Context, tx Tx, letter Letter) error {
	if o.c.Mode == Off || letter.To == "" {
		return nil
	}
	err := requireRoom(ctx, tx, letter.To)
	if errors.Is(err, ErrFull) && letter.Kind.isNotice() {
		return nil
	}
	if err != nil {
		return err
	}
	message, err := o.seal(letter)
	if err != nil {
		return err
	}
	return tx.InsertMail(ctx, message)
}

func requireRoom(ctx context.Context, tx Tx, to string) error {
	waiting, err := tx.CountMails(ctx, MaxWaiting)
	if err != nil {
		return err
	}
	forOne, err := tx.CountMailsTo(ctx, to, MaxForOne)
	if err == nil && (waiting >= MaxWaiting || forOne >= MaxForOne) {
		err = ErrFull
	}
	return err
}

// sealed is the part of a letter that is sealed.
type sealed struct{ Subject, Text string }

func (o *Outbox) seal(letter Letter) (Message, error) {
	drawn := make([]byte, 16)
	if _, err := io.ReadFull(o.c.Random, drawn); err != nil {
		return Message{}, fmt.Errorf("draw the ID of an e-mail: %w", err)
	}
	now := o.c.Now()
	message := Message{ID: hex.EncodeToString(drawn), To: letter.To, Kind: letter.Kind, Made: now, Next: now, Expires: now.Add(MaxAge)}
	if !letter.Expires.IsZero() && letter.Expires.Before(message.Expires) {
		message.Expires = letter.Expires
	}
	text, err := json.Marshal(sealed{letter.Subject, letter.Text.Reveal()})
	if err == nil {
		message.Sealed, err = o.c.Key.Seal(o.c.Random, text, place(message.ID))
	}
	if err != nil {
		return Message{}, fmt.Errorf("seal an e-mail: %w", err)
	}
	return message, nil
}

// Open returns the content of a message.
func (o *Outbox) Open(message Message) (Letter, error) {
	text, err := o.c.Key.Open(message.Sealed, place(message.ID))
	if err != nil {
		return Letter{}, err
	}
	var content sealed
	if err := json.Unmarshal(text, &content); err != nil {
		return Letter{}, seal.ErrMalformed
	}
	return Letter{To: message.To, Kind: message.Kind, Subject: content.Subject, Text: secret.New(content.Text), Expires: message.Expires}, nil
}

func place(id string) seal.Place { return seal.Place{Table: "outbox", Column: "letter", Row: id} }

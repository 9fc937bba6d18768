package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// ErrNoTicket is returned for a ticket that never existed, was used, or expired.
var ErrNoTicket = &refusal.Error{Code: refusal.Unauthenticated, Reason: refusal.UnknownTicket, Message: "no such ticket"}

// Ticket is a partial sign-in as stored: the password was right, but a second
// factor must be enrolled first.
type Ticket struct {
	Hash    string // SHA-256 of the ticket, which itself is not stored
	UserID  string
	Order   string // what the sign-in asked for, encoded by the caller
	Made    time.Time
	Expires time.Time
}

const (
	ticketTime  = 10 * time.Minute
	ticketBytes = 20 // 160 bits
)

// IssueTicket stores a ticket for a user whose password was right, and returns it.
func (a *Authenticator) IssueTicket(ctx context.Context, tx Tx, userID, order string) (secret.Text, Ticket, error) {
	drawn := make([]byte, ticketBytes)
	if _, err := io.ReadFull(a.random, drawn); err != nil {
		return secret.Text{}, Ticket{}, fmt.Errorf("draw a ticket: %w", err)
	}
	value := secret.New(hex.EncodeToString(drawn))
	valid := a.validFor(ticketTime)
	ticket := Ticket{Hash: hashTicket(value), UserID: userID, Order: order, Made: valid.Made, Expires: valid.Ends}
	return value, ticket, tx.InsertTicket(ctx, ticket)
}

// Holder returns a ticket and its user. It returns ErrNoTicket if the ticket is not
// valid or the user can no longer sign in with a password.
func (a *Authenticator) Holder(ctx context.Context, tx Tx, value secret.Text) (User, Ticket, error) {
	ticket, err := tx.TicketByHash(ctx, hashTicket(value))
	if err != nil {
		return User{}, Ticket{}, err
	}
	if valid := (clock.Span{Made: ticket.Made, Ends: ticket.Expires}); !valid.Contains(a.now()) {
		return User{}, Ticket{}, ErrNoTicket
	}
	user, err := tx.UserByID(ctx, ticket.UserID)
	if err == nil && (user.Blocked() || user.SSO) {
		err = ErrNoTicket
	}
	return user, ticket, err
}

// HolderToEnroll is Holder for an enrollment: it also returns ErrNoTicket if the
// user has a second factor by now.
func (a *Authenticator) HolderToEnroll(ctx context.Context, tx Tx, value secret.Text) (User, Ticket, error) {
	user, ticket, err := a.Holder(ctx, tx, value)
	if err != nil {
		return User{}, Ticket{}, err
	}
	_, on, err := tx.SecondFactor(ctx, user.ID)
	if err == nil && on {
		err = ErrNoTicket
	}
	return user, ticket, err
}

func hashTicket(value secret.Text) string {
	sum := sha256.Sum256([]byte(value.Reveal()))
	return hex.EncodeToString(sum[:])
}

package service

import (
	"context"
	"errors"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// User returns a user. It returns identity.ErrNoUser.
func (s *Service) User(ctx context.Context, id string) (identity.User, error) {
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) (identity.User, error) { return tx.UserByID(ctx, id) })
}

// InviteeID returns the ID of an invitee, who is named by ID or by e-mail address. Call it
// only for callers who may learn whose address that is.
// It returns directory.ErrNoInvitee.
func InviteeID(ctx context.Context, tx transaction.Tx, name string) (string, error) {
	if !strings.Contains(name, "@") {
		return name, nil
	}
	user, err := tx.UserByEmail(ctx, name)
	if errors.Is(err, identity.ErrNoUser) {
		return "", directory.ErrNoInvitee
	}
	return user.ID, err
}

// HasUsers reports whether there are users. It also serves as a check that the
// store can be read.
func (s *Service) HasUsers(ctx context.Context) (bool, error) {
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) (bool, error) { return tx.AnyUser(ctx) })
}

// Package transaction names what one transaction of the store can touch, [Tx],
// and what runs transactions, [DB].
//
// It promises to be the only place where the interfaces of identity, access,
// directory and audit meet: what must hold together across them happens in one
// transaction. A store implements both interfaces; package service is the only
// caller of them. The protocol packages cannot import this one, and no method
// of service mentions its types, so a handler cannot touch the store.
//
// A function that runs in a transaction may run twice, the first time rolled
// back: it assigns its results freshly and keeps nothing of a run that failed.
package transaction

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refusal"
)

// ErrUnavailable is what a store wraps when it can't serve now: it is locked,
// full or away. Nothing was changed.
var ErrUnavailable = &refusal.Error{Code: refusal.Unavailable, Reason: refusal.NoStore, Message: "the store is not available"}

// Tx is everything that one transaction can touch.
type Tx interface {
	identity.Tx
	access.Tx
	directory.Tx
	audit.Tx

	// TokenHolder returns access.ErrUnknownToken when there is no token with the
	// signature. Every request asks this, so it is one question to the store.
	TokenHolder(ctx context.Context, signature, source string) (TokenHolder, error)
}

// TokenHolder is a token with all that its recognition depends on.
type TokenHolder struct {
	Token access.Token
	User  identity.User
	// AutoLogout is the shortest idle limit that the user's orgs set; 0: none.
	AutoLogout time.Duration
	// SourceKnown tells whether the source was given to AddSource.
	SourceKnown bool
}

// DB runs transactions. They return what the function returns; an error rolls
// back. The function may run more than once: only its last run counts.
type DB interface {
	// Read runs f on a consistent view, in which it changes nothing.
	Read(ctx context.Context, f func(Tx) error) error
	// Write runs f as if no other write ran at the same time.
	Write(ctx context.Context, f func(Tx) error) error
}

// Read returns the result of the last run of f on a consistent view, and with an
// error the zero value.
func Read[T any](ctx context.Context, db DB, f func(Tx) (T, error)) (T, error) {
	return last(ctx, db.Read, f)
}

// Write returns the result of the last run of f, and with an error the zero
// value.
func Write[T any](ctx context.Context, db DB, f func(Tx) (T, error)) (T, error) {
	return last(ctx, db.Write, f)
}

// last keeps nothing of an earlier run, nor of one that was not committed.
func last[T any](ctx context.Context, run func(context.Context, func(Tx) error) error, f func(Tx) (T, error)) (T, error) {
	var result, none T
	err := run(ctx, func(tx Tx) (err error) {
		result, err = f(tx)
		return err
	})
	if err != nil {
		return none, err
	}
	return result, nil
}

// Package transaction defines the interfaces of the store: [Tx] for what one
// transaction can do, and [DB] to run transactions.
//
// It promises to be the only place that combines the interfaces of the rules, so that
// one transaction can change what belongs to any of them. A store implements both
// interfaces; only package service and the packages below it call them. The protocol
// packages may not import this one, so a handler cannot write the function that a
// transaction runs.
//
// A function that runs in a transaction may run twice, the first time rolled back:
// it must assign its results anew and keep nothing of a failed run.
package transaction

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/refserver/history"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/trust"
	"github.com/dxauth/dxauth/internal/refusal"
)

// ErrUnavailable is wrapped by a store that cannot serve now: it is locked, full or
// not reachable. Nothing was changed.
var ErrUnavailable = &refusal.Error{Code: refusal.Unavailable, Reason: refusal.NoStore, Message: "the store is not available"}

// ErrUnknownOutcome is wrapped by a store that was told to commit and does not know whether
// it did. What was to change may change now, later or never, so nothing repeats it.
var ErrUnknownOutcome = &refusal.Error{
	Code: refusal.Unavailable, Reason: refusal.UnknownOutcome,
	Message: "the store did not confirm the change: look whether it was made before you repeat it",
}

// ErrText is returned for a text that no store can keep.
var ErrText = &refusal.Error{Code: refusal.Invalid, Reason: refusal.WrongText, Message: "a text contains a NUL character or is not UTF-8"}

// Tx is everything that one transaction can read and write.
type Tx interface {
	identity.Tx
	access.Tx
	directory.Tx
	audit.Tx
	grant.Tx
	history.Tx
	trust.Tx

	// TokenHolder returns access.ErrUnknownToken if no token has the signature. It
	// is one statement, because every request needs it, with one more for a token with a Root,
	// and one more if the token was used from another source the last time.
	// Label, description and client of the tokens are empty.
	TokenHolder(ctx context.Context, signature, source string) (TokenHolder, error)

	// TokenHolders returns the holders of the tokens that exist, by signature, without
	// SourceKnown. They have a Root if its signature is among those given.
	TokenHolders(ctx context.Context, signatures []string) (map[string]TokenHolder, error)

	// GoodHolders returns the holders of the tokens that match a query without a signature,
	// in order, without SourceKnown. Fewer than its limit means that there are no more.
	GoodHolders(ctx context.Context, query access.GoodQuery) ([]TokenHolder, error)
}

// TokenHolder is a token with all that is needed to authenticate a request with it.
type TokenHolder struct {
	Token access.Token
	User  identity.Principal
	// AutoLogout is the shortest idle limit of the orgs that the user of a session
	// accepted; 0: none.
	AutoLogout time.Duration
	// SourceKnown reports whether the token was used from the source the last time, or
	// AddSource was called with it before.
	SourceKnown bool
	// RuleEnded means that the trust rule which the token came from no longer stands.
	RuleEnded bool
	// Root is the holder of the token that the chain of the token began with; nil: none.
	Root *TokenHolder
}

// DB runs transactions. Its methods return the error of f, which also rolls back. They
// may run f more than once; only the last run counts.
type DB interface {
	// Read runs f on a consistent snapshot. F must not change anything.
	Read(ctx context.Context, f func(Tx) error) error
	// Write runs f as if no other transaction wrote at the same time.
	Write(ctx context.Context, f func(Tx) error) error
	// TokenHolder is that of a transaction of its own.
	TokenHolder(ctx context.Context, signature, source string) (TokenHolder, error)
}

// EarlyWriter is a DB that can write before the disk has it.
type EarlyWriter interface {
	// WriteEarly is Write, but a failure of the machine can lose what f changed until the
	// next Write has returned. A failure of the process can't.
	WriteEarly(ctx context.Context, f func(Tx) error) error
}

// Read runs f on a consistent snapshot and returns the result of its last run, or the
// zero value and an error.
func Read[T any](ctx context.Context, db DB, f func(Tx) (T, error)) (T, error) {
	return last(ctx, db.Read, f)
}

// Write runs f and returns the result of its last run, or the zero value and an
// error.
func Write[T any](ctx context.Context, db DB, f func(Tx) (T, error)) (T, error) {
	return last(ctx, db.Write, f)
}

// WriteEarly is Write for what no response tells until the next Write has returned. A store
// need not be an EarlyWriter.
func WriteEarly[T any](ctx context.Context, db DB, f func(Tx) (T, error)) (T, error) {
	if early, isEarly := db.(EarlyWriter); isEarly {
		return last(ctx, early.WriteEarly, f)
	}
	return last(ctx, db.Write, f)
}

// last returns the result of the last run, if it was committed.
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

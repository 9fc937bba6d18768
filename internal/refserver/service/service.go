// Package service has one method for each thing that somebody does with the
// server: it takes a caller and plain inputs, and returns results or a refusal.
//
// It promises that what must hold together happens in one transaction: a code
// spent and the session made, a change and its audit row, a token and what it
// replaces. It is the only caller of transactions, and hands none out. It has no
// rules; those are in identity, access and directory. A slow thing, the password
// hash, happens between transactions and never inside one. A transaction may run
// twice, so a result is always that of the last run.
//
// Clock and randomness come in from outside, and so does the store.
//
// The files, by who calls:
//
//	signin.go     somebody with a password; halfway.go completes a sign-in
//	proof.go      somebody who shows who they are, once more perhaps
//	keyedmutex.go one try at a time of the same person from the same network
//	entry.go      somebody with a code instead of a password
//	signup.go     somebody without an account
//	caller.go     somebody with a token, and how a caller's transactions run
//	account.go    callers and their own account
//	twofactor.go  callers and their second factor, or somebody with a ticket
//	sessions.go   callers and where they are signed in
//	tokens.go     callers and tokens
//	people.go     callers and other people
//	projects.go   callers and projects; folders.go, and folders
//	orgs.go       members of orgs; orgtokens.go, admins and members' tokens
//	users.go      who answers for an account: makes it, locks it
//	reset.go      and takes its second factor off
//	admin.go      administrators of the platform; accounts.go, and all accounts
//	provision.go  whoever fills a new platform
package service

import (
	"cmp"
	"context"
	"io"
	"net/netip"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// ErrUnavailable means that the store can't serve now. Nothing was changed.
var ErrUnavailable = transaction.ErrUnavailable

// Config makes a Service.
type Config struct {
	DB     transaction.DB
	Now    func() time.Time
	Random io.Reader // fit for secrets
	Hasher *identity.Hasher
	Key    seal.Key
	Limits access.Limits

	TwoFactor identity.FactorMode // empty: identity.FactorsEnabled
	SignUp    identity.SignUpMode // empty: identity.SignUpClosed
	Name      string              // of the server, for authenticator apps
}

// Service is what the protocols call.
type Service struct {
	db            transaction.DB
	now           func() time.Time
	authenticator *identity.Authenticator
	issuer        *access.Issuer
	directory     *directory.Service
	limits        access.Limits
	random        io.Reader
	signUp        identity.SignUpMode
	turns         *keyedMutex // of sign-ins, by account and source
}

// New makes a Service.
func New(c Config) *Service {
	return &Service{
		db:  c.DB,
		now: c.Now,
		authenticator: identity.NewAuthenticator(identity.Config{
			Hasher: c.Hasher, Key: c.Key, Now: c.Now, Random: c.Random, Mode: c.TwoFactor, Issuer: c.Name,
		}),
		issuer:    access.NewIssuer(c.Limits, c.Now, c.Random),
		directory: directory.NewService(c.Now, c.Random),
		limits:    c.Limits,
		random:    c.Random,
		signUp:    cmp.Or(c.SignUp, identity.SignUpClosed),
		turns:     newKeyedMutex(),
	}
}

// Now is the one clock.
func (s *Service) Now() time.Time { return s.now() }

// Origin says where a request comes from.
type Origin struct {
	Address   netip.Addr
	UserAgent string
	RequestID string
}

// Sweep drops what has no meaning any more. Call it every minute or so.
func (s *Service) Sweep(ctx context.Context) error {
	return s.db.Write(ctx, func(tx transaction.Tx) error {
		if err := tx.SweepNonces(ctx, s.now().Add(-directory.NonceWindow)); err != nil {
			return err
		}
		if err := identity.Sweep(ctx, tx, s.now()); err != nil {
			return err
		}
		return access.Sweep(ctx, tx, s.now())
	})
}

// entry starts an audit row.
func (s *Service) auditEntry(origin Origin, actor string, action audit.Action, subject string) audit.Entry {
	return audit.Entry{
		Time: s.now(), Actor: actor, Subject: subject, Action: action, Result: "ok",
		Address: origin.Address.String(), UserAgent: origin.UserAgent, RequestID: origin.RequestID,
	}
}

// provedEntry is entry for what somebody did who showed who they are.
func (s *Service) authenticatedEntry(origin Origin, authentication identity.Authentication, action audit.Action, subject string) audit.Entry {
	row := s.auditEntry(origin, authentication.User.ID, action, subject)
	row.Factor = string(authentication.Factor)
	return row
}

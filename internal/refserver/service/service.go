// Package service has one method for each use case of the server. A method takes a
// caller and plain inputs, and returns results or a refusal. Use cases that share little
// with the others have packages below this one, as projects, linking and mailing.
//
// It promises that changes that belong together happen in one transaction: a code
// spent and the session created, a change and its audit row, a token and the one it
// replaces. It and the packages below it alone start transactions. It has no rules of its
// own; those are in identity, access and directory. Slow work such as a password
// hash happens between transactions, never inside one. A transaction may run twice,
// so a result is always that of the last run.
//
// Clock, randomness and the store are passed in.
//
// The files by use case:
//
//	signin.go      sign-in with a password; partialsignin.go, in two steps
//	proof.go       the check of password and code, at a sign-in or later
//	accesscode.go  activation and bootstrap codes
//	signup.go      new accounts by their owners
//	caller.go      authentication by token, transactions on behalf of a caller
//	account.go     the caller's own account
//	twofactor.go   the caller's second factor, or that of a partial sign-in
//	sessions.go    the caller's sessions
//	tokens.go      API tokens; tokenlist.go, lists of all tokens that work
//	people.go      look-ups of users
//	orgs.go        orgs; orgtokens.go, tokens of members
//	users.go       creation and locks of accounts; reset.go, of second factors
//	admin.go       administrators of the platform; accounts.go, all accounts
//	sweep.go       the end of what has expired
//	removed.go     the rest of removed folders and projects
//	restore.go     the first start on a store that is at an earlier time
package service

import (
	"cmp"
	"io"
	"net/netip"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/inprogress"
	"github.com/dxauth/dxauth/internal/refserver/keylock"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// ErrUnavailable means that the store is not available. Nothing was changed.
var ErrUnavailable = transaction.ErrUnavailable

// Config configures a Service.
type Config struct {
	DB     transaction.DB
	Now    func() time.Time
	Random io.Reader // fit for secrets
	Hasher *passwordhash.Hasher
	Key    seal.Key
	Limits access.Limits
	Turns  int // of searches and lists that run at the same time

	TwoFactor identity.FactorMode // empty: identity.FactorsEnabled
	SignUp    identity.SignUpMode // empty: identity.SignUpClosed
	Mail      *outbox.Outbox      // nil: no e-mails

	// AccountProtocols are those over which users can change their accounts; none:
	// any protocol.
	AccountProtocols []access.Protocol
	Name             string // of the server, for authenticator apps
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
	protocols     []access.Protocol // over which users can change their accounts
	steady        clock.Steady
	requests      inprogress.Requests

	// attempts serializes those of one account from one network: each is counted as failed
	// before it is checked, so many right passwords at once would otherwise be throttled
	// like wrong ones.
	attempts *keylock.Locks // by account and source
}

// New returns a Service.
func New(c Config) *Service {
	return &Service{
		db:  c.DB,
		now: c.Now,
		authenticator: identity.NewAuthenticator(identity.Config{
			Hasher: c.Hasher, Key: c.Key, Now: c.Now, Random: c.Random, Mode: c.TwoFactor, Issuer: c.Name, Mail: c.Mail,
		}),
		issuer:    access.NewIssuer(c.Limits, c.Now, c.Random),
		directory: directory.NewService(c.Now, c.Random),
		limits:    c.Limits,
		random:    c.Random,
		signUp:    cmp.Or(c.SignUp, identity.SignUpClosed),
		protocols: c.AccountProtocols,
		attempts:  keylock.NewMutexes(),
		requests:  inprogress.New(c.Turns),
	}
}

// DB returns the store, for the packages below this one.
func (s *Service) DB() transaction.DB { return s.db }

// Authenticator returns the rules about passwords, codes and rate limits, for the packages
// below this one.
func (s *Service) Authenticator() *identity.Authenticator { return s.authenticator }

// Directory returns the rules about orgs and projects, for the packages below this one.
func (s *Service) Directory() *directory.Service { return s.directory }

// Now returns the time of the service's clock.
func (s *Service) Now() time.Time { return s.now() }

// Origin says where a request comes from.
type Origin struct {
	Address   netip.Addr
	UserAgent string
	RequestID string
	Protocol  access.Protocol
}

// AuditEntry returns the audit row of a request that succeeds.
func (s *Service) AuditEntry(origin Origin, actor string, action audit.Action, subject string) audit.Entry {
	return audit.Entry{
		Time: s.now(), Actor: actor, Subject: subject, Action: action, Result: "ok",
		Address: origin.Address.String(), UserAgent: origin.UserAgent, RequestID: origin.RequestID,
	}
}

// authenticatedEntry is AuditEntry for an action with a proof.
func (s *Service) authenticatedEntry(origin Origin, authentication identity.Authentication, action audit.Action, subject string) audit.Entry {
	row := s.AuditEntry(origin, authentication.User.ID, action, subject)
	row.Factor = string(authentication.Factor)
	return row
}

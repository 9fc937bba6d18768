package service

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// visit is somebody showing who they are, and what for.
type proofRequest struct {
	attempt identity.Attempt
	action  audit.Action
	origin  Origin

	order   access.Order     // of a sign-in
	halfway []refusal.Reason // what a sign-in may lack and be taken up again

	// prepare is called when the password was right, outside of any transaction,
	// for what takes long. It may be nil.
	prepare func(context.Context) error
}

// prove checks a person, with the waits and the cost of a sign-in whatever it is
// for, and acts on it in the transaction that decides.
func (s *Service) prove(ctx context.Context, v proofRequest, act func(transaction.Tx, identity.Authentication) error) error {
	v.attempt.Source = identity.Source(v.origin.Address)
	unlock, err := s.turns.lock(ctx, identity.UserID(v.attempt.Username)+"\x00"+v.attempt.Source)
	if err != nil {
		return err
	}
	defer unlock()
	for range maxProofs {
		if err = s.tryProof(ctx, v, act); !errors.Is(err, identity.ErrPasswordChanged) {
			return err
		}
	}
	return errors.Join(identity.ErrBusy, err)
}

// maxProofs is how often a password is looked at that changes meanwhile.
const maxProofs = 3

func (s *Service) tryProof(ctx context.Context, v proofRequest, act func(transaction.Tx, identity.Authentication) error) error {
	var counted identity.CountedAttempt
	err := s.db.Write(ctx, func(tx transaction.Tx) (err error) {
		counted, err = s.authenticator.Reserve(ctx, tx, v.attempt)
		return err
	})
	if err != nil {
		return err
	}
	check, err := s.authenticator.Verify(ctx, counted)
	if err != nil {
		return err
	}
	if v.prepare != nil && check.Match() {
		if err := v.prepare(ctx); err != nil {
			return errors.Join(err, s.pardon(ctx, check))
		}
	}
	return s.admit(ctx, check, v, act)
}

// admit makes the decision and acts on it in one transaction. What act refuses
// with one of identity.Refusals, it must refuse before it changes anything. Any
// other error of it undoes everything, also the code that was spent, and nobody
// has to wait for it.
func (s *Service) admit(ctx context.Context, check identity.PasswordCheck, v proofRequest, act func(transaction.Tx, identity.Authentication) error) error {
	var admitted bool
	err := s.decide(ctx, s.auditEntry(v.origin, "", v.action, check.UserID()), func(tx transaction.Tx, _ *audit.Entry) error {
		authentication, err := s.authenticator.Decide(ctx, tx, check)
		if admitted = err == nil; admitted {
			err = act(tx, authentication)
		}
		return s.giveTicket(ctx, tx, check.UserID(), v, err)
	})
	isForNothing := admitted && err != nil && !refused(err) || errors.Is(err, identity.ErrPasswordChanged)
	if isForNothing {
		return errors.Join(err, s.pardon(ctx, check))
	}
	return err
}

// pardon takes back what was counted in advance for a right password that led to
// nothing.
func (s *Service) pardon(ctx context.Context, check identity.PasswordCheck) error {
	return s.db.Write(ctx, func(tx transaction.Tx) error { return s.authenticator.Refund(ctx, tx, check) })
}

// decide runs f in a transaction. A refusal is committed like a success, because
// it was counted and is in the audit log: its row, which f may complete, is
// written here, the row of a success by f.
func (s *Service) decide(ctx context.Context, row audit.Entry, f func(transaction.Tx, *audit.Entry) error) error {
	var refusal error
	err := s.db.Write(ctx, func(tx transaction.Tx) error {
		ofThisRun := row
		err := f(tx, &ofThisRun)
		if !refused(err) {
			refusal = nil
			return err
		}
		refusal = err
		ofThisRun.Result = err.Error()
		return tx.AppendAudit(ctx, ofThisRun)
	})
	return errors.Join(err, refusal)
}

// refused tells an answer to the person from a failure of the store.
func refused(err error) bool {
	if refusal.CodeOf(err) == refusal.Throttled {
		return true
	}
	return slices.ContainsFunc(identity.Refusals(), func(kept error) bool { return errors.Is(err, kept) })
}

// Proof is how a caller shows once more who they are.
type Proof struct {
	Password secret.Text
	Code     secret.Text // a verification or recovery code, where the user has a second factor

	// OrRecentSignIn lets a sign-in of the last minutes do where there is no
	// password. It is for a platform whose requests have no room for one.
	OrRecentSignIn bool
}

// proveCaller checks a caller, with the waits of a sign-in, and acts in the
// transaction that decides. It answers access.ErrReauthenticate where nothing
// was proved, and the refusals of package identity.
func (s *Service) proveCaller(ctx context.Context, caller Caller, shown Proof, v proofRequest, act func(transaction.Tx, identity.Authentication) error) error {
	v.origin = caller.Origin
	if !shown.Password.IsZero() {
		v.attempt = identity.Attempt{Username: caller.User.Handle, Password: shown.Password, Code: shown.Code}
		return s.prove(ctx, v, act)
	}
	if !shown.OrRecentSignIn {
		return access.ErrReauthenticate
	}
	if err := s.limits.RequireRecentSignIn(caller.Token, s.now()); err != nil {
		return err
	}
	return s.byRecentSignIn(ctx, caller, v, act)
}

func (s *Service) byRecentSignIn(ctx context.Context, caller Caller, v proofRequest, act func(transaction.Tx, identity.Authentication) error) error {
	if v.prepare != nil {
		if err := v.prepare(ctx); err != nil {
			return err
		}
	}
	row := s.auditEntry(v.origin, caller.User.ID, v.action, caller.User.ID)
	return s.decide(ctx, row, func(tx transaction.Tx, _ *audit.Entry) error {
		user, err := stillSignedIn(ctx, tx, caller)
		if err != nil {
			return err
		}
		return act(tx, identity.Authentication{User: user})
	})
}

// stillSignedIn looks again at a caller whose session is all that proves them, in
// the transaction that relies on it. It answers identity.ErrSSORequired where the
// sign-in was proved elsewhere.
func stillSignedIn(ctx context.Context, tx transaction.Tx, caller Caller) (identity.User, error) {
	if _, err := access.Reload(ctx, tx, caller.Token); err != nil {
		return identity.User{}, err
	}
	user, err := tx.UserByID(ctx, caller.User.ID)
	if err == nil && user.SSO {
		err = identity.ErrSSORequired
	}
	return user, err
}

// selfChange is one thing that callers change of their own account.
type selfChange struct {
	action  audit.Action
	prepare func(context.Context) error               // as in visit
	check   func(transaction.Tx, identity.User) error // refuses, and changes nothing; nil: apply does
	apply   func(transaction.Tx, identity.User) error
}

// changeSelf is proveCaller for what ends the caller's other sessions. API
// tokens go on, and so does the session in use. It counts as signed in now if the
// password was shown: else whoever has a session would never have to show it.
// Nothing is applied before all was checked, because a refusal is committed.
// There is a row for each change, of a refusal that of the first.
func (s *Service) changeSelf(ctx context.Context, caller Caller, shown Proof, changes ...selfChange) error {
	v := proofRequest{action: changes[0].action, prepare: func(ctx context.Context) error { return prepareAll(ctx, changes) }}
	return s.proveCaller(ctx, caller, shown, v, func(tx transaction.Tx, authentication identity.Authentication) error {
		if err := checkAll(tx, authentication.User, changes); err != nil {
			return err
		}
		if err := s.applyAll(ctx, tx, caller.Origin, authentication, changes); err != nil {
			return err
		}
		if !shown.Password.IsZero() {
			if err := tx.Reauthenticate(ctx, caller.Token.Signature, s.now()); err != nil {
				return err
			}
		}
		return s.endSessions(ctx, tx, caller.User.ID, caller.Token.Signature, access.Elsewhere)
	})
}

func prepareAll(ctx context.Context, changes []selfChange) error {
	for _, change := range changes {
		if change.prepare == nil {
			continue
		}
		if err := change.prepare(ctx); err != nil {
			return err
		}
	}
	return nil
}

func checkAll(tx transaction.Tx, user identity.User, changes []selfChange) error {
	for _, change := range changes {
		if change.check == nil {
			continue
		}
		if err := change.check(tx, user); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) applyAll(ctx context.Context, tx transaction.Tx, origin Origin, authentication identity.Authentication, changes []selfChange) error {
	for _, change := range changes {
		if err := change.apply(tx, authentication.User); err != nil {
			return err
		}
		if err := tx.AppendAudit(ctx, s.authenticatedEntry(origin, authentication, change.action, authentication.User.ID)); err != nil {
			return err
		}
	}
	return nil
}

// errGuarded sends a change back that a second factor guards.
var errGuarded = errors.New("a second factor guards that")

// changeGuarded is change for what a second factor guards: a caller who has one
// needs a recent sign-in, or shows password and code. Whether there is one is
// looked at in the transaction that changes something.
func (s *Service) changeGuarded(ctx context.Context, caller Caller, shown Proof, action audit.Action, f func(transaction.Tx, directory.Viewer) (subject string, err error)) error {
	err := s.change(ctx, caller, action, func(tx transaction.Tx, viewer directory.Viewer) (string, error) {
		if _, guarded, err := tx.SecondFactor(ctx, caller.User.ID); err != nil || guarded {
			return "", cmp.Or(err, errGuarded)
		}
		return f(tx, viewer)
	})
	if !errors.Is(err, errGuarded) {
		return err
	}
	shown.OrRecentSignIn = true
	return s.proveCaller(ctx, caller, shown, proofRequest{action: action}, func(tx transaction.Tx, authentication identity.Authentication) error {
		return s.withViewer(ctx, tx, caller, func(tx transaction.Tx, viewer directory.Viewer) error {
			subject, err := f(tx, viewer)
			if err != nil {
				return err
			}
			return tx.AppendAudit(ctx, s.authenticatedEntry(caller.Origin, authentication, action, subject))
		})
	})
}

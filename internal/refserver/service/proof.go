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

// ProofRequest is a password, perhaps with a code, and the action it is for.
type ProofRequest struct {
	Attempt identity.Attempt
	Action  audit.Action
	Origin  Origin

	order     access.Order     // of a sign-in
	resumable []refusal.Reason // refusals after which the sign-in can be completed later

	// prepare does slow work after a right password, outside of any transaction.
	// It may be nil.
	prepare func(context.Context) error
}

// Prove checks password and code with the throttling of a sign-in, and calls act in
// the transaction that decides.
func (s *Service) Prove(ctx context.Context, request ProofRequest, act func(transaction.Tx, identity.Authentication) error) error {
	request.Attempt.Source = identity.Source(request.Origin.Address)
	unlock, err := s.attempts.Lock(ctx, identity.UserID(request.Attempt.Username)+"\x00"+request.Attempt.Source)
	if err != nil {
		return err
	}
	defer unlock()
	for range maxProofs {
		if err = s.tryProof(ctx, request, act); !errors.Is(err, identity.ErrPasswordChanged) {
			return err
		}
	}
	return errors.Join(identity.ErrBusy, err)
}

// maxProofs is how often a password is checked that changes during the check.
const maxProofs = 3

func (s *Service) tryProof(ctx context.Context, request ProofRequest, act func(transaction.Tx, identity.Authentication) error) error {
	check, err := s.checkPassword(ctx, request.Attempt)
	if err == nil && request.prepare != nil && check.Match() {
		err = request.prepare(ctx)
	}
	if err == nil {
		err = s.decideAndAct(ctx, check, request, act)
	}
	if err != nil && !refused(err) {
		return errors.Join(err, s.refund(ctx, check))
	}
	return err
}

// checkPassword counts an attempt as failed and checks its password. It counts
// nothing that it does not check: from the admission on, nothing interrupts it.
func (s *Service) checkPassword(ctx context.Context, attempt identity.Attempt) (identity.PasswordCheck, error) {
	admission, err := s.authenticator.Admit(ctx, attempt.Password, attempt.Source)
	if err != nil {
		return identity.PasswordCheck{}, err
	}
	defer admission.Release()
	// No response says whether the password is right before the next transaction decides.
	counted, err := transaction.WriteEarly(ctx, s.db, func(tx transaction.Tx) (identity.CountedAttempt, error) {
		return s.authenticator.Reserve(ctx, tx, attempt)
	})
	if err != nil {
		return identity.PasswordCheck{}, err
	}
	return s.authenticator.Verify(admission, counted)
}

// decideAndAct makes the decision and calls act in one transaction. If act returns
// one of identity.Refusals, it must not have changed anything, because a refusal is
// committed. Any other error of act rolls everything back, the spent code included,
// and does not count as a failed attempt.
func (s *Service) decideAndAct(ctx context.Context, check identity.PasswordCheck, request ProofRequest, act func(transaction.Tx, identity.Authentication) error) error {
	if !check.Match() {
		ctx = context.WithoutCancel(ctx) // a wrong password is audited even if the client has gone
	}
	return s.Decide(ctx, s.AuditEntry(request.Origin, "", request.Action, check.UserID()), func(tx transaction.Tx, _ *audit.Entry) error {
		authentication, err := s.authenticator.Decide(ctx, tx, check)
		if err == nil {
			err = act(tx, authentication)
		}
		return s.giveTicket(ctx, tx, check.UserID(), request, err)
	})
}

// refund undoes the count of an attempt whose password was right but which came to
// nothing, even if the client has gone.
func (s *Service) refund(ctx context.Context, check identity.PasswordCheck) error {
	if !check.Match() {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	return s.db.Write(ctx, func(tx transaction.Tx) error { return s.authenticator.Refund(ctx, tx, check) })
}

// Decide runs f in a transaction. A refusal is committed like a success, because
// the attempt is counted and audited: Decide writes the audit row of a refusal,
// which f may complete, and f writes the row of a success.
func (s *Service) Decide(ctx context.Context, row audit.Entry, f func(transaction.Tx, *audit.Entry) error) error {
	var committed error
	err := s.db.Write(ctx, func(tx transaction.Tx) error {
		entry := row // this function may run twice
		err := f(tx, &entry)
		if !refused(err) {
			committed = nil
			return err
		}
		committed = err
		entry.Result = audit.ResultOf(err)
		return tx.AppendAudit(ctx, entry)
	})
	return errors.Join(err, committed)
}

// refused reports whether an error is a refusal of the proof, rather than a failure
// of the store or of the action.
func refused(err error) bool {
	if refusal.CodeOf(err) == refusal.Throttled {
		return true
	}
	return slices.ContainsFunc(identity.Refusals(), func(kept error) bool { return errors.Is(err, kept) })
}

// Proof is how a caller authenticates again for a sensitive action.
type Proof struct {
	Password secret.Text
	Code     secret.Text // a verification or recovery code, if the user has a second factor

	// OrRecentSignIn accepts a sign-in of the last minutes instead of a password,
	// for a platform whose requests have no field for one. It has to be a sign-in
	// over the protocol of the request.
	OrRecentSignIn bool
}

// proveCaller checks the proof of a caller with the throttling of a sign-in, and
// calls act in the transaction that decides. Users who sign in only through a provider
// have a recent sign-in for a proof. It returns access.ErrReauthenticate without a proof,
// and the refusals of package identity.
func (s *Service) proveCaller(ctx context.Context, caller Caller, shown Proof, request ProofRequest, act func(transaction.Tx, identity.Authentication) error) error {
	request.Origin = caller.Origin
	if !shown.Password.IsZero() {
		request.Attempt = identity.Attempt{Username: caller.User.Handle, Password: shown.Password, Code: shown.Code}
		return s.Prove(ctx, request, act)
	}
	user, err := s.User(ctx, caller.User.ID)
	if err == nil && !shown.OrRecentSignIn && !user.SSO { // whose provider asked again
		err = access.ErrReauthenticate
	}
	if err != nil {
		return err
	}
	if err := s.RequireRecentSignIn(caller); err != nil {
		return err
	}
	return s.proveByRecentSignIn(ctx, caller, request, act)
}

func (s *Service) proveByRecentSignIn(ctx context.Context, caller Caller, request ProofRequest, act func(transaction.Tx, identity.Authentication) error) error {
	if request.prepare != nil {
		if err := request.prepare(ctx); err != nil {
			return err
		}
	}
	row := s.AuditEntry(request.Origin, caller.User.ID, request.Action, caller.User.ID)
	return s.Decide(ctx, row, func(tx transaction.Tx, _ *audit.Entry) error {
		user, err := stillSignedIn(ctx, tx, caller)
		if err != nil {
			return err
		}
		return act(tx, identity.Authentication{User: user})
	})
}

// stillSignedIn checks the session of a caller again, in the transaction that
// relies on it.
func stillSignedIn(ctx context.Context, tx transaction.Tx, caller Caller) (identity.User, error) {
	if _, err := access.Reload(ctx, tx, caller.Token); err != nil {
		return identity.User{}, err
	}
	return tx.UserByID(ctx, caller.User.ID)
}

// selfChange is one change of the caller's own account.
type selfChange struct {
	action  audit.Action
	prepare func(context.Context) error               // as in ProofRequest
	check   func(transaction.Tx, identity.User) error // may refuse, must not change anything; may be nil
	apply   func(transaction.Tx, identity.User) error
}

// changeSelf is proveCaller for changes that end the caller's other sessions; the
// session in use and API tokens stay. With the password, the session in use counts
// as newly signed in; without it, it does not, or a session could extend itself for
// ever. All changes are checked before one is applied, because a refusal is
// committed. Each change has its audit row; a refusal has that of the first.
func (s *Service) changeSelf(ctx context.Context, caller Caller, shown Proof, changes ...selfChange) error {
	if err := s.requireAccountProtocol(caller.Origin); err != nil {
		return err
	}
	request := ProofRequest{Action: changes[0].action, prepare: func(ctx context.Context) error { return prepareAll(ctx, changes) }}
	return s.proveCaller(ctx, caller, shown, request, func(tx transaction.Tx, authentication identity.Authentication) error {
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
		return s.EndOtherSessions(ctx, tx, caller.User.ID, caller.Token.Signature, access.Elsewhere)
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

// errGuarded means that a change needs a proof because of a second factor.
var errGuarded = errors.New("the second factor requires a proof")

// changeGuarded is Change for an action that a second factor protects: a caller who
// has one needs a recent sign-in, or a proof with password and code. The second
// factor is looked up in the transaction of the change.
func (s *Service) changeGuarded(ctx context.Context, caller Caller, shown Proof, action audit.Action, f func(transaction.Tx, directory.Viewer) (subject string, err error)) error {
	err := s.Change(ctx, caller, action, func(tx transaction.Tx, viewer directory.Viewer) (string, error) {
		if _, guarded, err := tx.SecondFactor(ctx, caller.User.ID); err != nil || guarded {
			return "", cmp.Or(err, errGuarded)
		}
		return f(tx, viewer)
	})
	if !errors.Is(err, errGuarded) {
		return err
	}
	return s.ChangeProved(ctx, caller, shown, action, f)
}

// ChangeProved is Change for a caller who signed in recently, or shows a password and a code.
func (s *Service) ChangeProved(ctx context.Context, caller Caller, shown Proof, action audit.Action, f func(transaction.Tx, directory.Viewer) (subject string, err error)) error {
	shown.OrRecentSignIn = true
	return s.proveCaller(ctx, caller, shown, ProofRequest{Action: action}, func(tx transaction.Tx, authentication identity.Authentication) error {
		return s.withViewer(ctx, tx, caller, func(tx transaction.Tx, viewer directory.Viewer) error {
			subject, err := f(tx, viewer)
			if err != nil {
				return err
			}
			return tx.AppendAudit(ctx, s.authenticatedEntry(caller.Origin, authentication, action, subject))
		})
	})
}

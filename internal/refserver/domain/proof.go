package domain

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/pkg/secret"
)

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
func (d *Domain) proveCaller(ctx context.Context, caller Caller, shown Proof, p proof, act func(Tx, identity.Admission) error) error {
	p.origin = caller.Origin
	if !shown.Password.IsZero() {
		p.attempt = identity.Attempt{Username: caller.User.Handle, Password: shown.Password, Code: shown.Code}
		return d.prove(ctx, p, act)
	}
	if !shown.OrRecentSignIn || !d.isRecent(caller.Token) {
		return access.ErrReauthenticate
	}
	return d.byRecentSignIn(ctx, caller, p, act)
}

func (d *Domain) byRecentSignIn(ctx context.Context, caller Caller, p proof, act func(Tx, identity.Admission) error) error {
	if p.prepare != nil {
		if err := p.prepare(ctx); err != nil {
			return err
		}
	}
	row := d.entry(p.origin, caller.User.ID, p.action, caller.User.ID)
	return d.settle(ctx, &row, func(tx Tx) error {
		user, err := stillSignedIn(ctx, tx, caller)
		if err != nil {
			return err
		}
		return act(tx, identity.Admission{User: user})
	})
}

// stillSignedIn looks again at a caller whose session is all that proves them, in
// the transaction that relies on it. It answers identity.ErrSSORequired where the
// sign-in was proved elsewhere.
func stillSignedIn(ctx context.Context, tx Tx, caller Caller) (identity.User, error) {
	token, err := tx.TokenBySignature(ctx, caller.Token.Signature)
	if err != nil {
		return identity.User{}, err
	}
	if !token.Ended.IsZero() {
		return identity.User{}, &access.EndedError{Reason: token.EndReason}
	}
	user, err := tx.UserByID(ctx, caller.User.ID)
	if err == nil && user.SSO {
		err = identity.ErrSSORequired
	}
	return user, err
}

// isRecent reports whether a password was given for the session a short while
// ago. An API token is no sign-in, however new it is.
func (d *Domain) isRecent(token access.Token) bool {
	return token.Kind == access.Session && token.SignedInWithin(d.limits.RecentSignIn, d.now())
}

// selfChange is one thing that callers change of their own account.
type selfChange struct {
	action  audit.Action
	prepare func(context.Context) error   // as in proof
	check   func(Tx, identity.User) error // refuses, and changes nothing; nil: apply does
	apply   func(Tx, identity.User) error
}

// changeSelf is proveCaller for what ends the caller's other sessions. API
// tokens go on, and so does the session in use. It counts as signed in now if the
// password was shown: else whoever has a session would never have to show it.
// Nothing is applied before all was checked, because a refusal is committed.
// There is a row for each change, of a refusal that of the first.
func (d *Domain) changeSelf(ctx context.Context, caller Caller, shown Proof, changes ...selfChange) error {
	p := proof{action: changes[0].action, prepare: func(ctx context.Context) error { return prepareAll(ctx, changes) }}
	return d.proveCaller(ctx, caller, shown, p, func(tx Tx, admission identity.Admission) error {
		for _, change := range changes {
			if change.check == nil {
				continue
			}
			if err := change.check(tx, admission.User); err != nil {
				return err
			}
		}
		var rows []audit.Entry
		for _, change := range changes {
			if err := change.apply(tx, admission.User); err != nil {
				return err
			}
			row := d.entry(caller.Origin, caller.User.ID, change.action, caller.User.ID)
			row.Factor = string(admission.Factor)
			rows = append(rows, row)
		}
		if !shown.Password.IsZero() {
			if err := tx.Reauthenticate(ctx, caller.Token.Signature, d.now()); err != nil {
				return err
			}
		}
		return d.endOthers(ctx, tx, caller, rows...)
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

// endOthers ends the sessions of a caller beside the one in use, and halves of
// sign-ins, and writes the rows of what led to it.
func (d *Domain) endOthers(ctx context.Context, tx Tx, caller Caller, rows ...audit.Entry) error {
	if err := tx.EndOtherSessions(ctx, caller.User.ID, caller.Token.Signature, d.now(), access.Elsewhere); err != nil {
		return err
	}
	if err := tx.DropTickets(ctx, caller.User.ID); err != nil {
		return err
	}
	for _, row := range rows {
		if err := tx.AppendAudit(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// ChangeGuarded is Change for what a second factor guards: a caller who has one
// needs a recent sign-in, or shows password and code.
func (d *Domain) ChangeGuarded(ctx context.Context, caller Caller, shown Proof, action audit.Action, f func(Tx, directory.Viewer) (subject string, err error)) error {
	status, err := d.TwoFactorStatus(ctx, caller)
	if err != nil {
		return err
	}
	if !status.On {
		return d.Change(ctx, caller, action, f)
	}
	shown.OrRecentSignIn = true
	return d.proveCaller(ctx, caller, shown, proof{action: action}, func(tx Tx, admission identity.Admission) error {
		return d.withViewer(ctx, tx, caller, func(tx Tx, viewer directory.Viewer) error {
			subject, err := f(tx, viewer)
			if err != nil {
				return err
			}
			entry := d.entry(caller.Origin, caller.User.ID, action, subject)
			entry.Factor = string(admission.Factor)
			return tx.AppendAudit(ctx, entry)
		})
	})
}

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
	return token.Kind == access.Session && d.now().Sub(token.Authenticated) < d.limits.RecentSignIn
}

// changeSelf is proveCaller for what ends the caller's other sessions. API
// tokens go on, and so does the session in use, which counts as signed in now.
func (d *Domain) changeSelf(ctx context.Context, caller Caller, shown Proof, p proof, change func(Tx, identity.User) error) error {
	return d.proveCaller(ctx, caller, shown, p, func(tx Tx, admission identity.Admission) error {
		if err := change(tx, admission.User); err != nil {
			return err
		}
		entry := d.entry(caller.Origin, caller.User.ID, p.action, caller.User.ID)
		entry.Factor = string(admission.Factor)
		return d.endOthers(ctx, tx, caller, entry)
	})
}

// endOthers ends the sessions of a caller beside the one in use, and halves of
// sign-ins, and writes the row of what led to it.
func (d *Domain) endOthers(ctx context.Context, tx Tx, caller Caller, row audit.Entry) error {
	now := d.now()
	if err := tx.EndOtherSessions(ctx, caller.User.ID, caller.Token.Signature, now, access.Elsewhere); err != nil {
		return err
	}
	if err := tx.Reauthenticate(ctx, caller.Token.Signature, now); err != nil {
		return err
	}
	if err := tx.DropTickets(ctx, caller.User.ID); err != nil {
		return err
	}
	return tx.AppendAudit(ctx, row)
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

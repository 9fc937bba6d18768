package domain

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
)

// Grant is a new token and what its holder should know of it.
type Grant struct {
	access.Issued
	User      identity.User
	Idle      time.Duration // 0: no idle limit
	CodesLeft *int          // recovery codes, where one was spent
}

// SignIn checks a person and makes the token that they order. It answers the
// refusals of package identity, access.ErrExpiresInPast, and a HalfwayError
// where the server wants a second factor that the person does not have.
func (d *Domain) SignIn(ctx context.Context, attempt identity.Attempt, order access.Order, origin Origin) (Grant, error) {
	return d.signIn(ctx, proof{
		attempt: attempt, action: audit.SignIn, origin: origin, order: order,
		halfway: []error{identity.ErrEnrolmentRequired},
	})
}

func (d *Domain) signIn(ctx context.Context, p proof) (grant Grant, err error) {
	if err := d.mint.Check(p.order); err != nil {
		return Grant{}, err
	}
	err = d.prove(ctx, p, func(tx Tx, admission identity.Admission) (err error) {
		if d.gate.MustEnrol(admission) {
			return identity.ErrEnrolmentRequired
		}
		grant, err = d.grantTo(ctx, tx, admission, p.order, p.origin)
		return err
	})
	return grant, err
}

// proof is somebody showing who they are, and what for.
type proof struct {
	attempt identity.Attempt
	action  audit.Action
	origin  Origin

	order   access.Order // of a sign-in
	halfway []error      // what a sign-in may lack and be taken up again

	// prepare is called when the password was right, outside of any transaction,
	// for what takes long. It may be nil.
	prepare func(context.Context) error
}

// prove checks a person, with the waits and the cost of a sign-in whatever it is
// for, and acts on it in the transaction that decides.
func (d *Domain) prove(ctx context.Context, p proof, act func(Tx, identity.Admission) error) error {
	p.attempt.Source = identity.Source(p.origin.Address)
	leave, err := d.doors.enter(ctx, identity.UserID(p.attempt.Username)+"\x00"+p.attempt.Source)
	if err != nil {
		return err
	}
	defer leave()
	err = d.tryProof(ctx, p, act)
	if errors.Is(err, identity.ErrOvertaken) {
		return d.tryProof(ctx, p, act)
	}
	return err
}

func (d *Domain) tryProof(ctx context.Context, p proof, act func(Tx, identity.Admission) error) error {
	var knock identity.Knock
	err := d.db.Write(ctx, func(tx Tx) (err error) {
		knock, err = d.gate.Reserve(ctx, tx, p.attempt)
		return err
	})
	if err != nil {
		return err
	}
	verdict, err := d.gate.Verify(ctx, knock)
	if err != nil {
		return err
	}
	if p.prepare != nil && verdict.Match() {
		if err := p.prepare(ctx); err != nil {
			return errors.Join(err, d.pardon(ctx, verdict))
		}
	}
	return d.admit(ctx, verdict, p, act)
}

// admit makes the decision and acts on it in one transaction. What act refuses
// with one of identity.Refusals, it must refuse before it changes anything. Any
// other error of it undoes everything, also the code that was spent, and nobody
// has to wait for it.
func (d *Domain) admit(ctx context.Context, verdict identity.Verdict, p proof, act func(Tx, identity.Admission) error) error {
	row := d.entry(p.origin, "", p.action, verdict.UserID())
	admitted := false
	err := d.settle(ctx, &row, func(tx Tx) error {
		admission, err := d.gate.Admit(ctx, tx, verdict)
		if err == nil {
			admitted = true
			err = act(tx, admission)
		}
		return d.giveTicket(ctx, tx, verdict.UserID(), p, err)
	})
	if admitted && err != nil && !refused(err) {
		return errors.Join(err, d.pardon(ctx, verdict))
	}
	return err
}

// pardon takes back what was counted in advance for a right password that led to
// nothing.
func (d *Domain) pardon(ctx context.Context, verdict identity.Verdict) error {
	return d.db.Write(ctx, func(tx Tx) error { return d.gate.Pardon(ctx, tx, verdict) })
}

// settle runs f in a transaction. A refusal is committed like a success, because
// it was counted and is in the audit log: its row is written here, the row of a
// success by f.
func (d *Domain) settle(ctx context.Context, row *audit.Entry, f func(Tx) error) error {
	var refusal error
	err := d.db.Write(ctx, func(tx Tx) error {
		err := f(tx)
		if !refused(err) {
			return err
		}
		refusal = err
		row.Result = err.Error()
		return tx.AppendAudit(ctx, *row)
	})
	return errors.Join(err, refusal)
}

func (d *Domain) grantTo(ctx context.Context, tx Tx, admission identity.Admission, order access.Order, origin Origin) (Grant, error) {
	order.UserID = admission.User.ID
	order.Address, order.Client = origin.Address.String(), origin.UserAgent
	issued, err := d.mint.ForPerson(ctx, tx, order)
	if err != nil {
		return Grant{}, err
	}
	idle, err := d.idleLimit(ctx, tx, issued.Token)
	if err != nil {
		return Grant{}, err
	}
	entry := d.entry(origin, admission.User.ID, actionOf(issued.Token), audit.ShortSignature(issued.Token.Signature))
	entry.Factor = string(admission.Factor)
	grant := Grant{Issued: issued, User: admission.User, Idle: idle}
	if admission.Factor == identity.FactorRecoveryCode {
		grant.CodesLeft = &admission.CodesLeft
	}
	return grant, tx.AppendAudit(ctx, entry)
}

// TokenFor makes the token that a signed-in caller orders without a password.
// It answers access.ErrReauthenticate and access.ErrBeyondScope.
func (d *Domain) TokenFor(ctx context.Context, caller Caller, order access.Order) (Grant, error) {
	order.UserID = caller.User.ID
	order.Address, order.Client = caller.Origin.Address.String(), caller.Origin.UserAgent
	grant := Grant{User: caller.User}
	err := d.db.Write(ctx, func(tx Tx) (err error) {
		grant.Issued, err = d.mint.ForBearer(ctx, tx, caller.Token, order)
		if err != nil {
			return err
		}
		subject := audit.ShortSignature(grant.Token.Signature)
		return tx.AppendAudit(ctx, d.entry(caller.Origin, caller.User.ID, audit.TokenNew, subject))
	})
	return grant, err
}

// idleLimit returns the limit that holds for a token; API tokens have none.
func (d *Domain) idleLimit(ctx context.Context, tx Tx, token access.Token) (time.Duration, error) {
	if token.Kind == access.APIToken {
		return 0, nil
	}
	return d.sessionLimit(ctx, tx, token.UserID)
}

// sessionLimit returns the idle limit of a user's sessions.
func (d *Domain) sessionLimit(ctx context.Context, tx Tx, userID string) (time.Duration, error) {
	memberships, err := tx.MembershipsOf(ctx, userID)
	if err != nil {
		return 0, err
	}
	return directory.IdleLimit(memberships, d.limits.Idle), nil
}

func actionOf(token access.Token) audit.Action {
	if token.Kind == access.APIToken {
		return audit.TokenNew
	}
	return audit.SignIn
}

// refused tells an answer to the person from a failure of the store.
func refused(err error) bool {
	if _, throttled := errors.AsType[*identity.ThrottledError](err); throttled {
		return true
	}
	return slices.ContainsFunc(identity.Refusals(), func(refusal error) bool { return errors.Is(err, refusal) })
}

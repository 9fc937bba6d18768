package domain

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Session is a session or an API token that is good, as its owner sees it.
type Session struct {
	access.Token
	Idle time.Duration // 0: no idle limit
}

// Sessions lists what is good of the caller's sessions and API tokens, oldest
// first. It answers access.ErrBeyondScope to a token without full scope.
func (d *Domain) Sessions(ctx context.Context, caller Caller) (list []Session, err error) {
	if !caller.Token.Scope.Full {
		return nil, access.ErrBeyondScope
	}
	err = d.db.Read(ctx, func(tx Tx) error {
		list, err = d.sessions(ctx, tx, caller.User.ID)
		return err
	})
	return list, err
}

func (d *Domain) sessions(ctx context.Context, tx Tx, userID string) ([]Session, error) {
	now := d.now()
	tokens, err := tx.LiveTokens(ctx, userID, now)
	if err != nil {
		return nil, err
	}
	list := make([]Session, 0, len(tokens))
	for _, token := range tokens {
		idle, err := d.idleLimit(ctx, tx, token)
		if err != nil {
			return nil, err
		}
		if token.State(now, idle) == "" {
			list = append(list, Session{Token: token, Idle: idle})
		}
	}
	return list, nil
}

// EndSessions ends those of the caller's sessions and API tokens that the IDs
// name, and what was made with them: all of them or none. An ID is the beginning
// of a signature. It answers access.ErrNoSession, also for what is somebody
// else's, access.ErrAmbiguousID and access.ErrBeyondScope.
func (d *Domain) EndSessions(ctx context.Context, caller Caller, ids []string) error {
	if !caller.Token.Scope.Full {
		return access.ErrBeyondScope
	}
	return d.db.Write(ctx, func(tx Tx) error {
		tokens, err := tx.LiveTokens(ctx, caller.User.ID, d.now())
		if err != nil {
			return err
		}
		named, err := access.Named(tokens, ids)
		if err != nil {
			return err
		}
		for _, token := range named {
			if err := d.endElsewhere(ctx, tx, caller, token); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *Domain) endElsewhere(ctx context.Context, tx Tx, caller Caller, token access.Token) error {
	if err := tx.EndTokenTree(ctx, token.Signature, d.now(), access.Elsewhere); err != nil {
		return err
	}
	subject := audit.ShortSignature(token.Signature)
	return tx.AppendAudit(ctx, d.entry(caller.Origin, caller.User.ID, audit.TokenRevoke, subject))
}

// EndEverySession ends all sessions of the caller, the one in use too, and what
// was made with them; API tokens go on. The password, and a code where the user
// has a second factor, are checked as at a sign-in: it answers the refusals of
// package identity, and access.ErrBeyondScope.
func (d *Domain) EndEverySession(ctx context.Context, caller Caller, password, code secret.Text) error {
	if !caller.Token.Scope.Full {
		return access.ErrBeyondScope
	}
	attempt := identity.Attempt{Username: caller.User.Handle, Password: password, Code: code}
	p := proof{attempt, audit.SessionsEnd, caller.Origin}
	return d.prove(ctx, p, func(tx Tx, admission identity.Admission) error {
		if err := tx.EndSessions(ctx, admission.User.ID, d.now(), access.Elsewhere); err != nil {
			return err
		}
		entry := d.entry(caller.Origin, caller.User.ID, audit.SessionsEnd, admission.User.ID)
		entry.Factor = string(admission.Factor)
		return tx.AppendAudit(ctx, entry)
	})
}

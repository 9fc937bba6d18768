package service

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// FindTokens returns a page of the tokens that match the query and that the caller
// may manage: all tokens for an administrator of the platform, their own for
// others.
func (s *Service) FindTokens(ctx context.Context, caller Caller, query access.Query) (access.Page, error) {
	query, some := caller.actor().Limit(query)
	if !some {
		return access.Page{}, nil
	}
	return s.tokenPage(ctx, caller, query)
}

// tokensAtOnce limits how many tokens one transaction reads, because a scope can name
// hundreds of projects. Others run in between.
const tokensAtOnce = 32

// tokenPage reads a page a few tokens at a time.
func (s *Service) tokenPage(ctx context.Context, caller Caller, query access.Query) (page access.Page, err error) {
	type part = budget.Part[access.Token, *access.Position]
	page.Tokens, page.Next, err = budget.Page(ctx, &query.After, query.Limit, func(after *access.Position, limit int) (part, error) {
		query.After, query.Limit = *after, min(tokensAtOnce, limit)
		found, err := transaction.Read(ctx, s.db, func(tx transaction.Tx) (access.Page, error) { return s.findTokens(ctx, tx, caller, query) })
		if err != nil {
			return part{}, err
		}
		read := part{Rows: found.Tokens, Next: found.Next, Steps: query.Limit}
		for _, token := range found.Tokens {
			read.Bytes += token.Size()
		}
		return read, nil
	})
	return page, err
}

func (s *Service) findTokens(ctx context.Context, tx transaction.Tx, caller Caller, query access.Query) (access.Page, error) {
	idle, err := s.limitFor(ctx, tx, caller, query)
	if err != nil {
		return access.Page{}, err
	}
	page, err := access.Find(ctx, tx, query, s.now(), idle)
	if err != nil {
		return access.Page{}, err
	}
	page.Tokens, err = s.withoutOrphans(ctx, tx, page.Tokens)
	return page, err
}

// limitFor returns the idle limit of the tokens of a query: API tokens have none. That of
// the caller's sessions was read with the caller's own.
func (s *Service) limitFor(ctx context.Context, tx transaction.Tx, caller Caller, query access.Query) (time.Duration, error) {
	switch {
	case query.Signature != "" || query.Kind == access.APIToken:
		return 0, nil
	case query.UserID == caller.User.ID && caller.Token.Kind == access.Session:
		return caller.Idle, nil
	default:
		return s.sessionLimit(ctx, tx, query.UserID)
	}
}

// withoutOrphans leaves out the tokens that ended with the first token of their chain
// before a request or the sweep stored that.
func (s *Service) withoutOrphans(ctx context.Context, tx transaction.Tx, tokens []access.Token) ([]access.Token, error) {
	holders, err := tx.TokenHolders(ctx, access.Roots(tokens))
	return slices.DeleteFunc(slices.Clone(tokens), func(token access.Token) bool {
		if token.Root == "" || token.State(s.now(), 0) != "" {
			return false
		}
		root, exists := holders[token.Root]
		return !exists || s.EndOf(root).Reason != ""
	}), err
}

// TokenDraft is a token that a caller orders, perhaps for another user.
type TokenDraft struct {
	UserID string // empty: the caller
	Order  access.Order

	// Unique rejects a label that another API token of the user has, for a platform
	// that identifies tokens by label.
	Unique bool

	// Otherwise is the scope of the token if the caller's sign-in is too old for the
	// ordered one; nil: refuse the token. It is for the caller's own tokens only.
	Otherwise *access.Scope
}

// MakeTokens creates all tokens or none. Only administrators of the platform can
// order tokens for other users. It returns the errors of access.ForBearer,
// access.ErrNotSuperuser, identity.ErrNoUser, access.ErrWeakValue,
// access.ErrValueTaken and access.ErrLabelTaken.
func (s *Service) MakeTokens(ctx context.Context, caller Caller, drafts ...TokenDraft) ([]access.Issued, error) {
	return transaction.Write(ctx, s.db, func(tx transaction.Tx) (made []access.Issued, err error) {
		made = make([]access.Issued, len(drafts))
		subjects := make([]string, len(drafts))
		for i, draft := range drafts {
			if made[i], err = s.makeToken(ctx, tx, caller, draft); err != nil {
				return nil, err
			}
			subjects[i] = audit.ShortSignature(made[i].Token.Signature)
		}
		if err := access.MakeRoom(ctx, tx, made); err != nil {
			return nil, err
		}
		return made, tx.AppendAudits(ctx, s.AuditEntry(caller.Origin, caller.User.ID, audit.TokenNew, ""), subjects)
	})
}

func (s *Service) makeToken(ctx context.Context, tx transaction.Tx, caller Caller, draft TokenDraft) (access.Issued, error) {
	order := orderFor(cmp.Or(draft.UserID, caller.User.ID), caller.Origin, draft.Order)
	if order.UserID != caller.User.ID {
		draft.Otherwise = nil
		if err := s.grantToken(ctx, tx, caller, order.UserID); err != nil {
			return access.Issued{}, err
		}
	}
	if draft.Unique {
		if err := access.RequireFreeLabel(ctx, tx, order.UserID, order.Label, s.now()); err != nil {
			return access.Issued{}, err
		}
	}
	issued, err := s.issuer.ForBearer(ctx, tx, caller.Token, order)
	if errors.Is(err, access.ErrReauthenticate) && draft.Otherwise != nil {
		order.Scope = draft.Otherwise
		issued, err = s.issuer.ForBearer(ctx, tx, caller.Token, order)
	}
	return issued, err
}

// grantToken lets an administrator of the platform create a token for another user,
// and writes an extra audit row for that.
func (s *Service) grantToken(ctx context.Context, tx transaction.Tx, caller Caller, userID string) error {
	if err := caller.actor().RequireAdministrator(); err != nil {
		return err
	}
	if _, err := identity.OpenUser(ctx, tx, userID); err != nil {
		return err
	}
	return tx.AppendAudit(ctx, s.AuditEntry(caller.Origin, caller.User.ID, audit.TokenGrant, userID))
}

// UpdateToken changes a token that the caller may manage. It can't extend the
// token. It returns access.ErrNoSuchToken, access.ErrTokenEnded, access.ErrExpiresInPast
// and access.ErrExpiresLater.
func (s *Service) UpdateToken(ctx context.Context, caller Caller, ref access.Ref, change access.Change) error {
	rest, err := transaction.Write(ctx, s.db, func(tx transaction.Tx) (access.Rest, error) {
		tokens, err := s.resolveTokens(ctx, tx, caller, []access.Ref{ref})
		if err != nil {
			return access.Rest{}, err
		}
		rest, err := access.Apply(ctx, tx, tokens[0], change, s.now())
		if err != nil {
			return access.Rest{}, err
		}
		return rest, s.auditToken(ctx, tx, caller, audit.TokenUpdate, ref.Signature)
	})
	if err != nil {
		return err
	}
	return s.changeRest(ctx, rest)
}

// changeRest completes a change to tokens, even if the client has gone.
func (s *Service) changeRest(ctx context.Context, rest access.Rest) error {
	ctx = context.WithoutCancel(ctx)
	return inSlices(ctx, func(ctx context.Context) (more bool, err error) {
		if rest.Done() {
			return false, nil
		}
		rest, err = transaction.Write(ctx, s.db, func(tx transaction.Tx) (access.Rest, error) { return rest.Next(ctx, tx) })
		return err == nil, err
	})
}

// RevokeTokens ends tokens that the caller may manage, and those made with them:
// all or none. It returns access.ErrNoSuchToken and access.ErrBeyondScope.
func (s *Service) RevokeTokens(ctx context.Context, caller Caller, refs ...access.Ref) error {
	for _, ref := range refs {
		if err := caller.actor().RequireRevoke(ref); err != nil {
			return err
		}
	}
	return s.db.Write(ctx, func(tx transaction.Tx) error {
		tokens, err := s.resolveTokens(ctx, tx, caller, refs)
		if err != nil {
			return err
		}
		return s.endTokens(ctx, tx, caller, tokens, access.Revoked)
	})
}

// endTokens ends tokens, and those made with them, with an audit row for each.
func (s *Service) endTokens(ctx context.Context, tx transaction.Tx, caller Caller, tokens []access.Token, reason access.Reason) error {
	signatures, subjects := make([]string, len(tokens)), make([]string, len(tokens))
	for i, token := range tokens {
		signatures[i], subjects[i] = token.Signature, audit.ShortSignature(token.Signature)
	}
	if err := tx.EndTokenTrees(ctx, signatures, s.now(), reason); err != nil {
		return err
	}
	return tx.AppendAudits(ctx, s.AuditEntry(caller.Origin, caller.User.ID, audit.TokenRevoke, ""), subjects)
}

// SignOut ends the token in use, and those made with it.
func (s *Service) SignOut(ctx context.Context, caller Caller) error {
	return s.RevokeTokens(ctx, caller, access.Ref{Signature: caller.Token.Signature})
}

// auditToken writes the audit row of a caller's action on a token.
func (s *Service) auditToken(ctx context.Context, tx transaction.Tx, caller Caller, action audit.Action, signature string) error {
	return tx.AppendAudit(ctx, s.AuditEntry(caller.Origin, caller.User.ID, action, audit.ShortSignature(signature)))
}

package service

import (
	"cmp"
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Holding is a token that is good, and whose it is.
type Holding struct {
	access.Token
	Holder identity.User
}

// HoldingQuery says which tokens are looked for. The zero values ask for nothing
// in particular.
type HoldingQuery struct {
	Signature string
	HolderID  string
}

// EachHolding hands on the good tokens that the caller answers for, sessions too: an
// administrator of the platform for everybody's, others for their own. However
// many there are, a page of them is in memory at a time. An error of each ends it.
func (s *Service) EachHolding(ctx context.Context, caller Caller, query HoldingQuery, each func(Holding) error) error {
	if !caller.isSuperuser() {
		if query.HolderID != "" && query.HolderID != caller.User.ID {
			return nil
		}
		query.HolderID = caller.User.ID
	}
	next := s.allTokens()
	switch {
	case query.Signature != "":
		next = tokenNamed(query)
	case query.HolderID != "":
		next = s.goodTokensOf(query.HolderID)
	}
	for more := true; more; {
		var list []Holding
		err := s.db.Read(ctx, func(tx transaction.Tx) (err error) {
			var tokens []access.Token
			if tokens, more, err = next(ctx, tx); err != nil {
				return err
			}
			list, err = s.held(ctx, tx, tokens)
			return err
		})
		if err != nil {
			return err
		}
		for _, holding := range list {
			if err := each(holding); err != nil {
				return err
			}
		}
	}
	return nil
}

// pager returns the next page of tokens, and whether there may be more.
type pager func(context.Context, transaction.Tx) (tokens []access.Token, more bool, err error)

// holdingPage is how many tokens are read at a time. Others get their turn in
// between.
const holdingPage = 1000

func tokenNamed(query HoldingQuery) pager {
	return func(ctx context.Context, tx transaction.Tx) ([]access.Token, bool, error) {
		token, err := tx.TokenBySignature(ctx, query.Signature)
		switch isHis := query.HolderID == "" || token.UserID == query.HolderID; {
		case errors.Is(err, access.ErrUnknownToken), err == nil && !isHis:
			return nil, false, nil
		default:
			return []access.Token{token}, false, err
		}
	}
}

func (s *Service) goodTokensOf(userID string) pager {
	query := access.Query{UserID: userID, Kinds: []access.Kind{access.Session, access.APIToken}, Limit: holdingPage}
	return func(ctx context.Context, tx transaction.Tx) ([]access.Token, bool, error) {
		idle, err := s.sessionLimit(ctx, tx, userID)
		if err != nil {
			return nil, false, err
		}
		page, err := access.Find(ctx, tx, query, s.now(), idle)
		if page.Next != nil {
			query.After = *page.Next
		}
		return page.Tokens, page.Next != nil, err
	}
}

func (s *Service) allTokens() pager {
	after := ""
	return func(ctx context.Context, tx transaction.Tx) ([]access.Token, bool, error) {
		tokens, err := tx.GoodTokens(ctx, after, s.now(), holdingPage)
		if len(tokens) < holdingPage {
			return tokens, false, err
		}
		after = tokens[len(tokens)-1].Signature
		return tokens, true, err
	}
}

// held adds the holders, and leaves out what is over.
func (s *Service) held(ctx context.Context, tx transaction.Tx, tokens []access.Token) ([]Holding, error) {
	list := make([]Holding, 0, len(tokens))
	holders := map[string]identity.User{}
	for _, token := range tokens {
		holder, known := holders[token.UserID]
		if !known {
			var err error
			if holder, err = tx.UserByID(ctx, token.UserID); err != nil {
				return nil, err
			}
			holders[token.UserID] = holder
		}
		idle, err := s.idleLimit(ctx, tx, token)
		if err != nil {
			return nil, err
		}
		if token.State(s.now(), idle) == "" && !holder.Shut() {
			list = append(list, Holding{token, holder})
		}
	}
	return list, nil
}

// TokenDraft is a token that a caller orders, for somebody else perhaps.
type TokenDraft struct {
	HolderID string // empty: the caller
	Order    access.Order

	// Unique refuses a label that an API token of the holder has, for a platform
	// on which tokens are told apart by it.
	Unique bool

	// Otherwise is what the token may reach where the caller's sign-in is too old
	// for more; nil: nothing. It is for the caller's own tokens only.
	Otherwise *access.Scope
}

// MakeTokens makes all tokens, or none. Those for somebody else an administrator
// of the platform can order. It answers what TokenFor does, ErrNotSuperuser,
// identity.ErrNoUser, access.ErrWeakValue, access.ErrValueTaken and
// access.ErrLabelTaken.
func (s *Service) MakeTokens(ctx context.Context, caller Caller, drafts []TokenDraft) (made []access.Issued, err error) {
	err = s.db.Write(ctx, func(tx transaction.Tx) error {
		for _, draft := range drafts {
			issued, err := s.makeToken(ctx, tx, caller, draft)
			if err != nil {
				return err
			}
			made = append(made, issued)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

func (s *Service) makeToken(ctx context.Context, tx transaction.Tx, caller Caller, draft TokenDraft) (access.Issued, error) {
	order := orderFor(caller.User.ID, caller.Origin, draft.Order)
	if draft.HolderID != "" && draft.HolderID != caller.User.ID {
		draft.Otherwise = nil
		order.UserID = draft.HolderID
		if err := s.mayGrant(ctx, tx, caller, draft.HolderID); err != nil {
			return access.Issued{}, err
		}
	}
	if draft.Unique {
		same := access.Query{UserID: order.UserID, Kinds: []access.Kind{access.APIToken}, Label: order.Label, Limit: 1}
		if page, err := access.Find(ctx, tx, same, s.now(), 0); err != nil || len(page.Tokens) > 0 {
			return access.Issued{}, cmp.Or[error](err, access.ErrLabelTaken)
		}
	}
	issued, err := s.mint.ForBearer(ctx, tx, caller.Token, order)
	if errors.Is(err, access.ErrReauthenticate) && draft.Otherwise != nil {
		order.Scope = draft.Otherwise
		issued, err = s.mint.ForBearer(ctx, tx, caller.Token, order)
	}
	if err != nil {
		return access.Issued{}, err
	}
	return issued, s.auditToken(ctx, tx, caller, audit.TokenNew, issued.Token.Signature)
}

// mayGrant lets an administrator of the platform make a token for somebody else,
// which has a row of its own in the audit log.
func (s *Service) mayGrant(ctx context.Context, tx transaction.Tx, caller Caller, holderID string) error {
	if err := requireSuperuser(caller); err != nil {
		return err
	}
	holder, err := tx.UserByID(ctx, holderID)
	if err == nil && holder.Shut() {
		err = identity.ErrNoUser
	}
	if err != nil {
		return err
	}
	return tx.AppendAudit(ctx, s.entry(caller.Origin, caller.User.ID, audit.TokenGrant, holderID))
}

// ChangeHolding is UpdateToken for a token that the caller answers for.
func (s *Service) ChangeHolding(ctx context.Context, caller Caller, signature string, change access.Change) error {
	return s.db.Write(ctx, func(tx transaction.Tx) error {
		token, err := s.reach(ctx, tx, caller, signature)
		if err != nil {
			return err
		}
		if err := access.Apply(ctx, tx, token.UserID, signature, change, s.now()); err != nil {
			return err
		}
		return s.auditToken(ctx, tx, caller, audit.TokenUpdate, signature)
	})
}

// RevokeHoldings ends tokens that the caller answers for, and those made with
// them: all or none. It answers access.ErrNoSuchToken.
func (s *Service) RevokeHoldings(ctx context.Context, caller Caller, signatures []string) error {
	return s.db.Write(ctx, func(tx transaction.Tx) error {
		for _, signature := range signatures { // before any ends, for one may be made with another
			if _, err := s.reach(ctx, tx, caller, signature); err != nil {
				return err
			}
		}
		for _, signature := range signatures {
			if err := tx.EndTokenTree(ctx, signature, s.now(), access.Revoked); err != nil {
				return err
			}
			if err := s.auditToken(ctx, tx, caller, audit.TokenRevoke, signature); err != nil {
				return err
			}
		}
		return nil
	})
}

// reach finds a token that the caller answers for and that is not over, or
// access.ErrNoSuchToken.
func (s *Service) reach(ctx context.Context, tx transaction.Tx, caller Caller, signature string) (access.Token, error) {
	token, err := tx.TokenBySignature(ctx, signature)
	if err != nil && !errors.Is(err, access.ErrUnknownToken) {
		return token, err
	}
	isOver := err != nil || !token.Ended.IsZero() || !s.now().Before(token.Expires)
	if isOver || token.UserID != caller.User.ID && !caller.isSuperuser() {
		return access.Token{}, access.ErrNoSuchToken
	}
	return token, nil
}

package access

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// MemberPosition is a position in the list of the tokens of an org's members, which
// is ordered by user, then by expiry.
type MemberPosition struct {
	UserID string
	Position
}

// MemberQuery selects API tokens that have not ended, of members who accepted an org,
// in the order of MemberPosition.
type MemberQuery struct {
	OrgID  string
	UserID string // empty: all members
	Now    time.Time
	After  MemberPosition
	Limit  int // tokens on a page, at least 1
}

// MemberPage is a page of tokens. Next is the After of the next page, nil at the
// end. A page may have fewer tokens than the limit without being the last.
type MemberPage struct {
	Tokens []Token
	Next   *MemberPosition
}

// Billing tells which projects an org pays for.
type Billing interface {
	// AnyBilledTo reports whether the org pays for one of the projects.
	AnyBilledTo(ctx context.Context, orgID string, projectIDs []string) (bool, error)
}

// NamesProjectOf reports whether a scope names a project that the org pays for and does
// not exclude the org. It does not look at the permissions of the token's owner, which
// may change at any time.
func (s Scope) NamesProjectOf(ctx context.Context, billing Billing, orgID string) (bool, error) {
	named := make([]string, 0, len(s.Projects))
	for id := range s.Projects {
		if id != Everything {
			named = append(named, id)
		}
	}
	if len(named) == 0 || s.Excludes(orgID) {
		return false, nil
	}
	return billing.AnyBilledTo(ctx, orgID, named)
}

// concerns reports whether an org may exclude itself from a scope, or has done so: the
// scope allows everything, or names a project that the org pays for.
func (s Scope) concerns(ctx context.Context, billing Billing, orgID string) (bool, error) {
	if s.Full || s.Projects[Everything] > 0 || s.Excludes(orgID) {
		return true, nil
	}
	return s.NamesProjectOf(ctx, billing, orgID)
}

// MemberTx is what the functions on members' tokens need of a transaction.
type MemberTx interface {
	Tx
	Billing
	// Member returns directory.ErrNoMember if the user is not a member.
	Member(ctx context.Context, orgID, userID string) (directory.Membership, error)
}

// membersTokensAtOnce is how many tokens are read at once. The scope of each can name
// hundreds of projects.
const membersTokensAtOnce = 50

// FindMemberTokens returns a part of the API tokens that name projects of an org, of
// members who accepted it. All other tokens of a member are not the org's business.
func FindMemberTokens(ctx context.Context, tx MemberTx, query MemberQuery) (part budget.Part[Token, *MemberPosition], err error) {
	window := query
	window.Limit = membersTokensAtOnce
	tokens, err := tx.MemberTokens(ctx, window)
	if err != nil {
		return part, err
	}
	for i, token := range tokens {
		names, err := token.Scope.NamesProjectOf(ctx, tx, query.OrgID)
		if err != nil {
			return part, err
		}
		if names {
			part.Rows = append(part.Rows, token)
		}
		part.Steps, part.Bytes = part.Steps+1+len(token.Scope.Projects), part.Bytes+token.Size()
		isLast := i == len(tokens)-1
		if isLast && len(tokens) == membersTokensAtOnce || !isLast && (len(part.Rows) == query.Limit || part.Full()) {
			part.Next = &MemberPosition{UserID: token.UserID, Position: Position{Expires: token.Expires, Signature: token.Signature}}
			break
		}
	}
	return part, nil
}

// MemberToken returns a valid API token with which a member who accepted an org reaches
// projects of the org, or did until the org was excluded. Admins know the signature of
// a token that FindMemberTokens shows, or of one that leaked. It returns ErrNoSuchToken
// for every other token.
func MemberToken(ctx context.Context, tx MemberTx, orgID, signature string, now time.Time) (Token, error) {
	token, err := tx.TokenBySignature(ctx, signature)
	var owner directory.Membership
	if err == nil {
		owner, err = tx.Member(ctx, orgID, token.UserID)
	}
	if errors.Is(err, ErrUnknownToken) || errors.Is(err, directory.ErrNoMember) {
		return Token{}, ErrNoSuchToken
	}
	if err != nil {
		return Token{}, err
	}
	concerns, err := token.Scope.concerns(ctx, tx, orgID)
	if err != nil {
		return Token{}, err
	}
	isGood := token.Kind == APIToken && token.State(now, 0) == ""
	if !isGood || !owner.Accepted || !concerns {
		return Token{}, ErrNoSuchToken
	}
	return token, nil
}

// Exclude removes an org from the scope of a token and of those made with it, as far as
// the returned rest does not have to.
func Exclude(ctx context.Context, tx Tx, token Token, orgID string) (Rest, error) {
	return changeTree(ctx, tx, token, func(token Token) Token {
		token.Scope = token.Scope.Without(orgID)
		return token
	})
}

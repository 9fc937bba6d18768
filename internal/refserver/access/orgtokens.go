package access

import (
	"context"
	"time"
)

// MemberPosition is a place in the list of the tokens of an org's members: user
// by user, and each one's in the order of their end.
type MemberPosition struct {
	UserID string
	Position
}

// MemberSearch is what a store is asked: the API tokens of an org's members that
// have not ended, in the order of their MemberPosition, from one on.
type MemberSearch struct {
	OrgID  string
	UserID string // empty: of every member
	Now    time.Time
	After  MemberPosition
	Count  int // answer up to so many; fewer mean that there are no more
}

// Billing tells which of some projects an org pays for.
type Billing interface {
	// AnyBilledTo reports whether the org pays for one of the projects.
	AnyBilledTo(ctx context.Context, orgID string, projectIDs []string) (bool, error)
}

// Reaches reports whether a scope lets a token reach a project that the org pays
// for; whether the token's owner reaches one is another question, whose answer
// may be another tomorrow.
func (s Scope) Reaches(ctx context.Context, billing Billing, orgID string) (bool, error) {
	if s.Excludes(orgID) {
		return false, nil
	}
	if s.Full || s.Projects[Everything] > 0 {
		return true, nil
	}
	named := make([]string, 0, len(s.Projects))
	for id := range s.Projects {
		named = append(named, id)
	}
	if len(named) == 0 {
		return false, nil
	}
	return billing.AnyBilledTo(ctx, orgID, named)
}

// Exclude keeps a token, and those that were made with it, out of an org.
func Exclude(ctx context.Context, tx Tx, signature, orgID string) error {
	tree, err := tx.TokenTree(ctx, signature)
	if err != nil {
		return err
	}
	for _, token := range tree {
		token.Scope = token.Scope.Without(orgID)
		if err := tx.UpdateToken(ctx, token); err != nil {
			return err
		}
	}
	return nil
}

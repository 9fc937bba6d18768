// Package overview has the use cases of pages that show several things at once: the account
// of a user, or an org with its members.
//
// It promises to read what a page shows in one transaction, with as few statements as the
// page needs: pages are opened more often than anything is changed on them. It changes
// nothing, and shows of an org what an admin of it may see, to admins only.
package overview

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Account is the account of a caller.
type Account struct {
	identity.User
	HasFactor   bool      // a second factor is on
	FactorSince time.Time // zero: off, or not known
	CodesLeft   int       // unused recovery codes of the second factor
}

// ReadAccount returns the account of the caller.
func ReadAccount(ctx context.Context, s *service.Service, caller service.Caller) (Account, error) {
	return transaction.Read(ctx, s.DB(), func(tx transaction.Tx) (account Account, err error) {
		if account.User, err = tx.UserByID(ctx, caller.User.ID); err != nil {
			return account, err
		}
		factor, on, err := tx.SecondFactor(ctx, caller.User.ID)
		account.HasFactor, account.FactorSince = on, factor.Since
		if err == nil && on {
			account.CodesLeft, err = identity.CodesLeft(ctx, tx, caller.User.ID)
		}
		return account, err
	})
}

// Org is an org with some of its members.
type Org struct {
	directory.OrgView
	Members []service.OrgMember // only for admins
	Next    string              // the After of the next page; empty at the end
}

// ReadOrg returns an org to any caller, and to an admin the members that a query for at
// most 100 selects. It returns directory.ErrNoOrg.
func ReadOrg(ctx context.Context, s *service.Service, caller service.Caller, id string, query directory.MemberQuery) (org Org, err error) {
	err = s.Read(ctx, caller, func(tx transaction.Tx, viewer directory.Viewer) (err error) {
		org = Org{}
		if org.OrgView, err = directory.ViewOrg(ctx, tx, viewer, id, directory.Everybody); err != nil || org.Level != directory.Admin || query.Limit == 0 {
			return err
		}
		oneMore := query
		oneMore.OrgID, oneMore.Limit = id, query.Limit+1
		members, err := tx.Members(ctx, oneMore)
		if err != nil {
			return err
		}
		if len(members) > query.Limit {
			members = members[:query.Limit]
			org.Next = members[query.Limit-1].UserID
		}
		users, err := tx.UsersByID(ctx, directory.UserIDs(members))
		for _, member := range members {
			org.Members = append(org.Members, service.OrgMember{Membership: member, User: users[member.UserID]})
		}
		return err
	})
	if err != nil {
		return Org{}, err
	}
	return org, nil
}

// HasProjects reports whether a project is shared with the caller, or with an org through
// which the caller reaches projects.
func HasProjects(ctx context.Context, s *service.Service, caller service.Caller) (has bool, err error) {
	err = s.Read(ctx, caller, func(tx transaction.Tx, viewer directory.Viewer) (err error) {
		has, err = directory.HasProjects(ctx, tx, viewer)
		return err
	})
	return has && err == nil, err
}

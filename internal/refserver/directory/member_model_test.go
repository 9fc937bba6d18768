package directory_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Whatever admins do in any order, the store holds the result of the last
// successful change, every org keeps an admin, and an admin has every right.
func TestMembershipsAgainstAModel(t *testing.T) {
	s := populated(t)
	people := []string{alice, bob, carol, dave, erin}
	rapid.Check(t, func(rt *rapid.T) {
		err := s.Write(t.Context(), func(tx transaction.Tx) error {
			w := world{t, t.Context(), tx, directory.NewService(nil, nil)}
			model := map[string]directory.Membership{
				dave: directory.NewMembership(lab, dave, directory.Member), erin: directory.NewMembership(lab, erin, directory.Admin),
			}
			for range rapid.IntRange(1, 12).Draw(rt, "steps") {
				by, whom := rapid.SampledFrom(people).Draw(rt, "by"), rapid.SampledFrom(people).Draw(rt, "whom")
				access := drawAccess(rt)
				var err error
				after := directory.Membership{}
				switch rapid.SampledFrom([]string{"invite", "set", "remove"}).Draw(rt, "what") {
				case "invite":
					after = modelled(directory.NewMembership(lab, whom, orMember(access.Level)), access)
					err = w.service.InviteMember(w.ctx, tx, w.viewer(by), lab, directory.Account{UserID: whom}, access)
				case "set":
					after = modelled(model[whom], access)
					err = w.service.SetMemberAccess(w.ctx, tx, w.viewer(by), lab, map[string]directory.AccessChange{whom: access})
					if errors.Is(err, directory.ErrLastOfOrg) { // it would roll the transaction back
						w.must(tx.SetMember(w.ctx, lab, model[whom]))
					}
				default:
					err = w.service.RemoveMember(w.ctx, tx, w.viewer(by), lab, whom)
					if errors.Is(err, directory.ErrLastOfOrg) {
						w.must(tx.SetMember(w.ctx, lab, model[whom]))
					}
				}
				if err == nil && model[by].Level != directory.Admin {
					rt.Fatalf("%s is not an admin and changed %s", by, whom)
				}
				switch {
				case err != nil:
				case after.UserID == "":
					delete(model, whom)
				default:
					model[whom] = after
				}
				compareMembers(rt, w, model)
			}
			return errUndo
		})
		if !errors.Is(err, errUndo) {
			rt.Fatal(err)
		}
	})
}

func orMember(level directory.OrgLevel) directory.OrgLevel {
	if level == "" {
		return directory.Member
	}
	return level
}

func drawAccess(rt *rapid.T) directory.AccessChange {
	flag := rapid.SampledFrom([]*bool{nil, nil, new(true), new(false)})
	access := directory.AccessChange{Level: rapid.SampledFrom([]directory.OrgLevel{"", directory.Member, directory.Admin}).Draw(rt, "level")}
	access.AllowBillableActivities, access.DataDeletion = flag.Draw(rt, "billable"), flag.Draw(rt, "deletion")
	access.ProjectAccess = rapid.SampledFrom([]*directory.Level{nil, new(none), new(administer)}).Draw(rt, "projects")
	return access
}

// modelled computes the result of a change independently of the package.
func modelled(m directory.Membership, access directory.AccessChange) directory.Membership {
	if access.Level != "" && access.Level != m.Level {
		m = directory.NewMembership(lab, m.UserID, access.Level)
	}
	if m.Level == directory.Admin {
		return m
	}
	if access.AllowBillableActivities != nil {
		m.AllowBillableActivities = *access.AllowBillableActivities
	}
	if access.DataDeletion != nil {
		m.DataDeletion = *access.DataDeletion
	}
	if access.ProjectAccess != nil {
		m.ProjectAccess = *access.ProjectAccess
	}
	return m
}

func compareMembers(rt *rapid.T, w world, model map[string]directory.Membership) {
	members, err := w.tx.Members(w.ctx, directory.MemberQuery{OrgID: lab, Limit: 100})
	if err != nil {
		rt.Fatal(err)
	}
	got, admins := map[string]directory.Membership{}, 0
	for _, member := range members {
		got[member.UserID] = member
		if member.Level == directory.Admin {
			admins++
			if member != directory.NewMembership(lab, member.UserID, directory.Admin) {
				rt.Fatalf("an admin without every right: %+v", member)
			}
		}
	}
	if diff := cmp.Diff(model, got); diff != "" {
		rt.Fatalf("(-want +got):\n%s", diff)
	}
	if admins == 0 {
		rt.Fatal("the org has no admin")
	}
}

// A page of members costs the same, however many members and orgs there are.
func BenchmarkFindMembers(b *testing.B) {
	for _, count := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			s := crowded(b, count)
			query := directory.MemberQuery{Limit: 50, After: fmt.Sprintf("user-%06d", count/2-1)}
			for b.Loop() {
				err := s.Read(b.Context(), func(tx transaction.Tx) error {
					viewer := directory.Viewer{UserID: "user-000000", Superuser: true}
					page, err := directory.NewService(nil, nil).FindMembers(b.Context(), tx, viewer, lab, query)
					if err == nil && len(page.Members) != 50 {
						err = fmt.Errorf("%d members", len(page.Members))
					}
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// crowded returns a store with that many members in the lab, and a tenth as many
// other orgs with a hundred members each.
func crowded(b *testing.B, count int) transaction.DB {
	b.Helper()
	s := openStore(b)
	err := s.Write(b.Context(), func(tx transaction.Tx) error {
		if err := tx.InsertOrg(b.Context(), directory.NewOrg("lab", "Lab", noon)); err != nil {
			return err
		}
		for i := range count {
			id := fmt.Sprintf("user-%06d", i)
			err := errors.Join(
				tx.InsertUser(b.Context(), identity.User{ID: id, Created: noon}),
				tx.SetMember(b.Context(), lab, directory.NewMembership(lab, id, directory.Member)))
			if err != nil {
				return err
			}
		}
		for i := range count / 10 {
			org := directory.NewOrg(fmt.Sprint(i), "Other", noon)
			if err := tx.InsertOrg(b.Context(), org); err != nil {
				return err
			}
			for j := range 100 {
				id := fmt.Sprintf("user-%06d", (i*7+j)%count)
				if err := tx.SetMember(b.Context(), org.ID, directory.NewMembership(org.ID, id, directory.Member)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

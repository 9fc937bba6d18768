package directory_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// member reads a membership from the store; the zero value if it does not exist.
func (w world) member(orgID, userID string) directory.Membership {
	w.Helper()
	member, err := w.tx.Member(w.ctx, orgID, userID)
	if !errors.Is(err, directory.ErrNoMember) {
		w.must(err)
	}
	return member
}

// Erin, an admin of the lab, invites; bob is not a member yet.
func TestInviteMember(t *testing.T) {
	s := populated(t)
	admin := directory.NewMembership(lab, bob, directory.Admin)
	narrow := directory.NewMembership(lab, bob, directory.Member)
	narrow.AllowBillableActivities, narrow.AppAccess, narrow.ProjectAccess, narrow.DataSearch = true, false, none, true
	change := directory.RightsChange{
		AllowBillableActivities: new(true), AppAccess: new(false), ProjectAccess: new(none), DataSearch: new(true),
	}
	tests := map[string]struct {
		by, invitee string
		access      directory.AccessChange
		want        directory.Membership
		err         string
	}{
		"a member by default":      {by: erin, invitee: bob, want: directory.NewMembership(lab, bob, directory.Member)},
		"with rights":              {by: erin, invitee: bob, access: directory.AccessChange{RightsChange: change}, want: narrow},
		"an admin has every right": {by: erin, invitee: bob, access: directory.AccessChange{Level: directory.Admin, RightsChange: change}, want: admin},
		"an unknown user":          {by: erin, invitee: "user-nobody", err: "no such user or org"},
		"an org":                   {by: erin, invitee: ward, err: "no such user or org"},
		"a member":                 {by: erin, invitee: dave, err: "the user is already a member of the org"},
		"by a member":              {by: dave, invitee: bob, err: "requires ADMIN of org-lab"},
		"by an outsider":           {by: alice, invitee: bob, err: "requires ADMIN of org-lab"},
		"unknown, by an outsider":  {by: alice, invitee: "user-nobody", err: "requires ADMIN of org-lab"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			inWorld(t, s, func(w world) {
				err := w.service.InviteMember(w.ctx, w.tx, w.viewer(tt.by), lab, directory.Account{UserID: tt.invitee}, tt.access)
				wantMessage(t, err, tt.err)
				if diff := cmp.Diff(tt.want, w.member(lab, bob)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Dave is a member of the lab, erin its only admin.
func TestSetMemberAccess(t *testing.T) {
	s := populated(t)
	member := directory.NewMembership(lab, dave, directory.Member)
	viewing := member
	viewing.ProjectAccess = view
	tests := map[string]struct {
		by      string
		changes map[string]directory.AccessChange
		want    directory.Membership // of dave
		err     string
	}{
		"one right":      {by: erin, changes: map[string]directory.AccessChange{dave: {RightsChange: directory.RightsChange{ProjectAccess: new(view)}}}, want: viewing},
		"the same level": {by: erin, changes: map[string]directory.AccessChange{dave: {Level: directory.Member}}, want: member},
		"nothing":        {by: erin, changes: map[string]directory.AccessChange{dave: {}}, want: member},
		"becomes admin":  {by: erin, changes: map[string]directory.AccessChange{dave: {Level: directory.Admin}}, want: directory.NewMembership(lab, dave, directory.Admin)},
		"another admin":  {by: erin, changes: map[string]directory.AccessChange{dave: {Level: directory.Admin}, erin: {Level: directory.Member}}, want: directory.NewMembership(lab, dave, directory.Admin)},
		"admin and more": {by: erin, changes: map[string]directory.AccessChange{dave: {Level: directory.Admin, RightsChange: directory.RightsChange{AppAccess: new(true)}}}, want: member, err: "user-dave: must have no other key: an ADMIN has every right"},
		"an admin's":     {by: erin, changes: map[string]directory.AccessChange{erin: {RightsChange: directory.RightsChange{AppAccess: new(false)}}}, want: member, err: "user-erin: must have no other key: an ADMIN has every right"},
		"the last admin": {by: erin, changes: map[string]directory.AccessChange{erin: {Level: directory.Member}}, want: member, err: "an org needs an admin"},
		"not a member":   {by: erin, changes: map[string]directory.AccessChange{bob: {Level: directory.Member}}, want: member, err: "the user is not a member of the org"},
		"by a member":    {by: dave, changes: map[string]directory.AccessChange{dave: {Level: directory.Admin}}, want: member, err: "requires ADMIN of org-lab"},
		"by an outsider": {by: alice, changes: nil, want: member, err: "requires ADMIN of org-lab"},
		"all or none":    {by: erin, changes: map[string]directory.AccessChange{bob: {}, dave: {Level: directory.Admin}}, want: member, err: "the user is not a member of the org"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			inWorld(t, s, func(w world) {
				err := w.service.SetMemberAccess(w.ctx, w.tx, w.viewer(tt.by), lab, tt.changes)
				wantMessage(t, err, tt.err)
				if diff := cmp.Diff(tt.want, w.member(lab, dave)); err == nil && diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// An admin who is demoted to a member keeps the rights of a member only.
func TestADemotedAdminKeepsNoRight(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		set := func(level directory.OrgLevel) {
			w.must(w.service.SetMemberAccess(w.ctx, w.tx, w.viewer(erin), lab, map[string]directory.AccessChange{dave: {Level: level}}))
		}
		set(directory.Admin)
		set(directory.Member)
		if got := w.member(lab, dave); got != directory.NewMembership(lab, dave, directory.Member) {
			t.Errorf("got %+v", got)
		}
	})
}

func TestRemoveMember(t *testing.T) {
	s := populated(t)
	for name, tt := range map[string]struct{ by, user, err string }{
		"a member":       {by: erin, user: dave},
		"not a member":   {by: erin, user: bob},
		"unknown":        {by: erin, user: "user-nobody", err: "no such user or org"},
		"the last admin": {by: erin, user: erin, err: "an org needs an admin"},
		"by a member":    {by: dave, user: dave, err: "requires ADMIN of org-lab"},
		"by an outsider": {by: alice, user: bob, err: "requires ADMIN of org-lab"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, s, func(w world) {
				err := w.service.RemoveMember(w.ctx, w.tx, w.viewer(tt.by), lab, tt.user)
				wantMessage(t, err, tt.err)
				if member := w.member(lab, tt.user); err == nil && member.UserID != "" {
					t.Errorf("still there: %+v", member)
				}
			})
		})
	}
}

// A project that the org pays for always has an administrator. If the removed
// member was the last one, the admin who removes the member takes over, or, if a
// superuser does it who is not a member, the first admin.
func TestRevokeOrgProjects(t *testing.T) {
	s := populated(t)
	for name, tt := range map[string]struct {
		super bool                       // done by a superuser who is not a member
		own   map[string]directory.Level // on a project that the lab pays for
		want  map[string]directory.Level
		lost  directory.Level
		payer string
	}{
		"the last administrator": {own: map[string]directory.Level{dave: administer, bob: view}, want: map[string]directory.Level{bob: view, erin: administer}, lost: administer, payer: lab},
		"one of two":             {own: map[string]directory.Level{dave: administer, bob: administer}, want: map[string]directory.Level{bob: administer}, lost: administer, payer: lab},
		"a viewer":               {own: map[string]directory.Level{dave: view, bob: administer}, want: map[string]directory.Level{bob: administer}, lost: view, payer: lab},
		"through the org only":   {own: map[string]directory.Level{lab: view, bob: administer}, want: map[string]directory.Level{lab: view, bob: administer}, payer: lab},
		"paid by another":        {own: map[string]directory.Level{dave: administer}, want: map[string]directory.Level{dave: administer}, payer: alice},
		"by a superuser":         {super: true, own: map[string]directory.Level{dave: administer}, want: map[string]directory.Level{erin: administer}, lost: administer, payer: lab},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, s, func(w world) {
				project, err := w.service.Complete(directory.Project{Name: "P", CreatedBy: alice, BillTo: tt.payer, Created: morning})
				w.must(err)
				w.must(w.service.AddProject(w.ctx, w.tx, project, tt.own))
				viewer := w.viewer(erin)
				if tt.super {
					viewer = w.viewer(alice)
					viewer.Superuser = true
				}
				lost, more, err := w.service.RevokeOrgProjects(w.ctx, w.tx, viewer, lab, dave)
				w.must(err)
				if lost[project.ID] != tt.lost || len(lost) > 1 || more {
					t.Errorf("lost %v, more: %v, want %s", lost, more, tt.lost)
				}
				if diff := cmp.Diff(tt.want, w.permissions(project.ID)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestFindMembers(t *testing.T) {
	s := populated(t)
	all, self := directory.MemberQuery{Limit: 10}, func(id string) directory.MemberQuery {
		return directory.MemberQuery{IDs: []string{id}, Limit: 10}
	}
	for name, tt := range map[string]struct {
		policy directory.OrgLevel
		by     string
		query  directory.MemberQuery
		want   []string
		err    string
	}{
		"an admin":                     {policy: directory.Admin, by: erin, query: all, want: []string{dave, erin}},
		"a member, and admins may":     {policy: directory.Admin, by: dave, query: all, err: "requires ADMIN of org-lab"},
		"a member, and members may":    {policy: directory.Member, by: dave, query: all, want: []string{dave, erin}},
		"an outsider, and members may": {policy: directory.Member, by: alice, query: all, err: "requires MEMBER of org-lab"},
		"an outsider, and all may":     {policy: directory.Everybody, by: alice, query: all, want: []string{dave, erin}},
		"themselves":                   {policy: directory.Admin, by: dave, query: self(dave), want: []string{dave}},
		"themselves, not a member":     {policy: directory.Admin, by: alice, query: self(alice)},
		"another member":               {policy: directory.Admin, by: dave, query: self(erin), err: "requires ADMIN of org-lab"},
		"by level":                     {policy: directory.Admin, by: erin, query: directory.MemberQuery{Level: directory.Admin, Limit: 10}, want: []string{erin}},
		"by IDs and level":             {policy: directory.Admin, by: erin, query: directory.MemberQuery{IDs: []string{erin, dave, dave, bob, "x"}, Level: directory.Member, Limit: 10}, want: []string{dave}},
		"by no IDs":                    {policy: directory.Admin, by: erin, query: directory.MemberQuery{IDs: []string{}, Limit: 10}},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, s, func(w world) {
				w.must(w.service.UpdateOrg(w.ctx, w.tx, w.viewer(erin), lab, directory.OrgChange{MemberList: &tt.policy}))
				page, err := w.service.FindMembers(w.ctx, w.tx, w.viewer(tt.by), lab, tt.query)
				wantMessage(t, err, tt.err)
				if got := userIDs(page); !slices.Equal(got, tt.want) || page.Next != "" {
					t.Errorf("got %v and next %q, want %v", got, page.Next, tt.want)
				}
			})
		})
	}
}

func userIDs(page directory.MemberPage) (ids []string) {
	for _, member := range page.Members {
		ids = append(ids, member.UserID)
	}
	return ids
}

// Pages follow each other without a gap, also in a query by IDs.
func TestPagesOfMembers(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		for _, id := range []string{alice, bob, carol} {
			w.must(w.service.InviteMember(w.ctx, w.tx, w.viewer(erin), lab, directory.Account{UserID: id}, directory.AccessChange{}))
		}
		want := []string{alice, bob, carol, dave, erin}
		for _, ids := range [][]string{nil, {erin, dave, carol, bob, alice}} {
			var got []string
			query := directory.MemberQuery{IDs: ids, Limit: 2}
			for range 4 {
				page, err := w.service.FindMembers(w.ctx, w.tx, w.viewer(erin), lab, query)
				w.must(err)
				got = append(got, userIDs(page)...)
				if query.After = page.Next; page.Next == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("with IDs %v: got %v", ids, got)
			}
		}
	})
}

func TestFindOrgs(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		w.must(w.tx.SetMember(w.ctx, ward, directory.NewMembership(ward, erin, directory.Member)))
		find := func(query directory.OrgQuery) string {
			t.Helper()
			var ids []string
			page, err := w.service.FindOrgs(w.ctx, w.tx, w.viewer(erin), query)
			w.must(err)
			for _, membership := range page.Rows {
				ids = append(ids, membership.OrgID)
			}
			return strings.Join(append(ids, page.Next), ",")
		}
		for query, want := range map[directory.OrgQuery]string{
			{MinLevel: directory.Member, Limit: 9}:                   lab + "," + ward + ",",
			{MinLevel: directory.Admin, Limit: 9}:                    lab + ",",
			{MinLevel: directory.Member, Limit: 1}:                   lab + "," + lab,
			{MinLevel: directory.Member, Limit: 1, After: lab}:       ward + ",",
			{MinLevel: directory.Member, Limit: 9, After: "org-zzz"}: "",
		} {
			if got := find(query); got != want {
				t.Errorf("%+v: %s, want %s", query, got, want)
			}
		}
		if got := find(directory.OrgQuery{MinLevel: directory.Member, Billable: new(true), Limit: 9}); got != lab+"," {
			t.Errorf("where erin may bill: %s", got)
		}
		if got := find(directory.OrgQuery{MinLevel: directory.Member, Billable: new(false), Limit: 9}); got != ward+"," {
			t.Errorf("where erin may not bill: %s", got)
		}
	})
}

// For a token that excludes an org, the user is not a member of it.
func TestAnOrgOutOfReach(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		viewer := w.viewer(erin)
		viewer.Superuser, viewer.Excluded = true, []string{lab}
		got, err := w.service.DescribeOrg(w.ctx, w.tx, viewer, lab)
		if err != nil || got.Level != "" || got.Own.UserID != "" || got.Admins != nil {
			t.Errorf("got %+v, %v", got, err)
		}
		wantMessage(t, w.service.RemoveMember(w.ctx, w.tx, viewer, lab, dave), "requires ADMIN of org-lab")
		_, err = w.service.FindMembers(w.ctx, w.tx, viewer, lab, directory.MemberQuery{IDs: []string{erin}, Limit: 9})
		wantMessage(t, err, "requires ADMIN of org-lab")
		page, err := w.service.FindOrgs(w.ctx, w.tx, viewer, directory.OrgQuery{MinLevel: directory.Member, Limit: 9})
		if err != nil || len(page.Rows) != 0 {
			t.Errorf("got %+v, %v", page, err)
		}
	})
}

// A superuser administers an org without being a member.
func TestASuperuserAdministersEveryOrg(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		viewer := w.viewer(alice)
		viewer.Superuser = true
		got, err := w.service.DescribeOrg(w.ctx, w.tx, viewer, lab)
		if err != nil || got.Level != directory.Admin || got.Own.UserID != "" || !slices.Equal(got.Admins, []string{erin}) {
			t.Errorf("got %+v, %v", got, err)
		}
		w.must(w.service.InviteMember(w.ctx, w.tx, viewer, lab, directory.Account{UserID: bob}, directory.AccessChange{Level: directory.Admin}))
		w.must(w.service.RemoveMember(w.ctx, w.tx, viewer, lab, erin))
		if page, err := w.service.FindOrgs(w.ctx, w.tx, viewer, directory.OrgQuery{MinLevel: directory.Member, Limit: 9}); err != nil || len(page.Rows) != 0 {
			t.Errorf("it became a member: %+v, %v", page, err)
		}
	})
}

package storetest

import (
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// All fields of an org and of a membership come back.
func testOrgFields(s *suite) {
	org := directory.NewOrg("Lab", "The Lab", start)
	s.addUsers("user-alice")
	s.write(func(tx transaction.Tx) {
		s.ok(tx.InsertOrg(s.ctx, org))
		org.Created = kept
		org.Name, org.PHIEnabled, org.UserCreationEnabled = "Läb", true, true
		org.AutoLogout, org.MemberList, org.ProjectTransfer = 90*time.Second, directory.Everybody, directory.Admin
		org.JobReuse, org.DetailedJobMetrics, org.SAMLIdP, org.JobLogsForwarding = false, true, "idp'", `{"url": "x"}`
		s.ok(tx.UpdateOrg(s.ctx, org))
		got, err := tx.OrgByID(s.ctx, "org-lab")
		s.ok(err)
		s.same(got, org)

		// One right at a time, so that swapped columns show.
		flags := func(r *directory.Rights) []*bool {
			return []*bool{&r.AllowBillableActivities, &r.AppAccess, &r.CloudIntegrationManagement, &r.TREManagement,
				&r.ArchivalManagement, &r.DataDeletion, &r.DataSearch, &r.ProjectMemberDemotion}
		}
		for i := range flags(new(directory.Rights)) {
			member := directory.Membership{OrgID: "org-lab", UserID: "user-alice", Level: directory.Member}
			member.ProjectAccess = directory.Upload
			*flags(&member.Rights)[i] = true
			s.ok(tx.SetMember(s.ctx, "org-lab", member))
			got, err := tx.Member(s.ctx, "org-lab", "user-alice")
			s.ok(err)
			s.same(got, member)
		}
	})
}

// accepted returns the membership of a user who accepted the org.
func accepted(m directory.Membership) directory.Membership {
	m.Accepted = true
	return m
}

// Only AcceptOrg and a new membership change what a member accepted.
func testAcceptedOrgs(s *suite) {
	s.addUsers("user-alice", "user-bob")
	accept := func(tx transaction.Tx, user string) []string {
		s.Helper()
		orgs, err := tx.AcceptedOrgs(s.ctx, user)
		s.ok(err)
		ids := []string{}
		for _, org := range orgs {
			ids = append(ids, org.ID)
		}
		return ids
	}
	s.write(func(tx transaction.Tx) {
		for _, id := range []string{"a", "b", "c"} {
			s.ok(tx.InsertOrg(s.ctx, directory.NewOrg(id, "Org", start)))
		}
		yes, no := accepted(directory.NewMembership("org-b", "user-alice", directory.Member)), directory.NewMembership("org-a", "user-alice", directory.Member)
		s.ok(tx.SetMember(s.ctx, "org-b", yes))
		s.ok(tx.SetMember(s.ctx, "org-a", no))
		s.same(accept(tx, "user-alice"), []string{"org-b"})
		no.Level, no.Accepted, yes.Accepted = directory.Admin, true, false
		s.ok(tx.SetMember(s.ctx, "org-a", no))
		s.ok(tx.SetMember(s.ctx, "org-b", yes))
		s.same(accept(tx, "user-alice"), []string{"org-b"})

		s.ok(tx.AcceptOrg(s.ctx, "org-a", "user-alice"))
		s.ok(tx.AcceptOrg(s.ctx, "org-c", "user-alice")) // not a member
		s.ok(tx.AcceptOrg(s.ctx, "org-b", "user-bob"))   // not a member
		s.same(accept(tx, "user-alice"), []string{"org-a", "org-b"})
		s.same(accept(tx, "user-bob"), []string{})
		orgs, err := tx.AcceptedOrgs(s.ctx, "user-alice")
		s.ok(err)
		org, err := tx.OrgByID(s.ctx, "org-a")
		s.ok(err)
		s.same(orgs[0], org)

		s.ok(tx.RemoveMember(s.ctx, "org-b", "user-alice"))
		s.ok(tx.SetMember(s.ctx, "org-b", yes))
		s.same(accept(tx, "user-alice"), []string{"org-a"})
	})
}

// The two lists of memberships that decide a user's level on projects.
func testProjectMemberships(s *suite) {
	s.addUsers("user-alice", "user-bob")
	through := map[string]directory.Membership{}
	s.write(func(tx transaction.Tx) {
		for _, id := range []string{"org-none", "org-one", "org-other", "org-two"} {
			s.ok(tx.InsertOrg(s.ctx, directory.NewOrg(id[4:], "Org", start)))
			through[id] = directory.NewMembership(id, "user-alice", directory.Member)
			if id == "org-two" {
				membership := through[id]
				membership.ProjectAccess = directory.None
				through[id] = membership
			}
			s.ok(tx.SetMember(s.ctx, id, through[id]))
		}
		for id, grantee := range map[string]string{"project-1": "org-one", "project-2": "org-other"} {
			s.ok(tx.InsertProject(s.ctx, directory.Project{ID: id, BillTo: "user-bob", Created: start, Modified: start}))
			s.ok(tx.SetPermission(s.ctx, id, grantee, directory.View))
			s.ok(tx.SetPermission(s.ctx, id, "user-alice", directory.View))
		}
		s.ok(tx.SetPermission(s.ctx, "project-1", "org-two", directory.View))
	})
	s.read(func(tx transaction.Tx) {
		for _, c := range []struct {
			project, user string
			want          []directory.Membership
		}{
			{"project-1", "user-alice", []directory.Membership{through["org-one"], through["org-two"]}},
			{"project-2", "user-alice", []directory.Membership{through["org-other"]}},
			{"project-2", "user-bob", nil},
			{"project-none", "user-alice", nil},
		} {
			got, err := tx.MembershipsOn(s.ctx, c.project, c.user)
			s.ok(err)
			s.same(got, c.want)
		}
		got, err := tx.ProjectMemberships(s.ctx, "user-alice")
		s.ok(err)
		s.same(got, []directory.Membership{through["org-one"], through["org-other"]})
	})
}

func testMembers(s *suite) {
	const count = 7
	s.addUsers("user-alice")
	s.write(func(tx transaction.Tx) {
		s.ok(tx.InsertOrg(s.ctx, directory.NewOrg("lab", "Lab", start)))
		s.ok(tx.InsertOrg(s.ctx, directory.NewOrg("other", "Other", start)))
		s.ok(tx.SetMember(s.ctx, "org-other", directory.NewMembership("org-other", "user-alice", directory.Admin)))
		for i := range count {
			id := fmt.Sprint("user-", i)
			s.ok(tx.InsertUser(s.ctx, identity.User{ID: id, Created: start}))
			level := directory.Member
			if i%3 == 0 {
				level = directory.Admin
			}
			s.ok(tx.SetMember(s.ctx, "org-lab", directory.NewMembership("org-lab", id, level)))
		}
	})
	find := func(search directory.MemberQuery) []string {
		search.OrgID = "org-lab"
		ids := []string{}
		s.read(func(tx transaction.Tx) {
			list, err := tx.Members(s.ctx, search)
			s.ok(err)
			for _, member := range list {
				s.same(member.OrgID, "org-lab")
				ids = append(ids, member.UserID)
			}
		})
		return ids
	}
	s.same(find(directory.MemberQuery{Limit: 3}), []string{"user-0", "user-1", "user-2"})
	s.same(find(directory.MemberQuery{Limit: 3, After: "user-2"}), []string{"user-3", "user-4", "user-5"})
	s.same(find(directory.MemberQuery{Limit: 3, After: "user-5"}), []string{"user-6"})
	s.same(find(directory.MemberQuery{Limit: 3, After: "user-6"}), []string{})
	s.same(find(directory.MemberQuery{Limit: 2, Level: directory.Admin}), []string{"user-0", "user-3"})
	s.same(find(directory.MemberQuery{Limit: 9, Level: directory.Admin, After: "user-3"}), []string{"user-6"})
	s.same(find(directory.MemberQuery{Limit: 9, IDs: []string{"user-4", "user-none", "user-0", "user-4"}}), []string{"user-0", "user-4"})
	s.same(find(directory.MemberQuery{Limit: 1, IDs: []string{"user-4", "user-0"}, After: "user-0"}), []string{"user-4"})
	s.same(find(directory.MemberQuery{Limit: 9, IDs: []string{"user-4", "user-0"}, Level: directory.Admin}), []string{"user-0"})
	s.same(find(directory.MemberQuery{Limit: 9, IDs: []string{}}), []string{})
	s.same(find(directory.MemberQuery{Limit: 9, Level: directory.Member}), []string{"user-1", "user-2", "user-4", "user-5"})

	s.write(func(tx transaction.Tx) {
		s.ok(tx.RemoveMember(s.ctx, "org-lab", "user-3"))
		s.ok(tx.RemoveMember(s.ctx, "org-lab", "user-3"))
		s.ok(tx.RemoveMember(s.ctx, "org-none", "user-3"))
		_, err := tx.Member(s.ctx, "org-lab", "user-3")
		s.fails(err, directory.ErrNoMember)
		_, err = tx.Member(s.ctx, "org-lab", "user-alice")
		s.fails(err, directory.ErrNoMember)
	})
	s.same(find(directory.MemberQuery{Limit: 9, Level: directory.Admin}), []string{"user-0", "user-6"})
}

func testGrantsOn(s *suite) {
	s.addUsers("user-alice", "user-bob")
	s.write(func(tx transaction.Tx) {
		for id, payer := range map[string]string{"project-a": "org-lab", "project-b": "org-lab", "project-c": "user-alice"} {
			s.ok(tx.InsertProject(s.ctx, directory.Project{ID: id, BillTo: payer, Created: start, Modified: start}))
			s.ok(tx.SetPermission(s.ctx, id, "user-bob", directory.View))
		}
		s.ok(tx.SetPermission(s.ctx, "project-a", "user-alice", directory.Administer))
		for _, c := range []struct {
			payer, grantee string
			want           map[string]directory.Level
		}{
			{"org-lab", "user-alice", map[string]directory.Level{"project-a": directory.Administer}},
			{"org-lab", "user-bob", map[string]directory.Level{"project-a": directory.View, "project-b": directory.View}},
			{"user-alice", "user-bob", map[string]directory.Level{"project-c": directory.View}},
			{"org-none", "user-bob", map[string]directory.Level{}},
			{"org-lab", "user-none", map[string]directory.Level{}},
		} {
			got, err := tx.GrantsOn(s.ctx, c.payer, c.grantee, 2)
			s.ok(err)
			s.same(got, c.want)
		}
		some, err := tx.GrantsOn(s.ctx, "org-lab", "user-bob", 1)
		s.ok(err)
		s.same(len(some), 1)
	})
}

// The projects of a payer are found in pages, with and without permissions.
func testBilledProjects(s *suite) {
	s.write(func(tx transaction.Tx) {
		for i := range 5 {
			id := fmt.Sprint("project-", i)
			s.ok(tx.InsertProject(s.ctx, directory.Project{ID: id, Name: fmt.Sprint("P", i), BillTo: "org-lab", Created: start, Modified: start}))
		}
		s.ok(tx.InsertProject(s.ctx, directory.Project{ID: "project-other", BillTo: "org-other", Created: start, Modified: start}))
		s.ok(tx.SetPermission(s.ctx, "project-1", "user-alice", directory.Upload))
		s.ok(tx.SetPermission(s.ctx, "project-1", "user-bob", directory.View))
		s.ok(tx.SetPermission(s.ctx, "project-2", directory.Public, directory.View))
	})
	search := directory.Query{Billed: true, Limit: 3, Grantees: []string{"user-alice"}}
	search.BillTo = "org-lab"
	s.read(func(tx transaction.Tx) {
		page, err := searchAll(s.ctx, tx, search)
		s.ok(err)
		s.same(len(page), 3)
		s.same(page[0].Permissions, map[string]directory.Level{})
		s.same(page[1].Permissions, map[string]directory.Level{"user-alice": directory.Upload})
		s.same(page[2].Permissions, map[string]directory.Level{directory.Public: directory.View})
		search.After = page[2].Position
		page, err = searchAll(s.ctx, tx, search)
		s.ok(err)
		s.same(len(page), 2)
		s.same(page[1].Project.ID, "project-4")

		search.After, search.Public = 0, new(true)
		page, err = searchAll(s.ctx, tx, search)
		s.ok(err)
		s.same(len(page), 1)
		s.same(page[0].Project.ID, "project-2")
	})
}

func testNonces(s *suite) {
	s.addUsers("user-alice", "user-bob")
	nonce := directory.Nonce{UserID: "user-alice", Value: "n'1", Input: "digest", Made: "org-lab", Created: start}
	s.write(func(tx transaction.Tx) {
		_, found, err := tx.Nonce(s.ctx, "user-alice", "n'1")
		s.ok(err)
		s.same(found, false)
		s.ok(tx.KeepNonce(s.ctx, nonce))
		nonce.Created = kept
		got, found, err := tx.Nonce(s.ctx, "user-alice", "n'1")
		s.ok(err)
		s.same(found, true)
		s.same(got, nonce)
		_, found, err = tx.Nonce(s.ctx, "user-bob", "n'1")
		s.ok(err)
		s.same(found, false)

		later := directory.Nonce{UserID: "user-alice", Value: "n'1", Input: "another", Made: "org-x", Created: kept.Add(time.Hour)}
		s.ok(tx.KeepNonce(s.ctx, later))
		s.ok(tx.SweepNonces(s.ctx, kept.Add(time.Hour), 9))
		got, _, err = tx.Nonce(s.ctx, "user-alice", "n'1")
		s.ok(err)
		s.same(got, later)
		s.ok(tx.SweepNonces(s.ctx, kept.Add(time.Hour+time.Millisecond), 9))
		_, found, err = tx.Nonce(s.ctx, "user-alice", "n'1")
		s.ok(err)
		s.same(found, false)
	})
}

// All tokens of the user end, and so do their descendants, whoever owns them.
func testEndTokens(s *suite) {
	s.addUsers("user-alice", "user-bob")
	s.write(func(tx transaction.Tx) {
		for signature, token := range map[string]access.Token{
			"session": {Kind: access.Session, UserID: "user-alice"},
			"api":     {Kind: access.APIToken, UserID: "user-alice"},
			"child":   {Kind: access.APIToken, UserID: "user-alice", Parent: "api"},
			"ended":   {Kind: access.APIToken, UserID: "user-alice", Ended: start, EndReason: access.Expired},
			"bob's":   {Kind: access.APIToken, UserID: "user-bob"},
			"granted": {Kind: access.APIToken, UserID: "user-bob", Parent: "api"},
			"below":   {Kind: access.APIToken, UserID: "user-bob", Parent: "granted"},
		} {
			token.Signature, token.Created, token.LastUsed, token.Expires = signature, start, start, start.Add(time.Hour)
			s.ok(tx.InsertToken(s.ctx, token))
		}
		s.ok(tx.EndTokens(s.ctx, "user-alice", start.Add(time.Minute), access.Revoked))
		for signature, want := range map[string]access.Reason{
			"session": access.Revoked, "api": access.Revoked, "child": access.Revoked, "ended": access.Expired, "bob's": "",
			"granted": access.Revoked, "below": access.Revoked,
		} {
			token, err := tx.TokenBySignature(s.ctx, signature)
			s.ok(err)
			s.same(token.EndReason, want)
		}
	})
}

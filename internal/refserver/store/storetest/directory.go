package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

func testOrgs(s *suite) {
	org := directory.Org{ID: "org-lab", Handle: "Lab", Name: "The Lab", AutoLogout: 5 * time.Minute, PHIEnabled: true, Created: start}
	s.write(func(tx transaction.Tx) {
		s.ok(tx.InsertOrg(s.ctx, org))
		s.fails(tx.InsertOrg(s.ctx, directory.Org{ID: "org-lab", Created: start}), directory.ErrOrgExists)
		org.Created = kept
		got, err := tx.OrgByID(s.ctx, "org-lab")
		s.ok(err)
		s.same(got, org)
		_, err = tx.OrgByID(s.ctx, "org-none")
		s.fails(err, directory.ErrNoOrg)
	})
	s.addUsers("user-alice")
	s.addProjects("project-a")
	s.read(func(tx transaction.Tx) {
		for id, want := range map[string]bool{"org-lab": true, "user-alice": true, "project-a": false, "user-none": false, "": false} {
			exists, err := tx.EntityExists(s.ctx, id)
			s.ok(err)
			s.same(exists, want)
		}
	})
}

func testMemberships(s *suite) {
	s.addUsers("user-alice", "user-bob")
	admin := directory.NewMembership("org-b", "user-alice", directory.Admin)
	member := directory.NewMembership("org-a", "user-alice", directory.Member)
	member.ProjectAccess, member.AppAccess = directory.None, false
	s.write(func(tx transaction.Tx) {
		s.ok(tx.InsertOrg(s.ctx, directory.Org{ID: "org-b", AutoLogout: time.Hour, Created: start}))
		s.ok(tx.InsertOrg(s.ctx, directory.Org{ID: "org-a", Created: start}))
		s.ok(tx.SetMember(s.ctx, "org-b", admin))
		s.ok(tx.SetMember(s.ctx, "org-a", member))
		list, err := tx.MembershipsAfter(s.ctx, "user-alice", "", 9)
		s.ok(err)
		s.same(list, []directory.Membership{member, admin})

		for _, page := range []struct {
			after string
			limit int
			want  []directory.Membership
		}{
			{"", 3, []directory.Membership{member, admin}}, {"", 1, []directory.Membership{member}},
			{"org-a", 1, []directory.Membership{admin}}, {"org-aa", 9, []directory.Membership{admin}}, {"org-b", 9, nil}, {"", 0, nil},
		} {
			list, err := tx.MembershipsAfter(s.ctx, "user-alice", page.after, page.limit)
			s.ok(err)
			s.same(list, page.want)
		}

		demoted := directory.NewMembership("org-b", "user-alice", directory.Member)
		s.ok(tx.SetMember(s.ctx, "org-b", demoted))
		list, err = tx.MembershipsAfter(s.ctx, "user-alice", "", 9)
		s.ok(err)
		s.same(list, []directory.Membership{member, demoted})

		for _, other := range []string{"user-bob", "user-none"} {
			list, err = tx.MembershipsAfter(s.ctx, other, "", 9)
			s.ok(err)
			s.same(len(list), 0)
		}
	})
	for org, user := range map[string]string{"org-none": "user-alice", "org-a": "user-none"} {
		err := s.db.Write(s.ctx, func(tx transaction.Tx) error {
			return tx.SetMember(s.ctx, org, directory.NewMembership(org, user, directory.Member))
		})
		if err == nil {
			s.Errorf("%s was made a member of %s", user, org)
		}
	}
}

func testProjects(s *suite) {
	laden := directory.Project{
		ID: "project-laden", Name: `Ex"ome <ü>`, Summary: "s", Description: strings.Repeat("d", 70_000),
		CreatedBy: "user-alice", BillTo: "org-lab", Region: directory.DefaultRegion, ContainsPHI: true,
		Tags: []string{"b", "a", `"`}, Properties: map[string]string{"k": "v", `"`: "é\n"}, Created: start, Modified: start.Add(time.Hour),
	}
	bare := directory.Project{ID: "project-bare", Created: start, Modified: start}
	s.write(func(tx transaction.Tx) {
		s.ok(tx.InsertProject(s.ctx, laden))
		s.ok(tx.InsertProject(s.ctx, bare))
		s.fails(tx.InsertProject(s.ctx, directory.Project{ID: "project-bare", Created: start, Modified: start}), directory.ErrIDTaken)
	})
	laden.Created, laden.Modified = kept, kept.Add(time.Hour)
	bare.Created, bare.Modified = kept, kept
	project := func(tx transaction.Tx, id string) directory.Project {
		got, err := tx.ProjectByID(s.ctx, id)
		s.ok(err)
		return got
	}
	s.write(func(tx transaction.Tx) {
		s.same(project(tx, "project-laden"), laden)
		s.same(project(tx, "project-bare"), bare)
		_, err := tx.ProjectByID(s.ctx, "project-none")
		s.fails(err, directory.ErrNoProject)

		s.ok(tx.TouchProjects(s.ctx, start.Add(time.Minute), "project-bare"))
		s.ok(tx.TouchProjects(s.ctx, start, "project-none"))
		touched := bare
		touched.Modified = kept.Add(time.Minute)
		s.same(project(tx, "project-bare"), touched)

		s.ok(tx.SetPermission(s.ctx, "project-bare", "user-alice", directory.View))
		s.ok(tx.InsertRoot(s.ctx, "project-bare"))
		s.ok(tx.RemoveProject(s.ctx, "project-bare"))
		s.ok(tx.RemoveProject(s.ctx, "project-bare"))
		_, err = tx.ProjectByID(s.ctx, "project-bare")
		s.fails(err, directory.ErrNoProject)
		s.same(project(tx, "project-laden"), laden)
	})
	// A new project with the same ID has nothing of the old one.
	s.addProjects("project-bare")
	s.read(func(tx transaction.Tx) {
		permissions, err := tx.Permissions(s.ctx, "project-bare")
		s.ok(err)
		s.same(len(permissions), 0)
		exists, err := tx.FolderExists(s.ctx, "project-bare", "/")
		s.ok(err)
		s.same(exists, false)
	})
}

func testPermissions(s *suite) {
	s.addProjects("project-a", "project-b")
	permissions := func(tx transaction.Tx, id string) map[string]directory.Level {
		got, err := tx.Permissions(s.ctx, id)
		s.ok(err)
		return got
	}
	s.write(func(tx transaction.Tx) {
		s.same(permissions(tx, "project-a"), map[string]directory.Level{})
		s.ok(tx.SetPermission(s.ctx, "project-a", "user-alice", directory.View))
		s.ok(tx.SetPermission(s.ctx, "project-a", directory.Public, directory.View))
		s.ok(tx.SetPermission(s.ctx, "project-b", "user-alice", directory.Upload))
		s.ok(tx.SetPermission(s.ctx, "project-a", "user-alice", directory.Administer))
		s.same(permissions(tx, "project-a"), map[string]directory.Level{"user-alice": directory.Administer, directory.Public: directory.View})
		s.ok(tx.RemovePermissions(s.ctx, []string{"project-a"}, []string{directory.Public}))
		s.ok(tx.RemovePermissions(s.ctx, []string{"project-a"}, []string{"user-none"}))
		s.ok(tx.RemovePermissions(s.ctx, []string{"project-none"}, []string{"user-alice"}))
		s.same(permissions(tx, "project-a"), map[string]directory.Level{"user-alice": directory.Administer})
		s.same(permissions(tx, "project-b"), map[string]directory.Level{"user-alice": directory.Upload})
		s.same(permissions(tx, "project-none"), map[string]directory.Level{})
	})
	err := s.db.Write(s.ctx, func(tx transaction.Tx) error {
		return tx.SetPermission(s.ctx, "project-none", "user-alice", directory.View)
	})
	if err == nil {
		s.Error("a permission on a missing project was stored")
	}
}

func testFolders(s *suite) {
	s.addProjects("project-a", "project-b")
	children := func(tx transaction.Tx, project, folder string) []string {
		list, err := tx.ChildFolders(s.ctx, project, folder)
		s.ok(err)
		return list
	}
	s.write(func(tx transaction.Tx) {
		for _, project := range []string{"project-a", "project-b"} {
			_, err := tx.InsertFolders(s.ctx, project, "/a")
			s.fails(err, directory.ErrNoFolder)
			s.ok(tx.InsertRoot(s.ctx, project))
			s.fails(tx.InsertRoot(s.ctx, project), directory.ErrFolderThere)
		}
		for _, insert := range []struct {
			folder string
			added  int
		}{{"/", 0}, {"/b", 1}, {"/a/%", 2}, {"/a", 0}, {"/a/x y/z", 2}, {"/ä", 1}} {
			added, err := tx.InsertFolders(s.ctx, "project-a", insert.folder)
			s.ok(err)
			s.same(added, insert.added)
		}
		for folder, want := range map[string]bool{"/": true, "/a": true, "/b": false, "/a/x y/z": false} {
			filled, err := tx.AnyFolderIn(s.ctx, "project-a", folder)
			s.ok(err)
			s.same(filled, want)
		}
		_, err := tx.AnyFolderIn(s.ctx, "project-a", "/c")
		s.fails(err, directory.ErrNoFolder)
		s.same(children(tx, "project-a", "/"), []string{"/a", "/b", "/ä"})
		s.same(children(tx, "project-a", "/a"), []string{"/a/%", "/a/x y"})
		s.same(len(children(tx, "project-a", "/b")), 0)
		s.same(len(children(tx, "project-b", "/")), 0)
		s.same(len(children(tx, "project-none", "/")), 0)
		for folder, want := range map[string]bool{"/": true, "/a/x y/z": true, "/A": false, "/x y": false, "": false} {
			exists, err := tx.FolderExists(s.ctx, "project-a", folder)
			s.ok(err)
			s.same(exists, want)
		}
		exists, err := tx.FolderExists(s.ctx, "project-none", "/")
		s.ok(err)
		s.same(exists, false)
	})
	err := s.db.Write(s.ctx, func(tx transaction.Tx) error { return tx.InsertRoot(s.ctx, "project-none") })
	if err == nil {
		s.Error("a folder in a missing project was stored")
	}
}

// search returns the IDs of the projects found, in order.
func (s *suite) search(search directory.Query) []string {
	s.Helper()
	ids := []string{}
	for _, found := range s.found(search) {
		ids = append(ids, found.Project.ID)
	}
	return ids
}

func (s *suite) found(search directory.Query) (list []directory.Found) {
	s.Helper()
	s.read(func(tx transaction.Tx) {
		var err error
		list, err = searchAll(s.ctx, tx, search)
		s.ok(err)
	})
	return list
}

// searchAll returns the first Limit projects that meet a query without a pattern.
func searchAll(ctx context.Context, tx transaction.Tx, search directory.Query) ([]directory.Found, error) {
	var numbers []int64
	search.Window = 1000
	for {
		scan, err := tx.ScanProjects(ctx, search)
		if err != nil {
			return nil, err
		}
		for _, candidate := range scan.Candidates {
			numbers = append(numbers, candidate.Position)
		}
		if search.After = scan.Next; scan.Next == 0 || len(numbers) >= search.Limit {
			break
		}
	}
	numbers = numbers[:min(len(numbers), search.Limit)]
	return tx.ProjectsAt(ctx, directory.Positions{Numbers: numbers, Grantees: search.Grantees, Bytes: 1 << 20})
}

func testSearch(s *suite) {
	s.addProjects("project-c", "project-a", "project-b", "project-hidden")
	s.write(func(tx transaction.Tx) {
		s.ok(tx.SetPermission(s.ctx, "project-c", "user-alice", directory.Administer))
		s.ok(tx.SetPermission(s.ctx, "project-c", "org-lab", directory.View))
		s.ok(tx.SetPermission(s.ctx, "project-c", "user-bob", directory.View))
		s.ok(tx.SetPermission(s.ctx, "project-a", "org-lab", directory.Upload))
		s.ok(tx.SetPermission(s.ctx, "project-a", directory.Public, directory.View))
		s.ok(tx.SetPermission(s.ctx, "project-b", directory.Public, directory.View))
		s.ok(tx.SetPermission(s.ctx, "project-hidden", "user-bob", directory.View))
	})
	alice := []string{"user-alice", "org-lab"}
	all := append(alice, directory.Public)

	s.same(s.search(directory.Query{Grantees: alice, Limit: 10}), []string{"project-c", "project-a"})
	s.same(s.search(directory.Query{Grantees: all, Limit: 10}), []string{"project-c", "project-a", "project-b"})
	s.same(s.search(directory.Query{Grantees: all, Limit: 1}), []string{"project-c"})
	s.same(s.search(directory.Query{Grantees: alice, Filter: directory.Filter{Name: "Name of project-a"}, Limit: 10}), []string{"project-a"})
	ids := []string{"project-b", "project-c", "project-hidden", "project-none", "project-c"}
	s.same(s.search(directory.Query{Grantees: alice, Filter: directory.Filter{IDs: ids}, Limit: 10}), []string{"project-c"})
	s.same(s.search(directory.Query{Grantees: all, Filter: directory.Filter{IDs: ids}, Limit: 10}), []string{"project-c", "project-b"})
	s.same(s.search(directory.Query{Grantees: all, Filter: directory.Filter{IDs: ids}, MinLevel: directory.Upload, Limit: 10}), []string{"project-c"})
	s.same(s.search(directory.Query{Grantees: all, Filter: directory.Filter{IDs: ids, Name: "Name of project-b"}, Limit: 1}), []string{"project-b"})
	for name, search := range map[string]directory.Query{
		"no ID":                       {Grantees: all, Filter: directory.Filter{IDs: []string{}}, Limit: 10},
		"an ID without a permission":  {Grantees: alice, Filter: directory.Filter{IDs: []string{"project-hidden"}}, Limit: 10},
		"a name in another case":      {Grantees: alice, Filter: directory.Filter{Name: "name of project-a"}, Limit: 10},
		"a pattern":                   {Grantees: alice, Filter: directory.Filter{Name: "Name of project-_"}, Limit: 10},
		"a name without a permission": {Grantees: alice, Filter: directory.Filter{Name: "Name of project-hidden"}, Limit: 10},
		"an unknown grantee":          {Grantees: []string{"user-none"}, Limit: 10},
		"nobody":                      {Limit: 10},
		"no grantees, by name":        {Filter: directory.Filter{Name: "Name of project-a"}, Limit: 10},
	} {
		if ids := s.search(search); len(ids) > 0 {
			s.Errorf("%s finds %v", name, ids)
		}
	}

	found := s.found(directory.Query{Grantees: alice, Limit: 10})
	s.same(found[0].Permissions, map[string]directory.Level{"user-alice": directory.Administer, "org-lab": directory.View})
	s.same(found[1].Permissions, map[string]directory.Level{"org-lab": directory.Upload, directory.Public: directory.View})
	s.same(found[1].Project, directory.Project{ID: "project-a", Name: "Name of project-a", Created: kept, Modified: kept})
	s.same(s.search(directory.Query{Grantees: all, After: found[0].Position, Limit: 10}), []string{"project-a", "project-b"})
	s.same(s.search(directory.Query{Grantees: all, After: found[1].Position, Limit: 10}), []string{"project-b"})
	s.same(s.search(directory.Query{Grantees: alice, After: found[1].Position, Limit: 10}), []string{})

	s.write(func(tx transaction.Tx) { s.ok(tx.RemoveProject(s.ctx, "project-c")) })
	s.same(s.search(directory.Query{Grantees: alice, Limit: 10}), []string{"project-a"})
}

// A search over many permissions finds the same as a linear search.
func testSearchAgainstModel(s *suite) {
	const projects = 60
	random := rand.New(rand.NewPCG(1, 2))
	grantees := []string{"user-alice", "org-a", "org-b", "org-c", directory.Public}
	names := []string{"one", "two", "three"}
	granted := make([]map[string]directory.Level, projects)
	id := func(i int) string { return fmt.Sprintf("project-%d", i) }
	s.write(func(tx transaction.Tx) {
		for i := range projects {
			granted[i] = map[string]directory.Level{}
			s.ok(tx.InsertProject(s.ctx, directory.Project{ID: id(i), Name: names[i%len(names)], Created: start, Modified: start}))
			for _, grantee := range grantees {
				if random.IntN(3) == 0 {
					granted[i][grantee] = directory.Level(1 + random.IntN(4))
					s.ok(tx.SetPermission(s.ctx, id(i), grantee, granted[i][grantee]))
				}
			}
		}
	})
	positions := map[string]int64{}
	for _, found := range s.found(directory.Query{Grantees: grantees, Limit: projects}) {
		positions[found.Project.ID] = found.Position
	}
	for range 50 {
		some := slices.Clone(grantees)
		random.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
		search := directory.Query{Grantees: some[:1+random.IntN(len(some))], Limit: 1 + random.IntN(12)}
		if random.IntN(2) == 0 {
			search.Name = names[random.IntN(len(names))]
		}
		from := random.IntN(projects)
		search.After = positions[id(from)] // 0, the start, if no grantee reaches it
		if search.After == 0 {
			from = -1
		}
		want := []string{}
		for i := from + 1; i < projects && len(want) < search.Limit; i++ {
			reached := slices.ContainsFunc(search.Grantees, func(g string) bool { return granted[i][g] > 0 })
			if reached && (search.Name == "" || search.Name == names[i%len(names)]) {
				want = append(want, id(i))
			}
		}
		s.same(s.search(search), want)
	}
}

// A user in more than 500 orgs finds the projects of all of them.
func testSearchWithManyGrantees(s *suite) {
	const orgs = 520
	grantees := []string{"user-alice"}
	var want []string
	for i := range orgs {
		grantees = append(grantees, fmt.Sprintf("org-%d", i))
	}
	for i := range 12 {
		want = append(want, fmt.Sprintf("project-%d", i))
	}
	s.addProjects(want...)
	s.write(func(tx transaction.Tx) {
		for i, project := range want {
			s.ok(tx.SetPermission(s.ctx, project, grantees[orgs-i*40], directory.View))
		}
		for _, grantee := range grantees[:100] { // the first project has many grantees
			s.ok(tx.SetPermission(s.ctx, "project-0", grantee, directory.View))
		}
	})
	s.same(s.search(directory.Query{Grantees: grantees, Limit: 20}), want)
	s.same(s.search(directory.Query{Grantees: grantees, Limit: 5}), want[:5])
	s.same(s.search(directory.Query{Grantees: grantees, Filter: directory.Filter{Name: "Name of project-7"}, Limit: 5}), want[7:8])
}

func testAudit(s *suite) {
	s.write(func(tx transaction.Tx) {
		entry := audit.Entry{Time: start, Actor: "user-alice", Action: audit.SignIn, Result: "ok"}
		s.ok(tx.AppendAudit(s.ctx, entry))
		s.ok(tx.AppendAudit(s.ctx, entry)) // equal entries are separate rows
	})
}

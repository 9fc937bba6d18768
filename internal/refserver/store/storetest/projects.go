package storetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

func testUpdateProject(s *suite) {
	s.addProjects("project-a", "project-b")
	limit := int64(5)
	changed := directory.Project{
		ID: "project-a", Name: "n", Summary: "s", Description: "d", BillTo: "org-lab", ContainsPHI: true,
		Tags: []string{"t"}, Properties: map[string]string{"k": ""}, Version: 7,
		Controls: directory.Controls{
			Protected: true, Restricted: true, DownloadRestricted: true, PreviewViewerRestricted: true,
			ExternalUploadRestricted: true, DatabaseUIViewOnly: true,
			DatabaseResultsRestricted: &limit, AllowedExecutables: []string{"applet-1"},
		},
		Created: kept, Modified: kept.Add(time.Hour),
	}
	bare := directory.Project{ID: "project-a", Created: kept, Modified: kept}
	project := func(tx transaction.Tx, id string) directory.Project {
		got, err := tx.ProjectByID(s.ctx, id)
		s.ok(err)
		return got
	}
	s.write(func(tx transaction.Tx) {
		other := project(tx, "project-b")
		for _, want := range []directory.Project{changed, bare} {
			update := want
			update.CreatedBy, update.Region, update.Created = "user-eve", "moon", start.Add(time.Hour) // never updated
			s.ok(tx.UpdateProject(s.ctx, update))
			s.same(project(tx, "project-a"), want)
		}
		s.ok(tx.UpdateProject(s.ctx, directory.Project{ID: "project-none", Modified: start}))
		s.same(project(tx, "project-b"), other)
	})
}

func testFolderTrees(s *suite) {
	s.addProjects("project-a", "project-b")
	below := func(tx transaction.Tx, project, folder string) []string {
		list, err := tx.FoldersBelow(s.ctx, project, folder)
		s.ok(err)
		return list
	}
	all := []string{"/a", "/a/%", "/a/x_y", "/a/x_y/z", "/ab", "/ä", "/ä/ö", "/ä/ö/ü"}
	s.write(func(tx transaction.Tx) {
		for _, project := range []string{"project-a", "project-b"} {
			s.ok(tx.InsertRoot(s.ctx, project))
			for _, folder := range all {
				_, err := tx.InsertFolders(s.ctx, project, folder)
				s.ok(err)
			}
		}
		s.same(below(tx, "project-a", "/"), all)
		s.same(below(tx, "project-a", "/a"), []string{"/a/%", "/a/x_y", "/a/x_y/z"})
		s.same(below(tx, "project-a", "/ä"), []string{"/ä/ö", "/ä/ö/ü"})
		s.same(len(below(tx, "project-a", "/ab")), 0)
		s.same(len(below(tx, "project-none", "/")), 0)

		s.ok(tx.RenameFolder(s.ctx, "project-a", "/a", "/longer"))
		s.ok(tx.RenameFolder(s.ctx, "project-a", "/ä/ö", "/ä/測"))
		s.fails(tx.RenameFolder(s.ctx, "project-a", "/nowhere", "/somewhere"), directory.ErrNoFolder)
		s.fails(tx.RenameFolder(s.ctx, "project-a", "/ab", "/nowhere/ab"), directory.ErrNoFolder)
		s.same(below(tx, "project-a", "/"), []string{
			"/ab", "/longer", "/longer/%", "/longer/x_y", "/longer/x_y/z", "/ä", "/ä/測", "/ä/測/ü",
		})
		for parent, want := range map[string][]string{
			"/": {"/ab", "/longer", "/ä"}, "/longer": {"/longer/%", "/longer/x_y"}, "/longer/x_y": {"/longer/x_y/z"},
			"/ä": {"/ä/測"}, "/ä/測": {"/ä/測/ü"},
		} {
			children, err := tx.ChildFolders(s.ctx, "project-a", parent)
			s.ok(err)
			s.same(children, want)
		}

		extent := func(folder string, atMost int) directory.Extent {
			got, err := tx.FolderExtent(s.ctx, "project-a", folder, atMost)
			s.ok(err)
			return got
		}
		s.same(extent("/", 9), directory.Extent{Folders: 8, Bytes: len("/longer/x_y/z"), Depth: 3})
		s.same(extent("/longer", 9), directory.Extent{Folders: 3, Bytes: len("/x_y/z"), Depth: 2})
		s.same(extent("/ab", 9), directory.Extent{})
		s.same(extent("/", 3).Folders, 4) // and no more are counted

		s.ok(tx.RemoveFolder(s.ctx, "project-a", "/longer/x_y"))
		s.ok(tx.RemoveFolder(s.ctx, "project-a", "/nowhere"))
		s.same(below(tx, "project-a", "/"), []string{"/ab", "/longer", "/longer/%", "/ä", "/ä/測", "/ä/測/ü"})
		s.ok(tx.RemoveFolder(s.ctx, "project-a", "/"))
		s.same(len(below(tx, "project-a", "/")), 0)
		root, err := tx.FolderExists(s.ctx, "project-a", "/")
		s.ok(err)
		s.same(root, true)
		s.same(below(tx, "project-b", "/"), all)
	})
}

// What is removed is gone at once. Clearing deletes it in slices, and counts fall with it.
func testClearRemoved(s *suite) {
	s.addProjects("project-a", "project-b", "project-c")
	const folders, slice = 60, 7
	counts := func(tx transaction.Tx, project string) [2]int {
		ofProject, ofPayer, err := tx.FolderCounts(s.ctx, project)
		s.ok(err)
		return [2]int{ofProject, ofPayer}
	}
	projects := func(tx transaction.Tx) int {
		n, err := tx.CountProjects(s.ctx, "")
		s.ok(err)
		return n
	}
	s.write(func(tx transaction.Tx) {
		for _, project := range []string{"project-a", "project-b", "project-c"} {
			s.ok(tx.InsertRoot(s.ctx, project))
			s.ok(tx.SetPermission(s.ctx, project, "user-alice", directory.View))
			for i := range folders / 3 {
				added, err := tx.InsertFolders(s.ctx, project, fmt.Sprintf("/%d/a/b", i))
				s.ok(err)
				s.same(added, 3)
			}
		}
		s.same(counts(tx, "project-a"), [2]int{folders, 3 * folders})
	})
	s.write(func(tx transaction.Tx) {
		s.ok(tx.RemoveFolder(s.ctx, "project-a", "/0/a"))
		s.ok(tx.RemoveFolder(s.ctx, "project-b", "/"))
		s.ok(tx.RemoveProject(s.ctx, "project-c")) // the last one: its number must not be used again
	})
	s.same(s.search(directory.Query{Grantees: []string{"user-alice"}, Limit: 9}), []string{"project-a", "project-b"})
	s.addProjects("project-d")
	s.write(func(tx transaction.Tx) {
		s.same(projects(tx), 3)
		s.ok(tx.InsertRoot(s.ctx, "project-d"))
		s.same(counts(tx, "project-d"), [2]int{0, 2 * folders})
		for _, project := range []string{"project-b", "project-d"} {
			anything, err := tx.AnyFolderIn(s.ctx, project, "/")
			s.ok(err)
			s.same(anything, false)
			_, err = tx.InsertFolders(s.ctx, project, "/0/new")
			s.ok(err)
		}
		permissions, err := tx.Permissions(s.ctx, "project-d")
		s.ok(err)
		s.same(len(permissions), 0)
	})
	for more := true; more; {
		s.write(func(tx transaction.Tx) {
			var err error
			more, err = tx.ClearRemoved(s.ctx, slice)
			s.ok(err)
		})
	}
	s.write(func(tx transaction.Tx) {
		s.same(counts(tx, "project-a"), [2]int{folders - 2, folders + 2})
		s.same(counts(tx, "project-b"), [2]int{2, folders + 2})
		s.same(counts(tx, "project-d"), [2]int{2, folders + 2})
	})
}

// The counts follow a project to another payer.
func testCountsOfPayers(s *suite) {
	s.addProjects("project-a")
	counts := func(tx transaction.Tx, payer string) int {
		n, err := tx.CountProjects(s.ctx, payer)
		s.ok(err)
		return n
	}
	s.write(func(tx transaction.Tx) {
		s.ok(tx.InsertRoot(s.ctx, "project-a"))
		_, err := tx.InsertFolders(s.ctx, "project-a", "/a/b")
		s.ok(err)
		project, err := tx.ProjectByID(s.ctx, "project-a")
		s.ok(err)
		s.same(counts(tx, ""), 1)
		s.same(counts(tx, "org-lab"), 0)
		project.BillTo = "org-lab"
		s.ok(tx.UpdateProject(s.ctx, project))
		s.ok(tx.UpdateProject(s.ctx, project))
		s.same(counts(tx, ""), 0)
		s.same(counts(tx, "org-lab"), 1)
		_, ofPayer, err := tx.FolderCounts(s.ctx, "project-a")
		s.ok(err)
		s.same(ofPayer, 2)
	})
}

func testSearchByFields(s *suite) {
	yes, no := true, false
	at := func(hours int) time.Time { return kept.Add(time.Duration(hours) * time.Hour) }
	projects := []directory.Project{
		{ID: "project-a", Name: "same", BillTo: "org-lab", CreatedBy: "user-alice", Region: "r1", ContainsPHI: true, Created: at(0), Modified: at(9)},
		{ID: "project-b", Name: "same", BillTo: "user-bob", CreatedBy: "user-bob", Region: "r2", Created: at(1), Modified: at(8)},
		{
			ID: "project-c", Name: "other", BillTo: "org-lab", CreatedBy: "user-bob", Region: "r3", Created: at(2), Modified: at(7),
			Controls: directory.Controls{ExternalUploadRestricted: true},
		},
	}
	levels := map[string]directory.Level{"project-a": directory.View, "project-b": directory.Contribute, "project-c": directory.Administer}
	s.write(func(tx transaction.Tx) {
		for _, project := range projects {
			s.ok(tx.InsertProject(s.ctx, project))
			s.ok(tx.SetPermission(s.ctx, project.ID, "user-alice", levels[project.ID]))
		}
		s.ok(tx.SetPermission(s.ctx, "project-b", directory.Public, directory.View))
	})
	for name, c := range map[string]struct {
		filter directory.Filter
		least  directory.Level
		want   []string
	}{
		"nothing":            {want: []string{"project-a", "project-b", "project-c"}},
		"a level":            {least: directory.Contribute, want: []string{"project-b", "project-c"}},
		"a level and a name": {least: directory.Contribute, filter: directory.Filter{Name: "same"}, want: []string{"project-b"}},
		"a beginning":        {filter: directory.Filter{Matches: directory.Glob("*"), Prefix: "o"}, want: []string{"project-c"}},
		"payer":              {filter: directory.Filter{BillTo: "org-lab"}, want: []string{"project-a", "project-c"}},
		"payer and name":     {filter: directory.Filter{BillTo: "org-lab", Name: "same"}, want: []string{"project-a"}},
		"creator":            {filter: directory.Filter{CreatedBy: "user-bob"}, want: []string{"project-b", "project-c"}},
		"a region":           {filter: directory.Filter{Regions: []string{"r2"}}, want: []string{"project-b"}},
		"two regions":        {filter: directory.Filter{Regions: []string{"r1", "r3", "r9"}}, want: []string{"project-a", "project-c"}},
		"PHI":                {filter: directory.Filter{ContainsPHI: &yes}, want: []string{"project-a"}},
		"no PHI":             {filter: directory.Filter{ContainsPHI: &no}, want: []string{"project-b", "project-c"}},
		"uploads restricted": {filter: directory.Filter{UploadRestricted: &yes}, want: []string{"project-c"}},
		"uploads free":       {filter: directory.Filter{UploadRestricted: &no}, want: []string{"project-a", "project-b"}},
		"public":             {filter: directory.Filter{Public: &yes}, want: []string{"project-b"}},
		"not public":         {filter: directory.Filter{Public: &no}, want: []string{"project-a", "project-c"}},
		"made from":          {filter: directory.Filter{Created: directory.Span{From: at(1)}}, want: []string{"project-b", "project-c"}},
		"made until":         {filter: directory.Filter{Created: directory.Span{To: at(1)}}, want: []string{"project-a", "project-b"}},
		"made at":            {filter: directory.Filter{Created: directory.Span{From: at(1), To: at(1)}}, want: []string{"project-b"}},
		"modified from":      {filter: directory.Filter{Modified: directory.Span{From: at(8)}}, want: []string{"project-a", "project-b"}},
		"modified until":     {filter: directory.Filter{Modified: directory.Span{To: at(7)}}, want: []string{"project-c"}},
		"everything": {
			filter: directory.Filter{
				Name: "other", Public: &no, BillTo: "org-lab", CreatedBy: "user-bob", Regions: []string{"r3"}, ContainsPHI: &no,
				UploadRestricted: &yes, Created: directory.Span{From: at(2), To: at(2)}, Modified: directory.Span{From: at(7), To: at(7)},
			},
			least: directory.Administer, want: []string{"project-c"},
		},
		"no match": {filter: directory.Filter{BillTo: "org-lab", CreatedBy: "user-bob", ContainsPHI: &yes}, want: []string{}},
	} {
		search := directory.Query{Filter: c.filter, Grantees: []string{"user-alice", "org-lab"}, MinLevel: c.least, Limit: 10}
		if got := s.search(search); !slices.Equal(got, c.want) {
			s.Errorf("%s: found %v, want %v", name, got, c.want)
		}
	}

	// A permission below the level finds no project, but is in the result for
	// one that another permission finds.
	s.write(func(tx transaction.Tx) { s.ok(tx.SetPermission(s.ctx, "project-c", "org-lab", directory.View)) })
	found := s.found(directory.Query{Grantees: []string{"org-lab", "user-alice"}, MinLevel: directory.Administer, Limit: 10})
	s.same(len(found), 1)
	s.same(found[0].Permissions, map[string]directory.Level{"user-alice": directory.Administer, "org-lab": directory.View})
}

// A search by labels uses the present tags and properties.
func testSearchByLabels(s *suite) {
	type rule = directory.Rule
	tag, has, is, all, some := directory.HasTag, directory.HasProperty, directory.PropertyIs, directory.AllOf, directory.AnyOf
	s.addProjects("project-a", "project-b", "project-c")
	labelled := func(id string, tags []string, properties map[string]string) directory.Project {
		return directory.Project{ID: id, Tags: tags, Properties: properties, Created: start, Modified: start}
	}
	s.write(func(tx transaction.Tx) {
		s.ok(tx.UpdateProject(s.ctx, labelled("project-a", []string{"old"}, map[string]string{"old": "", "k": "old"})))
		s.ok(tx.UpdateProject(s.ctx, labelled("project-a", []string{"x", "y", "x"}, map[string]string{"k": "1", `l"\é`: ""})))
		s.ok(tx.UpdateProject(s.ctx, labelled("project-b", []string{"x", `%"\é`}, map[string]string{"k": "2"})))
		s.ok(tx.UpdateProject(s.ctx, labelled("project-none", []string{"x"}, nil)))
		s.ok(tx.InsertProject(s.ctx, labelled("project-d", []string{"y", "y"}, map[string]string{"k": "1"})))
		for _, id := range []string{"project-a", "project-b", "project-c", "project-d"} {
			s.ok(tx.SetPermission(s.ctx, id, "user-alice", directory.View))
		}
	})
	for name, c := range map[string]struct {
		rule rule
		want []string
	}{
		"nothing":               {all(), []string{"project-a", "project-b", "project-c", "project-d"}},
		"one of nothing":        {some(), []string{}},
		"a tag":                 {tag("x"), []string{"project-a", "project-b"}},
		"a tag of the past":     {tag("old"), []string{}},
		"a tag in another case": {tag("X"), []string{}},
		"a tag like a pattern":  {tag(`%"\é`), []string{"project-b"}},
		"two tags":              {all(tag("x"), tag("y")), []string{"project-a"}},
		"one of two tags":       {some(tag("y"), tag(`%"\é`)), []string{"project-a", "project-b", "project-d"}},
		"a property":            {has("k"), []string{"project-a", "project-b", "project-d"}},
		"one of the past":       {has("old"), []string{}},
		"a value":               {is("k", "1"), []string{"project-a", "project-d"}},
		"an empty value":        {is(`l"\é`, ""), []string{"project-a"}},
		"a value of the past":   {is("k", "old"), []string{}},
		"much at once":          {all(some(tag("x"), is("k", "1")), all(has("k"), some(tag(`%"\é`), tag("y")))), []string{"project-a", "project-b", "project-d"}},
	} {
		got := s.search(directory.Query{Filter: directory.Filter{Labels: c.rule}, Grantees: []string{"user-alice"}, Limit: 10})
		if !slices.Equal(got, c.want) {
			s.Errorf("%s: found %v, want %v", name, got, c.want)
		}
	}
	s.write(func(tx transaction.Tx) { s.ok(tx.RemoveProject(s.ctx, "project-a")) })
	s.same(s.search(directory.Query{Filter: directory.Filter{Labels: tag("x")}, Grantees: []string{"user-alice"}, Limit: 10}), []string{"project-b"})
}

// A window ends after its rows, also in the middle of the permissions on a project,
// and the windows together have every project once.
func testSearchInWindows(s *suite) {
	const projects = 30
	var want []string
	s.write(func(tx transaction.Tx) {
		want = nil
		for i := range projects {
			id := fmt.Sprintf("project-%03d", i)
			s.ok(tx.InsertProject(s.ctx, directory.Project{ID: id, Name: fmt.Sprint(i), BillTo: "org-lab", Created: start, Modified: start}))
			s.ok(tx.SetPermission(s.ctx, id, "user-alice", directory.View))
			s.ok(tx.SetPermission(s.ctx, id, "org-lab", directory.Administer))
			want = append(want, id)
		}
	})
	for _, search := range []directory.Query{
		{Grantees: []string{"user-alice", "org-lab"}, MinLevel: directory.Contribute},
		{Grantees: []string{"user-alice", "org-lab"}, Filter: directory.Filter{Matches: directory.Glob("*")}},
		{Billed: true, Filter: directory.Filter{BillTo: "org-lab"}},
	} {
		for _, search.Window = range []int{1, 2, 3, 7, 100} {
			s.same(s.walk(search), want)
		}
	}
}

// walk searches window by window, and returns the IDs.
func (s *suite) walk(search directory.Query) (ids []string) {
	s.Helper()
	for more := true; more; more = search.After > 0 {
		s.read(func(tx transaction.Tx) {
			scan, err := tx.ScanProjects(s.ctx, search)
			s.ok(err)
			if scan.Rows > search.Window {
				s.Fatalf("looked at %d rows in a window of %d", scan.Rows, search.Window)
			}
			at := directory.Positions{Bytes: 1 << 20}
			for _, candidate := range scan.Candidates {
				at.Numbers = append(at.Numbers, candidate.Position)
				s.same(candidate.Name != "", search.Matches != nil)
			}
			found, err := tx.ProjectsAt(s.ctx, at)
			s.ok(err)
			for _, project := range found {
				ids = append(ids, project.Project.ID)
			}
			search.After = scan.Next
		})
	}
	return ids
}

// Reading projects ends with the one that has the last of the bytes.
func testProjectsByBytes(s *suite) {
	var positions []int64
	s.write(func(tx transaction.Tx) {
		for i := range 5 {
			id := fmt.Sprint("project-", i)
			s.ok(tx.InsertProject(s.ctx, directory.Project{ID: id, Description: strings.Repeat("x", 100), Created: start, Modified: start}))
			s.ok(tx.SetPermission(s.ctx, id, "user-alice", directory.View))
		}
	})
	s.read(func(tx transaction.Tx) {
		scan, err := tx.ScanProjects(s.ctx, directory.Query{Grantees: []string{"user-alice"}, Window: 10})
		s.ok(err)
		for _, candidate := range scan.Candidates {
			positions = append(positions, candidate.Position)
		}
		for bytes, want := range map[int]int{1: 1, 100: 1, 101: 2, 300: 3, 10_000: 5} {
			found, err := tx.ProjectsAt(s.ctx, directory.Positions{Numbers: positions, Bytes: bytes})
			s.ok(err)
			s.same(len(found), want)
		}
	})
}

package storetest

import (
	"slices"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/domain"
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
	project := func(tx domain.Tx, id string) directory.Project {
		got, err := tx.ProjectByID(s.ctx, id)
		s.ok(err)
		return got
	}
	s.write(func(tx domain.Tx) {
		other := project(tx, "project-b")
		for _, want := range []directory.Project{changed, bare} {
			update := want
			update.CreatedBy, update.Region, update.Created = "user-eve", "moon", start.Add(time.Hour) // these stay
			s.ok(tx.UpdateProject(s.ctx, update))
			s.same(project(tx, "project-a"), want)
		}
		s.ok(tx.UpdateProject(s.ctx, directory.Project{ID: "project-none", Modified: start}))
		s.same(project(tx, "project-b"), other)
	})
}

func testFolderTrees(s *suite) {
	s.addProjects("project-a", "project-b")
	below := func(tx domain.Tx, project, folder string) []string {
		list, err := tx.FoldersBelow(s.ctx, project, folder)
		s.ok(err)
		return list
	}
	all := []string{"/a", "/a/%", "/a/x_y", "/a/x_y/z", "/ab", "/ä", "/ä/ö", "/ä/ö/ü"}
	s.write(func(tx domain.Tx) {
		for _, project := range []string{"project-a", "project-b"} {
			for _, folder := range append([]string{"/"}, all...) {
				s.ok(tx.InsertFolder(s.ctx, project, folder))
			}
		}
		s.same(below(tx, "project-a", "/"), all)
		s.same(below(tx, "project-a", "/a"), []string{"/a/%", "/a/x_y", "/a/x_y/z"})
		s.same(below(tx, "project-a", "/ä"), []string{"/ä/ö", "/ä/ö/ü"})
		s.same(len(below(tx, "project-a", "/ab")), 0)
		s.same(len(below(tx, "project-none", "/")), 0)

		s.ok(tx.RenameFolders(s.ctx, "project-a", "/a", "/longer"))
		s.ok(tx.RenameFolders(s.ctx, "project-a", "/ä/ö", "/ä/測"))
		s.ok(tx.RenameFolders(s.ctx, "project-a", "/nowhere", "/somewhere"))
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

		s.ok(tx.DeleteFolders(s.ctx, "project-a", "/longer/x_y"))
		s.ok(tx.DeleteFolders(s.ctx, "project-a", "/nowhere"))
		s.same(below(tx, "project-a", "/"), []string{"/ab", "/longer", "/longer/%", "/ä", "/ä/測", "/ä/測/ü"})
		s.ok(tx.DeleteFolders(s.ctx, "project-a", "/"))
		s.same(len(below(tx, "project-a", "/")), 0)
		root, err := tx.FolderExists(s.ctx, "project-a", "/")
		s.ok(err)
		s.same(root, true)
		s.same(below(tx, "project-b", "/"), all)
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
	s.write(func(tx domain.Tx) {
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
		"nothing":              {want: []string{"project-a", "project-b", "project-c"}},
		"a level":              {least: directory.Contribute, want: []string{"project-b", "project-c"}},
		"a level and a name":   {least: directory.Contribute, filter: directory.Filter{Name: "same"}, want: []string{"project-b"}},
		"who pays":             {filter: directory.Filter{BillTo: "org-lab"}, want: []string{"project-a", "project-c"}},
		"who pays, and a name": {filter: directory.Filter{BillTo: "org-lab", Name: "same"}, want: []string{"project-a"}},
		"who made it":          {filter: directory.Filter{CreatedBy: "user-bob"}, want: []string{"project-b", "project-c"}},
		"a region":             {filter: directory.Filter{Regions: []string{"r2"}}, want: []string{"project-b"}},
		"two regions":          {filter: directory.Filter{Regions: []string{"r1", "r3", "r9"}}, want: []string{"project-a", "project-c"}},
		"PHI":                  {filter: directory.Filter{ContainsPHI: &yes}, want: []string{"project-a"}},
		"no PHI":               {filter: directory.Filter{ContainsPHI: &no}, want: []string{"project-b", "project-c"}},
		"uploads restricted":   {filter: directory.Filter{UploadRestricted: &yes}, want: []string{"project-c"}},
		"uploads free":         {filter: directory.Filter{UploadRestricted: &no}, want: []string{"project-a", "project-b"}},
		"public":               {filter: directory.Filter{Public: &yes}, want: []string{"project-b"}},
		"not public":           {filter: directory.Filter{Public: &no}, want: []string{"project-a", "project-c"}},
		"made from":            {filter: directory.Filter{Created: directory.Span{From: at(1)}}, want: []string{"project-b", "project-c"}},
		"made until":           {filter: directory.Filter{Created: directory.Span{To: at(1)}}, want: []string{"project-a", "project-b"}},
		"made at":              {filter: directory.Filter{Created: directory.Span{From: at(1), To: at(1)}}, want: []string{"project-b"}},
		"modified from":        {filter: directory.Filter{Modified: directory.Span{From: at(8)}}, want: []string{"project-a", "project-b"}},
		"modified until":       {filter: directory.Filter{Modified: directory.Span{To: at(7)}}, want: []string{"project-c"}},
		"everything": {
			filter: directory.Filter{
				Name: "other", Public: &no, BillTo: "org-lab", CreatedBy: "user-bob", Regions: []string{"r3"}, ContainsPHI: &no,
				UploadRestricted: &yes, Created: directory.Span{From: at(2), To: at(2)}, Modified: directory.Span{From: at(7), To: at(7)},
			},
			least: directory.Administer, want: []string{"project-c"},
		},
		"what nobody has": {filter: directory.Filter{BillTo: "org-lab", CreatedBy: "user-bob", ContainsPHI: &yes}, want: []string{}},
	} {
		search := directory.Search{Filter: c.filter, Grantees: []string{"user-alice", "org-lab"}, MinLevel: c.least, Count: 10}
		if got := s.search(search); !slices.Equal(got, c.want) {
			s.Errorf("%s: found %v, want %v", name, got, c.want)
		}
	}

	// A grant below the level does not find a project, and is still told of one
	// that another grant finds.
	s.write(func(tx domain.Tx) { s.ok(tx.SetPermission(s.ctx, "project-c", "org-lab", directory.View)) })
	found := s.found(directory.Search{Grantees: []string{"org-lab", "user-alice"}, MinLevel: directory.Administer, Count: 10})
	s.same(len(found), 1)
	s.same(found[0].Permissions, map[string]directory.Level{"user-alice": directory.Administer, "org-lab": directory.View})
}

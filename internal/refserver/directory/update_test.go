package directory_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refusal"
)

// stored reads a project from the store.
func (w world) stored(id string) directory.Project {
	w.Helper()
	project, err := w.tx.ProjectByID(w.ctx, id)
	w.must(err)
	return project
}

func TestUpdateProjectChangesWhatIsNamed(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		id := w.project(map[string]directory.Level{alice: administer})
		before := w.stored(id)
		summary, yes, limit := "reads of 2026", true, int64(5)
		held := &limit
		w.must(w.service.UpdateProject(w.ctx, w.tx, w.viewer(alice), id, directory.ProjectChange{
			Summary:  &summary,
			Controls: directory.ControlsChange{Restricted: &yes, DatabaseResultsRestricted: &held, AllowedExecutables: &[]string{"app-x"}},
		}))
		after := w.stored(id)
		if after.Name != before.Name || after.BillTo != before.BillTo || after.Summary != summary || after.Version != before.Version+1 {
			w.Errorf("got %+v", after)
		}
		if c := after.Controls; !c.Restricted || c.Protected || c.DatabaseResultsRestricted == nil || *c.DatabaseResultsRestricted != 5 ||
			!slices.Equal(c.AllowedExecutables, []string{"app-x"}) {
			w.Errorf("the controls are %+v", c)
		}
		if !after.Created.Equal(morning) || !after.Modified.Equal(noon) {
			w.Errorf("created %s, modified %s", after.Created, after.Modified)
		}
		held = nil
		var everything []string
		w.must(w.service.UpdateProject(w.ctx, w.tx, w.viewer(alice), id, directory.ProjectChange{
			Controls: directory.ControlsChange{DatabaseResultsRestricted: &held, AllowedExecutables: &everything},
		}))
		if c := w.stored(id).Controls; c.DatabaseResultsRestricted != nil || c.AllowedExecutables != nil || !c.Restricted {
			w.Errorf("the controls are %+v", c)
		}
	})
}

func TestRefusedUpdatesChangeNothing(t *testing.T) {
	s := populated(t)
	empty, long, unknownUser, unknownOrg, none, many := "", strings.Repeat("x", directory.MaxName+1), "user-nobody", "org-nobody", int64(0), int64(9)
	no, yes, refused := false, true, &none
	for name, c := range map[string]struct {
		change directory.ProjectChange
		key    string // of the wrong input; empty: another error
		want   error
	}{
		"an empty name":   {change: directory.ProjectChange{Name: &empty}, key: "name"},
		"a long name":     {change: directory.ProjectChange{Name: &long}, key: "name"},
		"an unknown user": {change: directory.ProjectChange{BillTo: &unknownUser}, key: "billTo"},
		"an unknown org":  {change: directory.ProjectChange{BillTo: &unknownOrg}, want: directory.ErrNoOrg},
		"another version": {change: directory.ProjectChange{IfVersion: &many}, want: directory.ErrVersion},
		"no results":      {change: directory.ProjectChange{Controls: directory.ControlsChange{DatabaseResultsRestricted: &refused}}, key: "databaseResultsRestricted"},
		"an unnamed executable": {
			change: directory.ProjectChange{Controls: directory.ControlsChange{AllowedExecutables: &[]string{""}}}, key: "allowedExecutables",
		},
		"too many executables": {
			change: directory.ProjectChange{Controls: directory.ControlsChange{AllowedExecutables: new(slices.Repeat([]string{"app-x"}, 1001))}},
			key:    "allowedExecutables",
		},
		"downloads without previews": {
			change: directory.ProjectChange{Controls: directory.ControlsChange{DownloadRestricted: &no, PreviewViewerRestricted: &yes}},
			key:    "downloadRestricted",
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, s, func(w world) {
				id := w.project(map[string]directory.Level{alice: administer})
				summary := "changed"
				c.change.Summary = &summary
				err := w.service.UpdateProject(w.ctx, w.tx, w.viewer(alice), id, c.change)
				if c.key != "" {
					wantInputError(w, err, c.key)
				} else {
					wantError(w, err, c.want)
				}
				if after := w.stored(id); after.Summary != "" || after.Version != 0 || !after.Modified.Equal(morning) {
					w.Errorf("changed to %+v", after)
				}
			})
		})
	}
}

// Only the new payer, or a user who may bill to the new paying org, can transfer a
// project; who created it does not matter.
func TestWhoCanBeMadeToPay(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		id := w.project(map[string]directory.Level{alice: administer, carol: administer, dave: administer})
		pay := func(userID, billTo string) error {
			return w.service.UpdateProject(w.ctx, w.tx, w.viewer(userID), id, directory.ProjectChange{BillTo: &billTo})
		}
		w.must(pay(carol, alice)) // the present payer
		wantInputError(w, pay(carol, dave), "billTo")
		wantError(w, pay(dave, ward), &refusal.Error{Code: refusal.Denied, Reason: refusal.Billing})
		w.must(pay(carol, ward))
		w.must(pay(dave, dave))
		if got := w.stored(id).BillTo; got != dave {
			w.Errorf("%s pays", got)
		}
	})
}

// The policy of an org says whether members can transfer projects that the org
// pays for.
func TestTransferPolicy(t *testing.T) {
	s := populated(t)
	for _, c := range []struct {
		policy directory.OrgLevel
		who    string
		want   error
	}{
		{directory.Member, dave, nil},
		{directory.Member, erin, nil},
		{directory.Admin, erin, nil},
		{directory.Admin, dave, orgDenied(lab, directory.Admin)},
		{directory.Admin, alice, orgDenied(lab, directory.Admin)},
	} {
		inWorld(t, s, func(w world) {
			org, err := w.tx.OrgByID(w.ctx, lab)
			w.must(err)
			org.ProjectTransfer = c.policy
			w.must(w.tx.UpdateOrg(w.ctx, org))
			made, err := w.service.CreateProject(w.ctx, w.tx, w.viewer(erin), directory.Project{Name: "Exome", BillTo: lab})
			w.must(err)
			w.must(w.service.Invite(w.ctx, w.tx, w.viewer(erin), made.ID, c.who, administer))
			err = w.service.UpdateProject(w.ctx, w.tx, w.viewer(c.who), made.ID, directory.ProjectChange{BillTo: &c.who})
			if !reflect.DeepEqual(err, c.want) {
				w.Errorf("%s, policy %s: got error %v", c.who, c.policy, err)
			}
		})
	}
}

// A token can't change a project so that the token no longer reaches it.
func TestATokenMustReachTheChangedProject(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		id := w.project(map[string]directory.Level{carol: administer})
		noPHI := directory.NewViewer(carol, func(project directory.Project) directory.Level {
			if project.ContainsPHI {
				return none
			}
			return administer
		})
		org, yes := ward, true
		w.must(w.service.UpdateProject(w.ctx, w.tx, noPHI, id, directory.ProjectChange{BillTo: &org}))
		err := w.service.UpdateProject(w.ctx, w.tx, noPHI, id, directory.ProjectChange{ContainsPHI: &yes})
		wantError(w, err, denied(administer))
		w.must(w.service.UpdateProject(w.ctx, w.tx, w.viewer(carol), id, directory.ProjectChange{ContainsPHI: &yes}))
	})
}

func TestLabels(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		id, by := w.project(map[string]directory.Level{alice: administer}), w.viewer(alice)
		text := func(s string) *string { return &s }
		w.must(w.service.AddTags(w.ctx, w.tx, by, id, []string{"b", "a", "b"}))
		w.must(w.service.AddTags(w.ctx, w.tx, by, id, []string{"a", "c"}))
		w.must(w.service.RemoveTags(w.ctx, w.tx, by, id, []string{"b", "x", ""}))
		w.must(w.service.SetProperties(w.ctx, w.tx, by, id, map[string]*string{"k": text(""), "l": text("1"), "x": nil}))
		w.must(w.service.SetProperties(w.ctx, w.tx, by, id, map[string]*string{"l": nil, "m": text("2")}))
		got := w.stored(id)
		if !slices.Equal(got.Tags, []string{"a", "c"}) || !maps.Equal(got.Properties, map[string]string{"k": "", "m": "2"}) {
			w.Errorf("tags %q, properties %q", got.Tags, got.Properties)
		}
		if got.Version != 0 || !got.Modified.Equal(noon) {
			w.Errorf("version %d, modified %s", got.Version, got.Modified)
		}

		long := strings.Repeat("x", directory.MaxLabel+1)
		wantInputError(w, w.service.AddTags(w.ctx, w.tx, by, id, []string{""}), "tags")
		wantInputError(w, w.service.AddTags(w.ctx, w.tx, by, id, []string{long}), "tags")
		for key, value := range map[string]*string{"": nil, "k": &long, long: text("")} {
			wantInputError(w, w.service.SetProperties(w.ctx, w.tx, by, id, map[string]*string{key: value}), "properties")
		}
		if again := w.stored(id); len(again.Tags) != 2 || len(again.Properties) != 2 {
			w.Errorf("tags %q, properties %q", again.Tags, again.Properties)
		}
	})
}

func TestLeave(t *testing.T) {
	s := populated(t)
	type levels = map[string]directory.Level
	for _, c := range []struct {
		name    string
		who     string
		present levels
		ceiling directory.Level
		want    error
		left    levels
	}{
		{"a member", bob, levels{alice: administer, bob: upload}, administer, nil, levels{alice: administer}},
		{"one of two administrators", bob, levels{alice: administer, bob: administer}, administer, nil, levels{alice: administer}},
		{"the last administrator", alice, levels{alice: administer, bob: contribute}, administer, directory.ErrLastAdmin, nil},
		{"a user with more through an org", dave, levels{lab: administer, dave: view}, administer, nil, levels{lab: administer}},
		{"a user with access through an org only", dave, levels{lab: administer}, administer, nil, levels{lab: administer}},
		{"a user without access", carol, levels{alice: administer}, administer, denied(view), nil},
		{"a token that is limited", bob, levels{alice: administer, bob: upload}, view, denied(upload), nil},
		{"a token that reaches far enough", bob, levels{alice: administer, bob: upload}, upload, nil, levels{alice: administer}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, s, func(w world) {
				project := w.project(c.present)
				err := w.service.Leave(w.ctx, w.tx, w.limited(c.who, c.ceiling), project)
				wantError(w, err, c.want)
				if c.want == nil && !maps.Equal(w.permissions(project), c.left) {
					w.Errorf("the permissions are %v, want %v", w.permissions(project), c.left)
				}
			})
		})
	}
}

func TestRemovingFolders(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		project, by := w.project(map[string]directory.Level{alice: administer}), w.viewer(alice)
		for _, folder := range []string{"/raw/batch1/lane2", "/raw-old", "/results"} {
			w.must(w.service.CreateFolders(w.ctx, w.tx, by, project, folder))
		}
		remove := func(folder string) error { return w.service.RemoveFolder(w.ctx, w.tx, by, project, folder) }
		wantError(w, remove("/raw"), directory.ErrFolderFull)
		wantError(w, remove("/nowhere"), directory.ErrNoFolder)
		wantInputError(w, remove("/"), "folder")
		wantInputError(w, remove("raw"), "folder")
		w.must(remove("/results/"))
		wantError(w, remove("/results"), directory.ErrNoFolder)
		w.must(w.service.RemoveFolders(w.ctx, w.tx, by, project, "/raw"))
		wantError(w, w.service.RemoveFolders(w.ctx, w.tx, by, project, "/raw/batch1"), directory.ErrNoFolder)
		if got := w.folders(project, "/"); !slices.Equal(got, []string{"/raw-old"}) {
			w.Errorf("%v are left", got)
		}
		w.must(w.service.RemoveFolders(w.ctx, w.tx, by, project, "/"))
		if got := w.folders(project, "/"); len(got) > 0 {
			w.Errorf("%v are left", got)
		}
	})
}

func TestRenamingFolders(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		project, by := w.project(map[string]directory.Level{alice: administer}), w.viewer(alice)
		deep := "/raw/" + strings.Repeat("x", directory.MaxFolder-5)
		for _, folder := range []string{deep, "/results"} {
			w.must(w.service.CreateFolders(w.ctx, w.tx, by, project, folder))
		}
		rename := func(folder, newPath string) error {
			return w.service.RenameFolder(w.ctx, w.tx, by, project, folder, newPath)
		}
		wantError(w, rename("/raw", "/results"), directory.ErrFolderThere)
		wantError(w, rename("/nowhere", "/x"), directory.ErrNoFolder)
		wantError(w, rename("/raw", "/nowhere/raw"), directory.ErrNoFolder)
		wantInputError(w, rename("/", "/x"), "folder")
		wantInputError(w, rename("raw", "/x"), "folder")
		for _, newPath := range []string{
			"", "RAW", "/", "//", "/.", "/..", "/results/../x", "/a\x00", "/raw/below", "/raw/below/deeper/",
			"/reads", "/results/raw", // too long for what is below
		} {
			wantInputError(w, rename("/raw", newPath), "newpath")
		}
		w.must(rename("/raw", "/raw/"))
		w.must(rename("/raw", "/RAW"))
		if got := w.folders(project, "/RAW"); len(got) != 1 || got[0] != strings.Replace(deep, "raw", "RAW", 1) {
			w.Errorf("got %v", got)
		}
	})
}

// A folder moves into another one with all that is in it, and out again.
func TestMovingFolders(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		project, by := w.project(map[string]directory.Level{alice: administer}), w.viewer(alice)
		for _, folder := range []string{"/raw/batch/lane", "/raw-old", "/results"} {
			w.must(w.service.CreateFolders(w.ctx, w.tx, by, project, folder))
		}
		w.must(w.service.RenameFolder(w.ctx, w.tx, by, project, "/raw", "/results/reads"))
		if got, want := w.listed(project, "/"), []string{"/raw-old", "/results", "/results/reads", "/results/reads/batch", "/results/reads/batch/lane"}; !slices.Equal(got, want) {
			w.Errorf("got %q, want %q", got, want)
		}
		w.must(w.service.RenameFolder(w.ctx, w.tx, by, project, "/results/reads/batch", "/batch"))
		if got, want := w.listed(project, "/"), []string{"/batch", "/batch/lane", "/raw-old", "/results", "/results/reads"}; !slices.Equal(got, want) {
			w.Errorf("got %q, want %q", got, want)
		}
	})
}

// Whatever is created, renamed and removed: every folder but the root has its
// parent, and the listings agree with the paths.
func TestFoldersStayATree(t *testing.T) {
	t.Parallel()
	s := populated(t)
	names := rapid.SampledFrom([]string{"a", "b", "ab", "%", "_", "ä"})
	paths := rapid.Custom(func(t *rapid.T) string {
		return "/" + strings.Join(rapid.SliceOfN(names, 0, 3).Draw(t, "names"), "/")
	})
	rapid.Check(t, func(rt *rapid.T) {
		inWorld(t, s, func(w world) {
			project, by := w.project(map[string]directory.Level{alice: administer}), w.viewer(alice)
			steps := map[string]func() error{
				"make":   func() error { return w.service.CreateFolders(w.ctx, w.tx, by, project, paths.Draw(rt, "folder")) },
				"remove": func() error { return w.service.RemoveFolders(w.ctx, w.tx, by, project, paths.Draw(rt, "folder")) },
				"rename": func() error {
					return w.service.RenameFolder(w.ctx, w.tx, by, project, paths.Draw(rt, "folder"), paths.Draw(rt, "new path"))
				},
			}
			for range rapid.IntRange(1, 12).Draw(rt, "steps") {
				_ = steps[rapid.SampledFrom([]string{"make", "make", "remove", "rename"}).Draw(rt, "step")]() // refusals change nothing
				all, err := w.tx.FoldersBelow(w.ctx, project, "/")
				w.must(err)
				if listed := w.listed(project, "/"); !slices.Equal(listed, all) {
					rt.Fatalf("listed %q, stored %q", listed, all)
				}
			}
		})
	})
}

// listed walks the folders from one down, in the order of their paths.
func (w world) listed(project, folder string) []string {
	var list []string
	for _, child := range w.folders(project, folder) {
		list = append(append(list, child), w.listed(project, child)...)
	}
	slices.Sort(list)
	return list
}

package directory_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refusal"
)

// operation is an operation of a viewer on a project.
type operation struct {
	name  string
	needs directory.Level
	run   func(w world, viewer directory.Viewer, project string) error
}

func operations() []operation {
	return []operation{
		{"describe", view, func(w world, viewer directory.Viewer, project string) error {
			_, err := w.service.Project(w.ctx, w.tx, viewer, project, view)
			return err
		}},
		{"list a folder", view, func(w world, viewer directory.Viewer, project string) error {
			_, err := w.service.ListFolder(w.ctx, w.tx, viewer, project, "/")
			return err
		}},
		{"make a folder", upload, func(w world, viewer directory.Viewer, project string) error {
			return w.service.CreateFolder(w.ctx, w.tx, viewer, project, "/raw")
		}},
		{"make folders", upload, func(w world, viewer directory.Viewer, project string) error {
			return w.service.CreateFolders(w.ctx, w.tx, viewer, project, "/raw/batch1")
		}},
		{"rename it", contribute, func(w world, viewer directory.Viewer, project string) error {
			name := "Genome"
			return w.service.UpdateProject(w.ctx, w.tx, viewer, project, directory.ProjectChange{Name: &name})
		}},
		{"protect it", administer, func(w world, viewer directory.Viewer, project string) error {
			yes := true
			change := directory.ProjectChange{Controls: directory.ControlsChange{Protected: &yes}}
			return w.service.UpdateProject(w.ctx, w.tx, viewer, project, change)
		}},
		{"change the payer", administer, func(w world, viewer directory.Viewer, project string) error {
			return w.service.UpdateProject(w.ctx, w.tx, viewer, project, directory.ProjectChange{BillTo: &viewer.UserID})
		}},
		{"add tags", contribute, func(w world, viewer directory.Viewer, project string) error {
			return w.service.AddTags(w.ctx, w.tx, viewer, project, []string{"wes"})
		}},
		{"remove tags", contribute, func(w world, viewer directory.Viewer, project string) error {
			return w.service.RemoveTags(w.ctx, w.tx, viewer, project, []string{"wes"})
		}},
		{"set properties", contribute, func(w world, viewer directory.Viewer, project string) error {
			return w.service.SetProperties(w.ctx, w.tx, viewer, project, map[string]*string{"phase": nil})
		}},
		{"delete", contribute, func(w world, viewer directory.Viewer, project string) error {
			return w.service.MayDelete(w.ctx, w.tx, viewer, project)
		}},
		{"empty it", contribute, func(w world, viewer directory.Viewer, project string) error {
			return w.service.RemoveFolders(w.ctx, w.tx, viewer, project, "/")
		}},
		{"invite", administer, func(w world, viewer directory.Viewer, project string) error {
			return w.service.Invite(w.ctx, w.tx, viewer, project, carol, view)
		}},
		{"revoke", administer, func(w world, viewer directory.Viewer, project string) error {
			return w.service.DecreasePermissions(w.ctx, w.tx, viewer, project, map[string]directory.Level{carol: none})
		}},
		{"destroy it", administer, func(w world, viewer directory.Viewer, project string) error {
			return w.service.DestroyProject(w.ctx, w.tx, viewer, project)
		}},
	}
}

// Each operation needs its level, whether the viewer has it directly, through an
// org or through PUBLIC, or is limited to it by a token.
func TestOperationsNeedTheirLevel(t *testing.T) {
	s := populated(t)
	type way struct {
		name    string
		project map[string]directory.Level
		viewer  func(world) directory.Viewer
	}
	full := func(userID string) func(world) directory.Viewer {
		return func(w world) directory.Viewer { return w.viewer(userID) }
	}
	for _, op := range operations() {
		for _, level := range allLevels() {
			ways := []way{
				{"a grant", map[string]directory.Level{alice: administer, bob: level}, full(bob)},
				{"an org's grant", map[string]directory.Level{alice: administer, lab: level}, full(erin)},
				{"a token", map[string]directory.Level{alice: administer}, func(w world) directory.Viewer { return w.limited(alice, level) }},
			}
			if level <= view {
				ways = append(ways, way{"a public grant", map[string]directory.Level{alice: administer, directory.Public: level}, full(carol)})
			}
			var want error
			if level < op.needs {
				want = denied(op.needs)
			}
			for _, way := range ways {
				t.Run(op.name+" with "+way.name+" of "+level.String(), func(t *testing.T) {
					inWorld(t, s, func(w world) {
						maps.DeleteFunc(way.project, func(_ string, level directory.Level) bool { return level == none })
						project := w.project(way.project)
						wantError(w, op.run(w, way.viewer(w), project), want)
					})
				})
			}
		}
	}
}

func TestRefusedOperationsChangeNothing(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		project := w.project(map[string]directory.Level{alice: administer, carol: contribute})
		for _, op := range operations() {
			wantError(w, op.run(w, w.viewer(bob), project), denied(op.needs))
		}
		if got := w.permissions(project); len(got) != 2 || got[carol] != contribute {
			w.Errorf("the permissions are %v", got)
		}
		if at := w.modified(project); !at.Equal(morning) {
			w.Errorf("modified at %s", at)
		}
	})
}

func TestUnknownProjects(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		for _, op := range operations() {
			err := op.run(w, w.limited(bob, none), "project-000000000000000000000000")
			if !errors.Is(err, directory.ErrNoProject) {
				w.Errorf("%s: got error %v", op.name, err)
			}
		}
	})
}

func TestRefusalsNameTheLevel(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		project := w.project(map[string]directory.Level{alice: administer})
		for _, op := range operations() {
			err := op.run(w, w.viewer(bob), project)
			if want := "requires " + op.needs.String() + " access to the project"; err.Error() != want {
				w.Errorf("%s: %v, want %s", op.name, err, want)
			}
		}
	})
}

func TestCreateProject(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		draft := directory.Project{
			Name: "Exome", CreatedBy: bob, Tags: []string{"wes"}, Properties: map[string]string{"phase": ""},
		}
		project, err := w.service.CreateProject(w.ctx, w.tx, w.viewer(alice), draft)
		w.must(err)
		got, err := w.service.Project(w.ctx, w.tx, w.viewer(alice), project.ID, administer)
		w.must(err)
		if !regexp.MustCompile(`^project-[0-9BFGJKPQVXYZbfgjkpqvxyz]{24}$`).MatchString(got.ID) {
			w.Errorf("the ID is %s", got.ID)
		}
		if got.CreatedBy != alice || got.BillTo != alice || got.Region != "aws:us-east-1" {
			w.Errorf("got %+v", got.Project)
		}
		if !got.Created.Equal(noon) || !got.Modified.Equal(noon) {
			w.Errorf("created %s, modified %s", got.Created, got.Modified)
		}
		if len(got.Tags) != 1 || got.Properties["phase"] != "" {
			w.Errorf("tags %v, properties %v", got.Tags, got.Properties)
		}
		if want := map[string]directory.Level{alice: administer}; !maps.Equal(got.Permissions, want) {
			w.Errorf("permissions %v, want %v", got.Permissions, want)
		}
		folders, err := w.service.ListFolder(w.ctx, w.tx, w.viewer(alice), project.ID, "/")
		if err != nil || len(folders) != 0 {
			w.Errorf("a new project has the folders %v, %v", folders, err)
		}
	})
}

func TestCreateProjectNeedsAFullToken(t *testing.T) {
	s := populated(t)
	for _, level := range []directory.Level{none, view, upload, contribute} {
		inWorld(t, s, func(w world) {
			_, err := w.service.CreateProject(w.ctx, w.tx, w.limited(alice, level), directory.Project{Name: "Exome"})
			wantError(w, err, denied(administer))
		})
	}
}

func TestCreateProjectRefusesBadInput(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		for key, draft := range map[string]directory.Project{
			"name":       {},
			"region":     {Name: "Exome", Region: "moon:north"},
			"properties": {Name: "Exome", Properties: map[string]string{"": "x"}},
			"billTo":     {Name: "Exome", BillTo: bob},
		} {
			_, err := w.service.CreateProject(w.ctx, w.tx, w.viewer(alice), draft)
			wantInputError(w, err, key)
		}
	})
}

// TestNames checks that a project can have every name that a variable of the
// environment can have, up to the length of a file's name, and that an org's name
// has no NUL either.
func TestNames(t *testing.T) {
	s := populated(t)
	const everything, orgOnly, nothing = "projects and orgs", "orgs", "nothing"
	for name, accepting := range map[string]string{
		strings.Repeat("x", 255): everything, strings.Repeat("x", 256): orgOnly, strings.Repeat("x", 513): nothing,
		strings.Repeat("ä", 127): everything, strings.Repeat("ä", 128): orgOnly,
		"a\x00b": nothing, "\x00": nothing, "": nothing, "a\tb": everything, "a/b": everything,
	} {
		inWorld(t, s, func(w world) {
			check := func(what string, accepted bool, err error) {
				if accepted && err != nil {
					w.Errorf("%s cannot be named %q: %v", what, name, err)
				}
				if !accepted {
					wantInputError(w, err, "name")
				}
			}
			id, viewer := w.project(map[string]directory.Level{erin: administer}), w.viewer(erin)
			_, err := w.service.CreateProject(w.ctx, w.tx, viewer, directory.Project{Name: name})
			check("a new project", accepting == everything, err)
			err = w.service.UpdateProject(w.ctx, w.tx, viewer, id, directory.ProjectChange{Name: &name})
			check("a renamed project", accepting == everything, err)
			err = w.service.CreateOrg(w.ctx, w.tx, viewer, directory.NewOrg("fresh", name, noon))
			check("a new org", accepting != nothing, err)
			err = w.service.UpdateOrg(w.ctx, w.tx, viewer, lab, directory.OrgChange{Name: &name})
			check("a renamed org", accepting != nothing, err)
		})
	}
}

// TestALongNameOfAnEarlierVersion checks that a project whose name is not accepted
// any more can still be changed.
func TestALongNameOfAnEarlierVersion(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		id, summary := w.project(map[string]directory.Level{alice: administer}), "changed"
		project := w.stored(id)
		project.Name = strings.Repeat("x", 512)
		w.must(w.tx.UpdateProject(w.ctx, project))
		w.must(w.service.UpdateProject(w.ctx, w.tx, w.viewer(alice), id, directory.ProjectChange{Summary: &summary}))
		if got := w.stored(id); got.Summary != summary || got.Name != project.Name {
			w.Errorf("the project is %+v", got)
		}
	})
}

func TestProjectIDsAreUnique(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		w.service = directory.NewService(time.Now, bytes.NewReader(make([]byte, 48)))
		_, err := w.service.CreateProject(w.ctx, w.tx, w.viewer(alice), directory.Project{Name: "Exome"})
		w.must(err)
		_, err = w.service.CreateProject(w.ctx, w.tx, w.viewer(alice), directory.Project{Name: "Exome"})
		wantError(w, err, directory.ErrIDTaken)
		_, err = w.service.CreateProject(w.ctx, w.tx, w.viewer(alice), directory.Project{Name: "Exome"})
		if err == nil {
			w.Error("an ID was drawn without randomness")
		}
	})
}

func TestWhoPays(t *testing.T) {
	s := populated(t)
	const licence, billing = refusal.PHIUnlicensed, refusal.Billing
	for _, c := range []struct {
		name   string
		userID string
		billTo string
		phi    bool
		want   refusal.Reason // empty: no error
	}{
		{"the user", carol, carol, false, ""},
		{"no payer named", carol, "", false, ""},
		{"the user, who has no licence for PHI", carol, carol, true, licence},
		{"an org that lets its member bill", carol, ward, false, ""},
		{"the same with its licence", carol, ward, true, ""},
		{"an org that does not let its member bill", dave, ward, false, billing},
		{"an org's admin", erin, lab, false, ""},
		{"an org without a licence", erin, lab, true, licence},
		{"an org of others", alice, lab, false, billing},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, s, func(w world) {
				draft := directory.Project{Name: "Patients", BillTo: c.billTo, ContainsPHI: c.phi}
				_, err := w.service.CreateProject(w.ctx, w.tx, w.viewer(c.userID), draft)
				if (err == nil) != (c.want == "") || refusal.ReasonOf(err) != c.want {
					w.Errorf("got error %v", err)
				}
			})
		})
	}
	inWorld(t, s, func(w world) {
		_, err := w.service.CreateProject(w.ctx, w.tx, w.viewer(alice), directory.Project{Name: "Exome", BillTo: "org-nobody"})
		wantError(w, err, directory.ErrNoOrg)
	})
}

// Clients rely on how this text begins.
func TestTextOfAMissingLicence(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		draft := directory.Project{Name: "Patients", BillTo: lab, ContainsPHI: true}
		_, err := w.service.CreateProject(w.ctx, w.tx, w.viewer(erin), draft)
		if err == nil || !strings.HasPrefix(err.Error(), "PHI features must be enabled for org-lab") {
			w.Error(err)
		}
	})
}

func TestInviteNeverLowers(t *testing.T) {
	s := populated(t)
	for _, present := range allLevels() {
		for _, level := range allLevels()[1:] {
			inWorld(t, s, func(w world) {
				project := w.project(map[string]directory.Level{alice: administer, bob: present})
				w.must(w.service.Invite(w.ctx, w.tx, w.viewer(alice), project, bob, level))
				if got, want := w.permissions(project)[bob], max(present, level); got != want {
					w.Errorf("%s, invited to %s, has %s", present, level, got)
				}
				if changed := w.modified(project).Equal(noon); changed != (level > present) {
					w.Errorf("%s, invited to %s: modified is %v", present, level, changed)
				}
			})
		}
	}
}

func TestInvitees(t *testing.T) {
	s := populated(t)
	for _, grantee := range []string{bob, lab, directory.Public} {
		inWorld(t, s, func(w world) {
			project := w.project(map[string]directory.Level{alice: administer})
			w.must(w.service.Invite(w.ctx, w.tx, w.viewer(alice), project, grantee, view))
			if got := w.permissions(project)[grantee]; got != view {
				w.Errorf("%s has %s", grantee, got)
			}
		})
	}
	inWorld(t, s, func(w world) {
		project := w.project(map[string]directory.Level{alice: administer})
		for _, unknown := range []string{"", "user-nobody", "org-nobody", "bob", "public", project} {
			err := w.service.Invite(w.ctx, w.tx, w.viewer(alice), project, unknown, view)
			wantError(w, err, directory.ErrNoInvitee)
		}
	})
}

func TestPublicCanHaveViewOnly(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		project := w.project(map[string]directory.Level{alice: administer})
		for _, level := range []directory.Level{upload, contribute, administer} {
			wantInputError(w, w.service.Invite(w.ctx, w.tx, w.viewer(alice), project, directory.Public, level), "level")

			drafted, err := w.service.Complete(directory.Project{Name: "Exome"})
			w.must(err)
			err = w.service.AddProject(w.ctx, w.tx, drafted, map[string]directory.Level{directory.Public: level})
			wantInputError(w, err, "level")
		}
	})
}

func TestDecreaseNeverRaises(t *testing.T) {
	s := populated(t)
	for _, present := range allLevels() {
		for _, keep := range allLevels() {
			inWorld(t, s, func(w world) {
				permissions := map[string]directory.Level{alice: administer}
				if present > none {
					permissions[bob] = present
				}
				project := w.project(permissions)
				w.must(w.service.DecreasePermissions(w.ctx, w.tx, w.viewer(alice), project, map[string]directory.Level{bob: keep}))
				got, has := w.permissions(project)[bob]
				if want := min(present, keep); got != want || has != (want > none) {
					w.Errorf("of %s, %s was kept: has %s, listed %v", present, keep, got, has)
				}
			})
		}
	}
}

func TestAnAdministratorStays(t *testing.T) {
	s := populated(t)
	type levels = map[string]directory.Level
	for _, c := range []struct {
		name    string
		present levels
		keep    levels
		want    error
	}{
		{"the only one goes", levels{alice: administer}, levels{alice: none}, directory.ErrLastAdmin},
		{"the only one is lowered", levels{alice: administer, bob: contribute}, levels{alice: contribute}, directory.ErrLastAdmin},
		{"all of them go", levels{alice: administer, bob: administer}, levels{alice: none, bob: view}, directory.ErrLastAdmin},
		{"one of two goes", levels{alice: administer, bob: administer}, levels{alice: none}, nil},
		{"an org remains", levels{alice: administer, lab: administer}, levels{alice: none}, nil},
		{"nothing is named", levels{alice: administer}, levels{}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, s, func(w world) {
				project := w.project(c.present)
				wantError(w, w.service.DecreasePermissions(w.ctx, w.tx, w.viewer(alice), project, c.keep), c.want)
			})
		})
	}
}

func TestDestroyedProjectsAreGone(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		project := w.project(map[string]directory.Level{alice: administer})
		w.must(w.service.CreateFolders(w.ctx, w.tx, w.viewer(alice), project, "/raw/batch1"))
		w.must(w.service.DestroyProject(w.ctx, w.tx, w.viewer(alice), project))
		_, err := w.service.Project(w.ctx, w.tx, w.viewer(alice), project, none)
		wantError(w, err, directory.ErrNoProject)
		if left := w.permissions(project); len(left) != 0 {
			w.Errorf("permissions are left: %v", left)
		}
	})
}

func TestCompleteKeepsFieldsThatAreSet(t *testing.T) {
	service := directory.NewService(func() time.Time { return noon }, rand.Reader)
	draft := directory.Project{
		ID: "project-0000000000000000000000pb", Name: "public-test-project", Region: "azure:westus", Created: morning,
	}
	got, err := service.Complete(draft)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != draft.ID || got.Region != draft.Region || !got.Created.Equal(morning) || !got.Modified.Equal(morning) {
		t.Errorf("got %+v", got)
	}
}

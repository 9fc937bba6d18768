package directory_test

import (
	"slices"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refusal"
)

// With a token that excludes an org, its owner can do there what any outsider can:
// every operation that depends on a membership gives both the same answer.
func TestATokenThatExcludesAnOrgMakesNobodyAMember(t *testing.T) {
	operations := map[string]func(w world, viewer directory.Viewer, theirs string) error{
		"set the default payer": func(w world, viewer directory.Viewer, _ string) error {
			_, err := directory.PayerOf(w.ctx, w.tx, viewer, lab)
			return err
		},
		"let it pay for a new project": func(w world, viewer directory.Viewer, _ string) error {
			_, err := w.service.CreateProject(w.ctx, w.tx, viewer, directory.Project{Name: "Exome", BillTo: lab})
			return err
		},
		"let it pay for a project": func(w world, viewer directory.Viewer, _ string) error {
			id, payer := w.project(map[string]directory.Level{viewer.UserID: administer}), lab
			return w.service.UpdateProject(w.ctx, w.tx, viewer, id, directory.ProjectChange{BillTo: &payer})
		},
		"reach a project that others pay for": func(w world, viewer directory.Viewer, theirs string) error {
			_, err := w.service.Project(w.ctx, w.tx, viewer, theirs, directory.View)
			return err
		},
		"find that project": func(w world, viewer directory.Viewer, theirs string) error {
			page, err := w.service.FindProjects(w.ctx, w.reader(viewer), directory.Query{Limit: 10})
			isTheirs := func(hit directory.Hit) bool { return hit.ID == theirs }
			if err == nil && !slices.ContainsFunc(page.Hits, isTheirs) {
				return directory.ErrNoProject
			}
			return err
		},
		"create accounts with its licence": func(w world, viewer directory.Viewer, _ string) error {
			return w.service.RequireProvisioner(w.ctx, w.tx, viewer, "")
		},
		"create accounts for it": func(w world, viewer directory.Viewer, _ string) error {
			return w.service.RequireProvisioner(w.ctx, w.tx, viewer, lab)
		},
		"see its members": func(w world, viewer directory.Viewer, _ string) error {
			_, err := w.service.FindMembers(w.ctx, w.tx, viewer, lab, directory.MemberQuery{Limit: 10})
			return err
		},
		"change it": func(w world, viewer directory.Viewer, _ string) error {
			return w.service.UpdateOrg(w.ctx, w.tx, viewer, lab, directory.OrgChange{})
		},
	}
	for name, operation := range operations {
		inWorld(t, populated(t), func(w world) {
			theirs := w.project(map[string]directory.Level{alice: administer, lab: view})
			excluded := w.viewer(erin)
			excluded.Excluded = []string{lab}
			if err := operation(w, w.viewer(erin), theirs); err != nil {
				w.Errorf("%s, as an admin: %v", name, err)
			}
			got, want := operation(w, excluded, theirs), operation(w, w.viewer(bob), theirs)
			if refusal.CodeOf(got) != refusal.CodeOf(want) || refusal.ReasonOf(got) != refusal.ReasonOf(want) || got == nil {
				w.Errorf("%s: got error %v, an outsider gets %v", name, got, want)
			}
		})
	}
}

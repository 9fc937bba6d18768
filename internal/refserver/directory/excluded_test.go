package directory_test

import (
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refusal"
)

// With a token that excludes an org, its owner can do there what any outsider can:
// every operation in the org gives both the same answer.
func TestATokenThatExcludesAnOrgMakesNobodyAMember(t *testing.T) {
	operations := map[string]func(w world, viewer directory.Viewer) error{
		"set the default payer": func(w world, viewer directory.Viewer) error {
			_, err := directory.PayerOf(w.ctx, w.tx, viewer, lab)
			return err
		},
		"let it pay for a new project": func(w world, viewer directory.Viewer) error {
			_, err := w.service.CreateProject(w.ctx, w.tx, viewer, directory.Project{Name: "Exome", BillTo: lab})
			return err
		},
		"let it pay for a project": func(w world, viewer directory.Viewer) error {
			id, payer := w.project(map[string]directory.Level{viewer.UserID: administer}), lab
			return w.service.UpdateProject(w.ctx, w.tx, viewer, id, directory.ProjectChange{BillTo: &payer})
		},
		"create accounts with its licence": func(w world, viewer directory.Viewer) error {
			return w.service.RequireProvisioner(w.ctx, w.tx, viewer, "")
		},
		"create accounts for it": func(w world, viewer directory.Viewer) error {
			return w.service.RequireProvisioner(w.ctx, w.tx, viewer, lab)
		},
		"see its members": func(w world, viewer directory.Viewer) error {
			_, err := w.service.FindMembers(w.ctx, w.tx, viewer, lab, directory.MemberQuery{Limit: 10})
			return err
		},
		"change it": func(w world, viewer directory.Viewer) error {
			return w.service.UpdateOrg(w.ctx, w.tx, viewer, lab, directory.OrgChange{})
		},
	}
	for name, operation := range operations {
		inWorld(t, populated(t), func(w world) {
			excluded := w.viewer(erin)
			excluded.Excluded = []string{lab}
			if err := operation(w, w.viewer(erin)); err != nil {
				w.Errorf("%s, as an admin: %v", name, err)
			}
			got, want := operation(w, excluded), operation(w, w.viewer(bob))
			if refusal.CodeOf(got) != refusal.CodeOf(want) || refusal.ReasonOf(got) != refusal.ReasonOf(want) || got == nil {
				w.Errorf("%s: got error %v, an outsider gets %v", name, got, want)
			}
		})
	}
}

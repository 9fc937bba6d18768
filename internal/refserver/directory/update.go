package directory

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/quota"
	"github.com/dxauth/dxauth/internal/refusal"
)

// MaxLabel is the greatest length of a tag, or of the key or the value of a property, in
// bytes.
const MaxLabel = 1000

func checkLabels(project Project) error {
	for _, tag := range project.Tags {
		if tag == "" || len(tag) > MaxLabel {
			return refusal.Inputf("tags", "must be nonempty strings of at most %d bytes", MaxLabel)
		}
	}
	for key, value := range project.Properties {
		if key == "" {
			return refusal.Inputf("properties", "keys must be nonempty strings")
		}
		if len(key) > MaxLabel || len(value) > MaxLabel {
			return refusal.Inputf("properties", "keys and values must be of at most %d bytes", MaxLabel)
		}
	}
	return nil
}

// checkLabelLimits returns the refusal of a limit that a change of the labels of a project
// exceeds. A change that adds nothing to what is too much is allowed.
func checkLabelLimits(before, after Project) error {
	for _, l := range []struct {
		limit quota.Limit
		size  func(Project) int
	}{
		{quota.Tags, func(p Project) int { return len(p.Tags) }},
		{quota.Properties, func(p Project) int { return len(p.Properties) }},
		{quota.LabelBytes, Project.labelBytes},
	} {
		if size := l.size(after); size > l.size(before) {
			if err := l.limit.Check(size); err != nil {
				return err
			}
		}
	}
	return nil
}

// ProjectChange is a change of a project; nil keeps a value.
type ProjectChange struct {
	Name        *string
	Summary     *string
	Description *string
	BillTo      *string
	ContainsPHI *bool // true only
	Controls    ControlsChange
	IfVersion   *int64 // change only if the project has this version
}

// needs returns the level that a change takes: CONTRIBUTE if it only changes the
// description of the project.
func (c ProjectChange) needs() Level {
	if c.BillTo == nil && c.ContainsPHI == nil && c.Controls == (ControlsChange{}) {
		return Contribute
	}
	return Administer
}

// UpdateProject changes a project. It returns ErrVersion if the version is not
// IfVersion, refusal.WrongInput, and the errors of CreateProject.
func (s *Service) UpdateProject(ctx context.Context, tx Tx, viewer Viewer, id string, change ProjectChange) error {
	view, err := s.Project(ctx, tx, viewer, id, change.needs())
	if err != nil {
		return err
	}
	project := view.Project
	if change.IfVersion != nil && *change.IfVersion != project.Version {
		return ErrVersion
	}
	if err := change.apply(&project); err != nil {
		return err
	}
	if viewer.ceiling(project) < change.needs() { // a token must still reach the changed project
		return denied(change.needs())
	}
	if err := change.checkBilling(ctx, tx, viewer, view.BillTo, project); err != nil {
		return err
	}
	project.Version++
	if err := s.save(ctx, tx, project); err != nil || project.BillTo == view.BillTo {
		return err
	}
	return checkTransferred(ctx, tx, project)
}

// checkTransferred returns the refusal of a limit that the new payer of a project
// exceeds.
func checkTransferred(ctx context.Context, tx Tx, project Project) error {
	if err := checkProjects(ctx, tx, project.BillTo); err != nil {
		return err
	}
	_, ofPayer, err := tx.FolderCounts(ctx, project.ID)
	if err != nil {
		return err
	}
	return quota.FoldersOfPayer.Check(ofPayer)
}

// checkBilling checks the payer and the licence if a change affects them.
func (c ProjectChange) checkBilling(ctx context.Context, tx Tx, viewer Viewer, payer string, project Project) error {
	if c.BillTo == nil && c.ContainsPHI == nil {
		return nil
	}
	if project.BillTo != payer {
		if err := checkTransfer(ctx, tx, viewer, payer); err != nil {
			return err
		}
		if err := checkPayer(ctx, tx, viewer, project.BillTo); err != nil {
			return err
		}
	}
	return checkLicence(ctx, tx, project)
}

// checkTransfer returns an error if the org that pays for a project lets only its
// admins transfer projects, and the viewer is not one of them.
func checkTransfer(ctx context.Context, tx Tx, viewer Viewer, payer string) error {
	if !strings.HasPrefix(payer, "org-") {
		return nil
	}
	org, err := tx.OrgByID(ctx, payer)
	if err != nil || org.ProjectTransfer != Admin || viewer.Superuser {
		return err
	}
	own, err := viewer.membership(ctx, tx, payer)
	if err == nil && own.Level != Admin {
		err = orgDenied(payer, Admin)
	}
	return err
}

// apply changes the fields of a project and checks each of them on its own.
func (c ProjectChange) apply(project *Project) error {
	if c.ContainsPHI != nil && !*c.ContainsPHI && project.ContainsPHI {
		return refusal.Inputf("containsPHI", "can't be taken back")
	}
	if c.Name != nil { // an earlier version may have accepted the present name
		if err := checkName(*c.Name); err != nil {
			return err
		}
	}
	set(&project.Name, c.Name)
	set(&project.Summary, c.Summary)
	set(&project.Description, c.Description)
	set(&project.BillTo, c.BillTo)
	set(&project.ContainsPHI, c.ContainsPHI)
	return c.Controls.apply(&project.Controls)
}

// save stores a changed project.
func (s *Service) save(ctx context.Context, tx Tx, project Project) error {
	project.Modified = s.now()
	return tx.UpdateProject(ctx, project)
}

// AddTags adds tags to a project, except those that it has already.
func (s *Service) AddTags(ctx context.Context, tx Tx, viewer Viewer, id string, tags []string) error {
	if err := quota.Tags.Check(len(tags)); err != nil { // comparing more takes too long
		return err
	}
	return s.relabel(ctx, tx, viewer, id, func(project *Project) {
		for _, tag := range tags {
			if !slices.Contains(project.Tags, tag) {
				project.Tags = append(project.Tags, tag)
			}
		}
	})
}

// RemoveTags removes tags from a project and ignores those that it does not have.
func (s *Service) RemoveTags(ctx context.Context, tx Tx, viewer Viewer, id string, tags []string) error {
	return s.relabel(ctx, tx, viewer, id, func(project *Project) {
		project.Tags = slices.DeleteFunc(project.Tags, func(tag string) bool { return slices.Contains(tags, tag) })
	})
}

// SetProperties sets properties of a project, and removes those whose value is
// nil.
func (s *Service) SetProperties(ctx context.Context, tx Tx, viewer Viewer, id string, values map[string]*string) error {
	if _, empty := values[""]; empty {
		return refusal.Inputf("properties", "keys must be nonempty strings")
	}
	return s.relabel(ctx, tx, viewer, id, func(project *Project) {
		if project.Properties == nil {
			project.Properties = map[string]string{}
		}
		for key, value := range values {
			if value == nil {
				delete(project.Properties, key)
			} else {
				project.Properties[key] = *value
			}
		}
	})
}

func (s *Service) relabel(ctx context.Context, tx Tx, viewer Viewer, id string, apply func(*Project)) error {
	view, err := s.Project(ctx, tx, viewer, id, Contribute)
	if err != nil {
		return err
	}
	changed := view.Project
	changed.Tags, changed.Properties = slices.Clone(changed.Tags), maps.Clone(changed.Properties)
	apply(&changed)
	if err := checkLabels(changed); err != nil {
		return err
	}
	if err := checkLabelLimits(view.Project, changed); err != nil {
		return err
	}
	return s.save(ctx, tx, changed)
}

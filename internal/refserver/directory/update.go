package directory

import (
	"context"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refusal"
)

// Bounds of what a project is labelled with. They are far beyond what people
// use, and keep a project from growing without end.
const (
	MaxLabel  = 1000 // bytes of a tag, or of the key or the value of a property
	MaxLabels = 1000 // tags, and as many properties
)

func checkLabels(project Project) error {
	if len(project.Tags) > MaxLabels {
		return refusal.Inputf("tags", "are more than %d", MaxLabels)
	}
	if len(project.Properties) > MaxLabels {
		return refusal.Inputf("properties", "are more than %d", MaxLabels)
	}
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

// ProjectChange is what changes of a project; nil stays as it is.
type ProjectChange struct {
	Name        *string
	Summary     *string
	Description *string
	BillTo      *string
	ContainsPHI *bool // true only
	Controls    ControlsChange
	IfVersion   *int64 // change only if the project has this version
}

// needs is the level that a change takes: what only describes the project is
// for everybody who works in it.
func (c ProjectChange) needs() Level {
	if c.BillTo == nil && c.ContainsPHI == nil && c.Controls == (ControlsChange{}) {
		return Contribute
	}
	return Administer
}

// UpdateProject changes a project. It answers ErrVersion where IfVersion says
// so, refusal.WrongInput, and what CreateProject refuses with.
func (s *Service) UpdateProject(ctx context.Context, tx Tx, viewer Viewer, id string, change ProjectChange) error {
	sight, err := s.Project(ctx, tx, viewer, id, change.needs())
	if err != nil {
		return err
	}
	project := sight.Project
	if change.IfVersion != nil && *change.IfVersion != project.Version {
		return ErrVersion
	}
	if err := change.apply(&project); err != nil {
		return err
	}
	if viewer.ceiling(project) < change.needs() { // a token takes nothing out of its own reach
		return denied(change.needs())
	}
	if err := change.checkBilling(ctx, tx, viewer, sight.BillTo, project); err != nil {
		return err
	}
	project.Version++
	return s.save(ctx, tx, project)
}

// checkBilling looks at who pays and for what, where either changes.
func (c ProjectChange) checkBilling(ctx context.Context, tx Tx, viewer Viewer, payer string, project Project) error {
	if c.BillTo == nil && c.ContainsPHI == nil {
		return nil
	}
	if project.BillTo != payer {
		if err := checkTransfer(ctx, tx, viewer, payer); err != nil {
			return err
		}
		if err := CheckPayer(ctx, tx, viewer.UserID, project.BillTo); err != nil {
			return err
		}
	}
	return checkLicence(ctx, tx, project)
}

// checkTransfer lets a project go that an org pays for, unless its policy leaves
// that to its admins.
func checkTransfer(ctx context.Context, tx Tx, viewer Viewer, payer string) error {
	if !strings.HasPrefix(payer, "org-") {
		return nil
	}
	org, err := tx.OrgByID(ctx, payer)
	if err != nil || org.ProjectTransfer != Admin || viewer.Superuser {
		return err
	}
	own, err := membershipOf(ctx, tx, payer, viewer.UserID)
	if err == nil && own.Level != Admin {
		err = orgDenied(payer, Admin)
	}
	return err
}

// apply changes the project as far as that depends on nothing else.
func (c ProjectChange) apply(project *Project) error {
	if c.ContainsPHI != nil && !*c.ContainsPHI && project.ContainsPHI {
		return refusal.Inputf("containsPHI", "can't be taken back")
	}
	set(&project.Name, c.Name)
	set(&project.Summary, c.Summary)
	set(&project.Description, c.Description)
	set(&project.BillTo, c.BillTo)
	set(&project.ContainsPHI, c.ContainsPHI)
	if err := checkName(project.Name); err != nil {
		return err
	}
	return c.Controls.apply(&project.Controls)
}

// save stores a changed project.
func (s *Service) save(ctx context.Context, tx Tx, project Project) error {
	project.Modified = s.now()
	return tx.UpdateProject(ctx, project)
}

// AddTags labels a project with tags that it may have already.
func (s *Service) AddTags(ctx context.Context, tx Tx, viewer Viewer, id string, tags []string) error {
	if len(tags) > MaxLabels {
		return refusal.Inputf("tags", "are more than %d", MaxLabels)
	}
	return s.relabel(ctx, tx, viewer, id, func(project *Project) {
		for _, tag := range tags {
			if !slices.Contains(project.Tags, tag) {
				project.Tags = append(project.Tags, tag)
			}
		}
	})
}

// RemoveTags takes tags away that a project may not have.
func (s *Service) RemoveTags(ctx context.Context, tx Tx, viewer Viewer, id string, tags []string) error {
	return s.relabel(ctx, tx, viewer, id, func(project *Project) {
		project.Tags = slices.DeleteFunc(project.Tags, func(tag string) bool { return slices.Contains(tags, tag) })
	})
}

// SetProperties gives properties a value, and takes those away whose value is
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
	sight, err := s.Project(ctx, tx, viewer, id, Contribute)
	if err != nil {
		return err
	}
	apply(&sight.Project)
	if err := checkLabels(sight.Project); err != nil {
		return err
	}
	return s.save(ctx, tx, sight.Project)
}

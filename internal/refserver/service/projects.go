package service

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// CreateProject creates a project that the caller administers, and returns its ID.
// It returns the errors of directory.CreateProject.
func (s *Service) CreateProject(ctx context.Context, caller Caller, draft directory.Project) (id string, err error) {
	return changeAs(ctx, s, caller, audit.ProjectNew, func(tx transaction.Tx, viewer directory.Viewer) (id, subject string, err error) {
		project, err := s.directory.CreateProject(ctx, tx, viewer, draft)
		return project.ID, project.ID, err
	})
}

// Project returns a project on which the caller has at least VIEW. It returns
// directory.ErrNoProject and refusal.ProjectAccess.
func (s *Service) Project(ctx context.Context, caller Caller, id string) (directory.ProjectView, error) {
	return readAs(ctx, s, caller, func(tx transaction.Tx, viewer directory.Viewer) (directory.ProjectView, error) {
		return s.directory.Project(ctx, tx, viewer, id, directory.View)
	})
}

// RequireProjects returns the error of Project for the first of the projects that
// the caller can't see.
func (s *Service) RequireProjects(ctx context.Context, caller Caller, ids ...string) error {
	return s.Read(ctx, caller, func(tx transaction.Tx, viewer directory.Viewer) error {
		for _, id := range ids {
			if _, err := s.directory.Project(ctx, tx, viewer, id, directory.View); err != nil {
				return err
			}
		}
		return nil
	})
}

// FindProjects returns a page of the projects that the caller can reach. It
// returns refusal.WrongInput where the query asks for too much.
func (s *Service) FindProjects(ctx context.Context, caller Caller, query directory.Query) (directory.Page, error) {
	return s.directory.FindProjects(ctx, s.reader(ctx, caller), query)
}

// FindOrgProjects returns a page of the projects that an org pays for, to one of
// its admins. It returns directory.ErrNoOrg, refusal.OrgAccess and
// refusal.WrongInput.
func (s *Service) FindOrgProjects(ctx context.Context, caller Caller, orgID string, query directory.Query) (directory.Page, error) {
	return s.directory.FindOrgProjects(ctx, s.reader(ctx, caller), orgID, query)
}

// reader runs the many transactions of a search on behalf of a caller.
func (s *Service) reader(ctx context.Context, caller Caller) directory.Reader {
	return func(f func(directory.Tx, directory.Viewer) error) error {
		return s.Read(ctx, caller, func(tx transaction.Tx, viewer directory.Viewer) error { return f(tx, viewer) })
	}
}

// changeProject is change for a project whose ID is known in advance.
func (s *Service) changeProject(ctx context.Context, caller Caller, action audit.Action, id string, f func(transaction.Tx, directory.Viewer) error) error {
	return s.Change(ctx, caller, action, func(tx transaction.Tx, viewer directory.Viewer) (string, error) { return id, f(tx, viewer) })
}

// UpdateProject changes a project. It returns the errors of
// directory.UpdateProject.
func (s *Service) UpdateProject(ctx context.Context, caller Caller, id string, change directory.ProjectChange) error {
	return s.changeProject(ctx, caller, audit.ProjectUpdate, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.UpdateProject(ctx, tx, viewer, id, change)
	})
}

// DestroyProject removes a project and everything in it.
func (s *Service) DestroyProject(ctx context.Context, caller Caller, id string) error {
	err := s.changeProject(ctx, caller, audit.ProjectRemove, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.DestroyProject(ctx, tx, viewer, id)
	})
	if err == nil {
		s.clearSome(ctx)
	}
	return err
}

// AddTags adds tags to a project, except those that it has already.
func (s *Service) AddTags(ctx context.Context, caller Caller, id string, tags []string) error {
	return s.changeProject(ctx, caller, audit.ProjectUpdate, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.AddTags(ctx, tx, viewer, id, tags)
	})
}

// RemoveTags removes tags from a project and ignores those that it does not have.
func (s *Service) RemoveTags(ctx context.Context, caller Caller, id string, tags []string) error {
	return s.changeProject(ctx, caller, audit.ProjectUpdate, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.RemoveTags(ctx, tx, viewer, id, tags)
	})
}

// SetProperties sets properties of a project, and removes those whose value is nil.
func (s *Service) SetProperties(ctx context.Context, caller Caller, id string, values map[string]*string) error {
	return s.changeProject(ctx, caller, audit.ProjectUpdate, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.SetProperties(ctx, tx, viewer, id, values)
	})
}

// InviteToProject grants a level on a project to the user or org with that ID, to
// the user with that e-mail address, or to PUBLIC. It returns the errors of
// directory.Invite.
func (s *Service) InviteToProject(ctx context.Context, caller Caller, id, invitee string, level directory.Level) error {
	return s.changeProject(ctx, caller, audit.ProjectGrant, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		if _, err := s.directory.Project(ctx, tx, viewer, id, directory.Administer); err != nil {
			return err // first, so that only administrators learn whose address it is
		}
		grantee, err := inviteeID(ctx, tx, invitee)
		if err != nil {
			return err
		}
		return s.directory.Invite(ctx, tx, viewer, id, grantee, level)
	})
}

// DecreasePermissions lowers each grantee to the level named for it. It returns the
// errors of directory.DecreasePermissions.
func (s *Service) DecreasePermissions(ctx context.Context, caller Caller, id string, keep map[string]directory.Level) error {
	return s.changeProject(ctx, caller, audit.ProjectGrant, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.DecreasePermissions(ctx, tx, viewer, id, keep)
	})
}

// LeaveProject removes the caller's own permission on a project. It returns the
// errors of directory.Leave.
func (s *Service) LeaveProject(ctx context.Context, caller Caller, id string) error {
	return s.changeProject(ctx, caller, audit.ProjectLeave, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.Leave(ctx, tx, viewer, id)
	})
}

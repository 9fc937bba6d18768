// Package projects has the use cases of projects and their folders.
//
// It promises that a project is changed and the change written to the audit log in one
// transaction, and that only those who administer a project learn whether an address that
// they invite is that of a user. What was in a removed folder or project is deleted after the
// removal, some rows in a transaction, so that no other writer waits; what is left over then
// is deleted by the sweep of package service.
//
// Who may do what with a project is decided by package directory.
package projects

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Create creates a project that the caller administers, and returns its ID. It returns the
// errors of directory.CreateProject.
func Create(ctx context.Context, s *service.Service, caller service.Caller, draft directory.Project) (id string, err error) {
	return service.ChangeAs(ctx, s, caller, audit.ProjectNew, func(tx transaction.Tx, viewer directory.Viewer) (id, subject string, err error) {
		project, err := s.Directory().CreateProject(ctx, tx, viewer, draft)
		return project.ID, project.ID, err
	})
}

// View returns a project on which the caller has at least VIEW. It returns
// directory.ErrNoProject and refusal.ProjectAccess.
func View(ctx context.Context, s *service.Service, caller service.Caller, id string) (directory.ProjectView, error) {
	return service.ReadAs(ctx, s, caller, func(tx transaction.Tx, viewer directory.Viewer) (directory.ProjectView, error) {
		return s.Directory().Project(ctx, tx, viewer, id, directory.View)
	})
}

// RequireVisible returns the error of View for the first of the projects that the caller
// can't see.
func RequireVisible(ctx context.Context, s *service.Service, caller service.Caller, ids ...string) error {
	return s.Read(ctx, caller, func(tx transaction.Tx, viewer directory.Viewer) error {
		for _, id := range ids {
			if _, err := s.Directory().Project(ctx, tx, viewer, id, directory.View); err != nil {
				return err
			}
		}
		return nil
	})
}

// Find returns a page of the projects that the caller can reach. It returns
// refusal.WrongInput where the query asks for too much.
func Find(ctx context.Context, s *service.Service, caller service.Caller, query directory.Query) (directory.Page, error) {
	return s.Directory().FindProjects(ctx, reader(ctx, s, caller), query)
}

// FindOfOrg returns a page of the projects that an org pays for, to one of its admins. It
// returns directory.ErrNoOrg, refusal.OrgAccess and refusal.WrongInput.
func FindOfOrg(ctx context.Context, s *service.Service, caller service.Caller, orgID string, query directory.Query) (directory.Page, error) {
	return s.Directory().FindOrgProjects(ctx, reader(ctx, s, caller), orgID, query)
}

// reader runs the many transactions of a search on behalf of a caller.
func reader(ctx context.Context, s *service.Service, caller service.Caller) directory.Reader {
	return func(f func(directory.Tx, directory.Viewer) error) error {
		return s.Read(ctx, caller, func(tx transaction.Tx, viewer directory.Viewer) error { return f(tx, viewer) })
	}
}

// changeProject is service.Change for a project whose ID is known in advance.
func changeProject(ctx context.Context, s *service.Service, caller service.Caller, action audit.Action, id string, f func(transaction.Tx, directory.Viewer) error) error {
	return s.Change(ctx, caller, action, func(tx transaction.Tx, viewer directory.Viewer) (string, error) { return id, f(tx, viewer) })
}

// Update changes a project. It returns the errors of directory.UpdateProject.
func Update(ctx context.Context, s *service.Service, caller service.Caller, id string, change directory.ProjectChange) error {
	return changeProject(ctx, s, caller, audit.ProjectUpdate, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.Directory().UpdateProject(ctx, tx, viewer, id, change)
	})
}

// Destroy removes a project and everything in it.
func Destroy(ctx context.Context, s *service.Service, caller service.Caller, id string) error {
	err := changeProject(ctx, s, caller, audit.ProjectRemove, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.Directory().DestroyProject(ctx, tx, viewer, id)
	})
	if err == nil {
		s.ClearRemoved(ctx)
	}
	return err
}

// AddTags adds tags to a project, except those that it has already.
func AddTags(ctx context.Context, s *service.Service, caller service.Caller, id string, tags []string) error {
	return changeProject(ctx, s, caller, audit.ProjectUpdate, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.Directory().AddTags(ctx, tx, viewer, id, tags)
	})
}

// RemoveTags removes tags from a project and ignores those that it does not have.
func RemoveTags(ctx context.Context, s *service.Service, caller service.Caller, id string, tags []string) error {
	return changeProject(ctx, s, caller, audit.ProjectUpdate, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.Directory().RemoveTags(ctx, tx, viewer, id, tags)
	})
}

// SetProperties sets properties of a project, and removes those whose value is nil.
func SetProperties(ctx context.Context, s *service.Service, caller service.Caller, id string, values map[string]*string) error {
	return changeProject(ctx, s, caller, audit.ProjectUpdate, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.Directory().SetProperties(ctx, tx, viewer, id, values)
	})
}

// Invite grants a level on a project to the user or org with that ID, to
// the user with that e-mail address, or to PUBLIC. It returns the errors of
// directory.Invite.
func Invite(ctx context.Context, s *service.Service, caller service.Caller, id, invitee string, level directory.Level) error {
	return changeProject(ctx, s, caller, audit.ProjectGrant, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		if _, err := s.Directory().Project(ctx, tx, viewer, id, directory.Administer); err != nil {
			return err // first, so that only administrators learn whose address it is
		}
		grantee, err := service.InviteeID(ctx, tx, invitee)
		if err != nil {
			return err
		}
		return s.Directory().Invite(ctx, tx, viewer, id, grantee, level)
	})
}

// DecreasePermissions lowers each grantee to the level named for it. It returns the
// errors of directory.DecreasePermissions.
func DecreasePermissions(ctx context.Context, s *service.Service, caller service.Caller, id string, keep map[string]directory.Level) error {
	return changeProject(ctx, s, caller, audit.ProjectGrant, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.Directory().DecreasePermissions(ctx, tx, viewer, id, keep)
	})
}

// Leave removes the caller's own permission on a project. It returns the
// errors of directory.Leave.
func Leave(ctx context.Context, s *service.Service, caller service.Caller, id string) error {
	return changeProject(ctx, s, caller, audit.ProjectLeave, id, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.Directory().Leave(ctx, tx, viewer, id)
	})
}

package service

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// ListFolder returns the folders directly below a folder. Like the other methods
// about folders, it returns directory.ErrNoProject, directory.ErrNoFolder,
// refusal.ProjectAccess and refusal.WrongInput.
func (s *Service) ListFolder(ctx context.Context, caller Caller, projectID, folder string) ([]string, error) {
	return readAs(ctx, s, caller, func(tx transaction.Tx, viewer directory.Viewer) ([]string, error) {
		return s.directory.ListFolder(ctx, tx, viewer, projectID, folder)
	})
}

// Folders returns the paths of all folders of a project, the root included.
func (s *Service) Folders(ctx context.Context, caller Caller, projectID string) ([]string, error) {
	return readAs(ctx, s, caller, func(tx transaction.Tx, viewer directory.Viewer) ([]string, error) {
		return s.directory.Folders(ctx, tx, viewer, projectID)
	})
}

// CreateFolder creates a folder, whose parent must exist. It returns
// directory.ErrFolderThere if the folder exists.
func (s *Service) CreateFolder(ctx context.Context, caller Caller, projectID, folder string) error {
	return s.changeProject(ctx, caller, audit.FolderNew, projectID, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.CreateFolder(ctx, tx, viewer, projectID, folder)
	})
}

// CreateFolders creates a folder and its missing parents.
func (s *Service) CreateFolders(ctx context.Context, caller Caller, projectID, folder string) error {
	return s.changeProject(ctx, caller, audit.FolderNew, projectID, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.CreateFolders(ctx, tx, viewer, projectID, folder)
	})
}

// RemoveFolder removes an empty folder. It returns directory.ErrFolderFull if it
// is not empty.
func (s *Service) RemoveFolder(ctx context.Context, caller Caller, projectID, folder string) error {
	return s.changeProject(ctx, caller, audit.FolderRemove, projectID, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.RemoveFolder(ctx, tx, viewer, projectID, folder)
	})
}

// RemoveFolders removes a folder and everything in it; the root itself stays.
func (s *Service) RemoveFolders(ctx context.Context, caller Caller, projectID, folder string) error {
	err := s.changeProject(ctx, caller, audit.FolderRemove, projectID, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.RemoveFolders(ctx, tx, viewer, projectID, folder)
	})
	if err == nil {
		s.clearSome(ctx)
	}
	return err
}

// RenameFolder changes a folder's path. It returns directory.ErrFolderThere if the
// new path exists.
func (s *Service) RenameFolder(ctx context.Context, caller Caller, projectID, folder, newPath string) error {
	return s.changeProject(ctx, caller, audit.FolderRename, projectID, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.RenameFolder(ctx, tx, viewer, projectID, folder, newPath)
	})
}

// RequireDelete returns an error unless the caller may delete in a project.
func (s *Service) RequireDelete(ctx context.Context, caller Caller, projectID string) error {
	return s.Read(ctx, caller, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.directory.MayDelete(ctx, tx, viewer, projectID)
	})
}

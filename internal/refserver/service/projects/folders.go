package projects

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// ListFolder returns the folders directly below a folder. Like the other functions
// about folders, it returns directory.ErrNoProject, directory.ErrNoFolder,
// refusal.ProjectAccess and refusal.WrongInput.
func ListFolder(ctx context.Context, s *service.Service, caller service.Caller, projectID, folder string) ([]string, error) {
	return service.ReadAs(ctx, s, caller, func(tx transaction.Tx, viewer directory.Viewer) ([]string, error) {
		return s.Directory().ListFolder(ctx, tx, viewer, projectID, folder)
	})
}

// Folders returns the paths of all folders of a project, the root included.
func Folders(ctx context.Context, s *service.Service, caller service.Caller, projectID string) ([]string, error) {
	return service.ReadAs(ctx, s, caller, func(tx transaction.Tx, viewer directory.Viewer) ([]string, error) {
		return s.Directory().Folders(ctx, tx, viewer, projectID)
	})
}

// CreateFolder creates a folder, whose parent must exist. It returns
// directory.ErrFolderThere if the folder exists.
func CreateFolder(ctx context.Context, s *service.Service, caller service.Caller, projectID, folder string) error {
	return changeProject(ctx, s, caller, audit.FolderNew, projectID, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.Directory().CreateFolder(ctx, tx, viewer, projectID, folder)
	})
}

// CreateFolders creates a folder and its missing parents.
func CreateFolders(ctx context.Context, s *service.Service, caller service.Caller, projectID, folder string) error {
	return changeProject(ctx, s, caller, audit.FolderNew, projectID, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.Directory().CreateFolders(ctx, tx, viewer, projectID, folder)
	})
}

// RemoveFolder removes an empty folder. It returns directory.ErrFolderFull if it
// is not empty.
func RemoveFolder(ctx context.Context, s *service.Service, caller service.Caller, projectID, folder string) error {
	return changeProject(ctx, s, caller, audit.FolderRemove, projectID, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.Directory().RemoveFolder(ctx, tx, viewer, projectID, folder)
	})
}

// RemoveFolders removes a folder and everything in it; the root itself stays.
func RemoveFolders(ctx context.Context, s *service.Service, caller service.Caller, projectID, folder string) error {
	err := changeProject(ctx, s, caller, audit.FolderRemove, projectID, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.Directory().RemoveFolders(ctx, tx, viewer, projectID, folder)
	})
	if err == nil {
		s.ClearRemoved(ctx)
	}
	return err
}

// RenameFolder changes a folder's path. It returns directory.ErrFolderThere if the
// new path exists.
func RenameFolder(ctx context.Context, s *service.Service, caller service.Caller, projectID, folder, newPath string) error {
	return changeProject(ctx, s, caller, audit.FolderRename, projectID, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.Directory().RenameFolder(ctx, tx, viewer, projectID, folder, newPath)
	})
}

// RequireDelete returns an error unless the caller may delete in a project.
func RequireDelete(ctx context.Context, s *service.Service, caller service.Caller, projectID string) error {
	return s.Read(ctx, caller, func(tx transaction.Tx, viewer directory.Viewer) error {
		return s.Directory().MayDelete(ctx, tx, viewer, projectID)
	})
}

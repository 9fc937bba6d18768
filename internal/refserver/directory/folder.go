package directory

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/dxauth/dxauth/internal/refusal"
)

// Root is the folder that every project has.
const Root = "/"

// MaxFolder is the greatest length of a folder path in bytes. It also bounds the
// cost of creating a folder with all its parents.
const MaxFolder = 1024

// CleanFolder checks a folder path and returns its canonical form: absolute,
// without a slash at the end. It returns refusal.WrongInput for a bad path.
func CleanFolder(folder string) (string, error) { return cleanPath("folder", folder) }

// cleanPath is CleanFolder for the folder path under a key of the input.
func cleanPath(key, folder string) (string, error) {
	if len(folder) > MaxFolder {
		return "", refusal.Inputf(key, "is longer than %d bytes", MaxFolder)
	}
	if !strings.HasPrefix(folder, Root) {
		return "", refusal.Inputf(key, "must begin with /")
	}
	if strings.ContainsRune(folder, 0) {
		return "", refusal.Inputf(key, "must not have a NUL character")
	}
	for part := range strings.SplitSeq(folder, "/") {
		if part == "." || part == ".." {
			return "", refusal.Inputf(key, "must not have . or .. in it")
		}
	}
	return path.Clean(folder), nil
}

// ListFolder returns the folders directly below a folder.
func (s *Service) ListFolder(ctx context.Context, tx Tx, viewer Viewer, projectID, folder string) ([]string, error) {
	clean, err := CleanFolder(folder)
	if err != nil {
		return nil, err
	}
	if _, err := s.Project(ctx, tx, viewer, projectID, View); err != nil {
		return nil, err
	}
	if err := mustExist(ctx, tx, projectID, clean); err != nil {
		return nil, err
	}
	return tx.ChildFolders(ctx, projectID, clean)
}

// CreateFolder creates one folder. It returns ErrNoFolder if the parent does not
// exist, and ErrFolderThere if the folder exists.
func (s *Service) CreateFolder(ctx context.Context, tx Tx, viewer Viewer, projectID, folder string) error {
	clean, err := s.writable(ctx, tx, viewer, projectID, folder)
	if err != nil {
		return err
	}
	if err := mustExist(ctx, tx, projectID, path.Dir(clean)); err != nil {
		return err
	}
	if err := tx.InsertFolder(ctx, projectID, clean); err != nil {
		return err
	}
	return tx.TouchProject(ctx, projectID, s.now())
}

// CreateFolders creates a folder and its missing parents.
func (s *Service) CreateFolders(ctx context.Context, tx Tx, viewer Viewer, projectID, folder string) error {
	clean, err := s.writable(ctx, tx, viewer, projectID, folder)
	if err != nil {
		return err
	}
	if err := AddFolders(ctx, tx, projectID, clean); err != nil {
		return err
	}
	return tx.TouchProject(ctx, projectID, s.now())
}

// AddFolders creates a folder and its missing parents without a permission check.
func AddFolders(ctx context.Context, tx Tx, projectID, folder string) error {
	for _, prefix := range ancestors(folder) {
		if err := tx.InsertFolder(ctx, projectID, prefix); err != nil && !errors.Is(err, ErrFolderThere) {
			return err
		}
	}
	return nil
}

// ancestors lists the paths from below the root down to the folder itself.
func ancestors(folder string) []string {
	var list []string
	for i, r := range folder {
		if r == '/' && i > 0 {
			list = append(list, folder[:i])
		}
	}
	return append(list, folder)
}

func (s *Service) writable(ctx context.Context, tx Tx, viewer Viewer, projectID, folder string) (string, error) {
	clean, err := CleanFolder(folder)
	if err != nil {
		return "", err
	}
	_, err = s.Project(ctx, tx, viewer, projectID, Upload)
	return clean, err
}

// RemoveFolder removes an empty folder. It returns ErrNoFolder, ErrFolderFull,
// and refusal.WrongInput for the root.
func (s *Service) RemoveFolder(ctx context.Context, tx Tx, viewer Viewer, projectID, folder string) error {
	return s.removeFolder(ctx, tx, viewer, projectID, folder, func(clean string) error {
		if clean == Root {
			return refusal.Inputf("folder", "must not be / without recurse")
		}
		children, err := tx.ChildFolders(ctx, projectID, clean)
		if err == nil && len(children) > 0 {
			return ErrFolderFull
		}
		return err
	})
}

// RemoveFolders removes a folder and everything below it; the root itself stays.
// It returns ErrNoFolder.
func (s *Service) RemoveFolders(ctx context.Context, tx Tx, viewer Viewer, projectID, folder string) error {
	return s.removeFolder(ctx, tx, viewer, projectID, folder, func(string) error { return nil })
}

// removeFolder removes an existing folder if check, which gets its clean path,
// returns no error.
func (s *Service) removeFolder(ctx context.Context, tx Tx, viewer Viewer, projectID, folder string, check func(string) error) error {
	clean, err := CleanFolder(folder)
	if err != nil {
		return err
	}
	if err := s.MayDelete(ctx, tx, viewer, projectID); err != nil {
		return err
	}
	if err := mustExist(ctx, tx, projectID, clean); err != nil {
		return err
	}
	if err := check(clean); err != nil {
		return err
	}
	if err := tx.DeleteFolders(ctx, projectID, clean); err != nil {
		return err
	}
	return tx.TouchProject(ctx, projectID, s.now())
}

// MayDelete returns an error unless the viewer may delete in a project, which
// takes CONTRIBUTE, or ADMINISTER if the project is protected.
func (s *Service) MayDelete(ctx context.Context, tx Tx, viewer Viewer, projectID string) error {
	view, err := s.Project(ctx, tx, viewer, projectID, Contribute)
	if err == nil && view.Controls.Protected && view.Level < Administer {
		return denied(Administer)
	}
	return err
}

// RenameFolder changes the path of a folder and of everything below it. It returns
// ErrNoFolder if the folder or the parent of the new path does not exist,
// ErrFolderThere and refusal.WrongInput.
func (s *Service) RenameFolder(ctx context.Context, tx Tx, viewer Viewer, projectID, folder, newPath string) error {
	from, to, err := renamedPaths(folder, newPath)
	if err != nil {
		return err
	}
	if _, err := s.Project(ctx, tx, viewer, projectID, Contribute); err != nil {
		return err
	}
	if err := mustExist(ctx, tx, projectID, from); err != nil {
		return err
	}
	if from == to {
		return nil
	}
	if err := mustExist(ctx, tx, projectID, path.Dir(to)); err != nil {
		return err
	}
	taken, err := tx.FolderExists(ctx, projectID, to)
	if err != nil {
		return err
	}
	if taken {
		return ErrFolderThere
	}
	if err := checkLengths(ctx, tx, projectID, from, len(to)-len(from)); err != nil {
		return err
	}
	if err := tx.RenameFolders(ctx, projectID, from, to); err != nil {
		return err
	}
	return tx.TouchProject(ctx, projectID, s.now())
}

// renamedPaths checks the old and the new path of a folder.
func renamedPaths(folder, newPath string) (from, to string, err error) {
	if from, err = CleanFolder(folder); err != nil {
		return "", "", err
	}
	if from == Root {
		return "", "", refusal.Inputf("folder", "must not be /")
	}
	if to, err = cleanPath("newpath", newPath); err != nil {
		return "", "", err
	}
	if to == Root {
		return "", "", refusal.Inputf("newpath", "must not be /")
	}
	if strings.HasPrefix(to, from+"/") {
		return "", "", refusal.Inputf("newpath", "must not be inside of the folder itself")
	}
	return from, to, nil
}

// checkLengths returns an error if a path below a folder would exceed MaxFolder
// when the folder's own path becomes longer.
func checkLengths(ctx context.Context, tx Tx, projectID, folder string, longer int) error {
	below, err := tx.FoldersBelow(ctx, projectID, folder)
	if err != nil {
		return err
	}
	for _, path := range below {
		if len(path)+longer > MaxFolder {
			return refusal.Inputf("newpath", "makes a path longer than %d bytes", MaxFolder)
		}
	}
	return nil
}

func mustExist(ctx context.Context, tx Tx, projectID, folder string) error {
	exists, err := tx.FolderExists(ctx, projectID, folder)
	if err == nil && !exists {
		return ErrNoFolder
	}
	return err
}

// Folders returns the paths of all folders of a project, in order.
func (s *Service) Folders(ctx context.Context, tx Tx, viewer Viewer, projectID string) ([]string, error) {
	if _, err := s.Project(ctx, tx, viewer, projectID, View); err != nil {
		return nil, err
	}
	return allFolders(ctx, tx, projectID)
}

func allFolders(ctx context.Context, tx Tx, projectID string) ([]string, error) {
	below, err := tx.FoldersBelow(ctx, projectID, Root)
	return append([]string{Root}, below...), err
}

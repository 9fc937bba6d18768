package directory

import (
	"cmp"
	"context"
	"path"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/quota"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Root is the folder that every project has.
const Root = "/"

// MaxFolder is the greatest length of a folder path in bytes.
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
	added, err := s.addFolders(ctx, tx, projectID, clean)
	if err == nil && added == 0 {
		err = ErrFolderThere
	}
	return err
}

// CreateFolders creates a folder and its missing parents.
func (s *Service) CreateFolders(ctx context.Context, tx Tx, viewer Viewer, projectID, folder string) error {
	clean, err := s.writable(ctx, tx, viewer, projectID, folder)
	if err != nil {
		return err
	}
	_, err = s.addFolders(ctx, tx, projectID, clean)
	return err
}

// addFolders creates a folder and its missing parents within the limits, and returns how
// many were missing.
func (s *Service) addFolders(ctx context.Context, tx Tx, projectID, folder string) (int, error) {
	added, err := tx.InsertFolders(ctx, projectID, folder)
	if err != nil {
		return 0, err
	}
	if added > 0 {
		if err := checkFolders(ctx, tx, projectID, depth(folder)); err != nil {
			return 0, err
		}
	}
	return added, tx.TouchProjects(ctx, s.now(), projectID)
}

// checkFolders returns the refusal of a limit that a project exceeds, now that it has a
// folder of that depth.
func checkFolders(ctx context.Context, tx Tx, projectID string, depth int) error {
	if err := quota.FolderDepth.Check(depth); err != nil {
		return err
	}
	ofProject, ofPayer, err := tx.FolderCounts(ctx, projectID)
	if err != nil {
		return err
	}
	return cmp.Or(quota.Folders.Check(ofProject), quota.FoldersOfPayer.Check(ofPayer))
}

// depth returns how many folders a clean path leads through, besides the root.
func depth(folder string) int {
	if folder == Root {
		return 0
	}
	return strings.Count(folder, Root)
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
	clean, err := s.removable(ctx, tx, viewer, projectID, folder)
	if err != nil {
		return err
	}
	if clean == Root {
		return refusal.Inputf("folder", "must not be / without recurse")
	}
	filled, err := tx.AnyFolderIn(ctx, projectID, clean)
	if err != nil {
		return err
	}
	if filled {
		return ErrFolderFull
	}
	return s.remove(ctx, tx, projectID, clean)
}

// RemoveFolders removes a folder and everything below it; the root itself stays.
// It returns ErrNoFolder.
func (s *Service) RemoveFolders(ctx context.Context, tx Tx, viewer Viewer, projectID, folder string) error {
	clean, err := s.removable(ctx, tx, viewer, projectID, folder)
	if err != nil {
		return err
	}
	return s.remove(ctx, tx, projectID, clean)
}

// removable returns the clean path of an existing folder that the viewer may remove.
func (s *Service) removable(ctx context.Context, tx Tx, viewer Viewer, projectID, folder string) (string, error) {
	clean, err := CleanFolder(folder)
	if err != nil {
		return "", err
	}
	if err := s.MayDelete(ctx, tx, viewer, projectID); err != nil {
		return "", err
	}
	return clean, mustExist(ctx, tx, projectID, clean)
}

func (s *Service) remove(ctx context.Context, tx Tx, projectID, folder string) error {
	if err := tx.RemoveFolder(ctx, projectID, folder); err != nil {
		return err
	}
	return tx.TouchProjects(ctx, s.now(), projectID)
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
	if err := checkRename(ctx, tx, projectID, from, to); err != nil {
		return err
	}
	if err := tx.RenameFolder(ctx, projectID, from, to); err != nil {
		return err
	}
	return tx.TouchProjects(ctx, s.now(), projectID)
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

// Extent is what is below a folder: how many folders, and how long and how deep the path
// to one of them gets at most, from the folder on.
type Extent struct{ Folders, Bytes, Depth int }

// checkRename returns an error if a path below a folder would exceed a limit that it does
// not exceed now.
func checkRename(ctx context.Context, tx Tx, projectID, from, to string) error {
	deeper, longer := depth(to) > depth(from), len(to) > len(from)
	if !deeper && !longer {
		return nil
	}
	extent, err := tx.FolderExtent(ctx, projectID, from, quota.FoldersMoved.Max())
	if err != nil {
		return err
	}
	if err := quota.FoldersMoved.Check(extent.Folders); err != nil {
		return err
	}
	if longer && len(to)+extent.Bytes > MaxFolder {
		return refusal.Inputf("newpath", "makes a path longer than %d bytes", MaxFolder)
	}
	if deeper {
		return quota.FolderDepth.Check(depth(to) + extent.Depth)
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

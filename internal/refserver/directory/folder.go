package directory

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
)

// Root is the folder that every project has.
const Root = "/"

// MaxFolder is the greatest length of a folder path in bytes. It also bounds
// what making a folder with all its parents costs.
const MaxFolder = 1024

// CleanFolder checks a folder path and brings it into its one form: absolute,
// without a slash at the end. It answers an InputError.
func CleanFolder(folder string) (string, error) {
	if len(folder) > MaxFolder {
		return "", &InputError{"folder", fmt.Sprintf("is longer than %d bytes", MaxFolder)}
	}
	if !strings.HasPrefix(folder, Root) {
		return "", &InputError{"folder", "must begin with /"}
	}
	if strings.ContainsRune(folder, 0) {
		return "", &InputError{"folder", "must not have a NUL character"}
	}
	for part := range strings.SplitSeq(folder, "/") {
		if part == "." || part == ".." {
			return "", &InputError{"folder", "must not have . or .. in it"}
		}
	}
	return path.Clean(folder), nil
}

// ListFolder returns the folders directly below one.
func (d *Desk) ListFolder(ctx context.Context, tx Tx, viewer Viewer, projectID, folder string) ([]string, error) {
	clean, err := CleanFolder(folder)
	if err != nil {
		return nil, err
	}
	if _, err := d.Project(ctx, tx, viewer, projectID, View); err != nil {
		return nil, err
	}
	exists, err := tx.FolderExists(ctx, projectID, clean)
	if err != nil {
		return nil, err
	}
	if !exists {
		return nil, ErrNoFolder
	}
	return tx.ChildFolders(ctx, projectID, clean)
}

// CreateFolder makes one folder, whose parent must exist. It answers
// ErrNoFolder without the parent and ErrFolderThere when the folder exists.
func (d *Desk) CreateFolder(ctx context.Context, tx Tx, viewer Viewer, projectID, folder string) error {
	clean, err := d.writable(ctx, tx, viewer, projectID, folder)
	if err != nil {
		return err
	}
	exists, err := tx.FolderExists(ctx, projectID, path.Dir(clean))
	if err != nil {
		return err
	}
	if !exists {
		return ErrNoFolder
	}
	if err := tx.InsertFolder(ctx, projectID, clean); err != nil {
		return err
	}
	return tx.TouchProject(ctx, projectID, d.now())
}

// CreateFolders makes a folder and the parents that it lacks; what exists stays.
func (d *Desk) CreateFolders(ctx context.Context, tx Tx, viewer Viewer, projectID, folder string) error {
	clean, err := d.writable(ctx, tx, viewer, projectID, folder)
	if err != nil {
		return err
	}
	if err := AddFolders(ctx, tx, projectID, clean); err != nil {
		return err
	}
	return tx.TouchProject(ctx, projectID, d.now())
}

// AddFolders makes a folder and its parents, asking nobody.
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

func (d *Desk) writable(ctx context.Context, tx Tx, viewer Viewer, projectID, folder string) (string, error) {
	clean, err := CleanFolder(folder)
	if err != nil {
		return "", err
	}
	_, err = d.Project(ctx, tx, viewer, projectID, Upload)
	return clean, err
}

package store

import (
	"context"
	"errors"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// place is a folder in the tree: a folder below it has its number as the parent.
type place struct{ project, folder int64 }

// names returns the names of the folders on a path, from below the root.
func names(folder string) []string {
	if folder == directory.Root {
		return nil
	}
	return strings.Split(strings.TrimPrefix(folder, directory.Root), directory.Root)
}

// rootOf returns the root of a project, or false if the project has none.
func (t tx) rootOf(ctx context.Context, projectID string) (place, bool, error) {
	var root place
	found, err := t.found(ctx, `SELECT project_no, no FROM folders WHERE project_no = `+number+` AND parent = 0 AND name = ''`,
		[]any{projectID}, &root.project, &root.folder)
	return root, found, err
}

// walk follows names from a folder as far as they exist, and returns the rest of them.
func (t tx) walk(ctx context.Context, from place, names []string) (place, []string, error) {
	for i, name := range names {
		var next int64
		found, err := t.found(ctx, `SELECT no FROM folders WHERE project_no = ? AND parent = ? AND name = ?`,
			[]any{from.project, from.folder, name}, &next)
		if err != nil || !found {
			return from, names[i:], err
		}
		from.folder = next
	}
	return from, nil, nil
}

// placeOf returns directory.ErrNoFolder if a folder does not exist.
func (t tx) placeOf(ctx context.Context, projectID, folder string) (place, error) {
	root, found, err := t.rootOf(ctx, projectID)
	if err != nil || !found {
		return place{}, orNoFolder(err)
	}
	at, rest, err := t.walk(ctx, root, names(folder))
	if err != nil || len(rest) > 0 {
		return place{}, orNoFolder(err)
	}
	return at, nil
}

func orNoFolder(err error) error {
	if err == nil {
		return directory.ErrNoFolder
	}
	return err
}

// InsertRoot implements directory.Tx.
func (t tx) InsertRoot(ctx context.Context, projectID string) error {
	return t.insert(ctx, directory.ErrFolderThere, `INSERT INTO folders (project_no, parent, name) VALUES (`+number+`, 0, '')`, projectID)
}

// InsertFolders implements directory.Tx.
func (t tx) InsertFolders(ctx context.Context, projectID, folder string) (int, error) {
	root, found, err := t.rootOf(ctx, projectID)
	if err != nil || !found {
		return 0, orNoFolder(err)
	}
	at, missing, err := t.walk(ctx, root, names(folder))
	if err != nil {
		return 0, err
	}
	for _, name := range missing {
		err := t.row(ctx, directory.ErrFolderThere, `INSERT INTO folders (project_no, parent, name) VALUES (?, ?, ?) RETURNING no`,
			[]any{at.project, at.folder, name}, &at.folder)
		if err != nil {
			return 0, err
		}
	}
	return len(missing), nil
}

// FolderExists implements directory.Tx.
func (t tx) FolderExists(ctx context.Context, projectID, folder string) (bool, error) {
	_, err := t.placeOf(ctx, projectID, folder)
	if errors.Is(err, directory.ErrNoFolder) {
		return false, nil
	}
	return err == nil, err
}

// FolderCounts implements directory.Tx.
func (t tx) FolderCounts(ctx context.Context, projectID string) (ofProject, ofPayer int, err error) {
	err = t.row(ctx, directory.ErrNoProject, `SELECT c.folders, p.folders FROM projects
		JOIN folder_counts c ON c.project_no = no JOIN payer_counts p ON p.payer = bill_to WHERE id = ?`,
		[]any{projectID}, &ofProject, &ofPayer)
	return ofProject, ofPayer, err
}

// AnyFolderIn implements directory.Tx.
func (t tx) AnyFolderIn(ctx context.Context, projectID, folder string) (bool, error) {
	at, err := t.placeOf(ctx, projectID, folder)
	if err != nil {
		return false, err
	}
	return t.exists(ctx, `SELECT 1 FROM folders WHERE project_no = ? AND parent = ?`, at.project, at.folder)
}

// ChildFolders implements directory.Tx.
func (t tx) ChildFolders(ctx context.Context, projectID, folder string) ([]string, error) {
	at, err := t.placeOf(ctx, projectID, folder)
	if errors.Is(err, directory.ErrNoFolder) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return t.paths(ctx, folder, `SELECT '/' || name FROM folders WHERE project_no = ? AND parent = ? ORDER BY name`, at.project, at.folder)
}

// below begins a statement about the folders in a folder, at any depth.
const below = `WITH RECURSIVE below (no, path, bytes, depth) AS (
	SELECT no, substr(name, 1, 0), 0, 0 FROM folders WHERE no = ?
	UNION ALL SELECT f.no, path || '/' || f.name, bytes + 1 + octet_length(f.name), depth + 1
		FROM below CROSS JOIN folders f ON f.project_no = ? AND f.parent = below.no) `

// FoldersBelow implements directory.Tx.
func (t tx) FoldersBelow(ctx context.Context, projectID, folder string) ([]string, error) {
	at, err := t.placeOf(ctx, projectID, folder)
	if errors.Is(err, directory.ErrNoFolder) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return t.paths(ctx, folder, below+`SELECT path FROM below WHERE depth > 0 ORDER BY path`, at.folder, at.project)
}

// paths runs a query for paths below a folder.
func (t tx) paths(ctx context.Context, folder, query string, args ...any) ([]string, error) {
	prefix := strings.TrimSuffix(folder, directory.Root)
	var list []string
	err := t.each(ctx, query, args, func(rows Rows) error {
		var rest string
		err := rows.Scan(&rest)
		list = append(list, prefix+rest)
		return err
	})
	return list, err
}

// FolderExtent implements directory.Tx.
func (t tx) FolderExtent(ctx context.Context, projectID, folder string, atMost int) (directory.Extent, error) {
	var extent directory.Extent
	at, err := t.placeOf(ctx, projectID, folder)
	if err != nil {
		return extent, err
	}
	err = t.row(ctx, errNoRow, below+`SELECT COUNT(*) - 1, MAX(bytes), MAX(depth) FROM (SELECT bytes, depth FROM below LIMIT ?) AS counted`,
		[]any{at.folder, at.project, atMost + 2}, &extent.Folders, &extent.Bytes, &extent.Depth)
	return extent, err
}

// RenameFolder implements directory.Tx.
func (t tx) RenameFolder(ctx context.Context, projectID, from, to string) error {
	at, err := t.placeOf(ctx, projectID, from)
	if err != nil {
		return err
	}
	parent, name := splitFolder(to)
	into, err := t.placeOf(ctx, projectID, parent)
	if err != nil {
		return err
	}
	return t.exec(ctx, `UPDATE folders SET parent = ?, name = ? WHERE no = ?`, into.folder, name, at.folder)
}

// splitFolder returns the parent of a folder and its name in it.
func splitFolder(folder string) (parent, name string) {
	last := strings.LastIndex(folder, directory.Root)
	if last == 0 {
		return directory.Root, folder[1:]
	}
	return folder[:last], folder[last+1:]
}

// removeFolder takes a folder out of the tree, with everything in it.
const removeFolder = `UPDATE folders SET parent = -no WHERE `

// RemoveFolder implements directory.Tx. The root is replaced by an empty one.
func (t tx) RemoveFolder(ctx context.Context, projectID, folder string) error {
	at, err := t.placeOf(ctx, projectID, folder)
	if errors.Is(err, directory.ErrNoFolder) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := t.exec(ctx, removeFolder+`no = ?`, at.folder); err != nil || folder != directory.Root {
		return err
	}
	return t.InsertRoot(ctx, projectID)
}

package dnanexus

import (
	"encoding/json"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

func (f *Face) listFolder(c call, in wire.ListFolderRequest) (wire.FolderListing, error) {
	listing := wire.FolderListing{Folders: []string{}, Objects: []json.RawMessage{}}
	if in.Folder == "" {
		in.Folder = directory.Root
	}
	switch in.Only {
	case "", "all", "folders", "objects":
	default:
		return listing, inputError("only", "one of folders, objects, all")
	}
	var folders []string
	err := f.service.Read(c.ctx, c.caller, func(tx service.Tx, viewer directory.Viewer) (err error) {
		folders, err = f.service.Desk().ListFolder(c.ctx, tx, viewer, c.entity, in.Folder)
		return err
	})
	if in.Only != "objects" {
		listing.Folders = append(listing.Folders, folders...)
	}
	return listing, err
}

func (f *Face) newFolder(c call, in wire.NewFolderRequest) (wire.IDResponse, error) {
	if in.Folder == "" {
		return wire.IDResponse{}, missing("folder")
	}
	create := f.service.Desk().CreateFolder
	if in.Parents {
		create = f.service.Desk().CreateFolders
	}
	return f.change(c, audit.FolderNew, func(tx service.Tx, viewer directory.Viewer) error {
		return create(c.ctx, tx, viewer, c.entity, in.Folder)
	})
}

// removeFolder always removes all of it: dx asks again until completed is true.
func (f *Face) removeFolder(c call, in wire.RemoveFolderRequest) (wire.RemoveFolderResponse, error) {
	if in.Folder == "" {
		return wire.RemoveFolderResponse{}, missing("folder")
	}
	remove := f.service.Desk().RemoveFolder
	if in.Recurse {
		remove = f.service.Desk().RemoveFolders
	}
	_, err := f.change(c, audit.FolderRemove, func(tx service.Tx, viewer directory.Viewer) error {
		return remove(c.ctx, tx, viewer, c.entity, in.Folder)
	})
	if in.Force && errors.Is(err, directory.ErrNoFolder) {
		err = nil
	}
	return wire.RemoveFolderResponse{ID: c.entity, Completed: true}, err
}

func (f *Face) renameFolder(c call, in wire.RenameFolderRequest) (wire.IDResponse, error) {
	switch {
	case in.Folder == "":
		return wire.IDResponse{}, missing("folder")
	case in.NewName == "":
		return wire.IDResponse{}, missing("newname")
	}
	return f.change(c, audit.FolderRename, func(tx service.Tx, viewer directory.Viewer) error {
		return f.service.Desk().RenameFolder(c.ctx, tx, viewer, c.entity, in.Folder, in.NewName)
	})
}

// removeObjects removes nothing, because there is nothing: whoever may delete
// is told so of the first object.
func (f *Face) removeObjects(c call, in wire.RemoveObjectsRequest) (wire.IDResponse, error) {
	if in.Objects == nil {
		return wire.IDResponse{}, missing("objects")
	}
	err := f.service.Read(c.ctx, c.caller, func(tx service.Tx, viewer directory.Viewer) error {
		return f.service.Desk().MayDelete(c.ctx, tx, viewer, c.entity)
	})
	if err == nil && len(in.Objects) > 0 && !in.Force {
		err = noObject(in.Objects[0])
	}
	return wire.IDResponse{ID: c.entity}, err
}

// noObject refuses an ID of a class that this platform does not hold.
func noObject(id string) error {
	return refusalf(wire.TypeResourceNotFound, "The entity %q could not be found", id)
}

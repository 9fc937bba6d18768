package dnanexus

import (
	"encoding/json"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/directory"
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
	folders, err := f.service.ListFolder(c.ctx, c.caller, c.entity, in.Folder)
	if in.Only != "objects" {
		listing.Folders = append(listing.Folders, folders...)
	}
	return listing, err
}

func (f *Face) newFolder(c call, in wire.NewFolderRequest) (wire.IDResponse, error) {
	if in.Folder == "" {
		return wire.IDResponse{}, missing("folder")
	}
	create := f.service.CreateFolder
	if in.Parents {
		create = f.service.CreateFolders
	}
	return wire.IDResponse{ID: c.entity}, create(c.ctx, c.caller, c.entity, in.Folder)
}

// removeFolder always removes all of it: dx asks again until completed is true.
func (f *Face) removeFolder(c call, in wire.RemoveFolderRequest) (wire.RemoveFolderResponse, error) {
	if in.Folder == "" {
		return wire.RemoveFolderResponse{}, missing("folder")
	}
	remove := f.service.RemoveFolder
	if in.Recurse {
		remove = f.service.RemoveFolders
	}
	err := remove(c.ctx, c.caller, c.entity, in.Folder)
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
	return wire.IDResponse{ID: c.entity}, f.service.RenameFolder(c.ctx, c.caller, c.entity, in.Folder, in.NewName)
}

// removeObjects removes nothing, because there is nothing: whoever may delete
// is told so of the first object.
func (f *Face) removeObjects(c call, in wire.RemoveObjectsRequest) (wire.IDResponse, error) {
	if in.Objects == nil {
		return wire.IDResponse{}, missing("objects")
	}
	err := f.service.RequireDelete(c.ctx, c.caller, c.entity)
	if err == nil && len(in.Objects) > 0 && !in.Force {
		err = noObject(in.Objects[0])
	}
	return wire.IDResponse{ID: c.entity}, err
}

// noObject refuses an ID of a class that this platform does not hold.
func noObject(id string) error {
	return refusalf(wire.TypeResourceNotFound, "The entity %q could not be found", id)
}

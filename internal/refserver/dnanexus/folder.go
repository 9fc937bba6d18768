package dnanexus

import (
	"encoding/json"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service/projects"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

func (h *Handler) listFolder(c call, in wire.ListFolderRequest) (wire.FolderListing, error) {
	listing := wire.FolderListing{Folders: []string{}, Objects: []json.RawMessage{}}
	if in.Folder == "" {
		in.Folder = directory.Root
	}
	switch in.Only {
	case "", "all", "folders", "objects":
	default:
		return listing, inputError("only", "one of folders, objects, all")
	}
	folders, err := projects.ListFolder(c.ctx, h.service, c.caller, c.entity, in.Folder)
	if in.Only != "objects" {
		listing.Folders = append(listing.Folders, folders...)
	}
	return listing, err
}

func (h *Handler) newFolder(c call, in wire.NewFolderRequest) (wire.IDResponse, error) {
	if in.Folder == "" {
		return wire.IDResponse{}, missing("folder")
	}
	create := projects.CreateFolder
	if in.Parents {
		create = projects.CreateFolders
	}
	return wire.IDResponse{ID: c.entity}, create(c.ctx, h.service, c.caller, c.entity, in.Folder)
}

// removeFolder always removes everything at once: dx repeats the request until
// completed is true.
func (h *Handler) removeFolder(c call, in wire.RemoveFolderRequest) (wire.RemoveFolderResponse, error) {
	if in.Folder == "" {
		return wire.RemoveFolderResponse{}, missing("folder")
	}
	remove := projects.RemoveFolder
	if in.Recurse {
		remove = projects.RemoveFolders
	}
	err := remove(c.ctx, h.service, c.caller, c.entity, in.Folder)
	if in.Force && errors.Is(err, directory.ErrNoFolder) {
		err = nil
	}
	return wire.RemoveFolderResponse{ID: c.entity, Completed: true}, err
}

func (h *Handler) renameFolder(c call, in wire.RenameFolderRequest) (wire.IDResponse, error) {
	switch {
	case in.Folder == "":
		return wire.IDResponse{}, missing("folder")
	case in.NewPath == "":
		return wire.IDResponse{}, missing("newpath")
	}
	return wire.IDResponse{ID: c.entity}, projects.RenameFolder(c.ctx, h.service, c.caller, c.entity, in.Folder, in.NewPath)
}

// removeObjects removes nothing, because projects have no objects here. A caller who
// may delete gets an error about the first object.
func (h *Handler) removeObjects(c call, in wire.RemoveObjectsRequest) (wire.IDResponse, error) {
	if in.Objects == nil {
		return wire.IDResponse{}, missing("objects")
	}
	err := projects.RequireDelete(c.ctx, h.service, c.caller, c.entity)
	if err == nil && len(in.Objects) > 0 && !in.Force {
		err = noObject(in.Objects[0])
	}
	return wire.IDResponse{ID: c.entity}, err
}

// noObject returns an error about an ID of an absent class.
func noObject(id string) error {
	return refusalf(wire.TypeResourceNotFound, "The entity %q could not be found", id)
}

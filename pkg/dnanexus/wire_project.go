package dnanexus

// UpdateProjectRequest is the input of /project-xxxx/update. What is absent stays
// as it is. The name, summary and description need CONTRIBUTE, everything else
// ADMINISTER.
type UpdateProjectRequest struct {
	Name                      *string            `json:"name,omitempty"` // 1 to 255 bytes, no NUL
	Summary                   *string            `json:"summary,omitempty"`
	Description               *string            `json:"description,omitempty"`
	BillTo                    *string            `json:"billTo,omitempty"`      // the caller, or an org in which the caller may bill
	ContainsPHI               *bool              `json:"containsPHI,omitempty"` // true only: the flag is never taken back
	Protected                 *bool              `json:"protected,omitempty"`
	Restricted                *bool              `json:"restricted,omitempty"`
	DownloadRestricted        *bool              `json:"downloadRestricted,omitempty"`      // true sets previewViewerRestricted too
	PreviewViewerRestricted   *bool              `json:"previewViewerRestricted,omitempty"` // true keeps downloadRestricted from being false
	ExternalUploadRestricted  *bool              `json:"externalUploadRestricted,omitempty"`
	DatabaseUIViewOnly        *bool              `json:"databaseUIViewOnly,omitempty"`
	DatabaseResultsRestricted Nullable[int64]    `json:"databaseResultsRestricted,omitzero"` // at least 1; null: not restricted
	AllowedExecutables        Nullable[[]string] `json:"allowedExecutables,omitzero"`        // IDs; null: all
	Version                   *int64             `json:"version,omitempty"`                  // update only if this is the version of the project
}

// TagsRequest is the input of /project-xxxx/addTags and removeTags. Tags are
// nonempty; adding one twice, or removing an absent one, is not an error. Needs
// CONTRIBUTE.
type TagsRequest struct {
	Tags []string `json:"tags"`
}

// SetPropertiesRequest is the input of /project-xxxx/setProperties. Null unsets a
// property; the empty string is a value like any other. The name of a property
// is nonempty. Needs CONTRIBUTE.
type SetPropertiesRequest struct {
	Properties map[string]*string `json:"properties"`
}

// DestroyProjectRequest is the input of /project-xxxx/destroy. Without
// terminateJobs a platform refuses while jobs run.
type DestroyProjectRequest struct {
	TerminateJobs bool `json:"terminateJobs,omitempty"`
}

// RemoveFolderRequest is the input of /project-xxxx/removeFolder. Needs
// CONTRIBUTE, and ADMINISTER where the project is protected.
type RemoveFolderRequest struct {
	Folder  string `json:"folder"`            // "/" with recurse empties the project and stays itself
	Recurse bool   `json:"recurse,omitempty"` // with all that is in it; without, the folder must be empty
	Force   bool   `json:"force,omitempty"`   // a folder that does not exist is not an error
	Partial bool   `json:"partial,omitempty"` // a platform may remove a part only, and is asked again until completed is true
}

// RemoveFolderResponse says whether all was removed. dx repeats the call until
// it was, and fails where completed is missing. Response of
// /project-xxxx/removeFolder.
type RemoveFolderResponse struct {
	ID        string `json:"id"`
	Completed bool   `json:"completed"`
}

// RenameFolderRequest is the input of /project-xxxx/renameFolder, which may also
// move the folder into another one, with all that is in it. Needs CONTRIBUTE.
type RenameFolderRequest struct {
	Folder  string `json:"folder"`  // full path; not "/"
	NewPath string `json:"newpath"` // full path; its parent must exist
}

// RemoveObjectsRequest is the input of /project-xxxx/removeObjects. Needs
// CONTRIBUTE, and ADMINISTER where the project is protected.
type RemoveObjectsRequest struct {
	Objects []string `json:"objects"`         // IDs
	Force   bool     `json:"force,omitempty"` // a missing object is not an error
}

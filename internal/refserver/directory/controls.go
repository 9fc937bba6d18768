package directory

import (
	"slices"

	"github.com/dxauth/dxauth/internal/refusal"
)

// Controls say what may be done with the data in a project. This platform holds
// no data: it stores the controls, and applies Protected to folders only.
type Controls struct {
	Protected                 bool // only ADMINISTER deletes
	Restricted                bool
	DownloadRestricted        bool
	PreviewViewerRestricted   bool
	ExternalUploadRestricted  bool
	DatabaseUIViewOnly        bool
	DatabaseResultsRestricted *int64   // nil: not restricted
	AllowedExecutables        []string // nil: all
}

// maxExecutables limits the length of AllowedExecutables.
const maxExecutables = 1000

func (c Controls) check() error {
	if c.DatabaseResultsRestricted != nil && *c.DatabaseResultsRestricted < 1 {
		return refusal.Inputf("databaseResultsRestricted", "must be null or at least 1")
	}
	if len(c.AllowedExecutables) > maxExecutables {
		return refusal.Inputf("allowedExecutables", "has more than 1000 elements")
	}
	if slices.Contains(c.AllowedExecutables, "") {
		return refusal.Inputf("allowedExecutables", "must be nonempty strings")
	}
	return nil
}

// ControlsChange is a change of the controls; nil keeps a value.
type ControlsChange struct {
	Protected                 *bool
	Restricted                *bool
	DownloadRestricted        *bool // true restricts the viewer of previews too
	PreviewViewerRestricted   *bool
	ExternalUploadRestricted  *bool
	DatabaseUIViewOnly        *bool
	DatabaseResultsRestricted **int64   // to nil: not restricted
	AllowedExecutables        *[]string // to nil: all
}

// apply changes the controls, and refuses to lift the restriction of downloads
// while the viewer of previews stays restricted.
func (c ControlsChange) apply(controls *Controls) error {
	set(&controls.Protected, c.Protected)
	set(&controls.Restricted, c.Restricted)
	set(&controls.ExternalUploadRestricted, c.ExternalUploadRestricted)
	set(&controls.DatabaseUIViewOnly, c.DatabaseUIViewOnly)
	set(&controls.DatabaseResultsRestricted, c.DatabaseResultsRestricted)
	set(&controls.AllowedExecutables, c.AllowedExecutables)
	if c.DownloadRestricted != nil {
		controls.DownloadRestricted = *c.DownloadRestricted
		controls.PreviewViewerRestricted = controls.PreviewViewerRestricted || *c.DownloadRestricted
	}
	set(&controls.PreviewViewerRestricted, c.PreviewViewerRestricted)
	if c.DownloadRestricted != nil && !*c.DownloadRestricted && controls.PreviewViewerRestricted {
		return refusal.Inputf("downloadRestricted", "can't be false while previewViewerRestricted is true")
	}
	return controls.check()
}

// set stores a value unless it is nil.
func set[T any](into *T, value *T) {
	if value != nil {
		*into = *value
	}
}

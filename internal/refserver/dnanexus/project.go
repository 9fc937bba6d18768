package dnanexus

import (
	"encoding/json"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

func (h *Handler) newProject(c call, in wire.NewProjectRequest) (wire.IDResponse, error) {
	if in.Name == "" {
		return wire.IDResponse{}, missing("name")
	}
	draft := directory.Project{
		Name: in.Name, Summary: in.Summary, Description: in.Description, Region: in.Region, BillTo: in.BillTo,
		ContainsPHI: in.ContainsPHI, Tags: in.Tags, Properties: in.Properties, Controls: controlsOf(in),
	}
	id, err := h.service.CreateProject(c.ctx, c.caller, draft)
	return wire.IDResponse{ID: id}, err
}

// controlsOf reads the controls of a new project. Who restricts downloads
// restricts the viewer too, unless the request says otherwise.
func controlsOf(in wire.NewProjectRequest) directory.Controls {
	controls := directory.Controls{
		Protected: in.Protected, Restricted: in.Restricted,
		DownloadRestricted: in.DownloadRestricted, PreviewViewerRestricted: in.DownloadRestricted,
		ExternalUploadRestricted: in.ExternalUploadRestricted, DatabaseUIViewOnly: in.DatabaseUIViewOnly,
		DatabaseResultsRestricted: in.DatabaseResultsRestricted, AllowedExecutables: in.AllowedExecutables,
	}
	if in.PreviewViewerRestricted != nil {
		controls.PreviewViewerRestricted = *in.PreviewViewerRestricted
	}
	return controls
}

func (h *Handler) describeProject(c call, in wire.DescribeProjectRequest) (fieldSet, error) {
	sight, err := h.service.Project(c.ctx, c.caller, c.entity)
	if err != nil {
		return nil, err
	}
	return projectFields(sight, in)
}

// projectFields describes a project. Properties, permissions and appCaches are
// not among the default fields.
func projectFields(sight directory.ProjectView, in wire.DescribeProjectRequest) (fieldSet, error) {
	fields, err := fieldsOf(projectDescription(sight))
	if err != nil {
		return nil, err
	}
	extras := []struct {
		name  string
		asked bool
		value any
	}{
		{"properties", in.Properties, orEmpty(sight.Properties)},
		{"permissions", in.Permissions, orEmpty(sight.Permissions)},
		{"appCaches", in.AppCaches, struct{}{}},
	}
	kept := map[string]bool{}
	for _, extra := range extras {
		if !extra.asked && !in.Fields[extra.name] {
			continue
		}
		kept[extra.name] = true
		if fields[extra.name], err = json.Marshal(extra.value); err != nil {
			return nil, err
		}
	}
	return fields.choose(in.DescribeFields, kept), nil
}

func projectDescription(sight directory.ProjectView) wire.ProjectDescription {
	controls := sight.Controls
	return wire.ProjectDescription{
		ID: sight.ID, Class: wire.ClassProject, Name: sight.Name, Level: wire.Level(sight.Level.String()),
		Summary: sight.Summary, Description: sight.Description, ContainsPHI: sight.ContainsPHI,
		Protected: controls.Protected, Restricted: controls.Restricted,
		DownloadRestricted: controls.DownloadRestricted, PreviewViewerRestricted: controls.PreviewViewerRestricted,
		ExternalUploadRestricted: controls.ExternalUploadRestricted, DatabaseUIViewOnly: controls.DatabaseUIViewOnly,
		DatabaseResultsRestricted: controls.DatabaseResultsRestricted, AllowedExecutables: controls.AllowedExecutables,
		Tags: append([]string{}, sight.Tags...), Region: sight.Region, BillTo: sight.BillTo,
		CreatedBy: wire.ProjectCreator{User: sight.CreatedBy},
		Created:   sight.Created.UnixMilli(), Modified: sight.Modified.UnixMilli(), Version: sight.Version,
	}
}

// orEmpty makes an empty object of no map.
func orEmpty[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}

// destroyProject ignores terminateJobs: there are no jobs.
func (h *Handler) destroyProject(c call, _ wire.DestroyProjectRequest) (wire.IDResponse, error) {
	return wire.IDResponse{ID: c.entity}, h.service.DestroyProject(c.ctx, c.caller, c.entity)
}

func (h *Handler) updateProject(c call, in wire.UpdateProjectRequest) (wire.IDResponse, error) {
	change := directory.ProjectChange{
		Name: in.Name, Summary: in.Summary, Description: in.Description, BillTo: in.BillTo, ContainsPHI: in.ContainsPHI,
		IfVersion: in.Version,
		Controls: directory.ControlsChange{
			Protected: in.Protected, Restricted: in.Restricted,
			DownloadRestricted: in.DownloadRestricted, PreviewViewerRestricted: in.PreviewViewerRestricted,
			ExternalUploadRestricted: in.ExternalUploadRestricted, DatabaseUIViewOnly: in.DatabaseUIViewOnly,
		},
	}
	if in.DatabaseResultsRestricted.Present {
		change.Controls.DatabaseResultsRestricted = &in.DatabaseResultsRestricted.Value
	}
	if in.AllowedExecutables.Present {
		change.Controls.AllowedExecutables = new([]string)
		if in.AllowedExecutables.Value != nil {
			change.Controls.AllowedExecutables = in.AllowedExecutables.Value
		}
	}
	return wire.IDResponse{ID: c.entity}, h.service.UpdateProject(c.ctx, c.caller, c.entity, change)
}

func (h *Handler) addTags(c call, in wire.TagsRequest) (wire.IDResponse, error) {
	if in.Tags == nil {
		return wire.IDResponse{}, missing("tags")
	}
	return wire.IDResponse{ID: c.entity}, h.service.AddTags(c.ctx, c.caller, c.entity, in.Tags)
}

func (h *Handler) removeTags(c call, in wire.TagsRequest) (wire.IDResponse, error) {
	if in.Tags == nil {
		return wire.IDResponse{}, missing("tags")
	}
	return wire.IDResponse{ID: c.entity}, h.service.RemoveTags(c.ctx, c.caller, c.entity, in.Tags)
}

func (h *Handler) setProperties(c call, in wire.SetPropertiesRequest) (wire.IDResponse, error) {
	if in.Properties == nil {
		return wire.IDResponse{}, missing("properties")
	}
	return wire.IDResponse{ID: c.entity}, h.service.SetProperties(c.ctx, c.caller, c.entity, in.Properties)
}

func (h *Handler) leaveProject(c call, _ wire.Empty) (wire.IDResponse, error) {
	return wire.IDResponse{ID: c.entity}, h.service.LeaveProject(c.ctx, c.caller, c.entity)
}

func (h *Handler) invite(c call, in wire.InviteRequest) (wire.InviteResponse, error) {
	if in.Invitee == "" {
		return wire.InviteResponse{}, missing("invitee")
	}
	level, err := levelOf("level", in.Level)
	if err != nil {
		return wire.InviteResponse{}, err
	}
	answer := wire.InviteResponse{ID: c.entity, State: "accepted"}
	return answer, h.service.InviteToProject(c.ctx, c.caller, c.entity, in.Invitee, level)
}

// levelOf reads the level under a key.
func levelOf(key string, name wire.Level) (directory.Level, error) {
	level, err := directory.ParseLevel(string(name))
	if err != nil {
		return directory.None, inputError(key, "one of VIEW, UPLOAD, CONTRIBUTE, ADMINISTER")
	}
	return level, nil
}

// decreasePermissions takes a hash of grantees; its values are looked at one by
// one, so that a wrong one is told by its key.
func (h *Handler) decreasePermissions(c call, in map[string]any) (wire.IDResponse, error) {
	keep := make(map[string]directory.Level, len(in))
	for grantee, value := range in {
		level, err := keptLevel(value)
		if err != nil {
			return wire.IDResponse{}, inputError(grantee, "null or one of VIEW, UPLOAD, CONTRIBUTE, ADMINISTER")
		}
		keep[grantee] = level
	}
	return wire.IDResponse{ID: c.entity}, h.service.DecreasePermissions(c.ctx, c.caller, c.entity, keep)
}

// keptLevel reads the level that a grantee keeps; null is none.
func keptLevel(value any) (directory.Level, error) {
	if value == nil || value == string(wire.LevelNone) {
		return directory.None, nil
	}
	name, _ := value.(string)
	return directory.ParseLevel(name)
}

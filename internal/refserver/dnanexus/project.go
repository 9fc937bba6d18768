package dnanexus

import (
	"encoding/json"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service/projects"
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
	id, err := projects.Create(c.ctx, h.service, c.caller, draft)
	return wire.IDResponse{ID: id}, err
}

// controlsOf reads the controls of a new project. Restricting downloads restricts
// the viewer too, unless the request says otherwise.
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
	view, err := projects.View(c.ctx, h.service, c.caller, c.entity)
	if err != nil {
		return nil, err
	}
	if in.Folders || in.Fields["folders"] {
		if view.Folders, err = projects.Folders(c.ctx, h.service, c.caller, c.entity); err != nil {
			return nil, err
		}
	}
	return projectFields(view, in)
}

// projectFields describes a project. Properties, permissions, appCaches and folders
// are not among the default fields.
func projectFields(view directory.ProjectView, in wire.DescribeProjectRequest) (fieldSet, error) {
	fields, err := fieldsOf(projectDescription(view))
	if err != nil {
		return nil, err
	}
	extras := []struct {
		name  string
		asked bool
		value any
	}{
		{"properties", in.Properties, orEmpty(view.Properties)},
		{"permissions", in.Permissions, orEmpty(view.Permissions)},
		{"appCaches", in.AppCaches, struct{}{}},
		{"folders", in.Folders, view.Folders},
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

func projectDescription(view directory.ProjectView) wire.ProjectDescription {
	controls := view.Controls
	return wire.ProjectDescription{
		ID: view.ID, Class: wire.ClassProject, Name: view.Name, Level: wire.Level(view.Level.String()),
		Summary: view.Summary, Description: view.Description, ContainsPHI: view.ContainsPHI,
		Protected: controls.Protected, Restricted: controls.Restricted,
		DownloadRestricted: controls.DownloadRestricted, PreviewViewerRestricted: controls.PreviewViewerRestricted,
		ExternalUploadRestricted: controls.ExternalUploadRestricted, DatabaseUIViewOnly: controls.DatabaseUIViewOnly,
		DatabaseResultsRestricted: controls.DatabaseResultsRestricted, AllowedExecutables: controls.AllowedExecutables,
		Tags: append([]string{}, view.Tags...), Region: view.Region, BillTo: view.BillTo,
		CreatedBy: wire.ProjectCreator{User: view.CreatedBy},
		Created:   view.Created.UnixMilli(), Modified: view.Modified.UnixMilli(), Version: view.Version,
	}
}

// orEmpty returns an empty map instead of nil, so that it becomes a JSON object.
func orEmpty[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}

// destroyProject ignores terminateJobs: there are no jobs.
func (h *Handler) destroyProject(c call, _ wire.DestroyProjectRequest) (wire.IDResponse, error) {
	return wire.IDResponse{ID: c.entity}, projects.Destroy(c.ctx, h.service, c.caller, c.entity)
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
	return wire.IDResponse{ID: c.entity}, projects.Update(c.ctx, h.service, c.caller, c.entity, change)
}

func (h *Handler) addTags(c call, in wire.TagsRequest) (wire.IDResponse, error) {
	if in.Tags == nil {
		return wire.IDResponse{}, missing("tags")
	}
	return wire.IDResponse{ID: c.entity}, projects.AddTags(c.ctx, h.service, c.caller, c.entity, in.Tags)
}

func (h *Handler) removeTags(c call, in wire.TagsRequest) (wire.IDResponse, error) {
	if in.Tags == nil {
		return wire.IDResponse{}, missing("tags")
	}
	return wire.IDResponse{ID: c.entity}, projects.RemoveTags(c.ctx, h.service, c.caller, c.entity, in.Tags)
}

func (h *Handler) setProperties(c call, in wire.SetPropertiesRequest) (wire.IDResponse, error) {
	if in.Properties == nil {
		return wire.IDResponse{}, missing("properties")
	}
	return wire.IDResponse{ID: c.entity}, projects.SetProperties(c.ctx, h.service, c.caller, c.entity, in.Properties)
}

func (h *Handler) leaveProject(c call, _ wire.Empty) (wire.IDResponse, error) {
	return wire.IDResponse{ID: c.entity}, projects.Leave(c.ctx, h.service, c.caller, c.entity)
}

func (h *Handler) invite(c call, in wire.InviteRequest) (wire.InviteResponse, error) {
	if in.Invitee == "" {
		return wire.InviteResponse{}, missing("invitee")
	}
	level, err := levelOf("level", in.Level)
	if err != nil {
		return wire.InviteResponse{}, err
	}
	response := wire.InviteResponse{ID: c.entity, State: "accepted"}
	return response, projects.Invite(c.ctx, h.service, c.caller, c.entity, in.Invitee, level)
}

// levelOf reads the level under a key.
func levelOf(key string, name wire.Level) (directory.Level, error) {
	level, err := directory.ParseLevel(string(name))
	if err != nil {
		return directory.None, inputError(key, "one of VIEW, UPLOAD, CONTRIBUTE, ADMINISTER")
	}
	return level, nil
}

// decreasePermissions takes a hash of grantees. It checks the values one by one so
// that the error names the key of a wrong one.
func (h *Handler) decreasePermissions(c call, in map[string]any) (wire.IDResponse, error) {
	keep := make(map[string]directory.Level, len(in))
	for grantee, value := range in {
		level, err := keptLevel(value)
		if err != nil {
			return wire.IDResponse{}, inputError(grantee, "null or one of VIEW, UPLOAD, CONTRIBUTE, ADMINISTER")
		}
		keep[grantee] = level
	}
	return wire.IDResponse{ID: c.entity}, projects.DecreasePermissions(c.ctx, h.service, c.caller, c.entity, keep)
}

// keptLevel returns the level that a grantee keeps; null means none.
func keptLevel(value any) (directory.Level, error) {
	if value == nil || value == string(wire.LevelNone) {
		return directory.None, nil
	}
	name, _ := value.(string)
	return directory.ParseLevel(name)
}

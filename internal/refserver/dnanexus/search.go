package dnanexus

import (
	"encoding/json"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service/projects"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// projectCursor is the "next" of a list of projects.
type projectCursor struct {
	After int64 `json:"after"`
}

func (c projectCursor) isValid() bool { return c.After > 0 }

func (h *Handler) findProjects(c call, in wire.FindProjectsRequest) (wire.FindProjectsResponse, error) {
	query, err := queryOf(in)
	if err != nil {
		return wire.FindProjectsResponse{}, err
	}
	page, err := projects.Find(c.ctx, h.service, c.caller, query)
	if err != nil {
		return wire.FindProjectsResponse{}, err
	}
	response := wire.FindProjectsResponse{Results: make([]wire.FoundProject, 0, len(page.Hits))}
	for _, hit := range page.Hits {
		found := wire.FoundProject{
			ID: hit.ID, Level: wire.Level(hit.Level.String()), PermissionSources: append([]string{}, hit.Sources...), Public: hit.Public,
		}
		if found.Describe, err = describedHit(hit, in.Describe); err != nil {
			return wire.FindProjectsResponse{}, err
		}
		response.Results = append(response.Results, found)
	}
	response.Results, response.Next, err = fitting(response.Results, projectCursor{page.Next}, func(i int) cursor { return projectCursor{page.Hits[i].Position} })
	return response, err
}

// findOrgProjects lists the projects that an org pays for, at any level by default.
func (h *Handler) findOrgProjects(c call, in wire.FindProjectsRequest) (wire.FindOrgProjectsResponse, error) {
	query, err := queryOf(in)
	if err != nil {
		return wire.FindOrgProjectsResponse{}, err
	}
	if in.Level == "" {
		query.MinLevel = directory.None
	}
	page, err := projects.FindOfOrg(c.ctx, h.service, c.caller, c.entity, query)
	if err != nil {
		return wire.FindOrgProjectsResponse{}, err
	}
	response := wire.FindOrgProjectsResponse{Results: make([]wire.FoundOrgProject, 0, len(page.Hits))}
	for _, hit := range page.Hits {
		found := wire.FoundOrgProject{ID: hit.ID, Level: wire.Level(hit.Level.String()), Public: hit.Public}
		if found.Describe, err = describedHit(hit, in.Describe); err != nil {
			return wire.FindOrgProjectsResponse{}, err
		}
		response.Results = append(response.Results, found)
	}
	response.Results, response.Next, err = fitting(response.Results, projectCursor{page.Next}, func(i int) cursor { return projectCursor{page.Hits[i].Position} })
	return response, err
}

// describedHit returns the description of a hit, or nil if none is wanted.
func describedHit(hit directory.Hit, describe *wire.DescribeOption) (json.RawMessage, error) {
	if describe == nil || !describe.Wanted {
		return nil, nil
	}
	view := directory.ProjectView{Project: hit.Project, Level: hit.Level, Permissions: hit.Permissions, Folders: hit.Folders}
	description, err := projectFields(view, wire.DescribeProjectRequest{DescribeFields: describe.DescribeFields})
	if err != nil {
		return nil, err
	}
	return json.Marshal(description)
}

func queryOf(in wire.FindProjectsRequest) (directory.Query, error) {
	query := directory.Query{Filter: filterOf(in), MinLevel: directory.Contribute}
	var err error
	if query.Limit, err = limitOf(in.Limit, maxPage); err != nil {
		return query, err
	}
	if in.Level != "" {
		if query.MinLevel, err = levelOf("level", in.Level); err != nil {
			return query, err
		}
	}
	if in.Describe != nil && in.Describe.Wanted {
		query.Permissions, query.Folders = in.Describe.Fields["permissions"], in.Describe.Fields["folders"]
	}
	query.Explicit = in.ExplicitPermission != nil && *in.ExplicitPermission
	if err := matchName(&query, in.Name); err != nil {
		return query, err
	}
	start, err := startOf[projectCursor](in.Starting)
	query.After = start.After
	return query, err
}

// filterOf returns the part of the query that the store evaluates.
func filterOf(in wire.FindProjectsRequest) directory.Filter {
	return directory.Filter{
		IDs: in.ID, Public: in.Public, Labels: labelsOf(in), BillTo: in.BillTo, CreatedBy: in.CreatedBy, Regions: in.Region,
		ContainsPHI: in.ContainsPHI, UploadRestricted: in.ExternalUploadRestricted,
		Created: spanOf(in.Created), Modified: spanOf(in.Modified),
	}
}

func spanOf(in *wire.TimeRange) (span directory.Span) {
	if in == nil {
		return span
	}
	if in.After != nil {
		span.From = time.UnixMilli(*in.After)
	}
	if in.Before != nil {
		span.To = time.UnixMilli(*in.Before)
	}
	return span
}

// labelsOf combines the conditions on tags and properties into one rule.
func labelsOf(in wire.FindProjectsRequest) directory.Rule {
	var rules []directory.Rule
	if in.Tags != nil {
		rules = append(rules, tagRule(*in.Tags))
	}
	if in.Properties != nil {
		rules = append(rules, propertyRule(*in.Properties))
	}
	return directory.AllOf(rules...)
}

func tagRule(q wire.TagQuery) directory.Rule {
	if q.And == nil && q.Or == nil {
		return directory.HasTag(q.Tag)
	}
	return combined(nil, q.And, q.Or, tagRule)
}

func propertyRule(q wire.PropertyQuery) directory.Rule {
	var rules []directory.Rule
	for key, value := range q.Is {
		if value == nil {
			rules = append(rules, directory.HasProperty(key))
		} else {
			rules = append(rules, directory.PropertyIs(key, *value))
		}
	}
	return combined(rules, q.And, q.Or, propertyRule)
}

// combined returns a rule that needs all of rules, all of and, and at least one of
// or unless that is empty.
func combined[Q any](rules []directory.Rule, and, or []Q, rule func(Q) directory.Rule) directory.Rule {
	for _, q := range and {
		rules = append(rules, rule(q))
	}
	if or != nil {
		var some []directory.Rule
		for _, q := range or {
			some = append(some, rule(q))
		}
		rules = append(rules, directory.AnyOf(some...))
	}
	return directory.AllOf(rules...)
}

func matchName(query *directory.Query, name *wire.NameQuery) (err error) {
	switch {
	case name == nil:
	case name.Glob != "":
		query.Matches, query.Prefix = directory.Glob(name.Glob), directory.GlobPrefix(name.Glob)
	case name.Regexp != "":
		query.Matches, err = directory.Regexp(name.Regexp, name.Flags)
	case name.Exact != "":
		query.Name = name.Exact
	default:
		return inputError("name", "a nonempty string, or a hash with glob or regexp")
	}
	return err
}

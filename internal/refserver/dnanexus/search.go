package dnanexus

import (
	"encoding/json"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// projectCursor is what "next" holds of a list of projects.
type projectCursor struct {
	After int64 `json:"after"`
}

func (c projectCursor) isValid() bool { return c.After > 0 }

func (f *Face) findProjects(c call, in wire.FindProjectsRequest) (wire.FindProjectsResponse, error) {
	query, err := queryOf(in)
	if err != nil {
		return wire.FindProjectsResponse{}, err
	}
	return f.foundProjects(c, in.Describe, func(tx service.Tx, viewer directory.Viewer) (directory.Page, error) {
		return f.service.Desk().FindProjects(c.ctx, tx, viewer, query)
	})
}

// findOrgProjects lists what an org pays for, at any level unless one is asked
// for.
func (f *Face) findOrgProjects(c call, in wire.FindProjectsRequest) (wire.FindProjectsResponse, error) {
	query, err := queryOf(in)
	if err != nil {
		return wire.FindProjectsResponse{}, err
	}
	if in.Level == "" {
		query.MinLevel = directory.None
	}
	return f.foundProjects(c, in.Describe, func(tx service.Tx, viewer directory.Viewer) (directory.Page, error) {
		return f.service.Desk().FindOrgProjects(c.ctx, tx, viewer, c.entity, query)
	})
}

// foundProjects answers with a page.
func (f *Face) foundProjects(c call, describe *wire.DescribeOption, find func(service.Tx, directory.Viewer) (directory.Page, error)) (wire.FindProjectsResponse, error) {
	answer := wire.FindProjectsResponse{Results: []wire.FoundProject{}}
	err := f.service.Read(c.ctx, c.caller, func(tx service.Tx, viewer directory.Viewer) error {
		page, err := find(tx, viewer)
		if err != nil {
			return err
		}
		for _, hit := range page.Hits {
			found, err := foundProject(c, tx, hit, describe)
			if err != nil {
				return err
			}
			answer.Results = append(answer.Results, found)
		}
		answer.Next, err = nextOf(projectCursor{page.Next})
		return err
	})
	return answer, err
}

// foundProject is one row of the answer. All permissions of a project are
// loaded only where the description asks for them.
func foundProject(c call, tx service.Tx, hit directory.Hit, describe *wire.DescribeOption) (wire.FoundProject, error) {
	found := wire.FoundProject{
		ID: hit.ID, Level: wire.Level(hit.Level.String()), PermissionSources: append([]string{}, hit.Sources...), Public: hit.Public,
	}
	if describe == nil || !describe.Wanted {
		return found, nil
	}
	sight := directory.Sight{Project: hit.Project, Level: hit.Level}
	if describe.Fields["permissions"] {
		var err error
		if sight.Permissions, err = tx.Permissions(c.ctx, hit.ID); err != nil {
			return found, err
		}
	}
	description, err := projectFields(sight, wire.DescribeProjectRequest{DescribeFields: describe.DescribeFields})
	if err != nil {
		return found, err
	}
	found.Describe, err = json.Marshal(description)
	return found, err
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
	query.Explicit = in.ExplicitPermission != nil && *in.ExplicitPermission
	if err := matchName(&query, in.Name); err != nil {
		return query, err
	}
	start, err := startOf[projectCursor](in.Starting)
	query.After = start.After
	return query, err
}

// filterOf passes on what the store looks for.
func filterOf(in wire.FindProjectsRequest) directory.Filter {
	return directory.Filter{
		Public: in.Public, Labels: labelsOf(in), BillTo: in.BillTo, CreatedBy: in.CreatedBy, Regions: in.Region,
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

// labelsOf makes one rule of what is asked of tags and properties.
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

// combined asks for all rules, all of and and, where there is an or, one of
// those.
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

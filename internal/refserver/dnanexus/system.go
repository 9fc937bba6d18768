package dnanexus

import (
	"encoding/json"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/domain"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

func (f *Face) whoAmI(c call, in wire.WhoAmIRequest) (wire.WhoAmI, error) {
	answer := wire.WhoAmI{ID: c.caller.User.ID}
	if in.Fields["clientIp"] {
		answer.ClientIP = c.origin.Address.String()
	}
	return answer, nil
}

// greet has nothing to announce.
func (f *Face) greet(call, wire.GreetRequest) (wire.Greeting, error) {
	return wire.Greeting{Messages: []wire.GreetingMessage{}}, nil
}

// userInput is what describe of a user takes; the last two add empty fields.
type userInput struct {
	wire.DescribeFields
	AppsInstalled bool `json:"appsInstalled"`
	Subscriptions bool `json:"subscriptions"`
}

// describeUser tells all to the user's own full token and the name to others.
func (f *Face) describeUser(c call, in userInput) (fieldSet, error) {
	user := c.caller.User
	own := c.entity == user.ID && c.caller.Token.Scope.Full
	if c.entity != user.ID {
		var err error
		if user, err = f.domain.User(c.ctx, c.entity); err != nil {
			return nil, err
		}
	}
	description := wire.UserDescription{
		ID: user.ID, Class: wire.ClassUser, First: user.First, Middle: user.Middle, Last: user.Last, Handle: user.Handle,
	}
	if own {
		description.Email, description.Created, description.BillTo = user.Email, user.Created.UnixMilli(), user.ID
	}
	fields, err := fieldsOf(description)
	if err != nil {
		return nil, err
	}
	if own && in.AppsInstalled {
		fields["appsInstalled"] = json.RawMessage("{}")
	}
	if own && in.Subscriptions {
		fields["subscriptions"] = json.RawMessage("[]")
	}
	return fields.choose(in.DescribeFields, nil), nil
}

// Limits of a page of findProjects.
const maxPage = 1000

// cursor is what "next" holds.
type cursor struct {
	After int64 `json:"after"`
}

func (f *Face) findProjects(c call, in wire.FindProjectsRequest) (wire.FindProjectsResponse, error) {
	query, err := queryOf(in)
	if err != nil {
		return wire.FindProjectsResponse{}, err
	}
	answer := wire.FindProjectsResponse{Results: []wire.FoundProject{}, Next: json.RawMessage("null")}
	err = f.domain.Read(c.ctx, c.caller, func(tx domain.Tx, viewer directory.Viewer) error {
		page, err := f.domain.Desk().FindProjects(c.ctx, tx, viewer, query)
		if err != nil {
			return err
		}
		for _, hit := range page.Hits {
			found, err := foundProject(c, tx, hit, in.Describe)
			if err != nil {
				return err
			}
			answer.Results = append(answer.Results, found)
		}
		if page.Next > 0 {
			answer.Next, err = json.Marshal(cursor{After: page.Next})
		}
		return err
	})
	return answer, err
}

// foundProject is one row of the answer. All permissions of a project are
// loaded only where the description asks for them.
func foundProject(c call, tx domain.Tx, hit directory.Hit, describe *wire.DescribeOption) (wire.FoundProject, error) {
	found := wire.FoundProject{
		ID: hit.ID, Level: wire.Level(hit.Level.String()), PermissionSources: hit.Sources, Public: hit.Public,
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
	query := directory.Query{MinLevel: directory.Contribute, Limit: maxPage, Public: in.Public}
	if in.Limit != nil {
		query.Limit = *in.Limit
	}
	if query.Limit < 1 || query.Limit > maxPage {
		return query, inputError("limit", "an integer from 1 to 1000")
	}
	if in.Level != "" {
		level, err := directory.ParseLevel(string(in.Level))
		if err != nil {
			return query, inputError("level", "one of VIEW, UPLOAD, CONTRIBUTE, ADMINISTER")
		}
		query.MinLevel = level
	}
	query.Explicit = in.ExplicitPermission != nil && *in.ExplicitPermission
	if err := matchName(&query, in.Name); err != nil {
		return query, err
	}
	if len(in.Starting) == 0 || string(in.Starting) == "null" {
		return query, nil
	}
	var start cursor
	if err := json.Unmarshal(in.Starting, &start); err != nil || start.After < 1 {
		return query, inputError("starting", `the "next" of an earlier answer`)
	}
	query.After = start.After
	return query, nil
}

func matchName(query *directory.Query, name *wire.NameQuery) (err error) {
	switch {
	case name == nil:
	case name.Glob != "":
		query.Matches = directory.Glob(name.Glob)
	case name.Regexp != "":
		query.Matches, err = directory.Regexp(name.Regexp, name.Flags)
	case name.Exact != "":
		query.Name = name.Exact
	default:
		return inputError("name", "a nonempty string, or a hash with glob or regexp")
	}
	return err
}

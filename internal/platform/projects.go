package platform

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// Project is a project as a list shows it.
type Project struct {
	ID    string
	Name  string
	Level string
	PHI   bool // it contains protected health information
}

// ProjectQuery says which projects are listed.
type ProjectQuery struct {
	Name     string // exact; empty: any
	Glob     string // empty: any
	MinLevel string // VIEW, UPLOAD, CONTRIBUTE, ADMINISTER
	Public   bool   // public projects instead of those granted to the user
	PageSize int
}

// projects is what a platform without them lacks.
const projects = "projects"

// RequireProjects returns the refusal of a platform without projects.
func (p *Platform) RequireProjects() error {
	_, err := p.dnanexus(projects)
	return err
}

// ListProjects returns a page and the cursor of the next one, which is nil at the
// end.
func (p *Platform) ListProjects(ctx context.Context, query ProjectQuery, cursor json.RawMessage) (page []Project, next json.RawMessage, err error) {
	client, err := p.dnanexus(projects)
	if err != nil {
		return nil, nil, err
	}
	answer, err := client.FindProjects(ctx, query.request(cursor))
	if err != nil {
		return nil, nil, Explain(err)
	}
	page = make([]Project, 0, len(answer.Results))
	for _, found := range answer.Results {
		var description struct {
			Name        string `json:"name"`
			ContainsPHI bool   `json:"containsPHI"`
		}
		if len(found.Describe) > 0 {
			if err := json.Unmarshal(found.Describe, &description); err != nil {
				return nil, nil, errors.New("the server describes a project in a form that dxauth does not know")
			}
		}
		page = append(page, Project{ID: found.ID, Name: description.Name, Level: string(found.Level), PHI: description.ContainsPHI})
	}
	return page, cursorOf(answer.Next), nil
}

func (q ProjectQuery) request(cursor json.RawMessage) dnanexus.FindProjectsRequest {
	request := dnanexus.FindProjectsRequest{
		Level:    dnanexus.Level(q.MinLevel),
		Describe: &dnanexus.DescribeOption{Wanted: true, DescribeFields: describeFields("name", "containsPHI")},
		Limit:    &q.PageSize,
		Starting: cursor,
	}
	if q.Name != "" {
		request.Name = &dnanexus.NameQuery{Exact: q.Name}
	}
	if q.Glob != "" {
		request.Name = &dnanexus.NameQuery{Glob: q.Glob}
	}
	yes := true
	switch {
	case q.Public:
		request.Public = &yes
	case q.Name == "":
		request.ExplicitPermission = &yes
	}
	return request
}

func describeFields(names ...string) dnanexus.DescribeFields {
	fields := map[string]bool{}
	for _, name := range names {
		fields[name] = true
	}
	return dnanexus.DescribeFields{Fields: fields}
}

// Project returns the project of an ID, or ErrNotFound.
func (p *Platform) Project(ctx context.Context, id string) (Project, error) {
	client, err := p.dnanexus(projects)
	if err != nil {
		return Project{}, err
	}
	fields := describeFields("id", "name", "level", "containsPHI")
	described, err := client.DescribeProject(ctx, id, dnanexus.DescribeProjectRequest{DescribeFields: fields})
	return Project{ID: id, Name: described.Name, Level: string(described.Level), PHI: described.ContainsPHI}, Explain(err)
}

// Folders returns the folders directly below one of a project, or ErrNotFound if it is
// not there.
func (p *Platform) Folders(ctx context.Context, projectID, folder string) ([]string, error) {
	client, err := p.dnanexus(projects)
	if err != nil {
		return nil, err
	}
	listed, err := client.ListFolder(ctx, projectID, dnanexus.ListFolderRequest{Folder: folder, Only: "folders"})
	return listed.Folders, Explain(err)
}

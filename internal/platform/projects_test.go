package platform

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestListProjectsAsks(t *testing.T) {
	const common = `"describe":{"fields":{"containsPHI":true,"name":true}},`
	tests := map[string]struct {
		query  ProjectQuery
		cursor string
		want   string
	}{
		"the menu": {
			ProjectQuery{MinLevel: "CONTRIBUTE", PageSize: 10}, "",
			`{"level":"CONTRIBUTE",` + common + `"explicitPermission":true,"limit":10}`,
		},
		"its next page": {
			ProjectQuery{MinLevel: "CONTRIBUTE", PageSize: 10}, `{"id":"project-9","n":9007199254740993}`,
			`{"level":"CONTRIBUTE",` + common + `"explicitPermission":true,"limit":10,"starting":{"id":"project-9","n":9007199254740993}}`,
		},
		"by name, also those that everybody can see": {
			ProjectQuery{Name: "Exome*", MinLevel: "VIEW", PageSize: 100}, "",
			`{"name":"Exome*","level":"VIEW",` + common + `"limit":100}`,
		},
		"by glob": {
			ProjectQuery{Glob: "Exome*", MinLevel: "VIEW", PageSize: 10}, "",
			`{"name":{"glob":"Exome*"},"level":"VIEW",` + common + `"explicitPermission":true,"limit":10}`,
		},
		"public ones": {
			ProjectQuery{Public: true, MinLevel: "VIEW", PageSize: 10}, "",
			`{"level":"VIEW",` + common + `"public":true,"limit":10}`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &server{answers: map[string]string{"/system/findProjects": `{"results":[],"next":null}`}}
			var cursor json.RawMessage
			if tt.cursor != "" {
				cursor = json.RawMessage(tt.cursor)
			}
			if _, _, err := s.platform(t).ListProjects(t.Context(), tt.query, cursor); err != nil {
				t.Fatal(err)
			}
			s.wantAsked(t, "/system/findProjects "+tt.want)
		})
	}
}

func TestListProjectsReads(t *testing.T) {
	const hostile = "\x1b]0;title\a\u202e"
	tests := map[string]struct {
		answer string
		page   []Project
		next   string // "" for none
	}{
		"the last page": {
			`{"results":[{"id":"project-1","level":"VIEW","describe":{"id":"project-1","name":"Exome"}}],"next":null}`,
			[]Project{{ID: "project-1", Name: "Exome", Level: "VIEW"}}, "",
		},
		"no next":         {`{"results":[]}`, []Project{}, ""},
		"an object next":  {`{"results":[],"next":{"id":"project-9"}}`, []Project{}, `{"id":"project-9"}`},
		"a string next":   {`{"results":[],"next":"abc"}`, []Project{}, `"abc"`},
		"no describe":     {`{"results":[{"id":"project-1","level":"VIEW"}]}`, []Project{{ID: "project-1", Level: "VIEW"}}, ""},
		"a null describe": {`{"results":[{"id":"project-1","describe":null}]}`, []Project{{ID: "project-1"}}, ""},
		"a hostile name, which the terminal cleans": {
			`{"results":[{"id":"project-1","describe":{"name":"\u001b]0;title\u0007\u202e"}}]}`,
			[]Project{{ID: "project-1", Name: hostile}}, "",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &server{answers: map[string]string{"/system/findProjects": tt.answer}}
			page, next, err := s.platform(t).ListProjects(t.Context(), ProjectQuery{PageSize: 10}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.page, page); diff != "" {
				t.Errorf("page (-want +got):\n%s", diff)
			}
			if string(next) != tt.next || (next == nil) != (tt.next == "") {
				t.Errorf("next %q, want %q", next, tt.next)
			}
		})
	}
	t.Run("a describe of another form", func(t *testing.T) {
		s := &server{answers: map[string]string{"/system/findProjects": `{"results":[{"id":"project-1","describe":true}]}`}}
		if _, _, err := s.platform(t).ListProjects(t.Context(), ProjectQuery{}, nil); err == nil || !strings.Contains(err.Error(), "does not know") {
			t.Errorf("error %v, want one about the form", err)
		}
	})
}

func TestProjectAndFolder(t *testing.T) {
	s := &server{answers: map[string]string{
		"/project-1/describe":   `{"id":"project-1","name":"Exome","level":"VIEW"}`,
		"/project-1/listFolder": `{"folders":["/raw data/1"],"objects":[]}`,
	}}
	p := s.platform(t)
	if project, err := p.Project(t.Context(), "project-1"); err != nil || project != (Project{ID: "project-1", Name: "Exome", Level: "VIEW"}) {
		t.Errorf("project %+v, %v", project, err)
	}
	if below, err := p.Folders(t.Context(), "project-1", "/raw data"); err != nil || !slices.Equal(below, []string{"/raw data/1"}) {
		t.Errorf("folders %q, %v", below, err)
	}
	s.wantAsked(t,
		`/project-1/describe {"fields":{"containsPHI":true,"id":true,"level":true,"name":true}}`,
		`/project-1/listFolder {"folder":"/raw data","only":"folders"}`)
	missing := refusing(404, "ResourceNotFound", "null").platform(t)
	if _, err := missing.Project(t.Context(), "project-1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a missing project: %v, want ErrNotFound", err)
	}
	if _, err := missing.Folders(t.Context(), "project-1", "/x"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a missing folder: %v, want ErrNotFound", err)
	}
}

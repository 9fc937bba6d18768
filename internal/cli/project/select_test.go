package project

import (
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/cli/projectpick"
	"github.com/dxauth/dxauth/internal/platform"
)

func TestSelectOptions(t *testing.T) {
	tests := map[string]struct {
		options selectOptions
		level   string // "" for an error
		words   string // part of the error, or of the menu's title
	}{
		"nothing":             {selectOptions{}, "CONTRIBUTE", "projects (CONTRIBUTE or higher)"},
		"a level":             {selectOptions{which: queryFlags{level: "view"}}, "VIEW", "projects (VIEW or higher)"},
		"public":              {selectOptions{which: queryFlags{public: true}}, "VIEW", "public projects (VIEW or higher)"},
		"public with a level": {selectOptions{which: queryFlags{public: true, level: "UPLOAD"}}, "UPLOAD", "public projects (UPLOAD or higher)"},
		"a project":           {selectOptions{project: "Exome"}, "CONTRIBUTE", ""},
		"the level NONE":      {selectOptions{which: queryFlags{level: "NONE"}}, "", "--level NONE"},
		"an unknown level":    {selectOptions{which: queryFlags{level: "owner"}}, "", "--level owner"},
		"project and name":    {selectOptions{project: "a", which: queryFlags{name: "b"}}, "", "exclude each other"},
		"project and level":   {selectOptions{project: "a", which: queryFlags{level: "VIEW"}}, "", "exclude each other"},
		"project and public":  {selectOptions{project: "a", which: queryFlags{public: true}}, "", "exclude each other"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := tt.options.check()
			if tt.level == "" {
				clitest.WantUsage(t, err, tt.words)
				return
			}
			query := tt.options.query
			if err != nil || query.MinLevel != tt.level || query.Public != tt.options.which.public {
				t.Fatalf("query %+v, %v, want the level %q", query, err, tt.level)
			}
			if menu := projectpick.NewMenu(query, "dxauth"); !strings.Contains(menu.Title, tt.words) || menu.Query.MinLevel != tt.level || menu.Query.Public != query.Public {
				t.Errorf("menu %+v, want %q", menu, tt.words)
			}
		})
	}
	o := selectOptions{which: queryFlags{name: "Exome*", level: "VIEW"}}
	if err := o.check(); err != nil {
		t.Fatal(err)
	}
	if got, want := projectpick.NewMenu(o.query, "dxauth").Query, (platform.ProjectQuery{Glob: "Exome*", MinLevel: "VIEW", PageSize: 1000}); got != want {
		t.Errorf("query %+v, want %+v", got, want)
	}
}

package project

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// queryFlags say which projects are listed.
type queryFlags struct {
	name   string
	level  string
	public bool
}

func (f *queryFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.name, "name", "", "show projects whose name matches this `GLOB` (* and ?)")
	flags.StringVar(&f.level, "level", "", "show projects with at least this `LEVEL`: VIEW, UPLOAD, CONTRIBUTE or ADMINISTER (default CONTRIBUTE)")
	kit.CompleteLevels(flags, "level")
	flags.BoolVar(&f.public, "public", false, "show public projects")
}

// query returns what the flags ask for. As in dx, projects that the user can only view
// are listed only if a flag says so.
func (f queryFlags) query() (platform.ProjectQuery, error) {
	level := string(dnanexus.LevelContribute)
	switch {
	case f.level != "":
		level = strings.ToUpper(f.level)
	case f.public:
		level = string(dnanexus.LevelView)
	}
	if !dnanexus.Level(level).Valid() {
		return platform.ProjectQuery{}, refusal.Usagef("--level %s: must be VIEW, UPLOAD, CONTRIBUTE or ADMINISTER", f.level)
	}
	return platform.ProjectQuery{Glob: f.name, Public: f.public, MinLevel: level}, nil
}

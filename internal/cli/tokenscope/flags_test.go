package tokenscope

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

func TestScopeEntries(t *testing.T) {
	all := platform.Everything
	tests := map[string]struct {
		options Flags
		want    []entry
		words   string // of the error
	}{
		"nothing":                    {Flags{}, nil, ""},
		"no PHI":                     {Flags{NoPHI: true}, nil, ""},
		"a level alone":              {Flags{Level: "upload"}, []entry{{all, "UPLOAD", ""}}, ""},
		"a project alone":            {Flags{Projects: []string{"Exome"}}, []entry{{"Exome", "VIEW", ""}}, ""},
		"a project and a level":      {Flags{Projects: []string{"Exome", "Rare=view"}, Level: "UPLOAD"}, []entry{{"Exome", "UPLOAD", ""}, {"Rare", "VIEW", "Rare=view"}}, ""},
		"all, and one more":          {Flags{Projects: []string{"*=VIEW", "Exome=ADMINISTER"}}, []entry{{all, "VIEW", "*=VIEW"}, {"Exome", "ADMINISTER", "Exome=ADMINISTER"}}, ""},
		"a name with an equals sign": {Flags{Projects: []string{"a=b", "a=b=contribute"}}, []entry{{"a=b", "VIEW", ""}, {"a=b", "CONTRIBUTE", "a=b=contribute"}}, ""},
		"an unknown level in a name": {Flags{Projects: []string{"Exome=NONE"}}, []entry{{"Exome=NONE", "VIEW", ""}}, ""},
		"an unknown level":           {Flags{Level: "OWNER"}, nil, "--level OWNER"},
		"no level at all":            {Flags{Level: "NONE"}, nil, "--level NONE"},
		"an empty name":              {Flags{Projects: []string{""}}, nil, "names no project"},
		"a level and no name":        {Flags{Projects: []string{"=VIEW"}}, nil, "names no project"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := tt.options.entries()
			if tt.words != "" {
				clitest.WantUsage(t, err, tt.words)
				return
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(entry{})); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// FuzzReadEntry: a level behind the last equals sign is cut off, and nothing else
// of a name is.
func FuzzReadEntry(f *testing.F) {
	for _, seed := range []string{"Exome", "a=b", "Exome=VIEW", "=view", "=", "x=VIEW=UPLOAD", "é=Administer", "a= VIEW", ""} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, argument string) {
		got := readEntry(argument, "CONTRIBUTE")
		if !dnanexus.Level(got.level).Valid() {
			t.Errorf("%q has the level %q", argument, got.level)
		}
		if cut := argument[len(got.project):]; cut != "" && !strings.EqualFold(cut, "="+got.level) {
			t.Errorf("%q became %q and %q", argument, got.project, got.level)
		}
		if again := readEntry(argument+"=upload", "VIEW"); again != (entry{argument, "UPLOAD", argument + "=upload"}) {
			t.Errorf("%q with a level behind it became %+v", argument, again)
		}
	})
}

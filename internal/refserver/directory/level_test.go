package directory_test

import (
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

const (
	none       = directory.None
	view       = directory.View
	upload     = directory.Upload
	contribute = directory.Contribute
	administer = directory.Administer
)

func allLevels() []directory.Level {
	return []directory.Level{none, view, upload, contribute, administer}
}

// rights holds everything that decides a level.
type rights struct {
	own, org, public directory.Level // what was granted
	limit            directory.Level // the greatest level that the membership gives through the org
	ceiling          directory.Level // of the token
}

func (r rights) level(t testing.TB) directory.Level {
	t.Helper()
	viewer := directory.NewViewer(bob, func(directory.Project) directory.Level { return r.ceiling }).
		Through([]directory.Membership{{OrgID: lab, UserID: bob, Rights: directory.Rights{ProjectAccess: r.limit}}})
	permissions := map[string]directory.Level{alice: administer, ward: administer}
	for grantee, level := range map[string]directory.Level{bob: r.own, lab: r.org, directory.Public: r.public} {
		if level > none {
			permissions[grantee] = level
		}
	}
	return directory.LevelOn(viewer, directory.Project{}, permissions)
}

func TestLevelOn(t *testing.T) {
	for _, c := range []struct {
		name string
		rights
		want directory.Level
	}{
		{"others' grants count for nothing", rights{limit: administer, ceiling: administer}, none},
		{"the own grant", rights{own: upload, limit: administer, ceiling: administer}, upload},
		{"the org's grant", rights{org: contribute, limit: administer, ceiling: administer}, contribute},
		{"the public's grant", rights{public: view, limit: administer, ceiling: administer}, view},
		{"the greater wins: own", rights{own: administer, org: upload, public: view, limit: administer, ceiling: administer}, administer},
		{"the greater wins: org", rights{own: view, org: administer, public: view, limit: administer, ceiling: administer}, administer},
		{"grants don't add up", rights{own: view, org: view, public: view, limit: administer, ceiling: administer}, view},
		{"the membership caps the org's grant", rights{org: administer, limit: contribute, ceiling: administer}, contribute},
		{"a membership without projects gives none", rights{org: administer, limit: none, ceiling: administer}, none},
		{"the membership lifts nothing", rights{org: view, limit: administer, ceiling: administer}, view},
		{"the membership does not cap the own grant", rights{own: administer, org: administer, limit: view, ceiling: administer}, administer},
		{"the token caps the own grant", rights{own: administer, limit: administer, ceiling: view}, view},
		{"the token caps the org's grant", rights{org: administer, limit: administer, ceiling: upload}, upload},
		{"the token caps the public's grant", rights{public: view, limit: administer, ceiling: none}, none},
		{"the token lifts nothing", rights{own: view, limit: administer, ceiling: administer}, view},
		{"the lower of both caps", rights{org: administer, limit: upload, ceiling: contribute}, upload},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.level(t); got != c.want {
				t.Errorf("level %s, want %s", got, c.want)
			}
		})
	}
}

// In all 3125 cases, a level is at most the token's ceiling, comes from a grant,
// and does not fall when one of the five rights rises.
func TestLevelOnEverywhere(t *testing.T) {
	for _, r := range allRights() {
		level := r.level(t)
		if level > r.ceiling {
			t.Fatalf("%+v: %s is above the token", r, level)
		}
		if level > max(r.own, min(r.org, r.limit), r.public) {
			t.Fatalf("%+v: %s was never granted", r, level)
		}
		for _, raised := range r.raised() {
			if raised.level(t) < level {
				t.Fatalf("%+v gives less than %+v", raised, r)
			}
		}
	}
}

func allRights() []rights {
	var list []rights
	for _, own := range allLevels() {
		for _, org := range allLevels() {
			for _, public := range allLevels() {
				for _, limit := range allLevels() {
					for _, ceiling := range allLevels() {
						list = append(list, rights{own, org, public, limit, ceiling})
					}
				}
			}
		}
	}
	return list
}

// raised lists the rights that are one step greater in one field.
func (r rights) raised() []rights {
	var list []rights
	for i := range 5 {
		greater := r
		field := []*directory.Level{&greater.own, &greater.org, &greater.public, &greater.limit, &greater.ceiling}[i]
		if *field < administer {
			*field++
			list = append(list, greater)
		}
	}
	return list
}

// A token's ceiling may differ from project to project.
func TestCeilingSeesTheProject(t *testing.T) {
	ceiling := func(project directory.Project) directory.Level {
		if project.ContainsPHI {
			return none
		}
		return view
	}
	viewer := directory.NewViewer(bob, ceiling)
	permissions := map[string]directory.Level{bob: administer}
	if got := directory.LevelOn(viewer, directory.Project{}, permissions); got != view {
		t.Errorf("plain project: %s, want VIEW", got)
	}
	if got := directory.LevelOn(viewer, directory.Project{ContainsPHI: true}, permissions); got != none {
		t.Errorf("PHI project: %s, want NONE", got)
	}
}

func TestLevelNames(t *testing.T) {
	for _, level := range []directory.Level{view, upload, contribute, administer} {
		text, err := level.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back directory.Level
		if err := back.UnmarshalText(text); err != nil || back != level {
			t.Errorf("%s is read back as %v, %v", text, back, err)
		}
	}
	if got := none.String(); got != "NONE" {
		t.Errorf("the level None is called %s", got)
	}
	if got := directory.Level(9).String(); got != "Level(9)" {
		t.Errorf("a level out of range is called %s", got)
	}
}

func TestUnmarshalRejectsNoneAndUnknownLevels(t *testing.T) {
	for _, name := range []string{"", "NONE", "view", "VIEW ", "ADMIN", "Level(1)", "4"} {
		level := contribute
		if err := level.UnmarshalText([]byte(name)); err == nil {
			t.Errorf("%q is read as %s", name, level)
		}
		if level != contribute {
			t.Errorf("%q was refused and still changed the level", name)
		}
	}
}

package access_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
)

func TestCeiling(t *testing.T) {
	phi := directory.Project{ID: patients, ContainsPHI: true, BillTo: "org-ward"}
	plain := directory.Project{ID: genomics}
	levels := func(pairs map[string]directory.Level) access.Scope { return access.Scope{Projects: pairs} }
	withoutPHI := func(s access.Scope) access.Scope { s.NoPHI = true; return s }

	for name, c := range map[string]struct {
		scope         access.Scope
		open, guarded directory.Level
	}{
		"nothing":          {access.Scope{}, directory.None, directory.None},
		"full":             {access.FullScope(), directory.Administer, directory.Administer},
		"full without PHI": {withoutPHI(access.FullScope()), directory.Administer, directory.None},
		"all projects":     {levels(map[string]directory.Level{"*": directory.Upload}), directory.Upload, directory.Upload},
		"all but one":      {levels(map[string]directory.Level{"*": directory.View, patients: directory.None}), directory.View, directory.None},
		"one more than all": {levels(map[string]directory.Level{"*": directory.View, patients: directory.Contribute}),
			directory.View, directory.Contribute},
		"one less than all": {levels(map[string]directory.Level{"*": directory.Contribute, genomics: directory.View}),
			directory.View, directory.Contribute},
		"one":                    {levels(map[string]directory.Level{genomics: directory.Administer}), directory.Administer, directory.None},
		"one with PHI":           {levels(map[string]directory.Level{patients: directory.View}), directory.None, directory.View},
		"one with PHI, but none": {withoutPHI(levels(map[string]directory.Level{patients: directory.View})), directory.None, directory.None},
		"full without the payer": {access.FullScope().Without("org-ward"), directory.Administer, directory.None},
		"one without the payer": {levels(map[string]directory.Level{patients: directory.View}).Without("org-lab", "org-ward"),
			directory.None, directory.None},
		"all without PHI": {withoutPHI(levels(map[string]directory.Level{"*": directory.View})), directory.View, directory.None},
	} {
		if got := c.scope.Ceiling(plain); got != c.open {
			t.Errorf("%s: %s on a project, want %s", name, got, c.open)
		}
		if got := c.scope.Ceiling(phi); got != c.guarded {
			t.Errorf("%s: %s on a PHI project, want %s", name, got, c.guarded)
		}
	}
}

var named = []string{"project-a", "project-b", "project-c"}

// scopes generates scopes over a few projects.
func scopes() *rapid.Generator[access.Scope] {
	return rapid.Custom(func(t *rapid.T) access.Scope {
		keys := rapid.SampledFrom(append(named, access.Everything))
		levels := rapid.Map(rapid.IntRange(int(directory.None), int(directory.Administer)),
			func(n int) directory.Level { return directory.Level(n) })
		return access.Scope{
			Full:        rapid.IntRange(0, 4).Draw(t, "full") == 0,
			NoPHI:       rapid.Bool().Draw(t, "without PHI"),
			Projects:    rapid.MapOf(keys, levels).Draw(t, "projects"),
			WithoutOrgs: rapid.SliceOfNDistinct(rapid.SampledFrom(payers), 0, 2, rapid.ID).Draw(t, "without orgs"),
			TrustRule:   rapid.SampledFrom([]string{"", "", "rule-a", "rule-b"}).Draw(t, "trust rule"),
		}
	})
}

var payers = []string{"org-a", "org-b"}

// reachesNoFurther reports whether inner never allows more than outer. It compares
// them on named projects and an unnamed one, with and without PHI, for every payer. What a
// trust rule takes away is not known here, so only a scope of the same rule is no further.
func reachesNoFurther(inner, outer access.Scope) bool {
	if outer.TrustRule != "" && inner.TrustRule != outer.TrustRule {
		return false
	}
	for _, id := range append(named, "project-unnamed") {
		for _, payer := range append(payers, "org-unnamed", "user-alice") {
			for _, phi := range []bool{false, true} {
				project := directory.Project{ID: id, ContainsPHI: phi, BillTo: payer}
				if inner.Ceiling(project) > outer.Ceiling(project) {
					return false
				}
			}
		}
	}
	return true
}

// S-38: a scope within another one allows no more on any project.
func TestWithinIsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inner, outer := scopes().Draw(t, "inner"), scopes().Draw(t, "outer")
		if inner.Within(outer) && !reachesNoFurther(inner, outer) {
			t.Fatalf("%+v is not within %+v", inner, outer)
		}
	})
}

// Within is exact except for three cautious refusals: a full scope counts as more than
// all projects, and inner must itself exclude PHI and orgs that outer excludes.
func TestWithinIsComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inner, outer := scopes().Draw(t, "inner"), scopes().Draw(t, "outer")
		cautious := inner.Full && !outer.Full || outer.NoPHI && !inner.NoPHI ||
			!reflect.DeepEqual(inner.Without(outer.WithoutOrgs...), inner)
		if want := reachesNoFurther(inner, outer) && !cautious; inner.Within(outer) != want {
			t.Fatalf("%+v within %+v: %v, want %v", inner, outer, !want, want)
		}
	})
}

func TestWithinIsAnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := scopes().Draw(t, "a"), scopes().Draw(t, "b"), scopes().Draw(t, "c")
		if !a.Within(a) {
			t.Fatalf("%+v is not within itself", a)
		}
		if a.Within(b) && b.Within(c) && !a.Within(c) {
			t.Fatalf("%+v within %+v within %+v, but not the first in the last", a, b, c)
		}
	})
}

// A scope is stored as JSON.
func TestScopeSurvivesJSON(t *testing.T) {
	for _, scope := range []access.Scope{
		{}, access.FullScope(), {Full: true, NoPHI: true}, access.FullScope().Without("org-a", "org-b", "org-a"),
		{Projects: map[string]directory.Level{"*": directory.View, genomics: directory.Administer}},
		{Projects: map[string]directory.Level{genomics: directory.View}, NoPHI: true, TrustRule: "rule-a"},
	} {
		text, err := json.Marshal(scope)
		if err != nil {
			t.Fatal(err)
		}
		var decoded access.Scope
		if err := json.Unmarshal(text, &decoded); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(scope, decoded); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// fixedRandom returns the same bytes for the same seed.
func fixedRandom(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

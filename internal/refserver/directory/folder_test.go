package directory_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/testfuzz"
)

func TestCleanFolder(t *testing.T) {
	for input, want := range map[string]string{
		"/":               "/",
		"//":              "/",
		"/raw":            "/raw",
		"/raw/":           "/raw",
		"/raw//batch1///": "/raw/batch1",
		"/..raw":          "/..raw",
		"/raw.":           "/raw.",
		"/...":            "/...",
		"/with blank ":    "/with blank ",
		`/a\b`:            `/a\b`,
		"/Größe/測定":       "/Größe/測定",
		"/" + strings.Repeat("x", directory.MaxFolder-1): "/" + strings.Repeat("x", directory.MaxFolder-1),
	} {
		got, err := directory.CleanFolder(input)
		if err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", input, got, err, want)
		}
	}
}

func TestCleanFolderRefuses(t *testing.T) {
	for _, input := range []string{
		"", "raw", "raw/batch1", " /raw", "./raw", "../raw", `\raw`,
		"/.", "/..", "/raw/.", "/raw/..", "/raw/../results", "/./raw", "/../..",
		"/a\x00b", "\x00",
		"/" + strings.Repeat("x", directory.MaxFolder),
		strings.Repeat("/x", directory.MaxFolder),
	} {
		got, err := directory.CleanFolder(input)
		wantInputError(t, err, "folder")
		if got != "" {
			t.Errorf("%.20q was refused and is still cleaned to %q", input, got)
		}
	}
}

func FuzzCleanFolder(f *testing.F) {
	for _, seed := range []string{"/", "//", "/raw/batch1/", "raw", "/./..", "/...", "/a\x00", "/\xff/"} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		clean, err := directory.CleanFolder(input)
		if err != nil {
			return
		}
		if !path.IsAbs(clean) || path.Clean(clean) != clean {
			t.Errorf("%q is cleaned to %q", input, clean)
		}
		if again, err := directory.CleanFolder(clean); err != nil || again != clean {
			t.Errorf("%q is cleaned to %q, and that to %q, %v", input, clean, again, err)
		}
	})
}

func (w world) folders(project, folder string) []string {
	w.Helper()
	list, err := w.service.ListFolder(w.ctx, w.tx, w.viewer(alice), project, folder)
	w.must(err)
	return list
}

func TestFolders(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		project := w.project(map[string]directory.Level{alice: administer})
		create := func(folder string) error {
			return w.service.CreateFolder(w.ctx, w.tx, w.viewer(alice), project, folder)
		}
		wantError(w, create("/raw/batch1"), directory.ErrNoFolder)
		w.must(create("/raw"))
		w.must(create("/raw/batch1/"))
		w.must(create("/results"))
		w.must(create("/raw-old"))
		wantError(w, create("/raw"), directory.ErrFolderThere)
		wantError(w, create("/raw//batch1"), directory.ErrFolderThere)
		wantError(w, create("/"), directory.ErrFolderThere)
		wantInputError(w, create("raw"), "folder")

		for folder, want := range map[string][]string{
			"/":           {"/raw", "/raw-old", "/results"},
			"/raw":        {"/raw/batch1"},
			"/raw/":       {"/raw/batch1"},
			"/raw/batch1": nil,
		} {
			if got := w.folders(project, folder); !slices.Equal(got, want) {
				w.Errorf("%s has %v, want %v", folder, got, want)
			}
		}
		if at := w.modified(project); !at.Equal(noon) {
			w.Errorf("modified at %s", at)
		}
	})
}

func TestFoldersWithParents(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		project := w.project(map[string]directory.Level{alice: administer})
		for _, folder := range []string{"/raw/batch1/lane2", "/raw/batch1/lane2", "/raw", "/", "/raw/batch2/"} {
			w.must(w.service.CreateFolders(w.ctx, w.tx, w.viewer(alice), project, folder))
		}
		if got, want := w.folders(project, "/raw"), []string{"/raw/batch1", "/raw/batch2"}; !slices.Equal(got, want) {
			w.Errorf("/raw has %v, want %v", got, want)
		}
		if got, want := w.folders(project, "/raw/batch1"), []string{"/raw/batch1/lane2"}; !slices.Equal(got, want) {
			w.Errorf("/raw/batch1 has %v, want %v", got, want)
		}
	})
}

func TestListingAMissingFolder(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		project := w.project(map[string]directory.Level{alice: administer})
		_, err := w.service.ListFolder(w.ctx, w.tx, w.viewer(alice), project, "/raw")
		wantError(w, err, directory.ErrNoFolder)
		_, err = w.service.ListFolder(w.ctx, w.tx, w.viewer(alice), project, "raw")
		wantInputError(w, err, "folder")
	})
}

func TestFoldersStayInTheirProject(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		one, other := w.project(map[string]directory.Level{alice: administer}), w.project(map[string]directory.Level{alice: administer})
		w.must(w.service.CreateFolder(w.ctx, w.tx, w.viewer(alice), one, "/raw"))
		if got := w.folders(other, "/"); len(got) != 0 {
			w.Errorf("the other project has %v", got)
		}
	})
}

package namecache

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/privatefile"
)

const alice, bob = "alice@lab.org", "bob@lab.org"

func newCache(t *testing.T) Cache { return Cache{Dir: filepath.Join(t.TempDir(), "names")} }

func (c Cache) files(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestNamesAreKeptForEachAccount(t *testing.T) {
	c := newCache(t)
	if diff := cmp.Diff(Names{}, c.Read(alice)); diff != "" {
		t.Error(diff)
	}
	update := func(account string, change func(*Names)) {
		t.Helper()
		if err := c.Update(account, change); err != nil {
			t.Fatal(err)
		}
	}
	update(alice, func(n *Names) { n.AddProjects(Entry{"project-1", "Exome"}, Entry{"project-2", "Panel"}) })
	update(alice, func(n *Names) {
		n.AddProjects(Entry{"project-2", "Panel 2"})
		n.AddFolders("project-2", "/b", "/a", "/b")
	})
	update(bob, func(n *Names) { n.AddTokens(Entry{"0123", "ci"}) })
	want := Names{
		Version: version, Projects: []Entry{{"project-2", "Panel 2"}, {"project-1", "Exome"}},
		Folders: map[string][]string{"project-2": {"/a", "/b"}},
	}
	if diff := cmp.Diff(want, c.Read(alice)); diff != "" {
		t.Error(diff)
	}
	for _, name := range c.files(t) {
		if strings.Contains(name, "alice") || privatefile.CheckMode(filepath.Join(c.Dir, name)) != nil {
			t.Errorf("%s: names the account, or can be read by others", name)
		}
	}
	if err := c.Erase(alice); err != nil {
		t.Fatal(err)
	}
	if got := c.Read(alice); len(got.Projects) != 0 || len(c.files(t)) != 1 {
		t.Errorf("erased: %+v, %q", got, c.files(t))
	}
	if err := c.Erase(alice); err != nil {
		t.Errorf("erased twice: %v", err)
	}
	if err := c.EraseOthers([]string{alice}); err != nil || len(c.files(t)) != 0 {
		t.Errorf("erased all others: %v, %q", err, c.files(t))
	}
}

// TestReadReturnsNoNames checks what can be in place of the file.
func TestReadReturnsNoNames(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"damaged": func(path string) error { return os.WriteFile(path, []byte(`{"projects": [{`), 0o600) },
		"empty":   func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"a newer version": func(path string) error {
			return os.WriteFile(path, []byte(`{"version": 2, "orgs": [{"id": "x"}]}`), 0o600)
		},
		"a folder":         func(path string) error { return os.Mkdir(path, 0o700) },
		"larger than ever": func(path string) error { return os.WriteFile(path, make([]byte, maxFileBytes+1), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			c := Cache{Dir: t.TempDir()}
			if err := put(c.path(alice)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(Names{}, c.Read(alice)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNamesAreBounded checks that the file stays small, whatever a server lists.
func TestNamesAreBounded(t *testing.T) {
	c := newCache(t)
	var many []Entry
	for i := range 10_000 {
		many = append(many, Entry{fmt.Sprintf("project-%d", i), strings.Repeat("x", 100)})
	}
	many[0].Name = strings.Repeat("x", maxName+1)
	err := c.Update(alice, func(n *Names) {
		n.AddProjects(many...)
		n.Tokens, n.Sessions, n.Orgs = many, many, many
		var folders []string
		for i := range 1000 {
			folders = append(folders, fmt.Sprintf("/%d/%s", i, strings.Repeat("x", 100)))
		}
		for _, project := range many[:100] {
			n.AddFolders(project.ID, folders...)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	got := c.Read(alice)
	if len(got.Projects) != maxEntries || got.Projects[0].ID != "project-1" || len(got.Orgs) != maxEntries {
		t.Errorf("%d projects, the first %+v", len(got.Projects), got.Projects[0])
	}
	if len(got.Folders) != maxProjects || len(got.Folders["project-99"]) != maxFolders {
		t.Errorf("folders of %d projects, of the last %d", len(got.Folders), len(got.Folders["project-99"]))
	}
}

func TestWithoutAFolderNothingIsKept(t *testing.T) {
	var c Cache
	if err := c.Update(alice, func(n *Names) { n.AddTokens(Entry{"1", "ci"}) }); err != nil || len(c.Read(alice).Tokens) != 0 {
		t.Errorf("%v, %+v", err, c.Read(alice))
	}
	if err := c.Erase(alice); err != nil {
		t.Error(err)
	}
	if err := c.EraseOthers(nil); err != nil {
		t.Error(err)
	}
}

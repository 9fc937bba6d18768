// Package namecache keeps names that a shell's completion offers: those of the
// projects, folders, API tokens, sessions, orgs and linked identities of an account that
// is signed in here, as the last lists had them.
//
// It promises that reading takes one small file and nothing else, and returns no names
// if the file is missing, damaged, too large or not private to the user. Names tell
// what somebody works on. So each account has a file of its own with mode 0600, whose
// name does not contain the account's, the number and the length of the names are
// bounded, and the caller erases it when the session ends. No name is a secret that
// signs anybody in.
//
// The names are a copy that may be out of date: they are only offered.
package namecache

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/dxauth/dxauth/internal/privatefile"
)

// Entry is a thing with an ID and a name; either may be empty.
type Entry struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// Names are the names of one account.
type Names struct {
	Version  int                 `json:"version"`
	Projects []Entry             `json:"projects,omitempty"`
	Folders  map[string][]string `json:"folders,omitempty"` // absolute paths, by the ID of a project
	Tokens   []Entry             `json:"tokens,omitempty"`
	Sessions []Entry             `json:"sessions,omitempty"`
	Orgs     []Entry             `json:"orgs,omitempty"`

	Identities []Entry `json:"identities,omitempty"` // at OpenID providers
}

const (
	version      = 1
	maxEntries   = 1000 // of one kind
	maxName      = 200  // bytes of a name; longer ones are left out
	maxProjects  = 20   // with folders
	maxFolders   = 200  // of a project
	maxFileBytes = 4 << 20
)

// AddProjects adds projects, before those that are known.
func (n *Names) AddProjects(projects ...Entry) {
	n.Projects = merge(projects, n.Projects)
}

// AddFolders adds folders of a project.
func (n *Names) AddFolders(project string, folders ...string) {
	if n.Folders == nil {
		n.Folders = map[string][]string{}
	}
	list := append(slices.Clone(n.Folders[project]), folders...)
	list = slices.DeleteFunc(list, func(folder string) bool { return len(folder) > maxName })
	slices.Sort(list)
	list = slices.Compact(list)
	n.Folders[project] = list[:min(maxFolders, len(list))]
	for other := range n.Folders {
		if len(n.Folders) > maxProjects && other != project {
			delete(n.Folders, other)
		}
	}
}

// AddTokens adds tokens, before those that are known.
func (n *Names) AddTokens(tokens ...Entry) { n.Tokens = merge(tokens, n.Tokens) }

// merge returns entries without those that are too long, each ID once.
func merge(first, more []Entry) []Entry {
	var merged []Entry
	seen := map[string]bool{}
	for _, entry := range slices.Concat(first, more) {
		fits := len(entry.ID) <= maxName && len(entry.Name) <= maxName
		if fits && !seen[entry.ID] && len(merged) < maxEntries {
			seen[entry.ID] = true
			merged = append(merged, entry)
		}
	}
	return merged
}

// bounded returns the names within the limits.
func (n Names) bounded() Names {
	n.Version = version
	n.Projects, n.Tokens = merge(n.Projects, nil), merge(n.Tokens, nil)
	n.Sessions, n.Orgs, n.Identities = merge(n.Sessions, nil), merge(n.Orgs, nil), merge(n.Identities, nil)
	return n
}

// Cache is a folder with one file for each account.
type Cache struct {
	Dir string // made if it is missing; "": nothing is kept
}

// Read returns the names of an account, as far as they are known.
func (c Cache) Read(account string) Names {
	if c.Dir == "" {
		return Names{}
	}
	content, err := privatefile.Read(c.path(account), maxFileBytes)
	if err != nil {
		return Names{}
	}
	var names Names
	if err := json.Unmarshal(content, &names); err != nil || names.Version != version {
		return Names{}
	}
	return names
}

// Update changes the names of an account. Of two processes that do so at once, one may
// be lost.
func (c Cache) Update(account string, change func(*Names)) error {
	if c.Dir == "" {
		return nil
	}
	names := c.Read(account)
	change(&names)
	content, err := json.Marshal(names.bounded())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of names: %w", err)
	}
	return privatefile.Replace(c.path(account), content)
}

// Erase removes the names of an account. That there are none is not an error.
func (c Cache) Erase(account string) error {
	if c.Dir == "" {
		return nil
	}
	return privatefile.Remove(c.path(account))
}

// EraseOthers removes the names of all accounts but these.
func (c Cache) EraseOthers(accounts []string) error {
	entries, err := os.ReadDir(c.Dir)
	if c.Dir == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	failures := []error{err}
	var kept []string
	for _, account := range accounts {
		kept = append(kept, filepath.Base(c.path(account)))
	}
	for _, entry := range entries {
		if !slices.Contains(kept, entry.Name()) {
			failures = append(failures, privatefile.Remove(filepath.Join(c.Dir, entry.Name())))
		}
	}
	return errors.Join(failures...)
}

func (c Cache) path(account string) string {
	sum := sha256.Sum256([]byte("names of an account\x00" + account))
	return filepath.Join(c.Dir, fmt.Sprintf("%x.json", sum[:16]))
}

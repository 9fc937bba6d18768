package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Process is a process that this one descends from.
type Process struct {
	PID     int
	Started string // tells a process from a later one with the same PID; empty: not known here
}

// shell is what one shell has selected, in a file named by its PID. As with dx,
// a shell keeps its project although another one selects another. There is no
// secret in it.
type shell struct {
	Started  string             `json:"started,omitempty"`
	Projects map[string]Project `json:"projects"` // by Account.Name
}

func (a *AccountIndex) shellsDir() string { return filepath.Join(a.dir, "shells") }

func (a *AccountIndex) shellPath(pid int) string {
	return filepath.Join(a.shellsDir(), strconv.Itoa(pid)+".json")
}

// findShell returns the nearest ancestor that has selected a project, or, when
// none has, the immediate parent.
func (a *AccountIndex) findShell() (Process, shell, error) {
	ancestors := a.ancestors()
	if len(ancestors) == 0 {
		return Process{}, shell{}, nil
	}
	for _, process := range ancestors {
		known, err := a.readShell(process)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return process, known, err
		}
	}
	return ancestors[0], shell{Started: ancestors[0].Started}, nil
}

// readShell answers fs.ErrNotExist also for the file of an earlier process with
// the same PID.
func (a *AccountIndex) readShell(process Process) (shell, error) {
	content, err := os.ReadFile(a.shellPath(process.PID))
	if err != nil {
		return shell{}, err
	}
	var s shell
	if err := json.Unmarshal(content, &s); err != nil {
		return shell{}, fs.ErrNotExist // nothing that is worth an error
	}
	if s.Started != process.Started {
		return shell{}, fs.ErrNotExist
	}
	return s, nil
}

// projectOfShell is what this shell has selected for an account. Where no shell
// has selected anything, the ancestors are not looked up, which takes time.
func (a *AccountIndex) projectOfShell(account string) (Project, bool) {
	if selected, err := os.ReadDir(a.shellsDir()); err != nil || len(selected) == 0 {
		return Project{}, false
	}
	_, s, err := a.findShell()
	if err != nil {
		return Project{}, false
	}
	project, found := s.Projects[account]
	return project, found
}

// rememberInShell notes a selection for this shell; nil takes it back.
func (a *AccountIndex) rememberInShell(account string, project *Project) error {
	process, s, err := a.findShell()
	if err != nil || process.PID == 0 {
		return err
	}
	if _, found := s.Projects[account]; project == nil && !found {
		return nil
	}
	if project == nil {
		delete(s.Projects, account)
	} else {
		if s.Projects == nil {
			s.Projects = map[string]Project{}
		}
		s.Projects[account] = *project
	}
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(a.shellsDir(), 0o700); err != nil {
		return fmt.Errorf("note the project of this shell: %w", err)
	}
	a.sweepShells()
	return replaceFile(a.shellPath(process.PID), append(content, '\n'))
}

// sweepShells removes what processes that have ended left behind.
func (a *AccountIndex) sweepShells() {
	entries, err := os.ReadDir(a.shellsDir())
	if err != nil {
		return
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(strings.TrimSuffix(entry.Name(), ".json"))
		if err == nil && !isRunning(pid) {
			_ = os.Remove(filepath.Join(a.shellsDir(), entry.Name())) // the next one tries again
		}
	}
}

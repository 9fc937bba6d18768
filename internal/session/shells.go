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

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/process"
)

// Process is an ancestor of this process.
type Process struct {
	PID     int
	Started string // distinguishes it from a later process with the same PID; empty: not known
}

// shell is what one shell has selected, in a file named by its PID. As in dx, a
// shell keeps its project when another shell selects a different one. It contains no
// secret.
type shell struct {
	Started  string             `json:"started,omitempty"`
	Projects map[string]Project `json:"projects"` // by Account.Name, or by server for credentials that are not stored
}

// maxShell bounds what is read of such a file, in bytes.
const maxShell = 1 << 20

func (a *AccountIndex) shellsDir() string { return filepath.Join(a.dir, "shells") }

func (a *AccountIndex) shellPath(pid int) string {
	return filepath.Join(a.shellsDir(), strconv.Itoa(pid)+".json")
}

// findShell returns the nearest ancestor that has selected a project, or the parent
// if none has.
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

// readShell reads the file of a process. It also returns fs.ErrNotExist for the file
// of an earlier process with the same PID.
func (a *AccountIndex) readShell(process Process) (shell, error) {
	content, err := privatefile.Read(a.shellPath(process.PID), maxShell)
	if err != nil {
		return shell{}, err
	}
	var s shell
	if err := json.Unmarshal(content, &s); err != nil {
		return shell{}, fs.ErrNotExist // a damaged file is ignored
	}
	if s.Started != process.Started {
		return shell{}, fs.ErrNotExist
	}
	return s, nil
}

// projectOfShell returns the project that this shell has selected for an account. If
// no shell has selected anything, it does not look up the ancestors, which is slow.
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

// rememberInShell records a selection for this shell; nil removes it.
func (a *AccountIndex) rememberInShell(account string, project *Project) error {
	nearest, s, err := a.findShell()
	if err != nil || nearest.PID == 0 {
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
	return replaceFile(a.shellPath(nearest.PID), append(content, '\n'))
}

// sweepShells removes the files of processes that have ended.
func (a *AccountIndex) sweepShells() {
	entries, err := os.ReadDir(a.shellsDir())
	if err != nil {
		return
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(strings.TrimSuffix(entry.Name(), ".json"))
		if err == nil && !process.IsRunning(pid) {
			_ = os.Remove(filepath.Join(a.shellsDir(), entry.Name())) // the next call tries again
		}
	}
}

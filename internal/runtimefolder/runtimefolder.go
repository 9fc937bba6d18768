// Package runtimefolder makes a private folder for what a program needs while it runs.
//
// It promises that only this user can read the folder; that it is in XDG_RUNTIME_DIR if
// that is a private folder of this user, which is in memory and erased at the last
// logout, and otherwise among the temporary files; and that what a killed process left
// is removed when the next folder is made. The folder of a process that may still run,
// perhaps in another container, is never removed.
package runtimefolder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/process"
)

// prefix is what the names of all folders begin with.
const prefix = "dxauth-run-"

// ownerFile is the file in a folder that names the process to which it belongs.
const ownerFile = "owner"

// Folder is a folder of this process.
type Folder struct{ path string }

// New makes a folder, and removes those of processes that have ended.
func New(getenv func(string) string) (Folder, error) {
	var failures []error
	for _, base := range bases(getenv) {
		sweep(base, time.Now())
		folder, err := makeIn(base)
		if err == nil {
			return folder, nil
		}
		failures = append(failures, err)
	}
	return Folder{}, fmt.Errorf("make a private folder: %w", errors.Join(failures...))
}

// bases returns the folders in which to try it.
func bases(getenv func(string) string) []string {
	list := []string{os.TempDir()}
	runtime := getenv("XDG_RUNTIME_DIR")
	if filepath.IsAbs(runtime) && privatefile.CheckFolder(runtime, privatefile.ReadOrChange) == nil {
		list = append([]string{runtime}, list...)
	}
	return list
}

func makeIn(base string) (Folder, error) {
	path, err := os.MkdirTemp(base, prefix) // made with mode 0700
	if err != nil {
		return Folder{}, err
	}
	folder := Folder{path}
	if err := os.WriteFile(filepath.Join(path, ownerFile), []byte(process.Self().String()), 0o600); err != nil {
		return Folder{}, errors.Join(err, folder.Remove())
	}
	return folder, nil
}

// Path returns the path of the folder.
func (f Folder) Path() string { return f.path }

// Remove removes the folder with everything in it.
func (f Folder) Remove() error { return os.RemoveAll(f.path) }

// sweep removes the folders of processes that have ended. What can't be removed now is
// tried again by the next call.
func sweep(base string, now time.Time) {
	entries, err := os.ReadDir(base)
	if err != nil {
		return
	}
	for _, entry := range entries {
		path := filepath.Join(base, entry.Name())
		if strings.HasPrefix(entry.Name(), prefix) && isLeft(path, now) {
			_ = os.RemoveAll(path)
		}
	}
}

// unownedAge is the age at which a folder without an owner counts as left: its process
// was killed before it wrote the file.
const unownedAge = time.Hour

// maxOwner bounds what is read of the file, in bytes.
const maxOwner = 1 << 10

// isLeft reports whether a path is a private folder of this user whose process has
// certainly ended.
func isLeft(path string, now time.Time) bool {
	if privatefile.CheckFolder(path, privatefile.ReadOrChange) != nil {
		return false
	}
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	content, err := privatefile.Read(filepath.Join(path, ownerFile), maxOwner)
	owner, ok := process.Parse(string(content))
	if err != nil || !ok {
		return now.Sub(info.ModTime()) > unownedAge
	}
	return owner.State(info.ModTime(), now) == process.Ended
}

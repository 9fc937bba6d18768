package servecmd

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/dxauth/dxauth/internal/privatefile"
)

// The folder of a sandbox has a marker, and a lock that the sandbox holds and that the
// kernel releases when it ends, for whatever reason; see [privatefile.Share] for file
// systems without locks. The marker is written after the lock was taken, so that a
// folder that is being made is not a leftover.
const (
	folderPrefix = "dxauth-sandbox-"
	lockName     = "running.lock"
	markerName   = "sandbox"
	markerText   = "the folder of a dxauth sandbox; the next one removes it if this one was killed\n"
)

// markFolder locks and marks the folder of a sandbox that is starting. Without a lock the
// folder has no marker and is never a leftover.
func markFolder(dir string) (release func()) {
	release, err := privatefile.Share(filepath.Join(dir, lockName))
	if err != nil {
		return func() {}
	}
	_ = privatefile.Add(filepath.Join(dir, markerName), []byte(markerText)) // without it, it is never a leftover
	return release
}

// removeLeftovers removes the folders of this user's sandboxes that were killed together
// with their guard, or ended with the machine. Errors are ignored: the new sandbox does
// not need it.
func removeLeftovers(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), folderPrefix) {
			removeLeftover(filepath.Join(parent, entry.Name()))
		}
	}
}

// removeLeftover removes a folder if it is a sandbox's that does not run. Neither the
// folder nor anything in it may be a link.
func removeLeftover(dir string) {
	if privatefile.CheckFolder(dir, privatefile.ReadOrChange) != nil {
		return
	}
	marker, err := privatefile.Read(filepath.Join(dir, markerName), int64(len(markerText)))
	if err != nil || string(marker) != markerText {
		return
	}
	lock := filepath.Join(dir, lockName)
	if _, err := os.Lstat(lock); err != nil || privatefile.IsLocked(lock) {
		return
	}
	_ = os.RemoveAll(dir)
}

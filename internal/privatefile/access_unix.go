//go:build unix

package privatefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

const (
	noFollow = syscall.O_NOFOLLOW
	noWait   = syscall.O_NONBLOCK // otherwise opening a pipe waits for a writer
)

// ChecksAccess says that owner and mode of files are checked.
const ChecksAccess = true

// Check returns an UnsafeError if a file or folder belongs to another user, or if its
// mode gives others any of bits.
func Check(path string, info fs.FileInfo, bits fs.FileMode) error {
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || int(stat.Uid) != os.Geteuid() {
		return &UnsafeError{Path: path, Why: "belongs to another user", Cause: ErrExposed}
	}
	return checkMode(path, info, bits)
}

func checkMode(path string, info fs.FileInfo, bits fs.FileMode) error {
	mode := info.Mode().Perm()
	if mode&bits == 0 {
		return nil
	}
	return &UnsafeError{
		Path: path, Why: fmt.Sprintf("is open to other users (mode %04o)", mode),
		Fix: remedy(info, bits) + " " + path, Cause: ErrExposed,
	}
}

func remedy(info fs.FileInfo, bits fs.FileMode) string {
	switch {
	case bits == Change:
		return "chmod go-w"
	case info.IsDir():
		return "chmod 700"
	default:
		return "chmod 600"
	}
}

// SyncFolder syncs a folder, so that created, renamed and removed files are on the
// disk.
func SyncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(unlessUnsupported(folder.Sync()), folder.Close())
}

// Names returns how many names a file has: more than one if there are hard links to
// it. It returns 0 if that is not known.
func Names(path string) int {
	info, err := os.Lstat(path)
	if err != nil {
		return 0
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return int(stat.Nlink) // #nosec G115 -- file systems bound it far lower
}

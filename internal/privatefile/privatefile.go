// Package privatefile reads and writes the small files that belong to one user.
//
// It promises that [Replace] and [Add] write atomically, even if the process is
// killed; that the content is on the disk when they return, if the file system can say
// so; and that the mode is 0600
// regardless of the umask. A failed write leaves the old file and no draft. A killed
// process may leave a draft, which [RemoveDrafts] and [Build] remove.
//
// Files that other users could have read or changed are refused: [Read],
// [ReadTrusted] and [ReadMounted] differ in what they accept. They check owner and
// mode of the opened file. [ReadRegular] reads what the user names. None of them waits
// for a pipe or reads a device; [ReadInput] does, until its context ends. All have a
// limit. The errors are those of the file system and [UnsafeError].
//
// On Windows neither owner nor mode is checked: files are protected by the access
// control list that a folder inherits from the user's profile. Calls that fail
// because another process has the file open are repeated for up to two seconds.
package privatefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Replace writes content to the file at path, which may exist. Its folder must exist.
func Replace(path string, content []byte) error {
	draft, err := writeDraft(path, content)
	if err != nil {
		return err
	}
	if err := rename(draft, path); err != nil {
		return errors.Join(err, remove(draft))
	}
	return SyncFolder(filepath.Dir(path))
}

// Rename moves a file over another one of the same folder, which may exist.
func Rename(from, to string) error {
	if err := rename(from, to); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(to))
}

func rename(from, to string) error { return retry(func() error { return os.Rename(from, to) }) }

// Add is like Replace, but returns fs.ErrExist if the file exists, even if another
// process has just created it.
func Add(path string, content []byte) error {
	draft, err := writeDraft(path, content)
	if err != nil {
		return err
	}
	err = retry(func() error { return os.Link(draft, path) }) // unlike a rename, fails if the file exists
	return errors.Join(err, remove(draft), SyncFolder(filepath.Dir(path)))
}

// Create creates an empty file for content that is known later; see [Complete]. It
// returns fs.ErrExist if the file exists.
func Create(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := file.Chmod(0o600); err != nil {
		return nil, errors.Join(err, file.Close(), remove(path))
	}
	return file, nil
}

// Complete writes content to a file made by [Create] and closes it. If it returns nil,
// content and name are on the disk.
func Complete(file *os.File, content []byte) error {
	if err := fill(file, content); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(file.Name()))
}

// Build makes a file with content that takes time: fill writes a draft, and path names it
// when it is complete and on the disk. Build returns fs.ErrExist if the file exists. A killed
// process may leave an empty file and a draft; once the empty file is removed, the next
// call removes the draft.
func Build(path string, fill func(draft *os.File) error) error {
	name, err := Create(path)
	if err != nil {
		return err
	}
	// Nobody else builds a file of this name while it exists.
	if err := errors.Join(name.Close(), RemoveDrafts(path), buildOver(path, fill)); err != nil {
		return errors.Join(err, Remove(path))
	}
	return nil
}

// buildOver replaces an empty file.
func buildOver(path string, fill func(draft *os.File) error) error {
	draft, err := createDraft(path)
	if err != nil {
		return err
	}
	err = errors.Join(draft.Chmod(0o600), fill(draft))
	err = errors.Join(err, unlessUnsupported(draft.Sync()), draft.Close())
	if err == nil {
		err = Rename(draft.Name(), path)
	}
	if err != nil {
		return errors.Join(err, Remove(draft.Name()))
	}
	return nil
}

// CheckWrite returns why no file can be written in a folder. It writes one and removes
// it, so the caller should have a lock for the folder.
func CheckWrite(folder string) error {
	path := filepath.Join(folder, "check")
	if err := RemoveDrafts(path); err != nil {
		return err
	}
	draft, err := writeDraft(path, []byte("check\n"))
	if err != nil {
		return err
	}
	return os.Remove(draft)
}

// Remove removes a file. A missing file is not an error.
func Remove(path string) error {
	if err := remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// RemoveDrafts removes the drafts that killed processes left of the file at path. The
// caller must make sure that no other process is writing the file, usually with
// [Lock].
func RemoveDrafts(path string) error {
	return removeDrafts(filepath.Dir(path), func(entry fs.DirEntry) bool { return isDraft(entry.Name(), path) })
}

// RemoveAllDrafts removes the drafts that killed processes left of any file in a folder,
// which need not exist. The caller must make sure that no other process is writing there.
func RemoveAllDrafts(folder string) error {
	err := removeDrafts(folder, isAnyDraft)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// oldDraft is the age from which a draft is one of a killed process: a write takes much less.
const oldDraft = time.Minute

// RemoveOldDrafts removes the drafts that killed processes left in a folder, of any file.
// It needs no lock: a draft that is younger than a minute stays.
func RemoveOldDrafts(folder string, now time.Time) error {
	return removeDrafts(folder, func(entry fs.DirEntry) bool {
		if !isAnyDraft(entry) {
			return false
		}
		info, err := entry.Info()
		return err == nil && now.Sub(info.ModTime()) >= oldDraft // an error means that it is gone
	})
}

// removeDrafts removes what is one of the drafts in a folder.
func removeDrafts(folder string, isOne func(fs.DirEntry) bool) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !isOne(entry) {
			continue
		}
		if err := remove(filepath.Join(folder, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func isAnyDraft(entry fs.DirEntry) bool {
	return strings.HasPrefix(entry.Name(), anyDraft) && entry.Type().IsRegular()
}

// anyDraft is what the names of all drafts begin with.
const anyDraft = ".draft-"

// draftPrefix returns what the name of a draft of the file at path begins with. Digits
// follow it.
func draftPrefix(path string) string { return anyDraft + filepath.Base(path) + "-" }

func createDraft(path string) (*os.File, error) {
	return os.CreateTemp(filepath.Dir(path), draftPrefix(path)+"*")
}

// isDraft reports whether a name is that of a draft of the file at path, or of a file that
// SQLite makes beside one.
func isDraft(name, path string) bool {
	number, isOne := strings.CutPrefix(name, draftPrefix(path))
	rest := strings.TrimLeft(number, "0123456789")
	return isOne && rest != number && slices.Contains([]string{"", "-journal", "-wal", "-shm"}, rest)
}

// writeDraft writes content to a new file in the folder of path, syncs it, and returns
// its name.
func writeDraft(path string, content []byte) (string, error) {
	draft, err := createDraft(path)
	if err != nil {
		return "", err
	}
	if err := errors.Join(draft.Chmod(0o600), fill(draft, content)); err != nil {
		return "", errors.Join(err, remove(draft.Name()))
	}
	return draft.Name(), nil
}

func remove(path string) error { return retry(func() error { return os.Remove(path) }) }

func fill(file *os.File, content []byte) error {
	_, err := file.Write(content)
	return errors.Join(err, unlessUnsupported(file.Sync()), file.Close())
}

// unlessUnsupported returns an error of syncing, unless it says that the file system
// does not sync files or folders of this kind. Nothing can be done about that.
func unlessUnsupported(err error) error {
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		return nil
	}
	return err
}

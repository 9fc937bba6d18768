// Package privatefile reads and writes the small files that belong to one user.
//
// It promises that what [Replace] and [Add] write is read whole or not at all,
// also when the process is killed, that it is on the disk when they return, and
// that its mode is 0600 whatever the umask is. A write that fails leaves what
// was there, and no draft beside it; a process that is killed may leave a
// draft, which [RemoveDrafts] removes.
//
// What others could have written or read is refused: [Read], [ReadTrusted] and
// [ReadMounted] say in their names what they accept, look at the owner and the
// mode of the file that they opened, and never wait for a pipe or read a device.
// The errors are those of the file system and [UnsafeError].
//
// On Windows modes say nothing: there the access list that a folder inherits
// from the user's profile keeps others out, and no owner or mode is checked.
package privatefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace writes content to the file at path, which need not exist; its folder
// must.
func Replace(path string, content []byte) error {
	draft, err := writeDraft(path, content)
	if err != nil {
		return err
	}
	if err := os.Rename(draft, path); err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	return SyncFolder(filepath.Dir(path))
}

// Add is Replace for a file that must not exist: it returns fs.ErrExist if
// there is one, also if another process made it meanwhile.
func Add(path string, content []byte) error {
	draft, err := writeDraft(path, content)
	if err != nil {
		return err
	}
	err = os.Link(draft, path) // unlike a rename, fails if the name is taken
	return errors.Join(err, os.Remove(draft), SyncFolder(filepath.Dir(path)))
}

// Create makes an empty file, which must not exist, for content that is known
// later: see [Complete].
func Create(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := file.Chmod(0o600); err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(path))
	}
	return file, nil
}

// Complete writes content to a file of [Create] and closes it. If it returns
// nil, the content and the name are on the disk.
func Complete(file *os.File, content []byte) error {
	if err := fill(file, content); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(file.Name()))
}

// Remove removes a file if it is there.
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// RemoveDrafts removes what killed processes left of a Replace or an Add of the
// file at path. The caller makes sure that no other process writes it, usually
// by a [Lock].
func RemoveDrafts(path string) error {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		isDraft, err := filepath.Match(draftPattern(path), entry.Name())
		if err != nil {
			return err
		}
		if !isDraft {
			continue
		}
		if err := os.Remove(filepath.Join(filepath.Dir(path), entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// draftPattern is the name of a draft of the file at path, with a star for its
// random part.
func draftPattern(path string) string { return ".draft-" + filepath.Base(path) + "-*" }

// writeDraft writes a new file beside path and returns its name when the
// content is on the disk.
func writeDraft(path string, content []byte) (string, error) {
	draft, err := os.CreateTemp(filepath.Dir(path), draftPattern(path))
	if err != nil {
		return "", err
	}
	if err := errors.Join(draft.Chmod(0o600), fill(draft, content)); err != nil {
		return "", errors.Join(err, os.Remove(draft.Name()))
	}
	return draft.Name(), nil
}

func fill(file *os.File, content []byte) error {
	_, err := file.Write(content)
	return errors.Join(err, file.Sync(), file.Close())
}

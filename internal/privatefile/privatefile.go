// Package privatefile replaces small files whole.
//
// It promises that whoever reads the file at any moment sees the old content or
// the new one and never a part, also when the process is killed; that the new
// file has mode 0600; and that a replacement which fails leaves the old file as
// it was and no draft beside it. A process that is killed may leave a draft,
// whose name begins with ".draft-".
package privatefile

import (
	"errors"
	"os"
	"path/filepath"
)

// Replace writes content to the file at path, which need not exist; its folder
// must. The errors are those of the file system.
func Replace(path string, content []byte) error {
	draft, err := os.CreateTemp(filepath.Dir(path), ".draft-*") // made with mode 0600
	if err != nil {
		return err
	}
	_, err = draft.Write(content)
	err = errors.Join(err, draft.Sync(), draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return nil
}

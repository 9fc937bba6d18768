package credstore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// maxFile bounds what is read, in bytes: about two thousand items.
const maxFile = 1 << 20

// read reads the file of the store, which only this user can read. It looks
// before it opens, to name what is wrong, and again at what it opened, because
// that may be another file by then.
func (f *fileStore) read() ([]byte, error) {
	if err := f.checkDir(); err != nil {
		return nil, err
	}
	info, err := os.Lstat(f.path())
	if err != nil {
		return nil, fmt.Errorf("the credential file: %w", err)
	}
	if err := f.checkFile(info); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(f.path(), os.O_RDONLY|noFollow|noBlock, 0)
	if err != nil {
		return nil, fmt.Errorf("opening the credential file: %w", err)
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return nil, fmt.Errorf("opening the credential file: %w", err)
	}
	if err := f.checkFile(info); err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the credential file: %w", err)
	}
	if len(content) > maxFile {
		return nil, f.refuse(f.path(), "is too large for a credential file: move it away")
	}
	return content, nil
}

// checkDir refuses a directory in which others could read or replace the file.
func (f *fileStore) checkDir() error {
	info, err := os.Lstat(f.dir)
	if err != nil {
		return fmt.Errorf("the directory of the credential file: %w", err)
	}
	if !info.IsDir() {
		return f.refuse(f.dir, "is not a directory (symbolic links are not followed)")
	}
	if fault := exposure(info, "chmod 700 "+f.dir); fault != "" {
		return f.refuse(f.dir, fault)
	}
	return nil
}

func (f *fileStore) checkFile(info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return f.refuse(f.path(), "is not a regular file (symbolic links are not followed)")
	}
	if fault := exposure(info, "chmod 600 "+f.path()); fault != "" {
		return f.refuse(f.path(), fault)
	}
	return nil
}

// writeNew writes a file that must not exist, 0600, down to the disk.
func writeNew(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("making the credential file: %w", err)
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("writing the credential file: %w", err)
	}
	return nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing a credential file: %w", err)
	}
	return nil
}

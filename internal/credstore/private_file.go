package credstore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// maxPlainFile bounds what is read, in bytes: about two thousand items.
const maxPlainFile = 1 << 20

// readPrivate reads a regular file that only this user can read. It looks
// before it opens, to name what is wrong, and again at what it opened, because
// that may be another file by then.
func readPrivate(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, fmt.Errorf("the plain credential file: %w", err)
	}
	if err := checkPrivate(path, info); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDONLY|noFollow|noBlock, 0)
	if err != nil {
		return nil, fmt.Errorf("opening the plain credential file: %w", err)
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return nil, fmt.Errorf("opening the plain credential file: %w", err)
	}
	if err := checkPrivate(path, info); err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, maxPlainFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the plain credential file: %w", err)
	}
	if len(content) > maxPlainFile {
		return nil, refuse(path, "is too large for a credential file: move it away")
	}
	return content, nil
}

func checkPrivate(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return refuse(path, "is not a regular file (symbolic links are not followed)")
	}
	if fault := exposure(info, "chmod 600 "+path); fault != "" {
		return refuse(path, fault)
	}
	return nil
}

// writeNew writes a file that must not exist, 0600, down to the disk.
func writeNew(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("making the plain credential file: %w", err)
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("writing the plain credential file: %w", err)
	}
	return nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing a credential file: %w", err)
	}
	return nil
}

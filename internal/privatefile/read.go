package privatefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Causes of an [UnsafeError].
var (
	ErrExposed = errors.New("owner or mode")    // belongs to another user, or is accessible to others
	ErrKind    = errors.New("kind of file")     // a link, a folder, a pipe, a device
	ErrSize    = errors.New("size of the file") // larger than the limit
)

// UnsafeError reports a file or folder that is not safe to use.
type UnsafeError struct {
	Path  string
	Why   string // what is wrong, without the path: "belongs to another user"
	Fix   string // the command that repairs it; "" if there is none
	Cause error  // ErrExposed, ErrKind or ErrSize
}

func (e *UnsafeError) Error() string {
	if e.Fix == "" {
		return e.Path + " " + e.Why
	}
	return e.Path + " " + e.Why + ": run " + e.Fix
}

func (e *UnsafeError) Unwrap() error { return e.Cause }

// Mode bits of what other users must not be able to do with a file or folder.
const (
	Change       fs.FileMode = 0o022
	ReadOrChange fs.FileMode = 0o077
)

// Read returns the content of a file of up to limit bytes that only this user can read
// or change. It must not be a symbolic link.
func Read(path string, limit int64) ([]byte, error) {
	r := reader{stat: os.Lstat, flags: noFollow, check: func(info fs.FileInfo) error {
		return Check(path, info, ReadOrChange)
	}}
	return r.read(path, limit)
}

// ReadTrusted returns the content of a file that only this user can change.
// Others may read it, and it may be a link.
func ReadTrusted(path string, limit int64) ([]byte, error) {
	r := reader{stat: os.Stat, check: func(info fs.FileInfo) error {
		return Check(path, info, Change)
	}}
	return r.read(path, limit)
}

// ReadMounted returns the content of a file that only its owner can read or
// change; the owner may be another user. It may be a link. This is how secrets are
// mounted for services.
func ReadMounted(path string, limit int64) ([]byte, error) {
	r := reader{stat: os.Stat, check: func(info fs.FileInfo) error {
		return checkMode(path, info, ReadOrChange)
	}}
	return r.read(path, limit)
}

// reader says how a file is opened and which files are accepted.
type reader struct {
	stat  func(string) (fs.FileInfo, error)
	flags int
	check func(fs.FileInfo) error
}

// read checks the file before opening it, so that it never opens a pipe or device, and
// checks the opened file again, because it may be another one by then.
func (r reader) read(path string, limit int64) ([]byte, error) {
	info, err := r.stat(path)
	if err != nil {
		return nil, err
	}
	if err := r.accept(path, info); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDONLY|noWait|r.flags, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return nil, err
	}
	if err := r.accept(path, info); err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(content)) > limit {
		return nil, &UnsafeError{Path: path, Why: fmt.Sprintf("is too large (over %d bytes)", limit), Cause: ErrSize}
	}
	return content, err
}

func (r reader) accept(path string, info fs.FileInfo) error {
	if err := checkNoLink(path, info); err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &UnsafeError{Path: path, Why: "is not a regular file", Cause: ErrKind}
	}
	return r.check(info)
}

// CheckFolder returns an UnsafeError unless the path is a folder of this user, not a
// link, whose mode gives others none of bits.
func CheckFolder(path string, bits fs.FileMode) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if err := checkNoLink(path, info); err != nil {
		return err
	}
	if !info.IsDir() {
		return &UnsafeError{Path: path, Why: "is not a folder", Cause: ErrKind}
	}
	return Check(path, info, bits)
}

func checkNoLink(path string, info fs.FileInfo) error {
	if info.Mode().Type() == fs.ModeSymlink {
		return &UnsafeError{Path: path, Why: "is a symbolic link, which is not followed", Cause: ErrKind}
	}
	return nil
}

package privatefile

import (
	"context"
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
// Others may read it. It must not be a symbolic link.
func ReadTrusted(path string, limit int64) ([]byte, error) {
	r := reader{stat: os.Lstat, flags: noFollow, check: func(info fs.FileInfo) error {
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

// ReadRegular returns the content of a file that the user names, of up to limit bytes:
// it may be a link, belong to any user and be open to others.
func ReadRegular(path string, limit int64) ([]byte, error) {
	r := reader{stat: os.Stat, check: func(fs.FileInfo) error { return nil }}
	return r.read(path, limit)
}

// ReadInput is like ReadRegular, but the file may also be a pipe or a device, such as
// /dev/stdin, except a terminal, which would show a secret that is typed. It waits for the
// pipe's writers until ctx ends, and then returns why.
func ReadInput(ctx context.Context, path string, limit int64) ([]byte, error) {
	type result struct {
		content []byte
		err     error
	}
	results := make(chan result, 1)
	go func() { // opening a pipe can't be interrupted
		content, err := readAll(path, limit)
		results <- result{content, err}
	}()
	select {
	case r := <-results:
		return r.content, r.err
	case <-ctx.Done():
		return nil, fmt.Errorf("reading %s: %w", path, ctx.Err())
	}
}

func readAll(path string, limit int64) ([]byte, error) {
	var file *os.File
	err := retry(func() (err error) {
		file, err = os.Open(path)
		return err
	})
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if isTerminal(file) {
		return nil, &UnsafeError{Path: path, Why: "is a terminal, which would show what you type", Cause: ErrKind}
	}
	return readBounded(file, limit)
}

// readBounded reads a file to its end; more than limit bytes are an UnsafeError.
func readBounded(file *os.File, limit int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(content)) > limit {
		return nil, &UnsafeError{Path: file.Name(), Why: fmt.Sprintf("is too large (over %d bytes)", limit), Cause: ErrSize}
	}
	return content, err
}

// CheckMode returns an UnsafeError unless a path is a file, or a link to one, that only
// its owner can read or change.
func CheckMode(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return checkMode(path, info, ReadOrChange)
}

// reader says how a file is opened and which files are accepted.
type reader struct {
	stat  func(string) (fs.FileInfo, error)
	flags int
	check func(fs.FileInfo) error
}

// read reads the file, again if it is being replaced.
func (r reader) read(path string, limit int64) (content []byte, err error) {
	err = retry(func() error {
		content, err = r.readOnce(path, limit)
		return err
	})
	return content, err
}

// readOnce checks the file before opening it, so that it never opens a pipe or device, and
// checks the opened file again, because it may be another one by then.
func (r reader) readOnce(path string, limit int64) ([]byte, error) {
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
	if mayWait(file) {
		return nil, notRegular(path)
	}
	return readBounded(file, limit)
}

func (r reader) accept(path string, info fs.FileInfo) error {
	if err := checkNoLink(path, info); err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return notRegular(path)
	}
	return r.check(info)
}

func notRegular(path string) error {
	return &UnsafeError{Path: path, Why: "is not a regular file", Cause: ErrKind}
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

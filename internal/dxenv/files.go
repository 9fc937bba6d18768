package dxenv

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/pkg/secret"
)

// maxFile bounds what is read, in bytes: dx writes less than a thousand.
const maxFile = 1 << 20

// unfitError is why a file is not read or changed.
type unfitError struct{ why, fix string }

func (e *unfitError) Error() string { return e.why }

func checkFolder(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return err
	case info.Mode().Type() == fs.ModeSymlink:
		return &unfitError{why: "is a symbolic link, which is not followed"}
	case !info.IsDir():
		return &unfitError{why: "is not a folder"}
	}
	return checkTrust(path, info, 0o022, "chmod go-w")
}

func checkFile(path string, info fs.FileInfo) error {
	switch {
	case info.Mode().Type() == fs.ModeSymlink:
		return &unfitError{why: "is a symbolic link, which is not followed"}
	case !info.Mode().IsRegular():
		return &unfitError{why: "is not a regular file"}
	case info.Size() > maxFile:
		return &unfitError{why: "is too large for a file of dx"}
	}
	return checkTrust(path, info, 0o077, "chmod 600")
}

// readPrivate reads a file that only this user can read. It looks before it
// opens and makes sure that it opened the same file.
func readPrivate(path string) ([]byte, error) {
	before, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if err := checkFile(path, before); err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	opened, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !os.SameFile(before, opened) {
		return nil, &unfitError{why: "was replaced while it was looked at", fix: "try again"}
	}
	return io.ReadAll(io.LimitReader(file, maxFile))
}

func readFields(path string) (fields, error) {
	content, err := readPrivate(path)
	if err != nil {
		return nil, err
	}
	return parse(content)
}

// Scrub takes a token out of the file of a [Copy]: nobody's takes its place.
// A file that has another token by then, or is gone, is left alone. The new
// file has mode 0600, as dx's own.
func Scrub(path string, token secret.Text) error {
	content, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return wrap(path, err)
	}
	scrubbed, found, err := without(content, token)
	if err != nil || !found {
		return wrap(path, err)
	}
	return wrap(path, privatefile.Replace(path, scrubbed))
}

func wrap(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", path, err)
}

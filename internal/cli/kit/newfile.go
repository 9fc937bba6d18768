package kit

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/refusal"
)

// NewFile is a file for a secret. It is made, empty, before there is anything to
// be written, so that what can't be written is never made. Nil stands for no
// file.
type NewFile struct{ file *os.File }

// OpenOutput makes the file that a flag names, or else looks at standard output:
// what goes nowhere would be lost.
func (c *Console) OpenOutput(flag, path, what string) (*NewFile, error) {
	if path == "" && isNullDevice(c.stdout) {
		return nil, refusal.New(refusal.Usage, "standard output is closed or goes to %s: the %s would be lost", os.DevNull, what).
			WithHint("give " + flag + " FILE, or let standard output go somewhere")
	}
	return OpenNewFile(flag, path)
}

// OpenNewFile makes a file that nobody else can read, and never overwrites one. The
// flag is the one that named it; an empty path means no file.
func OpenNewFile(flag, path string) (*NewFile, error) {
	if path == "" {
		return nil, nil
	}
	file, err := privatefile.Create(path)
	if errors.Is(err, os.ErrExist) {
		return nil, refusal.New(refusal.Usage, "%s: %s is there already", flag, path).
			WithHint("name another file, or move this one away")
	}
	if err != nil {
		return nil, refusal.Usagef("%s: %s", flag, err)
	}
	return &NewFile{file}, nil
}

// Path is where the file is.
func (f *NewFile) Path() string { return f.file.Name() }

// Write is complete when the content is on the disk.
func (f *NewFile) Write(content []byte) error {
	return privatefile.Complete(f.file, content)
}

// Drop removes the file, which holds nothing of value, and returns the cause.
func (f *NewFile) Drop(cause error) error {
	if f == nil {
		return cause
	}
	_ = f.file.Close() // it may be closed already
	if err := os.Remove(f.Path()); err != nil {
		return errors.Join(cause, fmt.Errorf("remove the file again: %w", err))
	}
	return cause
}

// isNullDevice reports whether a stream is the null device. A closed one is,
// too: the runtime puts the null device in its place.
func isNullDevice(stream io.Writer) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	if err != nil {
		return true
	}
	nowhere, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(info, nowhere)
}

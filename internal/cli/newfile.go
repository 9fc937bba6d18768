package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/refusal"
)

// newFile is a file for a secret. It is made, empty, before there is anything to
// be written, so that what can't be written is never made. Nil stands for no
// file.
type newFile struct{ file *os.File }

// openPlace makes the file that a flag names, or else looks at standard output:
// what goes nowhere would be lost.
func (a *app) openPlace(flag, path, what string) (*newFile, error) {
	if path == "" && leadsNowhere(a.Stdout) {
		return nil, refusal.New(refusal.Usage, "standard output is closed or goes to %s: the %s would be lost", os.DevNull, what).
			WithHint("give " + flag + " FILE, or let standard output go somewhere")
	}
	return openNew(flag, path)
}

// openNew makes a file that nobody else can read, and never overwrites one. The
// flag is the one that named it; an empty path means no file.
func openNew(flag, path string) (*newFile, error) {
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
	return &newFile{file}, nil
}

func (f *newFile) path() string { return f.file.Name() }

// write is complete when the content is on the disk.
func (f *newFile) write(content []byte) error {
	return privatefile.Complete(f.file, content)
}

// drop removes the file, which holds nothing that is worth something. It answers
// the cause.
func (f *newFile) drop(cause error) error {
	if f == nil {
		return cause
	}
	_ = f.file.Close() // it may be closed already
	if err := os.Remove(f.path()); err != nil {
		return errors.Join(cause, fmt.Errorf("remove the file again: %w", err))
	}
	return cause
}

// leadsNowhere reports whether a stream is the null device. A closed one is,
// too: the runtime puts the null device in its place.
func leadsNowhere(stream io.Writer) bool {
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

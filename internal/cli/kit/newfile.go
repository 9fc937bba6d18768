package kit

import (
	"errors"
	"fmt"
	"os"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/refusal"
)

// NewFile is a file for a secret. It is created empty before the secret is, so
// that no secret is created that can't be written. Nil stands for no file.
type NewFile struct{ file *os.File }

// OpenOutput creates the file that a flag names. Without one it returns an error
// if standard output is the null device, where the secret would be lost.
func (c *Console) OpenOutput(flag, path, what string) (*NewFile, error) {
	if path == "" && isNullDevice(c.stdout) {
		return nil, refusal.New(refusal.Usage, "standard output is closed or goes to %s: the %s would be lost", os.DevNull, what).
			WithHint("give " + flag + " FILE, or let standard output go somewhere")
	}
	return OpenNewFile(flag, path)
}

// OpenNewFile creates a file that only the user can read; it never overwrites one.
// The flag is for the error; an empty path means no file.
func OpenNewFile(flag, path string) (*NewFile, error) {
	if path == "" {
		return nil, nil
	}
	file, err := privatefile.Create(path)
	if errors.Is(err, os.ErrExist) {
		return nil, refusal.New(refusal.Usage, "%s: %s already exists", flag, path).
			WithHint("give another name, or move the file away")
	}
	if err != nil {
		return nil, refusal.Usagef("%s: %s", flag, err)
	}
	return &NewFile{file}, nil
}

// Path returns the path of the file.
func (f *NewFile) Path() string { return f.file.Name() }

// Write writes the content, and returns once it is on the disk.
func (f *NewFile) Write(content []byte) error {
	return privatefile.Complete(f.file, content)
}

// Drop removes the file, which holds no valid secret, and returns the cause,
// joined with an error of the removal.
func (f *NewFile) Drop(cause error) error {
	if f == nil {
		return cause
	}
	_ = f.file.Close() // it may be closed already
	if err := privatefile.Remove(f.Path()); err != nil {
		return errors.Join(cause, fmt.Errorf("remove the file again: %w", err))
	}
	return cause
}

package dxenv

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/pkg/secret"
)

// maxFile bounds what is read, in bytes. dx writes less than a thousand.
const maxFile = 1 << 20

// unfitError means that the content is not what dx writes.
type unfitError struct{ why string }

func (e *unfitError) Error() string { return e.why }

func readFields(path string) (fields, error) {
	content, err := privatefile.Read(path, maxFile)
	if err != nil {
		return nil, err
	}
	return parse(content)
}

// Scrub replaces the token in the file of a [Copy] by PUBLIC. It does nothing if the
// file is gone or has a different token by then. The new file has mode 0600, like
// dx's own.
func Scrub(path string, token secret.Text) error {
	content, err := privatefile.Read(path, maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	scrubbed, found, err := without(content, token)
	if err == nil && found {
		err = privatefile.Replace(path, scrubbed)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

package dxenv

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/textinput"
	"github.com/dxauth/dxauth/pkg/secret"
)

// maxFile bounds what is read, in bytes. dx writes less than a thousand.
const maxFile = 1 << 20

// unfitError means that the content is not what dx writes.
type unfitError struct{ why string }

func (e *unfitError) Error() string { return e.why }

func readFields(path string) (fields, error) {
	content, err := readText(path)
	if err != nil {
		return nil, err
	}
	return parse(content)
}

// folderField names the selected folder, and the file in which dx keeps it.
const folderField = "DX_CLI_WD"

// readFolder returns the selected folder that a folder of dx's has, or "". As with dx,
// a file that can't be read counts as none.
func readFolder(dir string) string {
	content, err := privatefile.Read(filepath.Join(dir, folderField), maxFile)
	if err != nil {
		return ""
	}
	return strings.TrimRight(string(content), "\r\n")
}

func readText(path string) ([]byte, error) {
	content, err := privatefile.Read(path, maxFile)
	if err != nil {
		return nil, err
	}
	text, err := textinput.Decode(content)
	if err != nil {
		return nil, &unfitError{why: err.Error()}
	}
	return text, nil
}

// Scrub replaces the token in the file of a [Copy] by PUBLIC. It does nothing if the
// file is gone or has a different token by then. The new file has mode 0600, like
// dx's own. It removes what a call that was killed left beside the file.
func Scrub(path string, token secret.Text) error {
	content, err := readText(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	scrubbed, found, err := without(content, token)
	if err == nil && found {
		err = errors.Join(privatefile.RemoveDrafts(path), privatefile.Replace(path, scrubbed)) // of a call that was killed
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

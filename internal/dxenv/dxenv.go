// Package dxenv finds the tokens that dx keeps in plain text in its settings folder,
// and removes them.
//
// It promises three things. It reads only files that are private to this user:
// symbolic links, files of other users and files that others can read or change are
// reported and not opened. Removing a token changes no other byte of the file, is
// atomic, and does nothing if the file has a different token by then. And no error
// contains a token.
//
// dx keeps the same token in its folder and in one folder below sessions for each
// shell. The token PUBLIC stands for no user.
package dxenv

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/pkg/secret"
)

// fileName is the name of the file with the token, in each folder.
const fileName = "environment.json"

// Copy is a token found in plain text in one file.
type Copy struct {
	Path   string // of the file
	Server string // base URL of the API server that the token is for
	Token  secret.Text
	Type   string // scheme of the Authorization header

	Project string // ID of the project that is selected there; may be empty
	Folder  string // that is selected in the project; may be empty
}

// Unread is a file or folder that was not read.
type Unread struct {
	Path string
	Why  string // a clause: "is a symbolic link"
	Fix  string // how to fix it; may be empty
}

// Dir returns dx's folder: DX_USER_CONF_DIR, or else .dnanexus_config in the home
// directory.
func Dir(getenv func(string) string, home func() (string, error)) (string, error) {
	if dir := getenv("DX_USER_CONF_DIR"); dir != "" {
		return dir, nil
	}
	dir, err := home()
	return filepath.Join(dir, ".dnanexus_config"), err
}

// builtIn returns dx's defaults.
func builtIn() settings {
	return settings{"DX_APISERVER_PROTOCOL": "https", "DX_APISERVER_HOST": "api.dnanexus.com"}
}

// Find looks for tokens in dx's folder, then in those of its shells. As in dx, the
// file of a shell takes missing settings from the user's file. A missing folder is
// not an error.
func Find(dir string) (copies []Copy, unread []Unread) {
	var s search
	if !s.enter(dir) {
		return nil, s.unread
	}
	user := s.read(filepath.Join(dir, fileName), builtIn())
	sessions := filepath.Join(dir, "sessions")
	if !s.enter(sessions) {
		return s.copies, s.unread
	}
	entries, err := os.ReadDir(sessions)
	s.skip(sessions, err)
	for _, entry := range entries {
		if shell := filepath.Join(sessions, entry.Name()); s.enter(shell) {
			s.read(filepath.Join(shell, fileName), user)
		}
	}
	return s.copies, s.unread
}

// Selection returns the project and the folder that dx has selected, from the files of
// the user in dx's folder. What is not there or can't be read is "".
func Selection(dir string) (project, folder string) {
	if fields, err := readFields(filepath.Join(dir, fileName)); err == nil {
		project = fields.settings()["DX_PROJECT_CONTEXT_ID"]
	}
	return project, readFolder(dir)
}

// search collects the results.
type search struct {
	copies []Copy
	unread []Unread
}

// enter reports whether a folder exists and only this user can change it.
func (s *search) enter(dir string) bool {
	err := privatefile.CheckFolder(dir, privatefile.Change)
	s.skip(dir, err)
	return err == nil
}

// read records the token of a file and returns the file's settings, completed from
// the defaults.
func (s *search) read(path string, defaults settings) settings {
	fields, err := readFields(path)
	if err != nil {
		s.skip(path, err)
		return defaults
	}
	merged := fields.settings().over(defaults)
	if folder := readFolder(filepath.Dir(path)); folder != "" {
		merged[folderField] = folder
	}
	context, err := fields.credential()
	switch {
	case err != nil:
		s.skip(path, err)
	case !isLoggedOut(context):
		s.copies = append(s.copies, Copy{
			Path: path, Server: merged.server(), Token: context.AuthToken.Text(), Type: context.AuthTokenType,
			Project: merged["DX_PROJECT_CONTEXT_ID"], Folder: merged[folderField],
		})
	}
	return merged
}

// skip records why something was not read. Something that does not exist is not
// recorded.
func (s *search) skip(path string, err error) {
	var unfit *unfitError
	var unsafe *privatefile.UnsafeError
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist):
	case errors.As(err, &unfit):
		s.unread = append(s.unread, Unread{Path: path, Why: unfit.why})
	case errors.As(err, &unsafe):
		s.unread = append(s.unread, Unread{Path: path, Why: unsafe.Why, Fix: unsafe.Fix})
	default:
		s.unread = append(s.unread, Unread{Path: path, Why: "can't be read: " + reason(err)})
	}
}

// reason returns the text of a system error without the path, which is shown anyway.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

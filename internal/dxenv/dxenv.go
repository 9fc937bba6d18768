// Package dxenv looks into the folder in which dx keeps its settings, for the
// tokens that lie there in plain text, and takes them out.
//
// It promises three things. It reads only what dx wrote for this user alone: a
// symbolic link, another user's file and one that others may read or change are
// reported and not opened. Taking a token out leaves every other byte of the
// file as it was, is seen whole or not at all, and does nothing when the file
// has another token by then. And no token stands in an error.
//
// dx keeps the same token in its folder and in one folder below sessions for
// each shell. Nobody is the token PUBLIC.
package dxenv

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/pkg/secret"
)

// fileName is the file that has the token, in each folder.
const fileName = "environment.json"

// Copy is one place where a token lies in plain text.
type Copy struct {
	Path   string // of the file
	Server string // base URL of the API server that the token is for
	Token  secret.Text
	Type   string // scheme of the Authorization header
}

// Unread is a file or folder that was not looked into.
type Unread struct {
	Path string
	Why  string // a clause: "is a symbolic link"
	Fix  string // what can be done about it; may be empty
}

// Dir is dx's folder: that of DX_USER_CONF_DIR, else .dnanexus_config at home.
func Dir(getenv func(string) string, home func() (string, error)) (string, error) {
	if dir := getenv("DX_USER_CONF_DIR"); dir != "" {
		return dir, nil
	}
	dir, err := home()
	return filepath.Join(dir, ".dnanexus_config"), err
}

// builtIn is what dx uses where nothing is set.
func builtIn() settings {
	return settings{"DX_APISERVER_PROTOCOL": "https", "DX_APISERVER_HOST": "api.dnanexus.com"}
}

// Find looks for tokens in dx's folder, then in those of the shells. As with
// dx, what the file of a shell lacks is taken from that of the user. A folder
// that is not there holds none.
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

// search collects what is found.
type search struct {
	copies []Copy
	unread []Unread
}

// enter reports whether a folder is there and only this user can change it.
func (s *search) enter(dir string) bool {
	err := privatefile.CheckFolder(dir, privatefile.Change)
	s.skip(dir, err)
	return err == nil
}

// read notes the token of a file and returns its settings over the given ones.
func (s *search) read(path string, defaults settings) settings {
	fields, err := readFields(path)
	if err != nil {
		s.skip(path, err)
		return defaults
	}
	merged := fields.settings().over(defaults)
	context, err := fields.credential()
	switch {
	case err != nil:
		s.skip(path, err)
	case !isNobody(context):
		s.copies = append(s.copies, Copy{
			Path: path, Server: merged.server(), Token: context.AuthToken.Text(), Type: context.AuthTokenType,
		})
	}
	return merged
}

// skip notes why something is not looked into; what is not there needs no note.
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

// reason is an error of the system without the path, which stands beside it.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

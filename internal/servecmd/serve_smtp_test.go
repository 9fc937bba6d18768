package servecmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the flags of the mail server must not be. No error has the password.
func TestSMTPFlags(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	password := file("password", "hunter2\n", 0o600)
	for name, test := range map[string]struct {
		flags smtpFlags
		want  string // in the error; empty: none
	}{
		"nothing":                 {smtpFlags{}, ""},
		"a server":                {smtpFlags{server: "smtp://127.0.0.1:2525", from: "dxauth@example.org"}, ""},
		"a server and a user":     {smtpFlags{server: "smtps://mail.example.org", from: "dxauth@example.org", user: "dxauth", passwordFile: password}, ""},
		"no server":               {smtpFlags{from: "dxauth@example.org"}, "need --smtp"},
		"no sender":               {smtpFlags{server: "smtp://127.0.0.1"}, "--smtp needs --smtp-from"},
		"a sender with a header":  {smtpFlags{server: "smtp://127.0.0.1", from: "a@b.c\r\nBcc: d@e.f"}, "--smtp-from"},
		"a password in the URL":   {smtpFlags{server: "smtp://me:hunter2@example.org", from: "a@b.c"}, "would be seen by others"},
		"another scheme":          {smtpFlags{server: "http://example.org", from: "a@b.c"}, "not smtp://"},
		"a user without password": {smtpFlags{server: "smtp://127.0.0.1", from: "a@b.c", user: "me"}, "go together"},
		"a password of two lines": {smtpFlags{server: "smtp://127.0.0.1", from: "a@b.c", user: "me", passwordFile: file("two", "hunter2\nhunter2\n", 0o600)}, "must have one line"},
		"no certificate":          {smtpFlags{server: "smtp://127.0.0.1", from: "a@b.c", caCert: password}, "no certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			server, err := test.flags.read()
			switch {
			case test.want == "" && (err != nil || (server != nil) != (test.flags.server != "")):
				t.Errorf("got %v, %v", server, err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			case err != nil && strings.Contains(err.Error(), "hunter2"):
				t.Errorf("the error has the password: %v", err)
			}
		})
	}
}

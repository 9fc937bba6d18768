package refserver_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/mail"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/testsmtp"
)

// A server that ends between the commit and the delivery leaves the message to the next
// one. Until it is sent, the code is nowhere in clear; then it activates the account.
func TestMailOfAServerThatEnded(t *testing.T) {
	t.Parallel()
	mails, err := testsmtp.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer mails.Close()
	smtp, err := mail.ParseServer(mails.URL())
	if err != nil {
		t.Fatal(err)
	}
	smtp.From = "dxauth@example.org"
	dir := t.TempDir()
	var log bytes.Buffer
	config := refserver.Config{
		StoreFile: filepath.Join(dir, "platform.db"), SignUp: identity.SignUpOpen,
		HashParams: passwordhash.Cheapest(),
		SMTP:       &smtp, Log: slog.New(slog.NewTextHandler(&log, nil)),
	}
	first, err := refserver.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	postForm(t, first, "/console/sign-up", url.Values{
		"username": {"dora"}, "email": {"dora@example.org"}, "first": {"Dora"}, "last": {"Doe"},
		"new": {"dora-pass-2026"}, "again": {"dora-pass-2026"},
	})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	stored := readAll(t, dir)

	second, err := refserver.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	code := codeOfMail(t, serveUntil(t, second, mails))
	for name, content := range map[string][]byte{"store": stored, "log": log.Bytes()} {
		for _, canary := range []string{code, strings.ReplaceAll(code, "-", "")} {
			if bytes.Contains(bytes.ToLower(content), []byte(canary)) {
				t.Errorf("the %s has the code", name)
			}
		}
	}
	postForm(t, second, "/console/sign-up/activate", url.Values{"code": {code}})
}

// serveUntil serves until a message to Dora is taken, and returns it after the server
// stopped.
func serveUntil(t *testing.T, server *refserver.Server, mails *testsmtp.Server) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(ctx, listener) }()
	text, err := mails.Next(ctx, "dora@example.org")
	stop()
	if err := errors.Join(err, <-stopped); err != nil {
		t.Fatal(err)
	}
	return text
}

// postForm sends a form of a page that accepts it.
func postForm(t *testing.T, server *refserver.Server, path string, form url.Values) {
	t.Helper()
	request := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+path, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response := httptest.NewRecorder()
	server.Handler().ServeHTTP(response, request)
	if response.Code != http.StatusSeeOther {
		t.Fatalf("%s: %d %s", path, response.Code, response.Body)
	}
}

// codeOfMail returns the code in a message.
func codeOfMail(t *testing.T, text string) string {
	t.Helper()
	code := regexp.MustCompile(`[0-9a-z]{4}(-[0-9a-z]{4}){7}`).FindString(text)
	if code == "" {
		t.Fatalf("no code in %q", text)
	}
	return code
}

// readAll returns what all files of a folder have.
func readAll(t *testing.T, dir string) (all []byte) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content...)
	}
	return all
}

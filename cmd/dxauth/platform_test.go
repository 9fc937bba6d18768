//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/store/twice"
)

// platform is a server on this machine that records its requests. Its clock can
// be moved.
type platform struct {
	URL  string
	http *httptest.Server

	mu    sync.Mutex
	asked []string // METHOD PATH
	ahead time.Duration

	probed int // how often a client asked for its type

	invite func() (refserver.Invitation, bool, error) // nil for a canned server
	log    strings.Builder
	pauses map[string]*pause // by path
}

// startReference starts a reference server with a fixture: demo, or a file.
func startReference(fixtureName string, changes ...func(*refserver.Config)) (*platform, error) {
	file, err := fixture.Open(context.Background(), fixtureName)
	if err != nil {
		return nil, err
	}
	p := new(platform)
	config := refserver.Config{
		Fixture: &file,
		Now:     p.now,
		Log:     slog.New(slog.NewTextHandler(lockedWriter{&p.mu, &p.log}, &slog.HandlerOptions{Level: slog.LevelDebug})),
		// The cheapest hash: these passwords are not secret.
		HashParams: passwordhash.Cheapest(),
		WrapStore:  twice.Writes,
	}
	for _, change := range changes {
		change(&config)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	config.URL = "http://" + listener.Addr().String() + config.BasePath.Of("")
	server, err := refserver.Open(context.Background(), config)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	p.invite = func() (refserver.Invitation, bool, error) { return server.Invite(context.Background()) }
	p.serveOn(listener, server.Handler())
	p.URL += config.BasePath.Of("")
	return p, nil
}

// enforced makes a server require a second factor.
func enforced(config *refserver.Config) { config.TwoFactor = identity.FactorsEnforced }

// cannedAnswer is a fixed response.
type cannedAnswer struct {
	Status   int             `json:"status"`   // 0: 200
	Type     string          `json:"type"`     // content type; empty: application/json
	Location string          `json:"location"` // of a redirect
	Body     json.RawMessage `json:"body"`     // a JSON value, or the text itself for another content type
}

// startCanned starts a server with an answer for each path.
func startCanned(answers map[string]cannedAnswer) *platform {
	p := new(platform)
	p.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.URL.Path]
		if !ok {
			answer = cannedAnswer{Status: http.StatusNotFound, Body: json.RawMessage(`{"error":{"type":"ResourceNotFound","message":"no such route"}}`)}
		}
		answer.write(w)
	}))
	return p
}

func (a cannedAnswer) write(w http.ResponseWriter) {
	body := []byte(a.Body)
	if a.Type == "" {
		a.Type = "application/json"
	} else {
		var text string
		if json.Unmarshal(a.Body, &text) == nil {
			body = []byte(text)
		}
	}
	if a.Location != "" {
		w.Header().Set("Location", a.Location)
	}
	w.Header().Set("Content-Type", a.Type)
	w.WriteHeader(max(a.Status, http.StatusOK))
	_, _ = w.Write(body)
}

func (p *platform) serve(handler http.Handler) {
	p.serveOn(httptest.NewUnstartedServer(nil).Listener, handler)
}

func (p *platform) serveOn(listener net.Listener, handler http.Handler) {
	p.http = &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.note(r)
		p.pauseOf(r.URL.Path).serve(handler, w, r)
	})}}
	p.http.Start()
	p.URL = p.http.URL
}

// note records a request. The request by which a login detects the type of the
// server is counted apart: only one script looks at it.
func (p *platform) note(r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if strings.HasSuffix(r.URL.Path, "/.well-known/dxauth") {
		p.probed++
		return
	}
	p.asked = append(p.asked, r.Method+" "+r.URL.Path)
}

// newPlatform is startReference for a Go test.
func newPlatform(t *testing.T, fixtureName string, changes ...func(*refserver.Config)) *platform {
	t.Helper()
	p, err := startReference(fixtureName, changes...)
	if err != nil {
		t.Fatalf("start a reference server: %v", err)
	}
	t.Cleanup(p.http.Close)
	return p
}

func (p *platform) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Add(p.ahead)
}

// advance lets time pass at the server.
func (p *platform) advance(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ahead += d
}

// requests returns the requests since its last call.
func (p *platform) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.asked
	p.asked = nil
	return asked
}

func (p *platform) logged() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// code returns the code that an authenticator with that secret shows now.
func (p *platform) code(seed string) (string, error) {
	decoded, err := identity.DecodeSeed(seed)
	if err != nil {
		return "", err
	}
	return identity.TOTP(decoded, p.now().Unix()/30), nil
}

// status sends a token to the server without the client, and returns the status.
func (p *platform) status(token string) (int, error) {
	request, err := http.NewRequest(http.MethodPost, p.URL+"/system/whoami", strings.NewReader("{}"))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := p.http.Client().Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

// fetch sends a request with a MOLGENIS token without the client. It returns
// status and body.
func (p *platform) fetch(token, method, path, body string) (string, error) {
	request, err := http.NewRequest(method, p.URL+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("x-molgenis-token", token)
	request.Header.Set("Content-Type", "application/json")
	if !strings.HasPrefix(body, "{") {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := p.http.Client().Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	return fmt.Sprintf("%d\n%s\n", answer.StatusCode, content), err
}

// lockedWriter lets several goroutines write.
type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(content []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(content)
}

// testedBy names the variable with the process ID of the test, with which servers end.
const testedBy = "TESTED_BY"

// privateEnv is an environment in which the program finds no files, keyring or
// settings of the user who runs the tests.
func privateEnv(root string) []string {
	return []string{
		"HOME=" + filepath.Join(root, "home"),
		"DXAUTH_CONFIG_DIR=" + filepath.Join(root, "config"),
		"DXAUTH_STATE_DIR=" + filepath.Join(root, "state"),
		"XDG_RUNTIME_DIR=" + filepath.Join(root, "run"),
		"DXAUTH_STORE=plaintext",
		"TERM=xterm", "TZ=UTC", "LC_ALL=C.UTF-8",
		// Otherwise the race detector makes every process wait a second at its end.
		"GORACE=atexit_sleep_ms=0",
		testedBy + "=" + strconv.Itoa(os.Getpid()),
	}
}

// plainStore is the file of the plaintext store.
func plainStore(root string) string {
	return filepath.Join(root, "state", "credentials.json")
}

// storedToken reads the one token in the plaintext store.
func storedToken(content string) (string, error) {
	_, rest, found := strings.Cut(strings.ReplaceAll(content, `\"`, `"`), `"token":"`)
	token, _, closed := strings.Cut(rest, `"`)
	if !found || !closed {
		return "", fmt.Errorf("no token in %q", content)
	}
	return token, nil
}

// tokenOf returns the token of the account that is signed in.
func tokenOf(t *testing.T, env []string) string {
	t.Helper()
	token, err := storedToken(strings.ReplaceAll(succeed(t, env, "", "env", "--bash"), `"auth_token":`, `"token":`))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

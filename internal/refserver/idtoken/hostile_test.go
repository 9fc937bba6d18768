package idtoken_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/idtoken"
)

// S-67: a provider that misbehaves costs bounded time and memory, and the error says
// what it did.
func TestHostileProviders(t *testing.T) {
	endless := strings.Repeat("x", 1<<16)
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"redirects in circles": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		}, "redirects"},
		"redirects to another host": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
		}, "redirects"},
		"a document of 10 MB": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"issuer":"`+strings.Repeat("x", 10<<20)+`"}`)
		}, "more than 1048576 bytes"},
		"a document without an end": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, endless)
			}
		}, "more than 1048576 bytes"},
		"not JSON":   {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, "decode"},
		"an error":   {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, endless, http.StatusInternalServerError) }, "500"},
		"a panic":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		"no content": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, "204"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(tt.handler)
			defer server.Close()
			wantProviderError(t, server.URL, tt.want)
		})
	}
}

// A provider that is not there.
func TestDeadProvider(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	wantProviderError(t, server.URL, "refused")
}

// A discovery document decides neither who the issuer is nor, beyond the hosts that the
// administrator named, whom this server calls or where it sends a browser.
func TestDiscovery(t *testing.T) {
	for name, tt := range map[string]struct {
		changes map[string]any
		hosts   []string
		want    string // in the error; empty: none
	}{
		"as it should be":                      {nil, nil, ""},
		"another issuer":                       {map[string]any{"issuer": "https://accounts.google.com"}, nil, "did not match"},
		"no keys":                              {map[string]any{"jwks_uri": ""}, nil, "no jwks_uri"},
		"keys of another host":                 {map[string]any{"jwks_uri": "https://keys.example.net/"}, nil, "nor listed"},
		"keys of a listed host":                {map[string]any{"jwks_uri": "https://keys.example.net/"}, []string{"keys.example.net"}, ""},
		"keys of a listed host, another port":  {map[string]any{"jwks_uri": "https://keys.example.net:8443/"}, []string{"keys.example.net"}, "nor listed"},
		"keys in the clear":                    {map[string]any{"jwks_uri": "http://keys.example.net/"}, []string{"keys.example.net:80"}, "https://"},
		"keys in a file":                       {map[string]any{"jwks_uri": "file:///etc/passwd"}, nil, "not a URL"},
		"the instance metadata of a cloud":     {map[string]any{"jwks_uri": "http://169.254.169.254/latest/"}, nil, "https://"},
		"a service of this machine":            {map[string]any{"jwks_uri": "http://127.0.0.1:1/"}, nil, "nor listed"},
		"a token endpoint at another host":     {map[string]any{"token_endpoint": "https://steal.example.net/"}, nil, "nor listed"},
		"a sign-in page at another host":       {map[string]any{"authorization_endpoint": "https://steal.example.net/"}, nil, "nor listed"},
		"a sign-in page that is a script":      {map[string]any{"authorization_endpoint": "javascript:alert(1)"}, nil, "not a URL"},
		"an endpoint with a user in its URL":   {map[string]any{"token_endpoint": "https://a@keys.example.net/"}, []string{"keys.example.net"}, "not a URL"},
		"a workload's issuer has only its key": {map[string]any{"authorization_endpoint": "", "token_endpoint": ""}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			for key, value := range tt.changes {
				p.discovery[key] = value
			}
			_, err := p.newIssuer(p.server.URL, tt.hosts...).Metadata(t.Context())
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// The discovery document is at a path below the issuer, and its URL is compared with
// every slash.
func TestIssuerWithASlash(t *testing.T) {
	p := newProvider(t)
	_, err := p.newIssuer(p.server.URL + "/").Metadata(t.Context())
	if err == nil {
		t.Error("the issuer with a slash was accepted")
	}
}

func TestCheckURL(t *testing.T) {
	for issuer, good := range map[string]bool{
		"https://login.example.org":              true,
		"https://login.example.org/realms/lab":   true,
		"https://login.example.org:8443":         true,
		"https://accounts.google.com":            true,
		"http://127.0.0.1:9000":                  true,
		"http://[::1]:9000":                      true,
		"http://localhost:9000":                  true,
		"http://login.example.org":               false,
		"http://127.0.0.1.example.org":           false,
		"https://login.example.org?realm=lab":    false,
		"https://login.example.org#lab":          false,
		"https://admin:secret@login.example.org": false,
		"login.example.org":                      false,
		"https://":                               false,
		"file:///etc/passwd":                     false,
		"":                                       false,
	} {
		if _, err := idtoken.CheckURL(issuer); (err == nil) != good {
			t.Errorf("%q: %v", issuer, err)
		}
	}
}

// S-67: a provider that does not respond ends the wait after 10 seconds, once for all who
// wait, and is not asked again in the next 5 seconds.
func TestSlowProvider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		issuer, err := idtoken.New(idtoken.Config{Issuer: "https://slow.example.org", Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		issuer.Client().Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			asked++
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		begin := time.Now()
		done := make(chan error)
		for range 3 {
			go func() {
				_, err := issuer.Metadata(t.Context())
				done <- err
			}()
		}
		for range 3 {
			if err := <-done; err == nil {
				t.Error("no error")
			}
		}
		if passed := time.Since(begin); passed != 10*time.Second || asked != 1 {
			t.Errorf("3 callers waited for %s, asked %d times", passed, asked)
		}
		time.Sleep(5 * time.Second)
		if _, err := issuer.Metadata(t.Context()); err == nil || asked != 2 {
			t.Errorf("5 seconds later: %v, asked %d times", err, asked)
		}
	})
}

// Somebody who stops waiting does not end the call that others wait for.
func TestCancelledCaller(t *testing.T) {
	p := newProvider(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.issuer.Metadata(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("the cancelled caller got %v", err)
	}
	if _, err := p.issuer.Metadata(t.Context()); err != nil {
		t.Errorf("the next caller got %v", err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// wantProviderError asks an issuer for its metadata and fails unless the error is the
// issuer's, short, and has a text.
func wantProviderError(t *testing.T, url, text string) {
	t.Helper()
	issuer, err := idtoken.New(idtoken.Config{Issuer: url, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	_, err = issuer.Metadata(t.Context())
	if _, ok := errors.AsType[*idtoken.ProviderError](err); !ok {
		t.Fatalf("got %v, want a ProviderError", err)
	}
	if got := err.Error(); !strings.Contains(got, text) || len(got) > 1000 || strings.Contains(got, "\n") {
		t.Errorf("got %q, want %q on one line", got, text)
	}
}

package oauth

import (
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testprogram"
	"golang.org/x/oauth2"
)

// serve runs "dxauth serve" until the test ends, and returns its URL.
func serve(t *testing.T) string {
	t.Helper()
	return testprogram.Serve(t, program, "--fixture", "testdata/world.yaml", "--log", "none")
}

// clientOf returns a client that knows what the metadata say.
func clientOf(t *testing.T, server string) *oauth2.Config {
	t.Helper()
	response, err := http.Get(server + "/.well-known/oauth-authorization-server")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var metadata struct {
		Issuer    string `json:"issuer"`
		Authorize string `json:"authorization_endpoint"`
		Token     string `json:"token_endpoint"`
		Device    string `json:"device_authorization_endpoint"`
	}
	if err := json.NewDecoder(response.Body).Decode(&metadata); err != nil || metadata.Issuer != server {
		t.Fatalf("the metadata are %+v, %v", metadata, err)
	}
	return &oauth2.Config{
		ClientID: "dxauth-cli", RedirectURL: "http://127.0.0.1:9/callback",
		Endpoint: oauth2.Endpoint{AuthURL: metadata.Authorize, TokenURL: metadata.Token, DeviceAuthURL: metadata.Device},
	}
}

// user is a user at a browser.
type user struct {
	*testing.T
	*http.Client
}

func newUser(t *testing.T) user {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/callback" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return user{t, &http.Client{Jar: jar, CheckRedirect: stay}}
}

// approve opens a page, signs in as alice, presses the first button of every form, and
// returns where the browser ends up.
func (u user) approve(address string) *url.URL {
	u.Helper()
	open := func() (*http.Response, error) { return u.Get(address) }
	for range 5 {
		response, err := open()
		if err != nil {
			u.Fatal(err)
		}
		page, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			u.Fatal(err)
		}
		if location, err := response.Location(); err == nil {
			return location
		}
		form := regexp.MustCompile(`(?s)<main.*?<form method="post" action="([^"]+)"[^>]*>(.*?)</form>`).FindStringSubmatch(string(page))
		if form == nil {
			return response.Request.URL
		}
		target, err := response.Request.URL.Parse(html.UnescapeString(form[1]))
		if err != nil {
			u.Fatal(err)
		}
		open = func() (*http.Response, error) { return u.PostForm(target.String(), filled(form[2])) }
	}
	u.Fatalf("too many forms after %s", address)
	return nil
}

// filled returns what a form sends.
func filled(form string) url.Values {
	values := url.Values{}
	for _, field := range regexp.MustCompile(`<(?:input|button)[^>]*>`).FindAllString(form, -1) {
		name := attribute(field, "name")
		if name != "" && !values.Has(name) { // the first button counts
			values.Set(name, attribute(field, "value"))
		}
	}
	for name, value := range map[string]string{"username": "alice", "password": "wonderland-2026"} {
		if values.Has(name) {
			values.Set(name, value)
		}
	}
	return values
}

func attribute(tag, name string) string {
	found := regexp.MustCompile(` ` + name + `="([^"]*)"`).FindStringSubmatch(tag)
	if found == nil {
		return ""
	}
	return html.UnescapeString(found[1])
}

// wantSession checks that a token is one of alice's sessions.
func wantSession(t *testing.T, server string, client *oauth2.Config, token *oauth2.Token) {
	t.Helper()
	if token.Extra("user") != "user-alice" || !token.Valid() || token.Type() != "Bearer" || time.Until(token.Expiry) < 17*time.Hour {
		t.Errorf("the token is of %v, until %v", token.Extra("user"), token.Expiry)
	}
	response, err := client.Client(t.Context(), token).Post(server+"/system/whoami", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != `{"id":"user-alice"}` {
		t.Errorf("whoami returns %s, %v", body, err)
	}
}

func TestCodeWithProofKey(t *testing.T) {
	server := serve(t)
	client := clientOf(t, server)
	verifier := oauth2.GenerateVerifier()
	back := newUser(t).approve(client.AuthCodeURL("a state", oauth2.S256ChallengeOption(verifier)))
	if back.Host != "127.0.0.1:9" || back.Query().Get("state") != "a state" || back.Query().Get("iss") != server {
		t.Fatalf("the browser went to %s", back)
	}
	token, err := client.Exchange(t.Context(), back.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	wantSession(t, server, client, token)
	_, err = client.Exchange(t.Context(), back.Query().Get("code"), oauth2.VerifierOption(verifier))
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); !ok || refused.ErrorCode != "invalid_grant" {
		t.Errorf("a second use: %v", err)
	}
}

func TestCodeOfADevice(t *testing.T) {
	server := serve(t)
	client := clientOf(t, server)
	device, err := client.DeviceAuth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	newUser(t).approve(device.VerificationURIComplete)
	token, err := client.DeviceAccessToken(t.Context(), device) // asks after the interval
	if err != nil {
		t.Fatal(err)
	}
	wantSession(t, server, client, token)
}

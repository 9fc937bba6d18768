//go:build unix

package main

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testscreen"
	"github.com/dxauth/dxauth/pkg/oauth"
	"github.com/dxauth/dxauth/pkg/secret"
)

// authority is a platform whose authorization server does what a test wants, right or
// wrong. It has one user, alice.
type authority struct {
	*platform
	redirect func(url.Values) url.Values // changes what the browser is sent back with; nil: nothing
	refuses  bool                        // the token that it gives

	mu        sync.Mutex
	challenge string // of the code that it gave
	verifiers []string
	exchanged []string
	approved  bool // the device code
	ended     []string
}

const authorityToken = "ABCDEFGHIJ0123456789abcdefghij99"

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{platform: new(platform)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/dxauth", reply(`{"type": "dnanexus"}`))
	mux.HandleFunc("GET "+oauth.RouteMetadata, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer": %q, "authorization_endpoint": "%[1]s/oauth2/authorize", "token_endpoint": "%[1]s/oauth2/token",
			"device_authorization_endpoint": "%[1]s/oauth2/device_authorization", "authorization_response_iss_parameter_supported": true,
			"grant_types_supported": ["authorization_code", %q]}`, a.URL, oauth.GrantExchange)
	})
	mux.HandleFunc("GET /oauth2/authorize", a.authorize)
	mux.HandleFunc("POST /oauth2/token", a.token)
	mux.HandleFunc("POST /oauth2/device_authorization", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"device_code": "device-code-of-the-test", "user_code": "BCDF-GHJK", "verification_uri": "%[1]s/oauth2/device",
			"verification_uri_complete": "%[1]s/oauth2/device?user_code=BCDF-GHJK", "expires_in": 600, "interval": 1}`, a.URL)
	})
	mux.HandleFunc("GET /oauth2/device", func(http.ResponseWriter, *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.approved = true
	})
	mux.HandleFunc("POST /system/newAuthToken", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(w, `{"error": {"type": "SSORequiredError", "message": "The user is registered via single sign-on"}}`)
	})
	mux.HandleFunc("POST /system/getUserInfo", func(w http.ResponseWriter, r *http.Request) {
		if a.refuses || r.Header.Get("Authorization") != "Bearer "+authorityToken {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprint(w, `{"error": {"type": "InvalidAuthentication", "message": "no"}}`)
			return
		}
		_, _ = fmt.Fprint(w, `{"username": "alice"}`)
	})
	mux.HandleFunc("POST /system/destroyAuthToken", func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.ended = append(a.ended, r.Header.Get("Authorization"))
		_, _ = fmt.Fprint(w, `{}`)
	})
	mux.HandleFunc("POST /system/greet", reply(`{"messages": []}`))
	a.serve(mux)
	t.Cleanup(a.http.Close)
	return a
}

func reply(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, body) }
}

func (a *authority) authorize(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	a.mu.Lock()
	a.challenge = query.Get("code_challenge")
	a.mu.Unlock()
	back := url.Values{"code": {"code-of-the-test"}, "state": {query.Get("state")}, "iss": {a.URL}}
	if a.redirect != nil {
		back = a.redirect(back)
	}
	http.Redirect(w, r, query.Get("redirect_uri")+"?"+back.Encode(), http.StatusSeeOther)
}

func (a *authority) token(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case r.FormValue("grant_type") == oauth.GrantExchange:
		a.exchange(w, r)
	case r.FormValue("device_code") == "device-code-of-the-test" && !a.approved:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"error": "authorization_pending"}`)
	case r.FormValue("device_code") == "device-code-of-the-test",
		r.FormValue("code") == "code-of-the-test" && oauth.Challenge(secret.New(r.FormValue("code_verifier"))) == a.challenge:
		if verifier := r.FormValue("code_verifier"); verifier != "" {
			a.verifiers = append(a.verifiers, verifier)
		}
		fmt.Fprintf(w, `{"access_token": %q, "token_type": "Bearer", "user": "user-alice", "idle_timeout": 900000}`, authorityToken)
	default:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"error": "invalid_grant", "error_description": "the code is not valid"}`)
	}
}

// browserEnv is the environment of a user with a browser on this machine.
func browserEnv(t *testing.T, a *authority) (root string, env []string) {
	t.Helper()
	root, env = home(t, a.platform)
	return root, append(env, "BROWSER=browse")
}

// A sign-in in the browser ends with a session like any other.
func TestLoginInTheBrowser(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	_, env := browserEnv(t, a)
	got := invoke(t, env, "", "login", "--sso", "--noprojects")
	if got.code != 0 || !strings.Contains(got.stderr, a.URL+"/oauth2/authorize?") ||
		!strings.Contains(got.stderr, "or after 15 minutes without use") {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	}
	if stored := tokenOf(t, env); stored != authorityToken {
		t.Errorf("stored %s", stored)
	}
	succeed(t, env, "", "logout")
	if len(a.ended) != 1 {
		t.Errorf("ended on the server: %q", a.ended)
	}
	// With --json, the address is shown as well, and standard output has the result only.
	got = invoke(t, env, "", "--json", "login", "--sso", "--noprojects")
	if got.code != 0 || !strings.HasPrefix(got.stdout, "{") || !strings.Contains(got.stdout, `"kind": "session"`) ||
		!strings.Contains(got.stderr, "/oauth2/authorize?") {
		t.Errorf("exit code %d\n%s\n%s", got.code, got.stdout, got.stderr)
	}
}

// With --debug, neither output shows what a sign-in sends or gets.
func TestNoOutputHasASecretOfASignIn(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	_, env := browserEnv(t, a)
	runner := github(t, a, "lab/pipeline")
	var output strings.Builder
	for _, run := range []struct {
		env  []string
		args []string
	}{
		{nil, []string{"login", "--sso", "--noprojects"}},
		{runner, []string{"login", "--id-token", "auto", "--noprojects"}},
		{runner, []string{"exec", "--id-token", "auto", "--", "true"}},
	} {
		got := invoke(t, append(env, run.env...), "", append([]string{"--debug"}, run.args...)...)
		if got.code != 0 || !strings.Contains(got.stderr, "/oauth2/token (") {
			t.Fatalf("%q: exit code %d: %s", run.args, got.code, got.stderr)
		}
		output.WriteString(got.stdout + got.stderr)
	}
	if len(a.verifiers) != 1 {
		t.Fatalf("%d verifiers were sent", len(a.verifiers))
	}
	for _, secret := range append(a.verifiers, authorityToken, "code-of-the-test", idToken("lab/pipeline"), "request-token") {
		if strings.Contains(output.String(), secret) {
			t.Errorf("%s is shown in\n%s", secret, output.String())
		}
	}
}

// What a wrong server, or somebody between, sends through the browser ends without a
// session, with the code of a refusal.
func TestLoginInTheBrowserRefused(t *testing.T) {
	t.Parallel()
	with := func(name, value string) func(url.Values) url.Values {
		return func(back url.Values) url.Values {
			back.Set(name, value)
			return back
		}
	}
	tests := map[string]struct {
		redirect func(url.Values) url.Values
		refuses  bool
		want     string
		hint     string
	}{
		"RFC 9207 2.4: another issuer": {
			with("iss", "https://elsewhere.example"), false, "not from the server where the sign-in began", "run dxauth login --sso to try again",
		},
		"RFC 6749 4.1.2.1: refused": {
			with("error", "access_denied"), false, "the sign-in was refused in the browser", "run dxauth login --sso to try again",
		},
		"RFC 6749 5.2: another code":   {with("code", "stolen"), false, "the code is not valid (invalid_grant)", ""},
		"a token that does not work":   {nil, true, "does not accept the credential", ""},
		"RFC 6749 4.1.2.1: an error":   {with("error", "server_error"), false, "the server refuses: server_error", ""},
		"an error with escape\x1b[2Js": {with("error", "a\x1b[2Jb"), false, "the server refuses: ab", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAuthority(t)
			a.redirect, a.refuses = tt.redirect, tt.refuses
			root, env := browserEnv(t, a)
			got := invoke(t, env, "", "login", "--sso", "--noprojects")
			if got.code != 3 || !strings.Contains(got.stderr, tt.want) || !strings.Contains(got.stderr, tt.hint) {
				t.Errorf("exit code %d: %s", got.code, got.stderr)
			}
			if len(a.ended) > 0 != tt.refuses {
				t.Errorf("ended on the server: %q", a.ended)
			}
			wantNothingStored(t, root)
		})
	}
}

// Who interrupts the sign-in, whatever it waits for, has no session.
func TestLoginInTheBrowserInterrupted(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string][]string{"browser": {"--no-browser"}, "device": {"--device"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, env := home(t, newAuthority(t).platform)
			p := atTerminal(t, env, append([]string{"login"}, flags...)...)
			p.sees("/oauth2/")
			p.sees("waiting for the")
			p.signals(syscall.SIGINT)
			p.exits(130)
			wantNothingStored(t, root)
		})
	}
}

// Without a browser here, the terminal shows a code and the QR code of the address, which
// has the code in it.
func TestLoginWithADevice(t *testing.T) {
	t.Parallel()
	for name, flag := range map[string]string{"over SSH": "--sso", "as asked": "--device"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAuthority(t)
			_, env := home(t, a.platform)
			p := atTerminal(t, append(env, "SSH_CONNECTION=192.0.2.1 1 192.0.2.2 22", "DISPLAY=:0"), "login", flag, "--noprojects")
			p.sees("BCDF-GHJK")
			const complete = "/oauth2/device?user_code=BCDF-GHJK"
			p.sees("waiting for the approval in a browser") // all of the QR code is there
			address := testscreen.QR(t, testscreen.Draw(p.everything(), 250, 50, testscreen.Dark))
			if address != a.URL+complete {
				t.Fatalf("the QR code is %s", address)
			}
			response, err := http.Get(address)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			p.sees("as alice. The session ends")
			p.exits(0)
		})
	}
}

// Who types the password of an account that has none can go on in the browser.
func TestLoginOffersTheBrowser(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	root, env := browserEnv(t, a)
	p := atTerminal(t, env, "login", "--noprojects", "--timeout", "12h")
	p.answers("Username: ", "alice")
	p.answers("Password: ", "anything")
	p.sees("The user is registered via single sign-on")
	p.answers("Log in in the browser instead?", "n")
	p.exits(3)
	wantNothingStored(t, root)

	p = atTerminal(t, env, "login", "--noprojects", "--timeout", "12h")
	p.answers("Username: ", "alice")
	p.answers("Password: ", "anything")
	p.answers("Log in in the browser instead?", "y")
	p.sees("--timeout does not apply")
	p.sees("as alice. The session ends")
	p.exits(0)
	if stored := tokenOf(t, env); stored != authorityToken {
		t.Errorf("stored %s", stored)
	}
}

// Who signed in in the browser may have no password, so a command that asks for it says how
// to do without: a new login counts as proof.
func TestAPasswordIsNotNeededAfterALoginInTheBrowser(t *testing.T) {
	t.Parallel()
	server := newPlatform(t, "demo")
	_, env := home(t, server)
	env = append(env, "BROWSER=browse", "BROWSE_USERNAME=alice", "BROWSE_PASSWORD=wonderland-2026")
	succeed(t, env, "", "login", "--sso", "--noprojects")
	succeed(t, env, "", "token", "new", "first", "--out", filepath.Join(t.TempDir(), "token"))
	server.advance(6 * time.Minute)
	got := invoke(t, env, "", "token", "new", "second", "--out", filepath.Join(t.TempDir(), "token"))
	if got.code != 2 || !strings.Contains(got.stderr, "without a password, run dxauth login --sso, and try again within 5 minutes") {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	p := atTerminal(t, env, "token", "new", "second", "--project", "Exome 2026=VIEW", "--expires", "30d", "--out", filepath.Join(t.TempDir(), "token"))
	p.sees("If you have no password, press Ctrl-C, run dxauth login --sso")
	p.sees("Password of ")
	p.types("\x03")
	p.exits(130)
	succeed(t, env, "", "login", "--sso", "--noprojects")
	succeed(t, env, "", "token", "new", "second", "--out", filepath.Join(t.TempDir(), "token"))
}

// On a platform that signs no programs in, the user pastes a token of its web page.
func TestLoginWithAPastedToken(t *testing.T) {
	t.Parallel()
	p := startCanned(map[string]cannedAnswer{
		"/system/getUserInfo": {Body: []byte(`{"username": "alice"}`)}, "/system/greet": {Body: []byte(`{"messages": []}`)},
	})
	t.Cleanup(p.http.Close)
	root, env := home(t, p)
	user := atTerminal(t, env, "login", "--sso", "--noprojects")
	user.sees("make a token there (My Profile > API Tokens) and paste it here:")
	user.sees("  " + p.URL + "/")
	user.answers("Token: ", "not a token")
	user.sees("nothing was sent or stored")
	user.exits(3)
	wantNothingStored(t, root)

	user = atTerminal(t, env, "login", "--sso", "--noprojects")
	user.sees("Token: ")
	user.wantEcho(false)
	user.types(ciToken + "\r")
	user.sees("as alice with a token")
	user.exits(0)
	user.neverSaw(ciToken)
}

package oauth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/oauth"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/internal/testfuzz"
)

// RFC 6749, section 4.1.2; RFC 9207, section 2: the response has the code, the state of the
// request, and the issuer.
func TestTheResponseToAnApprovedRequest(t *testing.T) {
	w := newWorld(t)
	state := "a state & more=é"
	response := w.approve(w.SignedIn("alice"), request("state", state))
	if len(response.Get("code")) < 43 || response.Get("state") != state || response.Get("iss") != "http://127.0.0.1:8080" || len(response) != 3 {
		t.Errorf("got %v", response)
	}
	if response = w.approve(w.SignedIn("alice"), request("state", "")); response.Has("state") {
		t.Errorf("a state that was not sent comes back: %v", response)
	}
}

// The page says which program asks, and for which account. Its form may lead to that
// program only.
func TestTheConsentPage(t *testing.T) {
	w := newWorld(t)
	page := w.SignedIn("alice").Get(oauth.PathAuthorize+"?"+request("state", `"><script>`).Encode()).Is(http.StatusOK).
		Has("alice", "http://127.0.0.1:43121", "dxauth").HasNot("<script>alert")
	if policy := page.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' http://127.0.0.1:43121;") {
		t.Errorf("the policy is %s", policy)
	}
	page = w.SignedIn("alice").Get(oauth.PathAuthorize + "?" + request("redirect_uri", "http://[::1]:43121/callback").Encode()).Is(http.StatusOK)
	if policy := page.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' http:;") {
		t.Errorf("the policy is %s", policy)
	}
}

func TestARefusedRequest(t *testing.T) {
	w := newWorld(t)
	w.SignedIn("alice").Get(oauth.PathAuthorize+"?"+request().Encode()).Submit(oauth.PathAuthorize, url.Values{"decision": {"deny"}}).
		LeadsTo(callback + "?error=access_denied&error_description=you+refused+in+the+browser&iss=http%3A%2F%2F127.0.0.1%3A8080&state=xyz")
}

// Without a click on one of the buttons nothing is decided.
func TestAFormWithoutADecision(t *testing.T) {
	w := newWorld(t)
	w.SignedIn("alice").Get(oauth.PathAuthorize+"?"+request().Encode()).Submit(oauth.PathAuthorize, nil).Is(http.StatusUnprocessableEntity)
}

// RFC 6749, section 4.1.2.1: without a sure address of the program, its user sees the error,
// and the browser stays on this server. That needs no sign-in.
func TestRequestsThatAreNotSentBack(t *testing.T) {
	for name, query := range map[string]url.Values{
		"RFC 6749, 4.1.2.1: no client":               request("client_id", ""),
		"RFC 6749, 4.1.2.1: an unknown client":       request("client_id", "other"),
		"RFC 6749, 3.1.2.3: no redirect address":     request("redirect_uri", ""),
		"RFC 6749, 3.1: a repeated redirect address": {"client_id": {"dxauth-cli"}, "redirect_uri": {callback, "http://127.0.0.1:1/callback"}},
		"RFC 8252, 8.10: another host":               request("redirect_uri", "http://evil.example:43121/callback"),
		"RFC 8252, 7.3: another scheme":              request("redirect_uri", "https://127.0.0.1:43121/callback"),
		"RFC 8252, 7.3: another path":                request("redirect_uri", "http://127.0.0.1:43121/other"),
		"RFC 8252, 8.3: the name localhost":          request("redirect_uri", "http://localhost:43121/callback"),
		"RFC 8252, 7.3: a user before another host":  request("redirect_uri", "http://127.0.0.1:43121@evil.example/callback"),
		"RFC 6749, 3.1.2: a fragment":                request("redirect_uri", callback+"#a"),
		"RFC 8252, 7.1: a scheme of a program":       request("redirect_uri", "org.example.app:/callback"),
		"a script":                                   request("redirect_uri", "javascript:alert(1)"),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			answer := w.Browser().Get(oauth.PathAuthorize + "?" + query.Encode()).Is(http.StatusUnprocessableEntity)
			if got := answer.Header().Get("Location"); got != "" {
				t.Errorf("leads to %q", got)
			}
			signedIn := w.SignedIn("alice")
			query.Set("decision", "approve")
			if got := signedIn.Post(oauth.PathAuthorize, query).Is(http.StatusUnprocessableEntity).Header().Get("Location"); got != "" {
				t.Errorf("the form leads to %q", got)
			}
		})
	}
}

// RFC 6749, section 4.1.2.1; RFC 7636, section 4.4.1: the program learns what is wrong with
// its request.
func TestRequestsThatAreSentBack(t *testing.T) {
	for name, tt := range map[string]struct {
		query url.Values
		code  string
	}{
		"RFC 6749, 4.1.2.1, invalid_request: no response type":          {request("response_type", ""), "invalid_request"},
		"RFC 6749, 4.1.2.1, unsupported_response_type: a token":         {request("response_type", "token"), "unsupported_response_type"},
		"RFC 6749, 4.1.2.1, unsupported_response_type: a code and more": {request("response_type", "code id_token"), "unsupported_response_type"},
		"RFC 6749, 4.1.2.1, invalid_scope":                              {request("scope", "openid"), "invalid_scope"},
		"RFC 7636, 4.4.1: no challenge":                                 {request("code_challenge", ""), "invalid_request"},
		"RFC 7636, 4.3: the method plain":                               {request("code_challenge", verifier, "code_challenge_method", "plain"), "invalid_request"},
		"RFC 7636, 4.3: no method, which stands for plain":              {request("code_challenge_method", ""), "invalid_request"},
		"RFC 7636, 4.2: a challenge that is not a hash":                 {request("code_challenge", "short"), "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			answer := w.Browser().Get(oauth.PathAuthorize + "?" + tt.query.Encode()).Is(http.StatusSeeOther)
			target, err := url.Parse(answer.Header().Get("Location"))
			if err != nil || !strings.HasPrefix(target.String(), callback+"?") {
				t.Fatalf("leads to %q, %v", target, err)
			}
			response := target.Query()
			if response.Get("error") != tt.code || response.Get("state") != "xyz" || response.Get("iss") != "http://127.0.0.1:8080" || response.Has("code") {
				t.Errorf("got %v", response)
			}
			w.SignedIn("alice").Post(oauth.PathAuthorize, changed(tt.query, []string{"decision", "approve"})).LeadsTo(target.String())
		})
	}
}

// The way of a user who is not signed in: sign in, then decide. The request survives.
func TestAUserSignsInFirst(t *testing.T) {
	w := newWorld(t)
	b := w.Browser()
	address := oauth.PathAuthorize + "?" + request().Encode()
	signIn := b.Get(address).Is(http.StatusSeeOther).Follow().Is(http.StatusOK)
	signIn.Submit("/console/sign-in", url.Values{"username": {"alice"}, "password": {testpages.Password("alice")}}).Follow().Is(http.StatusOK).
		Has("http://127.0.0.1:43121")
}

// A sign-in of more than five minutes ago is not enough, and neither is a link on another
// site, without a sign-in there and then.
func TestConsentNeedsARecentSignIn(t *testing.T) {
	w := newWorld(t)
	b := w.SignedIn("alice")
	address := oauth.PathAuthorize + "?" + request().Encode()
	b.FollowFromElsewhere(address).Is(http.StatusSeeOther)
	page := b.Get(address).Is(http.StatusOK)
	w.Advance(5 * time.Minute)
	for _, answer := range []testpages.Reply{b.Get(address), page.Submit(oauth.PathAuthorize, url.Values{"decision": {"approve"}})} {
		if got := answer.Is(http.StatusSeeOther).Header().Get("Location"); !strings.HasPrefix(got, "/console/sign-in?") {
			t.Errorf("leads to %q", got)
		}
	}
}

// S-43: another site can neither approve a request nor do so in a frame.
func TestOtherSitesApproveNothing(t *testing.T) {
	w := newWorld(t)
	b := w.SignedIn("alice")
	for _, path := range []string{oauth.PathAuthorize, oauth.PathDevice} {
		form := b.Request(http.MethodPost, path, request("decision", "approve").Encode())
		form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		form.Header.Set("Origin", "https://evil.example")
		if answer := b.Send(form, "cross-site"); answer.Code != http.StatusForbidden {
			t.Errorf("%s: %d", path, answer.Code)
		}
	}
}

// RFC 9207, section 2: a server with a URL is the issuer of that URL, however a client
// calls it.
func TestIssuerOfResponses(t *testing.T) {
	w := newWorld(t, func(c *refserver.Config) { c.URL = "https://lab.example.org" })
	if got := w.approve(w.SignedIn("alice"), request()).Get("iss"); got != "https://lab.example.org" {
		t.Errorf("a response is of %s", got)
	}
	device := w.post(oauth.PathDeviceAuthorization, url.Values{"client_id": {"dxauth-cli"}})
	if got, want := device.members["verification_uri"], "https://lab.example.org/oauth2/device"; got != want {
		t.Errorf("a code is typed at %v, want %s", got, want)
	}
}

// RFC 8414, section 3, and RFC 9207, section 2.4: a server below a path names it everywhere.
func TestAServerBelowAPath(t *testing.T) {
	w := newWorld(t, func(c *refserver.Config) { c.Type, c.BasePath = refserver.TypeMOLGENIS, web.BasePath("/lab") })
	b := w.Browser()
	answer := b.Get("/lab"+oauth.PathAuthorize+"?"+request().Encode()).Follow().
		Submit("/lab/console/sign-in", url.Values{"username": {"alice"}, "password": {testpages.Password("alice")}}).Follow().
		Submit("/lab"+oauth.PathAuthorize, url.Values{"decision": {"approve"}})
	target, err := url.Parse(answer.Header().Get("Location"))
	if err != nil || target.Query().Get("iss") != "http://127.0.0.1:8080/lab" {
		t.Fatalf("leads to %q, %v", target, err)
	}
	w.post("/lab"+oauth.PathToken, redeem(target.Query().Get("code"))).token()
}

// Whatever a link asks for, the browser stays on this server or goes to a program on its
// own machine.
func FuzzAuthorizationRequest(f *testing.F) {
	testfuzz.Add(f, request().Encode())
	testfuzz.Add(f, request("redirect_uri", "http://localhost/callback").Encode())
	testfuzz.Add(f, request("redirect_uri", "http://127.0.0.1:1@e/callback", "response_type", "").Encode())
	testfuzz.Add(f, "redirect_uri=http://127.0.0.1:1/callback&redirect_uri=http://e/callback&client_id=dxauth-cli")
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, query string) {
		b := w.in(t).Browser()
		asked := b.Request(http.MethodGet, oauth.PathAuthorize, "")
		asked.URL.RawQuery = query
		answer := b.Send(asked, "none")
		target := answer.Header().Get("Location")
		isLocal := strings.HasPrefix(target, "/console/sign-in?") || strings.HasPrefix(target, "http://127.0.0.1:") || strings.HasPrefix(target, "http://[::1]:")
		led, err := url.Parse(target)
		if answer.Code >= 500 || err != nil || target != "" && (!isLocal || led.User != nil) {
			t.Errorf("%q: %d, leads to %q", query, answer.Code, target)
		}
	})
}

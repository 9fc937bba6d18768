package oauth_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/oauth"
	"github.com/dxauth/dxauth/internal/refserver/web"
	wire "github.com/dxauth/dxauth/pkg/oauth"
)

// RFC 8628, section 3.2.
func TestADeviceGetsItsCodes(t *testing.T) {
	w := newWorld(t)
	device := w.begin("127.0.0.1:40000")
	if device.DeviceCode.Text().Len() < 43 || !regexp.MustCompile(`^[B-Z]{4}-[B-Z]{4}$`).MatchString(device.UserCode) {
		t.Errorf("the codes are %d characters and %q", device.DeviceCode.Text().Len(), device.UserCode)
	}
	const page = "http://127.0.0.1:8080/oauth2/device"
	if device.VerificationURI != page || device.VerificationURIComplete != page+"?user_code="+device.UserCode {
		t.Errorf("the addresses are %q and %q", device.VerificationURI, device.VerificationURIComplete)
	}
	if device.ExpiresIn != 600 || device.Interval != 5 {
		t.Errorf("expires in %d, interval %d", device.ExpiresIn, device.Interval)
	}
}

func TestErrorsOfTheDeviceEndpoint(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct {
		form   url.Values
		status int
		code   string
	}{
		"RFC 8628, 3.1: no client":      {url.Values{}, 400, "invalid_request"},
		"RFC 8628, 3.1: another client": {url.Values{"client_id": {"other"}}, 401, "invalid_client"},
		"RFC 6749, 5.2: a scope":        {url.Values{"client_id": {"dxauth-cli"}, "scope": {"openid"}}, 400, "invalid_scope"},
	} {
		t.Run(name, func(t *testing.T) {
			w.in(t).post(oauth.PathDeviceAuthorization, tt.form).refused(tt.status, tt.code)
		})
	}
	for range 30 {
		w.begin("192.0.2.9:1")
	}
	answer := w.postFrom("192.0.2.9:1", oauth.PathDeviceAuthorization, url.Values{"client_id": {"dxauth-cli"}})
	answer.refused(http.StatusTooManyRequests, "temporarily_unavailable")
	if got := answer.Header().Get("Retry-After"); got != "10" {
		t.Errorf("Retry-After: %q", got)
	}
}

// The whole way: the user types the code, compares it, and approves.
func TestAnApprovedDeviceGetsASession(t *testing.T) {
	w := newWorld(t)
	device := w.begin("127.0.0.1:40000")
	w.poll(device.DeviceCode.Text()).refused(400, "authorization_pending")
	b := w.SignedIn("alice")
	b.Get(oauth.PathDevice).Is(http.StatusOK).
		Submit(oauth.PathDevice, url.Values{"user_code": {strings.ToLower(device.UserCode)}}).Is(http.StatusOK).
		Has(device.UserCode, "alice", "127.0.0.1", "dxauth/test", "12:00 UTC").HasNot("another network").
		Submit(oauth.PathDevice, url.Values{"decision": {"approve"}}).Is(http.StatusOK).Has("alice", "Return to the terminal")
	w.Advance(5 * time.Second)
	if user := w.userOf(w.poll(device.DeviceCode.Text()).token()); user != "user-alice" {
		t.Errorf("the token is of %q", user)
	}
}

// A code from a QR code or a link is filled in. It is compared and approved like one that
// was typed, and opening the link neither decides nor counts anything.
func TestALinkWithACode(t *testing.T) {
	w := newWorld(t)
	device := w.begin("127.0.0.1:40000")
	b := w.SignedIn("alice")
	for range 20 { // a page elsewhere that makes the browser guess
		b.Get(oauth.PathDevice + "?user_code=BBBB-BBBB").Is(http.StatusOK)
	}
	page := b.Get(oauth.PathDevice + "?user_code=" + device.UserCode).Is(http.StatusOK).Has(`value="` + device.UserCode + `"`)
	w.poll(device.DeviceCode.Text()).refused(400, "authorization_pending")
	page.Submit(oauth.PathDevice, nil).Is(http.StatusOK).Has(device.UserCode, "Does the terminal in front of you show this code?")
	w.Advance(5 * time.Second)
	w.poll(device.DeviceCode.Text()).refused(400, "authorization_pending")
	b.Get(oauth.PathDevice + `?user_code="><script>`).Is(http.StatusOK).HasNot("<script>")
}

// The page warns if the program is somewhere else than the user, as after a link from an
// attacker (RFC 8628, section 5.4).
func TestADeviceOfAnotherNetwork(t *testing.T) {
	w := newWorld(t)
	device := w.begin("198.51.100.9:40000")
	w.SignedIn("alice").Post(oauth.PathDevice, url.Values{"user_code": {device.UserCode}}).Is(http.StatusOK).
		Has("another network", "198.51.100.9", "127.0.0.1")
}

// The name that a program gives itself is text, and has no room for a message.
func TestTheNameOfAProgram(t *testing.T) {
	w := newWorld(t)
	for agent, want := range map[string]string{
		"dxauth/1.2.3 (linux)":             "dxauth/1.2.3 (linux)",
		"":                                 "unknown",
		"<b>IT</b>":                        "<b>IT</b>",
		strings.Repeat("a", 40):            strings.Repeat("a", 40),
		strings.Repeat("a", 39) + "é call": strings.Repeat("a", 39) + "…",
	} {
		asked := w.Browser().Request(http.MethodPost, oauth.PathDeviceAuthorization, "client_id=dxauth-cli")
		asked.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		asked.Header.Set("User-Agent", agent)
		recorder := httptest.NewRecorder()
		w.Handler().ServeHTTP(recorder, asked)
		var device wire.DeviceAuthorization
		if err := json.Unmarshal(recorder.Body.Bytes(), &device); err != nil {
			t.Fatal(err)
		}
		page := w.SignedIn("alice").Post(oauth.PathDevice, url.Values{"user_code": {device.UserCode}}).Is(http.StatusOK).Has("<dd>" + want + "</dd>")
		if strings.Contains(page.Body.String(), "<b>") {
			t.Errorf("%s is not text: %s", agent, page.Body)
		}
	}
}

func TestARefusedDevice(t *testing.T) {
	w := newWorld(t)
	device := w.begin("127.0.0.1:40000")
	b := w.SignedIn("alice")
	b.Post(oauth.PathDevice, url.Values{"user_code": {device.UserCode}}).
		Submit(oauth.PathDevice, url.Values{"decision": {"deny"}}).Is(http.StatusOK).Has("refused")
	for range 2 {
		w.poll(device.DeviceCode.Text()).refused(400, "access_denied")
		w.Advance(5 * time.Second)
	}
	b.Post(oauth.PathDevice, url.Values{"user_code": {device.UserCode}, "decision": {"approve"}}).Is(http.StatusNotFound)
}

// The errors of a poll (RFC 8628, section 3.5).
func TestErrorsOfAPoll(t *testing.T) {
	w := newWorld(t)
	device := w.begin("127.0.0.1:40000")
	code := device.DeviceCode.Text()
	w.poll(code).refused(400, "authorization_pending")
	answer := w.poll(code)
	answer.refused(400, "slow_down")
	if got := answer.Header().Get("Retry-After"); got != "10" {
		t.Errorf("Retry-After: %q", got)
	}
	w.Advance(9 * time.Second)
	w.poll(code).refused(400, "slow_down")
	w.Advance(15 * time.Second)
	w.poll(code).refused(400, "authorization_pending")
	w.Advance(10 * time.Minute)
	w.poll(code).refused(400, "expired_token")
	w.SignedIn("alice").Post(oauth.PathDevice, url.Values{"user_code": {device.UserCode}}).Is(http.StatusNotFound)
}

// A device code that is used twice ends the session of its first use.
func TestADeviceCodeThatIsUsedTwiceEndsItsSession(t *testing.T) {
	w := newWorld(t)
	device := w.begin("127.0.0.1:40000")
	w.SignedIn("alice").Post(oauth.PathDevice, url.Values{"user_code": {device.UserCode}, "decision": {"approve"}}).Is(http.StatusOK)
	token := w.poll(device.DeviceCode.Text()).token()
	w.Advance(5 * time.Second)
	w.poll(device.DeviceCode.Text()).refused(400, "invalid_grant")
	if user := w.userOf(token); user != "" {
		t.Errorf("the token is still of %q", user)
	}
}

// RFC 8628, section 5.1: who guesses at the codes of others has to wait, and the page says
// how long.
func TestGuessedCodes(t *testing.T) {
	w := newWorld(t)
	b := w.SignedIn("alice")
	guess := url.Values{"user_code": {"BBBB-BBBB"}, "decision": {"approve"}}
	for range 5 {
		b.Post(oauth.PathDevice, guess).Is(http.StatusNotFound).Has("No device waits with this code")
	}
	answer := b.Post(oauth.PathDevice, guess).Is(http.StatusTooManyRequests).Has("Wait 30 seconds")
	if got := answer.Header().Get("Retry-After"); got != "30" {
		t.Errorf("Retry-After: %q", got)
	}
}

// Nobody sees or decides anything about a device without a recent sign-in.
func TestDevicePagesNeedARecentSignIn(t *testing.T) {
	w := newWorld(t)
	device := w.begin("127.0.0.1:40000")
	form := url.Values{"user_code": {device.UserCode}, "decision": {"approve"}}
	w.Browser().Get(oauth.PathDevice + "?user_code=" + device.UserCode).
		LeadsTo("/console/sign-in?next=%2Foauth2%2Fdevice%3Fuser_code%3D" + device.UserCode)
	w.Browser().Post(oauth.PathDevice, form).LeadsTo("/console/sign-in?next=%2Foauth2%2Fdevice")
	b := w.SignedIn("alice")
	w.Advance(5 * time.Minute)
	b.Post(oauth.PathDevice, form).Is(http.StatusSeeOther)
	w.poll(device.DeviceCode.Text()).refused(400, "authorization_pending")
}

func TestTheAddressesOfADeviceBelowAPath(t *testing.T) {
	w := newWorld(t, func(c *refserver.Config) {
		c.Type, c.BasePath, c.Hosts = refserver.TypeMOLGENIS, web.BasePath("/lab"), []string{"lab.example.org"}
	})
	request := w.BrowserAt("https://lab.example.org", "127.0.0.1:40000").Request(http.MethodPost, "/lab"+oauth.PathDeviceAuthorization, "client_id=dxauth-cli")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := w.send(request, "127.0.0.1:40000")
	if got := answer.members["verification_uri"]; got != "https://lab.example.org/lab/oauth2/device" {
		t.Errorf("got %v", got)
	}
}

package oauth_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/oauth"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
	wire "github.com/dxauth/dxauth/pkg/oauth"
	"github.com/dxauth/dxauth/pkg/secret"
)

// The example of RFC 7636, appendix B.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

const callback = "http://127.0.0.1:43121/callback"

// world is a server with programs and browsers.
type world struct{ *testpages.Server }

func newWorld(t testing.TB, options ...func(*refserver.Config)) world {
	t.Helper()
	if test, ok := t.(*testing.T); ok {
		test.Parallel()
	}
	return world{testpages.Open(t, testpages.World, options...)}
}

// in returns the world in a test of its own.
func (w world) in(t *testing.T) world {
	server := *w.Server
	server.TB = t
	return world{&server}
}

// reply is what a program gets.
type reply struct {
	testing.TB
	*httptest.ResponseRecorder
	members map[string]any
}

// send sends a request of a program from an address.
func (w world) send(request *http.Request, address string) reply {
	w.Helper()
	request.RemoteAddr = address
	request.Header.Set("User-Agent", "dxauth/test")
	recorder := httptest.NewRecorder()
	w.Handler().ServeHTTP(recorder, request)
	got := reply{TB: w.TB, ResponseRecorder: recorder}
	if body := recorder.Body.Bytes(); len(body) > 0 {
		if err := json.Unmarshal(body, &got.members); err != nil {
			w.Fatalf("%s: %v: %s", request.URL, err, body)
		}
	}
	if got := recorder.Header().Get("Cache-Control"); got != "no-store" { // RFC 6749, section 5.1
		w.Errorf("%s: Cache-Control: %q", request.URL, got)
	}
	return got
}

// post sends the form of a program on the machine of its user.
func (w world) post(path string, form url.Values) reply {
	w.Helper()
	return w.postFrom("127.0.0.1:40000", path, form)
}

func (w world) postFrom(address, path string, form url.Values) reply {
	w.Helper()
	request := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080"+path, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.send(request, address)
}

// refused checks that a reply is an error of the protocol.
func (r reply) refused(status int, code string) {
	r.Helper()
	if r.Code != status || r.members["error"] != code || r.members["error_description"] == "" {
		r.Errorf("got %d %s, want %d %s", r.Code, r.Body, status, code)
	}
}

// token checks that a reply has a token, and returns it.
func (r reply) token() string {
	r.Helper()
	token, _ := r.members["access_token"].(string)
	if r.Code != http.StatusOK || token == "" {
		r.Fatalf("got %d %s, want a token", r.Code, r.Body)
	}
	return token
}

// request returns the query of a right authorization request, with changes: an empty value
// leaves a parameter out.
func request(changes ...string) url.Values {
	query := url.Values{
		"response_type": {"code"}, "client_id": {"dxauth-cli"}, "redirect_uri": {callback}, "state": {"xyz"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	return changed(query, changes)
}

func changed(values url.Values, changes []string) url.Values {
	for i := 0; i < len(changes); i += 2 {
		values.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			values.Del(changes[i])
		}
	}
	return values
}

// approve lets a browser's user approve a request, and returns the response for the program.
func (w world) approve(b *testpages.Browser, query url.Values) url.Values {
	w.Helper()
	answer := b.Get(oauth.PathAuthorize+"?"+query.Encode()).Is(http.StatusOK).
		Submit(oauth.PathAuthorize, url.Values{"decision": {"approve"}}).Is(http.StatusSeeOther)
	target, err := url.Parse(answer.Header().Get("Location"))
	if err != nil || !strings.HasPrefix(target.String(), query.Get("redirect_uri")+"?") {
		w.Fatalf("led to %q, %v", target, err)
	}
	return target.Query()
}

// redeem returns the form that redeems a code, with changes as for request.
func redeem(code string, changes ...string) url.Values {
	return changed(url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"dxauth-cli"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier},
	}, changes)
}

// userOf returns the user of a token that works, and "" for one that does not.
func (w world) userOf(token string) string {
	w.Helper()
	request := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080/system/whoami", strings.NewReader("{}"))
	request.RemoteAddr = "127.0.0.1:40000"
	request.Header.Set("Authorization", "Bearer "+token)
	recorder := httptest.NewRecorder()
	w.Handler().ServeHTTP(recorder, request)
	var found struct{ ID string }
	if err := json.Unmarshal(recorder.Body.Bytes(), &found); err != nil {
		w.Fatal(err)
	}
	return found.ID
}

// begin asks for a device code from an address.
func (w world) begin(address string) wire.DeviceAuthorization {
	w.Helper()
	answer := w.postFrom(address, oauth.PathDeviceAuthorization, url.Values{"client_id": {"dxauth-cli"}})
	var device wire.DeviceAuthorization
	if err := json.Unmarshal(answer.Body.Bytes(), &device); err != nil || answer.Code != http.StatusOK {
		w.Fatalf("got %d %s, %v", answer.Code, answer.Body, err)
	}
	return device
}

// poll asks whether a device is approved.
func (w world) poll(code secret.Text) reply {
	w.Helper()
	return w.post(oauth.PathToken, url.Values{"grant_type": {wire.GrantDevice}, "client_id": {"dxauth-cli"}, "device_code": {code.Reveal()}})
}

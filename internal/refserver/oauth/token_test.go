package oauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/oauth"
	"github.com/dxauth/dxauth/internal/testfuzz"
	wire "github.com/dxauth/dxauth/pkg/oauth"
)

// A program redeems the code that its user's browser brings. RFC 6749, section 5.1.
func TestACodeGivesASession(t *testing.T) {
	w := newWorld(t)
	response := w.approve(w.SignedIn("alice"), request())
	answer := w.post(oauth.PathToken, redeem(response.Get("code")))
	if user := w.userOf(answer.token()); user != "user-alice" {
		t.Errorf("the token is of %q", user)
	}
	for name, want := range map[string]any{
		"token_type": "Bearer", "expires_in": 64800.0, "user": "user-alice",
		"expires": float64(w.Now().Add(18 * time.Hour).UnixMilli()), "idle_timeout": 900000.0, "scope": nil, "refresh_token": nil,
	} {
		if got := answer.members[name]; got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if got := answer.Header().Get("Pragma"); got != "no-cache" {
		t.Errorf("Pragma: %q", got)
	}
	if got := answer.Header().Get("Content-Type"); !strings.HasPrefix(got, "application/json") {
		t.Errorf("Content-Type: %q", got)
	}
}

// On a server of another type, tokens have the form of its platform.
func TestTokensOfAPlatform(t *testing.T) {
	w := newWorld(t, func(c *refserver.Config) { c.Type = refserver.TypeMOLGENIS })
	token := w.post(oauth.PathToken, redeem(w.approve(w.SignedIn("alice"), request()).Get("code"))).token()
	if len(token) != 32 || strings.Trim(token, "0123456789abcdef") != "" {
		t.Errorf("the token has another form: %d characters", len(token))
	}
}

// The errors of the token endpoint. The code stays good, unless the request had one.
func TestErrorsOfTheTokenEndpoint(t *testing.T) {
	const length = 8 << 10
	tests := map[string]struct {
		form   url.Values
		header []string
		status int
		code   string
	}{
		"RFC 6749, 5.2, invalid_request: no grant type":          {redeem("CODE", "grant_type", ""), nil, 400, "invalid_request"},
		"RFC 6749, 5.2, invalid_request: no code":                {redeem("CODE", "code", ""), nil, 400, "invalid_request"},
		"RFC 6749, 5.2, invalid_request: no redirect address":    {redeem("CODE", "redirect_uri", ""), nil, 400, "invalid_request"},
		"RFC 6749, 5.2, invalid_request: no client":              {redeem("CODE", "client_id", ""), nil, 400, "invalid_request"},
		"RFC 6749, 5.2, invalid_request: a repeated parameter":   {url.Values{"grant_type": {"authorization_code", "authorization_code"}}, nil, 400, "invalid_request"},
		"RFC 6749, 5.2, invalid_request: a repeated unknown one": {url.Values{"grant_type": {"authorization_code"}, "other": {"a", "b"}}, nil, 400, "invalid_request"},
		"RFC 6749, 3.2: an empty parameter counts as left out":   {url.Values{"grant_type": {""}}, nil, 400, "invalid_request"},
		"RFC 6749, 5.2, invalid_client: an unknown one":          {redeem("CODE", "client_id", "other"), nil, 401, "invalid_client"},
		"RFC 6749, 5.2, invalid_client: a secret in the form":    {redeem("CODE", "client_secret", "s"), nil, 401, "invalid_client"},
		"RFC 7521, 4.2, invalid_client: an assertion":            {redeem("CODE", "client_assertion", "s"), nil, 401, "invalid_client"},
		"RFC 6749, 5.2, invalid_client: a secret in the header":  {redeem("CODE"), []string{"Authorization", "Basic ZHhhdXRoLWNsaTo="}, 401, "invalid_client"},
		"RFC 6749, 5.2, invalid_grant: an unknown code":          {redeem("unknown"), nil, 400, "invalid_grant"},
		"RFC 6749, 5.2, unsupported_grant_type: a password":      {url.Values{"grant_type": {"password"}, "client_id": {"dxauth-cli"}, "username": {"alice"}, "password": {"alice-pass-2026"}}, nil, 400, "unsupported_grant_type"},
		"RFC 6749, 5.2, unsupported_grant_type: a client alone":  {redeem("CODE", "grant_type", "client_credentials"), nil, 400, "unsupported_grant_type"},
		"RFC 6749, 5.2, unsupported_grant_type: a refresh token": {redeem("CODE", "grant_type", "refresh_token"), nil, 400, "unsupported_grant_type"},
		"RFC 6749, 5.2, unsupported_grant_type: no exchange":     {redeem("CODE", "grant_type", wire.GrantExchange), nil, 400, "unsupported_grant_type"},
		"RFC 6749, 3.2: JSON":                                    {redeem("CODE"), []string{"Content-Type", "application/json"}, 400, "invalid_request"},
		"RFC 6749, 3.2: no content type":                         {redeem("CODE"), []string{"Content-Type", ""}, 400, "invalid_request"},
		"RFC 7636, 4.5: no proof key":                            {redeem("CODE", "code_verifier", ""), nil, 400, "invalid_request"},
		"RFC 8628, 3.4: no device code":                          {url.Values{"grant_type": {wire.GrantDevice}, "client_id": {"dxauth-cli"}}, nil, 400, "invalid_request"},
		"RFC 8628, 3.4: another client":                          {url.Values{"grant_type": {wire.GrantDevice}, "client_id": {"other"}, "device_code": {"CODE"}}, nil, 401, "invalid_client"},
		"a form that is too large":                               {redeem("CODE", "state", strings.Repeat("a", length)), nil, 400, "invalid_request"},
		"a NUL character":                                        {redeem("CODE", "code", "a\x00b"), nil, 400, "invalid_request"},
		"text that is not UTF-8":                                 {redeem("CODE", "code", "a\xff"), nil, 400, "invalid_request"},
	}
	w := newWorld(t)
	code := w.approve(w.SignedIn("alice"), request()).Get("code")
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.form.Get("code") == "CODE" {
				tt.form.Set("code", code)
			}
			asked := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080/oauth2/token", strings.NewReader(tt.form.Encode()))
			asked.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if tt.header != nil {
				asked.Header.Set(tt.header[0], tt.header[1])
			}
			answer := w.in(t).send(asked, "127.0.0.1:40000")
			answer.refused(tt.status, tt.code)
			if challenged := answer.Header().Get("WWW-Authenticate") != ""; challenged != (tt.status == 401) {
				t.Errorf("WWW-Authenticate: %q", answer.Header().Get("WWW-Authenticate"))
			}
		})
	}
	w.post(oauth.PathToken, redeem(code)).token()
}

// RFC 6749, section 2.3.1: what belongs in the body is not taken from the address.
func TestParametersInTheAddress(t *testing.T) {
	w := newWorld(t)
	code := w.approve(w.SignedIn("alice"), request()).Get("code")
	w.post(oauth.PathToken+"?"+redeem(code).Encode(), url.Values{}).refused(400, "invalid_request")
	w.post(oauth.PathToken+"?code="+code, redeem(code)).refused(400, "invalid_request")
	w.post(oauth.PathToken, redeem(code)).token()
}

// RFC 6749, section 3.2: the endpoints of programs take POST only.
func TestMethodsOfTheEndpoints(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{oauth.PathToken, oauth.PathRevoke, oauth.PathDeviceAuthorization} {
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
			answer := w.send(httptest.NewRequest(method, "http://127.0.0.1:8080"+path, nil), "127.0.0.1:40000")
			answer.refused(http.StatusMethodNotAllowed, "invalid_request")
			if got := answer.Header().Get("Allow"); got != "POST" {
				t.Errorf("%s %s: Allow: %q", method, path, got)
			}
		}
	}
}

// A code that is sent with anything wrong is spent (RFC 6749, section 4.1.3; RFC 7636,
// section 4.6).
func TestCodesWithTheWrongCompany(t *testing.T) {
	for name, changes := range map[string][]string{
		"RFC 6749, 4.1.3: another port":             {"redirect_uri", "http://127.0.0.1:43122/callback"},
		"RFC 6749, 4.1.3: another address":          {"redirect_uri", "http://[::1]:43121/callback"},
		"RFC 7636, 4.6: another proof key":          {"code_verifier", strings.Repeat("a", 43)},
		"RFC 7636, 4.6: the challenge as proof key": {"code_verifier", challenge},
		"RFC 7636, 4.1: a proof key too short":      {"code_verifier", "short"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			code := w.approve(w.SignedIn("alice"), request()).Get("code")
			w.post(oauth.PathToken, redeem(code, changes...)).refused(400, "invalid_grant")
			w.post(oauth.PathToken, redeem(code)).refused(400, "invalid_grant")
		})
	}
}

// RFC 6749, section 4.1.2: a code that is used twice ends what its first use made.
func TestACodeThatIsUsedTwiceEndsItsSession(t *testing.T) {
	w := newWorld(t)
	code := w.approve(w.SignedIn("alice"), request()).Get("code")
	token := w.post(oauth.PathToken, redeem(code)).token()
	w.post(oauth.PathToken, redeem(code, "code_verifier", strings.Repeat("x", 43))).refused(400, "invalid_grant")
	if user := w.userOf(token); user != "" {
		t.Errorf("the token is still of %q", user)
	}
}

func TestACodeExpires(t *testing.T) {
	w := newWorld(t)
	b := w.SignedIn("alice")
	code := w.approve(b, request()).Get("code")
	w.Advance(time.Minute - time.Millisecond)
	w.post(oauth.PathToken, redeem(code)).token()
	code = w.approve(b, request()).Get("code")
	w.Advance(time.Minute)
	w.post(oauth.PathToken, redeem(code)).refused(400, "invalid_grant")
}

// RFC 8693, section 2.1: an exchange needs no client.
func TestExchange(t *testing.T) {
	var got oauth.Exchange
	handler := oauth.New(oauth.Config{
		Pages: pagesFor(t), Protocol: "molgenis",
		Exchange: func(_ context.Context, asked oauth.Exchange) (wire.TokenResponse, error) {
			got = asked
			if asked.Form.Get("subject_token") == "bad" {
				return wire.TokenResponse{}, &wire.Error{Code: "invalid_target", Description: "no rule matches", Status: 400}
			}
			return wire.TokenResponse{TokenType: "Bearer", IssuedTokenType: "urn:ietf:params:oauth:token-type:access_token"}, nil
		},
	})
	send := func(form url.Values) *httptest.ResponseRecorder {
		asked := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080/oauth2/token", strings.NewReader(form.Encode()))
		asked.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, asked)
		return recorder
	}
	form := url.Values{"grant_type": {wire.GrantExchange}, "subject_token": {"good"}, "audience": {"a", "b"}}
	if answer := send(form); answer.Code != 200 || got.Form.Encode() != form.Encode() || got.Origin.Protocol != "molgenis" {
		t.Errorf("%d %s for %+v", answer.Code, answer.Body, got)
	}
	form.Set("subject_token", "bad")
	if answer := send(form); answer.Code != 400 || !strings.Contains(answer.Body.String(), `"invalid_target"`) {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	form.Set("client_id", "other")
	if answer := send(form); answer.Code != 401 || !strings.Contains(answer.Body.String(), `"invalid_client"`) {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

// RFC 7009: revoking ends a token. Whether there was one, the response does not say.
func TestRevocation(t *testing.T) {
	w := newWorld(t)
	token := w.post(oauth.PathToken, redeem(w.approve(w.SignedIn("alice"), request()).Get("code"))).token()
	for name, tt := range map[string]struct {
		form   url.Values
		status int
		code   string
	}{
		"2.1: no token":                    {url.Values{"client_id": {"dxauth-cli"}}, 400, "invalid_request"},
		"2.1: no client":                   {url.Values{"token": {token}}, 400, "invalid_request"},
		"2.1: another client":              {url.Values{"token": {token}, "client_id": {"other"}}, 401, "invalid_client"},
		"2.2: an unknown token":            {url.Values{"token": {"unknown"}, "client_id": {"dxauth-cli"}}, 200, ""},
		"2.1: a token of another form":     {url.Values{"token": {"a b"}, "client_id": {"dxauth-cli"}}, 200, ""},
		"2.2.1: a hint at an unknown type": {url.Values{"token": {"unknown"}, "client_id": {"dxauth-cli"}, "token_type_hint": {"other"}}, 200, ""},
	} {
		answer := w.post(oauth.PathRevoke, tt.form)
		if got, _ := answer.members["error"].(string); answer.Code != tt.status || got != tt.code {
			t.Errorf("%s: %d %s", name, answer.Code, answer.Body)
		}
	}
	if user := w.userOf(token); user != "user-alice" {
		t.Fatalf("the token is of %q", user)
	}
	for range 2 { // 2.2: an ended token is not an error
		answer := w.post(oauth.PathRevoke, url.Values{"token": {token}, "client_id": {"dxauth-cli"}, "token_type_hint": {"access_token"}})
		if answer.Code != http.StatusOK || answer.Body.Len() > 0 {
			t.Errorf("got %d %s", answer.Code, answer.Body)
		}
		if user := w.userOf(token); user != "" {
			t.Errorf("the token is still of %q", user)
		}
	}
}

// Whatever is sent to the token endpoint, the response is an error of the protocol.
func FuzzTokenRequest(f *testing.F) {
	testfuzz.Add(f, redeem("code").Encode())
	testfuzz.Add(f, "grant_type=password&grant_type=password")
	testfuzz.Add(f, "%zz")
	testfuzz.Add(f, "client_id=dxauth-cli&grant_type="+url.QueryEscape(wire.GrantDevice)+"&device_code=a%00")
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, body string) {
		asked := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080/oauth2/token", strings.NewReader(body))
		asked.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer := w.in(t).send(asked, "127.0.0.1:40000")
		code, isText := answer.members["error"].(string)
		isWait := answer.Code == http.StatusTooManyRequests && code == "temporarily_unavailable"
		if !isText || code == "" || answer.Code != 400 && answer.Code != 401 && !isWait {
			t.Errorf("%q: %d %s", body, answer.Code, answer.Body)
		}
	})
}

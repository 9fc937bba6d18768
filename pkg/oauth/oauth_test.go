package oauth_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/oauth"
	"github.com/dxauth/dxauth/pkg/secret"
)

// serve starts a server with a fixed response for each path. BASE in a body is its
// address, and the forms that it gets are appended to sent.
func serve(t *testing.T, answers map[string]answer) (base string, sent *[]url.Values) {
	t.Helper()
	sent = new([]url.Values)
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		found, ok := answers[r.URL.Path]
		if !ok {
			found = answer{404, "no such page"}
		}
		if err := r.ParseForm(); err == nil && r.Method == http.MethodPost {
			*sent = append(*sent, r.PostForm)
		}
		if found.status/100 == 3 {
			w.Header().Set("Location", "https://elsewhere.example/")
		}
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(found.status)
		_, _ = w.Write([]byte(strings.ReplaceAll(found.body, "BASE", server.URL)))
	}))
	t.Cleanup(server.Close)
	return server.URL, sent
}

type answer struct {
	status int
	body   string
}

const metadata = `{"issuer": "BASE", "authorization_endpoint": "BASE/oauth2/authorize", "token_endpoint": "BASE/oauth2/token",
	"device_authorization_endpoint": "BASE/oauth2/device_authorization", "response_types_supported": ["code"],
	"grant_types_supported": ["authorization_code", "urn:ietf:params:oauth:grant-type:token-exchange"]}`

func TestDiscover(t *testing.T) {
	const root = oauth.RouteMetadata
	tests := map[string]struct {
		path    string // of the server
		answers map[string]answer
		want    string // part of the error; "": none
	}{
		"RFC 8414 3.2: a response":                       {"", map[string]answer{root: {200, metadata}}, ""},
		"RFC 8414 3.1: at the root of the host":          {"/lab", map[string]answer{root + "/lab": {200, `{"issuer": "BASE/lab"}`}}, ""},
		"below the path of the server":                   {"/lab", map[string]answer{"/lab" + root: {200, `{"issuer": "BASE/lab"}`}}, ""},
		"RFC 8414 3.3: another issuer":                   {"", map[string]answer{root: {200, `{"issuer": "https://elsewhere.example"}`}}, "says that its address is https://elsewhere.example"},
		"RFC 8414 3.3: the root is the issuer of a path": {"/lab", map[string]answer{"/lab" + root: {200, `{"issuer": "BASE"}`}}, "says that its address is"},
		"RFC 8414 3.3: a slash more":                     {"", map[string]answer{root: {200, `{"issuer": "BASE/"}`}}, "says that its address is"},
		"no metadata":                                    {"", nil, "no such OAuth 2.0 endpoint"},
		"no metadata below a path":                       {"/lab", nil, "no such OAuth 2.0 endpoint"},
		"a page for everything":                          {"", map[string]answer{root: {200, "<html>"}}, "no such OAuth 2.0 endpoint"},
		"JSON of something else":                         {"", map[string]answer{root: {200, `{"status": "ok"}`}}, "no such OAuth 2.0 endpoint"},
		"a redirect to a page":                           {"", map[string]answer{root: {302, ""}}, "no such OAuth 2.0 endpoint"},
		"the server fails":                               {"", map[string]answer{root: {500, "oops"}}, "status 500"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			base, _ := serve(t, tt.answers)
			_, err := oauth.Discover(t.Context(), oauth.Config{Server: base + tt.path + "/"})
			wantError(t, err, tt.want)
		})
	}
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("got %v", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("got %v, want %q", err, want)
	}
}

// discovered returns a server with one response besides its metadata.
func discovered(t *testing.T, route string, response answer) (*oauth.Server, *[]url.Values) {
	t.Helper()
	base, sent := serve(t, map[string]answer{oauth.RouteMetadata: {200, metadata}, route: response})
	server, err := oauth.Discover(t.Context(), oauth.Config{Server: base})
	if err != nil {
		t.Fatal(err)
	}
	return server, sent
}

func TestEndpointsAreBelowTheServer(t *testing.T) {
	tests := map[string]struct {
		endpoint string
		ok       bool
	}{
		"below it":               {"BASE/oauth2/token", true},
		"with a query":           {"BASE/oauth2/token?tenant=1", true},
		"another host":           {"https://elsewhere.example/oauth2/token", false},
		"a host that begins so":  {"BASE.elsewhere.example/oauth2/token", false},
		"a port that begins so":  {"BASE1/oauth2/token", false},
		"the server as the user": {"BASE@elsewhere.example/oauth2/token", false},
		"another scheme":         {"ftp://127.0.0.1/oauth2/token", false},
		"out of the path":        {"BASE/oauth2/../../token", false},
		"with a fragment":        {"BASE/oauth2/token#a", false},
		"missing":                {"", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			base, sent := serve(t, map[string]answer{
				oauth.RouteMetadata: {200, fmt.Sprintf(`{"issuer": "BASE", "token_endpoint": %q}`, tt.endpoint)},
				"/oauth2/token":     {200, `{"access_token": "0123456789abcdef", "token_type": "Bearer"}`},
			})
			server, err := oauth.Discover(t.Context(), oauth.Config{Server: base})
			if err != nil {
				t.Fatal(err)
			}
			_, err = server.RedeemDevice(t.Context(), secret.New("device-code"))
			if _, refused := errors.AsType[*oauth.EndpointError](err); refused == tt.ok || len(*sent) == 1 != tt.ok {
				t.Errorf("got %v after %d requests", err, len(*sent))
			}
		})
	}
}

// RFC 7636, appendix B.
func TestChallenge(t *testing.T) {
	const want = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	if got := oauth.Challenge(secret.New("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")); got != want {
		t.Errorf("got %s", got)
	}
}

func TestAuthorizationURL(t *testing.T) {
	server, _ := discovered(t, "/", answer{})
	got, err := server.AuthorizationURL(oauth.AuthorizationRequest{
		RedirectURI: "http://127.0.0.1:1/callback", State: secret.New("s"), Verifier: secret.New("verifier-of-this-request"),
	})
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(got)
	if err != nil || address.Path != "/oauth2/authorize" {
		t.Errorf("got %s, %v", got, err)
	}
	want := url.Values{
		"response_type": {"code"}, "client_id": {"dxauth-cli"}, "redirect_uri": {"http://127.0.0.1:1/callback"}, "state": {"s"},
		"code_challenge": {oauth.Challenge(secret.New("verifier-of-this-request"))}, "code_challenge_method": {"S256"},
	}
	if diff := cmp.Diff(want, address.Query()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTokenResponses(t *testing.T) {
	tests := map[string]struct {
		answer answer
		want   string // part of the error
	}{
		"RFC 6749 5.1: a token":                    {answer{200, `{"access_token": "0123456789abcdef", "token_type": "bearer", "expires": 1}`}, ""},
		"RFC 6749 5.1: no token":                   {answer{200, `{"token_type": "Bearer"}`}, `without "access_token"`},
		"RFC 6749 5.1: a token that can't be sent": {answer{200, `{"access_token": "a b", "token_type": "Bearer"}`}, `without "access_token"`},
		"RFC 6749 7.1: an unknown type":            {answer{200, `{"access_token": "0123456789abcdef", "token_type": "mac"}`}, `without "token_type"`},
		"RFC 6749 5.2: an error":                   {answer{400, `{"error": "invalid_grant", "error_description": "the code was used"}`}, "the code was used (invalid_grant)"},
		"RFC 6749 5.2: an error without words":     {answer{401, `{"error": "invalid_client"}`}, "the server refuses: invalid_client"},
		"an error with a secret of the request":    {answer{400, `{"error": "invalid_grant", "error_description": "no verifier-of-this-request"}`}, "no [redacted] (invalid_grant)"},
		"an error with a sequence for a terminal":  {answer{400, `{"error": "invalid_grant", "error_description": "a\u001b[31mb"}`}, "ab (invalid_grant)"},
		"an error of a platform":                   {answer{404, `{"error": {"type": "ResourceNotFound", "message": "no"}}`}, "status 404"},
		"a page":                                   {answer{200, `<html>`}, "status 200"},
		"a redirect":                               {answer{302, ""}, "redirects to https://elsewhere.example"},
		"a busy server":                            {answer{503, "busy"}, "temporarily_unavailable"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server, _ := discovered(t, "/oauth2/token", tt.answer)
			_, err := server.RedeemCode(t.Context(), oauth.AuthorizationRequest{Verifier: secret.New("verifier-of-this-request")}, secret.New("code-of-this-request"))
			wantError(t, err, tt.want)
		})
	}
}

func TestWhatIsSent(t *testing.T) {
	token := answer{200, `{"access_token": "0123456789abcdef", "token_type": "Bearer"}`}
	tests := map[string]struct {
		send func(*testing.T, *oauth.Server) error
		want url.Values
	}{
		"RFC 6749 4.1.3, RFC 7636 4.5: a code": {
			func(t *testing.T, s *oauth.Server) error {
				request := oauth.AuthorizationRequest{RedirectURI: "http://127.0.0.1:1/callback", Verifier: secret.New("v")}
				_, err := s.RedeemCode(t.Context(), request, secret.New("c"))
				return err
			},
			url.Values{
				"grant_type": {"authorization_code"}, "client_id": {"dxauth-cli"}, "code": {"c"},
				"redirect_uri": {"http://127.0.0.1:1/callback"}, "code_verifier": {"v"},
			},
		},
		"RFC 8628 3.4: a device code": {
			func(t *testing.T, s *oauth.Server) error {
				_, err := s.RedeemDevice(t.Context(), secret.New("d"))
				return err
			},
			url.Values{"grant_type": {oauth.GrantDevice}, "client_id": {"dxauth-cli"}, "device_code": {"d"}},
		},
		"RFC 8693 2.1: an ID token": {
			func(t *testing.T, s *oauth.Server) error {
				_, err := s.ExchangeIDToken(t.Context(), oauth.ExchangeRequest{IDToken: secret.New("a.b.c"), Org: "genomics", Rule: "rule-1"})
				return err
			},
			url.Values{
				"grant_type": {oauth.GrantExchange}, "client_id": {"dxauth-cli"}, "subject_token": {"a.b.c"},
				"subject_token_type": {oauth.TypeIDToken}, "org": {"genomics"}, "rule": {"rule-1"},
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server, sent := discovered(t, "/oauth2/token", token)
			if err := tt.send(t, server); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]url.Values{tt.want}, *sent); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// An ID token is not sent to a server that does not exchange any.
func TestAnIDTokenIsSentOnlyWhereTheGrantIsListed(t *testing.T) {
	base, sent := serve(t, map[string]answer{oauth.RouteMetadata: {200, `{"issuer": "BASE", "token_endpoint": "BASE/oauth2/token"}`}})
	server, err := oauth.Discover(t.Context(), oauth.Config{Server: base})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.ExchangeIDToken(t.Context(), oauth.ExchangeRequest{IDToken: secret.New("a.b.c")}); !errors.Is(err, oauth.ErrNotOffered) || len(*sent) > 0 {
		t.Errorf("got %v; sent %v", err, *sent)
	}
}

func TestDeviceAuthorization(t *testing.T) {
	const whole = `{"device_code": "d", "user_code": "BCDF-GHJK", "verification_uri": "BASE/oauth2/device", "expires_in": 600}`
	tests := map[string]struct {
		answer answer
		want   string
	}{
		"RFC 8628 3.2: a response":           {answer{200, whole}, ""},
		"RFC 8628 3.2: no code":              {answer{200, strings.Replace(whole, "device_code", "x", 1)}, `without "device_code"`},
		"RFC 8628 3.2: no user code":         {answer{200, strings.Replace(whole, "user_code", "x", 1)}, `without "user_code"`},
		"RFC 8628 3.2: no address":           {answer{200, strings.Replace(whole, "verification_uri", "x", 1)}, `without "verification_uri"`},
		"RFC 8628 6.1: a code to read":       {answer{200, strings.Replace(whole, "BCDF-GHJK", "BCDF\\u001b[2J", 1)}, `without "user_code"`},
		"RFC 8628 3.2: an address elsewhere": {answer{200, strings.Replace(whole, "BASE", "https://elsewhere.example", 1)}, "no verification_uri below its own address"},
		"RFC 8628 3.2: no end":               {answer{200, strings.Replace(whole, "600", "0", 1)}, `without "expires_in"`},
		"RFC 8628 3.2: not a number":         {answer{200, strings.Replace(whole, "600", `"soon"`, 1)}, "not the expected value"},
		"RFC 6749 5.2: the error":            {answer{400, `{"error": "unauthorized_client"}`}, "unauthorized_client"},
		"too many requests at a time":        {answer{429, `{}`}, "temporarily_unavailable"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server, _ := discovered(t, "/oauth2/device_authorization", tt.answer)
			_, err := server.StartDevice(t.Context())
			wantError(t, err, tt.want)
			if refused, ok := errors.AsType[*oauth.Error](err); ok && refused.Retry.Seconds() != 7 {
				t.Errorf("the wait of Retry-After is %s", refused.Retry)
			}
		})
	}
}

// Neither a trace nor a log shows what a response holds.
func TestNothingShowsASecret(t *testing.T) {
	base, _ := serve(t, map[string]answer{
		oauth.RouteMetadata: {200, metadata},
		"/oauth2/token":     {200, `{"access_token": "0123456789abcdefTOKEN", "token_type": "Bearer"}`},
	})
	var seen strings.Builder
	server, err := oauth.Discover(t.Context(), oauth.Config{Server: base, Trace: func(e httpcall.Exchange) { fmt.Fprintf(&seen, "%+v\n", e) }})
	if err != nil {
		t.Fatal(err)
	}
	token, err := server.ExchangeIDToken(t.Context(), oauth.ExchangeRequest{IDToken: secret.New("header.claims.signature")})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&seen, "%v %+v %#v", token, token, token.LogValue())
	for _, secret := range []string{"0123456789abcdefTOKEN", "header.claims.signature"} {
		if strings.Contains(seen.String(), secret) {
			t.Errorf("%s is shown in %s", secret, seen.String())
		}
	}
	if !strings.Contains(seen.String(), "/oauth2/token") {
		t.Error("the trace does not show the call")
	}
}

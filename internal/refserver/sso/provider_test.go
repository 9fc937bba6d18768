package sso_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
	"github.com/dxauth/dxauth/pkg/secret"
)

// op is an OpenID provider that does as a test says. It checks what a client must send.
type op struct {
	t      *testing.T
	server *httptest.Server
	key    *ecdsa.PrivateKey
	now    func() time.Time
	client string
	secret string // empty: a public client

	mutex     sync.Mutex
	codes     map[string]url.Values // authorization requests by code
	exchanges int

	claims   map[string]any               // of the user who signs in
	userInfo map[string]any               // what the provider says beside its tokens
	metadata map[string]any               // changes of the discovery document
	token    func(map[string]any) string  // instead of a signed ID token; nil: none
	endpoint http.HandlerFunc             // instead of the token endpoint; nil: none
	response func(url.Values, url.Values) // changes the response to an authorization request
}

func newOP(t *testing.T, name string) *op {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &op{t: t, key: key, now: testpages.Start, client: "client of " + name, codes: map[string]url.Values{}, claims: map[string]any{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("POST /token", p.exchange)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer opaque" {
			t.Errorf("the user is asked for with %q", r.Header.Get("Authorization"))
		}
		p.write(w, http.StatusOK, p.userInfo)
	})
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	return p
}

func (p *op) issuer() string { return p.server.URL }

// provider returns the provider as a server is configured with it.
func (p *op) provider(name string) sso.Provider {
	return sso.Provider{
		Name: name, Title: strings.ToUpper(name), Issuer: p.issuer(), ClientID: p.client, ClientSecret: secret.New(p.secret),
		Scopes: []string{"openid", "email"},
	}
}

func (p *op) write(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		p.t.Error(err)
	}
}

func (p *op) discovery(w http.ResponseWriter, _ *http.Request) {
	document := map[string]any{
		"issuer": p.issuer(), "jwks_uri": p.issuer() + "/keys",
		"authorization_endpoint": p.issuer() + "/authorize", "token_endpoint": p.issuer() + "/token",
		"authorization_response_iss_parameter_supported": true,
	}
	maps.Copy(document, p.metadata)
	p.write(w, http.StatusOK, document)
}

func (p *op) keys(w http.ResponseWriter, _ *http.Request) {
	public := jose.JSONWebKey{Key: p.key.Public(), KeyID: "key", Use: "sig", Algorithm: "ES256"}
	p.write(w, http.StatusOK, map[string]any{"keys": []any{public}})
}

// authorize signs the user of the test in, as the page of a provider does, and returns
// the address to which it sends the browser back.
func (p *op) authorize(address string) string {
	p.t.Helper()
	request, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, p.issuer()+"/authorize?") {
		p.t.Fatalf("the browser is sent to %q, %v", address, err)
	}
	query := request.Query()
	for name, want := range map[string]string{"response_type": "code", "client_id": p.client, "code_challenge_method": "S256"} {
		if got := query.Get(name); got != want {
			p.t.Errorf("the authorization request has %s %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(query.Get(name)) < 43 {
			p.t.Errorf("the authorization request has %s %q", name, query.Get(name))
		}
	}
	code := rand.Text()
	p.mutex.Lock()
	p.codes[code] = query
	p.mutex.Unlock()
	response := url.Values{"code": {code}, "state": {query.Get("state")}, "iss": {p.issuer()}}
	if p.response != nil {
		p.response(query, response)
	}
	return query.Get("redirect_uri") + "?" + response.Encode()
}

// exchange is the token endpoint (RFC 6749, section 4.1.3; RFC 7636, section 4.6).
func (p *op) exchange(w http.ResponseWriter, r *http.Request) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.exchanges++
	if p.endpoint != nil {
		p.endpoint(w, r)
		return
	}
	if err := r.ParseForm(); err != nil {
		p.t.Error(err)
	}
	request, found := p.codes[r.PostForm.Get("code")]
	delete(p.codes, r.PostForm.Get("code"))
	challenge := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	switch {
	case !found, r.PostForm.Get("redirect_uri") != request.Get("redirect_uri"),
		base64.RawURLEncoding.EncodeToString(challenge[:]) != request.Get("code_challenge"):
		p.write(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	case !p.knows(r):
		p.write(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	claims := map[string]any{
		"iss": p.issuer(), "aud": p.client, "nonce": request.Get("nonce"), "iat": p.now().Unix(), "exp": p.now().Add(time.Minute).Unix(),
	}
	maps.Copy(claims, p.claims)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	sign := p.sign
	if p.token != nil {
		sign = p.token
	}
	p.write(w, http.StatusOK, map[string]any{"access_token": "opaque", "token_type": "Bearer", "id_token": sign(claims)})
}

// knows reports whether the client authenticated as it should.
func (p *op) knows(r *http.Request) bool {
	name, password, basic := r.BasicAuth()
	if p.secret == "" {
		return !basic && r.PostForm.Get("client_id") == p.client
	}
	return basic && name == url.QueryEscape(p.client) && password == url.QueryEscape(p.secret) && !r.PostForm.Has("client_secret")
}

func (p *op) sign(claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: p.key}, (&jose.SignerOptions{}).WithHeader("kid", "key"))
	if err != nil {
		p.t.Fatal(err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		p.t.Fatal(err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		p.t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		p.t.Fatal(err)
	}
	return token
}

// user is what a provider says about a user whose address it knows.
func user(subject, email string) map[string]any {
	return map[string]any{"sub": subject, "email": email, "email_verified": email != ""}
}

// server is a server with providers, and the address at which browsers reach it.
func open(t *testing.T, world string, providers ...sso.Provider) *testpages.Server {
	t.Helper()
	return testpages.Open(t, world, func(c *refserver.Config) { c.SSO.Providers = providers })
}

const server = "http://127.0.0.1:8080"

// start begins a sign-in by the button of the sign-in page, and returns the address of the
// provider to which the browser is led.
func start(b *testpages.Browser, name string) string {
	b.Helper()
	page := b.Get("/console/sign-in?next=/console/tokens&confirm=1").Is(http.StatusOK)
	return leaving(page.Submit("/sso/"+name+"/start", nil).Is(http.StatusOK))
}

// leaving returns the address of the provider to which a page leads.
func leaving(leave testpages.Reply) string {
	leave.Helper()
	link := regexp.MustCompile(`<a href="([^"]+)" rel="noreferrer">`).FindStringSubmatch(leave.Body.String())
	if link == nil {
		leave.Fatalf("no link to the provider: %s", leave.Body)
	}
	address := html.UnescapeString(link[1])
	if got := leave.Header().Get("Refresh"); got != "0; url="+address {
		leave.Errorf("the page leads to %q, and its link to %q", got, address)
	}
	return address
}

// goBack opens the address to which a provider sends the browser.
func goBack(b *testpages.Browser, address string) testpages.Reply {
	b.Helper()
	path, found := strings.CutPrefix(address, server)
	if !found {
		b.Fatalf("the provider sends the browser to %s", address)
	}
	return b.FollowFromElsewhere(path)
}

// arrive goes through a sign-in up to the button Continue, and returns its page.
func arrive(b *testpages.Browser, p *op, name string) testpages.Reply {
	b.Helper()
	return goBack(b, p.authorize(start(b, name))).LeadsTo("/sso/confirm/" + name).Follow().Is(http.StatusOK)
}

// signIn goes through a whole sign-in and returns the response to the button Continue.
func signIn(b *testpages.Browser, p *op, name string) testpages.Reply {
	b.Helper()
	return arrive(b, p, name).Submit("/sso/"+name+"/continue", nil)
}

// signedInAs fails unless a browser has a session of a user.
func signedInAs(b *testpages.Browser, name string) {
	b.Helper()
	b.Get("/console/").Is(http.StatusOK).Has("You are signed in as <strong>" + name + "</strong>.")
}

// signedOut fails if a browser has a session.
func signedOut(b *testpages.Browser) {
	b.Helper()
	b.Get("/console/").LeadsTo("/console/sign-in?next=%2Fconsole%2F")
}

//go:build unix

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/pkg/oauth"
	"github.com/dxauth/dxauth/pkg/secret"
)

// openID is an OpenID provider at which one person is signed in already, so that its page
// sends the browser back at once.
type openID struct {
	server *httptest.Server
	signer jose.Signer
	keys   jose.JSONWebKeySet
	now    func() time.Time // of the server that uses it

	mu     sync.Mutex
	person map[string]any        // claims
	codes  map[string]url.Values // authorization requests by code
}

const openIDClient = "dxauth-at-the-lab"

func startOpenID() (*openID, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "key"))
	if err != nil {
		return nil, err
	}
	p := &openID{signer: signer, codes: map[string]url.Values{}, keys: jose.JSONWebKeySet{
		Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "key", Algorithm: string(jose.ES256), Use: "sig"}},
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.write(w, map[string]any{
			"issuer": p.server.URL, "jwks_uri": p.server.URL + "/keys", "authorization_endpoint": p.server.URL + "/authorize",
			"token_endpoint": p.server.URL + "/token", "authorization_response_iss_parameter_supported": true,
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) { p.write(w, p.keys) })
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	p.server = httptest.NewServer(mux)
	return p, nil
}

// config adds the provider to a server, where everybody may sign up with it.
func (p *openID) config(c *refserver.Config) {
	p.now = c.Now
	c.SSO.Providers = []sso.Provider{{
		Name: "lab", Title: "Lab", Issuer: p.server.URL, ClientID: openIDClient, Scopes: []string{"openid", "email"}, SignUp: true,
	}}
}

// signIn makes somebody the person who is signed in.
func (p *openID) signIn(subject, email string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.person = map[string]any{"sub": subject, "email": email, "email_verified": true}
}

func (p *openID) write(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // the server may have gone
}

func (p *openID) authorize(w http.ResponseWriter, r *http.Request) {
	query, code := r.URL.Query(), rand.Text()
	p.mu.Lock()
	p.codes[code] = query
	p.mu.Unlock()
	back := url.Values{"code": {code}, "state": {query.Get("state")}, "iss": {p.server.URL}}
	http.Redirect(w, r, query.Get("redirect_uri")+"?"+back.Encode(), http.StatusSeeOther)
}

func (p *openID) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	request := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code"))
	if oauth.Challenge(secret.New(r.FormValue("code_verifier"))) != request.Get("code_challenge") {
		http.Error(w, `{"error": "invalid_grant"}`, http.StatusBadRequest)
		return
	}
	now := p.now()
	claims := map[string]any{
		"iss": p.server.URL, "aud": openIDClient, "nonce": request.Get("nonce"), "auth_time": now.Unix(), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	maps.Copy(claims, p.person)
	text, _ := json.Marshal(claims) // only texts and numbers
	signed, err := p.signer.Sign(text)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	compact, _ := signed.CompactSerialize() // of a signature that was just made
	p.write(w, map[string]any{"access_token": "opaque", "token_type": "Bearer", "id_token": compact})
}

// openIDConfig starts a provider for the server of a script.
func (w *world) openIDConfig(c *refserver.Config) (err error) {
	if w.openID == nil {
		if w.openID, err = startOpenID(); err != nil {
			return err
		}
	}
	w.openID.config(c)
	return nil
}

// atProvider says who is signed in at the provider.
func atProvider(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "provider SUBJECT EMAIL", !neg && len(args) == 2 && strings.Contains(args[1], "@"))
	worldOf(ts).openID.signIn(args[0], args[1])
}

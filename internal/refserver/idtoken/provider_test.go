package idtoken_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/dxauth/dxauth/internal/refserver/idtoken"
	"github.com/dxauth/dxauth/pkg/secret"
)

// provider is an issuer whose tokens and documents a test makes as it likes.
type provider struct {
	t         testing.TB
	server    *httptest.Server
	discovery map[string]any
	keys      atomic.Pointer[[]any] // as published
	fetched   atomic.Int32          // how often
	now       time.Time
	issuer    *idtoken.Issuer
}

// newProvider returns a provider that publishes a key, and an Issuer of it.
func newProvider(t testing.TB, published ...any) *provider {
	t.Helper()
	p := &provider{t: t, now: time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) { p.write(w, p.discovery) })
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		p.fetched.Add(1)
		p.write(w, map[string]any{"keys": *p.keys.Load()})
	})
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	p.discovery = map[string]any{
		"issuer": p.server.URL, "jwks_uri": p.server.URL + "/keys",
		"authorization_endpoint": p.server.URL + "/authorize", "token_endpoint": p.server.URL + "/token",
	}
	p.publish(published...)
	p.issuer = p.newIssuer(p.server.URL)
	return p
}

func (p *provider) newIssuer(url string, hosts ...string) *idtoken.Issuer {
	p.t.Helper()
	issuer, err := idtoken.New(idtoken.Config{Issuer: url, Hosts: hosts, Now: func() time.Time { return p.now }})
	if err != nil {
		p.t.Fatal(err)
	}
	return issuer
}

func (p *provider) publish(keys ...any) { p.keys.Store(&keys) }

func (p *provider) write(w http.ResponseWriter, document any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(document); err != nil {
		p.t.Error(err)
	}
}

// claims are those of a good sign-in, with changes; nil removes a claim.
func (p *provider) claims(changes map[string]any) map[string]any {
	good := map[string]any{
		"iss": p.server.URL, "sub": "248289761001", "aud": "dxauth", "nonce": "n-0S6_WzA2Mj",
		"iat": p.now.Unix(), "exp": p.now.Add(5 * time.Minute).Unix(), "email": "jane@example.org", "email_verified": true,
	}
	maps.Copy(good, changes)
	maps.DeleteFunc(good, func(_ string, value any) bool { return value == nil })
	return good
}

// verify verifies a token as the one of the sign-in of claims.
func (p *provider) verify(token string) (idtoken.Token, error) {
	return p.issuer.VerifySignIn(p.t.Context(), secret.New(token), idtoken.SignIn{ClientID: "dxauth", Nonce: secret.New("n-0S6_WzA2Mj")})
}

// key is a pair of keys of a provider.
type key struct {
	id      string
	private any
}

// public returns how a provider publishes the key.
func (k key) public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.private.(crypto.Signer).Public(), KeyID: k.id, Use: "sig"}
}

func newECKey(t testing.TB, id string) key {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key{id, private}
}

func newRSAKey(t testing.TB, id string, bits int) key {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key{id, private}
}

func newEdKey(t testing.TB, id string) key {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key{id, private}
}

// pemOf returns the public key as text, which an attacker knows.
func (k key) pemOf(t *testing.T) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.private.(crypto.Signer).Public())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// sign returns a token of claims, which may be a text or a map.
func sign(t testing.TB, algorithm jose.SignatureAlgorithm, signing any, head map[string]any, claims any) string {
	t.Helper()
	options := &jose.SignerOptions{}
	for name, value := range head {
		options.WithHeader(jose.HeaderKey(name), value)
	}
	return signWith(t, algorithm, signing, options, claims)
}

func signWith(t testing.TB, algorithm jose.SignatureAlgorithm, signing any, options *jose.SignerOptions, claims any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: signing}, options)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload(t, claims))
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// signed returns a token that a key signed with ES256.
func (k key) signed(t testing.TB, claims any) string {
	t.Helper()
	return sign(t, jose.ES256, k.private, map[string]any{"kid": k.id}, claims)
}

// unsigned returns a token with the algorithm none.
func unsigned(t testing.TB, claims any) string {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	return fmt.Sprintf("%s.%s.", encode([]byte(`{"alg":"none","typ":"JWT"}`)), encode(payload(t, claims)))
}

func payload(t testing.TB, claims any) []byte {
	t.Helper()
	if text, ok := claims.(string); ok {
		return []byte(text)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

package idtoken

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	jsonv2 "encoding/json/v2"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// algorithms returns the algorithms of signatures that are accepted: those with a public
// key, never "none", and never HS256, whose key would be a text that others know (RFC
// 8725, sections 2.1 and 3.1).
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.EdDSA}
}

// Bounds of what an issuer publishes and of what it signs.
const (
	maxKeys    = 100
	minRSABits = 2048
)

// keySet has the keys of an issuer.
type keySet struct {
	keys *fetched[[]jose.JSONWebKey]
}

func newKeySet(fetch func(context.Context) ([]jose.JSONWebKey, error), now func() time.Time) *keySet {
	return &keySet{newFetched(fetch, now)}
}

// payload returns the payload of a token whose signature is good. If no key fits, it
// looks whether the issuer has published another one meanwhile.
func (s *keySet) payload(ctx context.Context, token string) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(token, algorithms())
	if err != nil {
		return nil, errNotSigned
	}
	head, err := readHeader(token)
	if err != nil {
		return nil, err
	}
	for _, look := range []func(context.Context) ([]jose.JSONWebKey, error){s.keys.get, s.keys.newer} {
		keys, err := look(ctx)
		if err != nil {
			return nil, err
		}
		if key, ok := fitting(keys, head); ok {
			if payload, err := signed.Verify(key.Key); err == nil {
				return payload, nil
			}
		}
	}
	return nil, invalidf("no key that its issuer publishes made its signature")
}

// header is the part of a token that says how it is signed.
type header struct {
	Algorithm string          `json:"alg"`
	KeyID     string          `json:"kid"`
	Type      string          `json:"typ"`
	Critical  json.RawMessage `json:"crit"`
}

// readHeader returns the header of a token, or an error for a token of another kind,
// such as an access token of the same issuer (RFC 8725, section 3.11), and for one that
// demands something that this package does not do (RFC 7515, section 4.1.11).
func readHeader(token string) (head header, err error) {
	encoded, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	if err == nil {
		err = jsonv2.Unmarshal(text, &head)
	}
	switch {
	case err != nil:
		return head, invalidf("its header cannot be read")
	case head.Critical != nil:
		return head, invalidf("its header has crit, which is not supported")
	case !slices.Contains([]string{"", "jwt", "application/jwt"}, strings.ToLower(head.Type)):
		return head, invalidf("it is of the type %q, not an ID token", shortened(head.Type))
	}
	return head, nil
}

// fitting returns the only key that may have made a signature. Without a key ID, there
// must be just one for the algorithm (OpenID Connect Core 1.0, section 10.1).
func fitting(keys []jose.JSONWebKey, head header) (fit jose.JSONWebKey, ok bool) {
	count := 0
	for _, key := range keys {
		if (head.KeyID == "" || key.KeyID == head.KeyID) && isFor(key, head.Algorithm) {
			fit = key
			count++
		}
	}
	return fit, count == 1
}

// isFor reports whether a key is meant for signatures with an algorithm.
func isFor(key jose.JSONWebKey, algorithm string) bool {
	if key.Use != "" && key.Use != "sig" || key.Algorithm != "" && key.Algorithm != algorithm {
		return false
	}
	switch public := key.Key.(type) {
	case *rsa.PublicKey:
		return (algorithm == string(jose.RS256) || algorithm == string(jose.PS256)) && public.N.BitLen() >= minRSABits
	case *ecdsa.PublicKey:
		return algorithm == string(jose.ES256) && public.Curve == elliptic.P256()
	case ed25519.PublicKey:
		return algorithm == string(jose.EdDSA)
	default: // a private or a symmetric key
		return false
	}
}

// fetchKeys fetches the keys of the issuer. It leaves out those that it does not know,
// which may be for something else.
func (i *Issuer) fetchKeys(ctx context.Context) ([]jose.JSONWebKey, error) {
	found, err := i.found.get(ctx)
	if err != nil {
		return nil, err
	}
	published, err := i.readKeys(ctx, found.KeysURL)
	if err != nil {
		return nil, i.failed(fmt.Errorf("fetch its keys: %w", err))
	}
	var keys []jose.JSONWebKey
	for _, text := range published {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(text) == nil && key.Valid() && key.IsPublic() {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, i.failed(errors.New("it publishes no keys"))
	}
	return keys, nil
}

func (i *Issuer) readKeys(ctx context.Context, address string) ([]json.RawMessage, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	text, err := readAll(i.client, request)
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, err
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("there are more than %d", maxKeys)
	}
	return set.Keys, nil
}

package idtoken_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/dxauth/dxauth/internal/refserver/idtoken"
)

// A provider that changes its keys is asked for the new ones when the first token comes
// that is signed with one, and no longer accepts a key that it withdrew.
func TestRotatedKeys(t *testing.T) {
	first, second := newECKey(t, "first"), newECKey(t, "second")
	p := newProvider(t, first.public())
	if _, err := p.verify(first.signed(t, p.claims(nil))); err != nil {
		t.Fatal(err)
	}
	p.publish(second.public())
	p.now = p.now.Add(2 * time.Minute)
	if _, err := p.verify(second.signed(t, p.claims(nil))); err != nil {
		t.Errorf("the new key: %v", err)
	}
	_, err := p.verify(first.signed(t, p.claims(nil)))
	wantRefusal(t, err, "no key")
	if n := p.fetched.Load(); n != 2 {
		t.Errorf("the keys were fetched %d times, want 2", n)
	}
}

// A new key may have the name of the old one.
func TestRotatedKeyOfOneName(t *testing.T) {
	first, second := newECKey(t, "key"), newECKey(t, "key")
	p := newProvider(t, first.public())
	if _, err := p.verify(first.signed(t, p.claims(nil))); err != nil {
		t.Fatal(err)
	}
	p.publish(second.public())
	p.now = p.now.Add(2 * time.Minute)
	if _, err := p.verify(second.signed(t, p.claims(nil))); err != nil {
		t.Error(err)
	}
}

// A withdrawn key is good for at most an hour where no other token makes the server ask.
func TestWithdrawnKey(t *testing.T) {
	withdrawn, other := newECKey(t, "withdrawn"), newECKey(t, "other")
	p := newProvider(t, withdrawn.public())
	if _, err := p.verify(withdrawn.signed(t, p.claims(nil))); err != nil {
		t.Fatal(err)
	}
	p.publish(other.public())
	p.now = p.now.Add(59 * time.Minute)
	if _, err := p.verify(withdrawn.signed(t, p.claims(nil))); err != nil {
		t.Errorf("after 59 minutes: %v", err)
	}
	p.now = p.now.Add(time.Minute)
	_, err := p.verify(withdrawn.signed(t, p.claims(nil)))
	wantRefusal(t, err, "no key")
}

// S-64: however many tokens with unknown keys come, the keys are fetched once a minute.
func TestRefetchLimit(t *testing.T) {
	known, unknown := newECKey(t, "known"), newECKey(t, "unknown")
	p := newProvider(t, known.public())
	forged := unknown.signed(t, p.claims(nil))
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			_, err := p.verify(forged)
			wantRefusal(t, err, "no key")
		})
	}
	all.Wait()
	if n := p.fetched.Load(); n != 1 {
		t.Errorf("the keys were fetched %d times, want once", n)
	}
	p.now = p.now.Add(time.Minute)
	for range 20 {
		_, err := p.verify(forged)
		wantRefusal(t, err, "no key")
	}
	if n := p.fetched.Load(); n != 2 {
		t.Errorf("a minute later: the keys were fetched %d times, want twice", n)
	}
}

// A clock that is set back does not make keys young again.
func TestClockSetBack(t *testing.T) {
	withdrawn, other := newECKey(t, "withdrawn"), newECKey(t, "other")
	p := newProvider(t, withdrawn.public())
	if _, err := p.verify(withdrawn.signed(t, p.claims(nil))); err != nil {
		t.Fatal(err)
	}
	p.publish(other.public())
	p.now = p.now.Add(-time.Hour)
	_, err := p.verify(withdrawn.signed(t, p.claims(nil)))
	wantRefusal(t, err, "no key")
}

// What an issuer publishes beside its keys for signatures is left out.
func TestKeysForSomethingElse(t *testing.T) {
	ec := newECKey(t, "ec")
	secretKey := map[string]any{"kty": "oct", "kid": "oct", "k": "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3JldA"}
	forEncryption := jose.JSONWebKey{Key: ec.public().Key, KeyID: "ec", Use: "enc"}
	strange := map[string]any{"kty": "AKP", "kid": "post-quantum"}
	for name, tt := range map[string]struct {
		published []any
		refused   string
	}{
		"keys of other kinds beside it": {[]any{secretKey, strange, "text", ec.public()}, ""},
		"for encryption only":           {[]any{forEncryption}, "no key"},
		"its private key by mistake":    {[]any{jose.JSONWebKey{Key: ec.private, KeyID: "ec"}, newECKey(t, "other").public()}, "no key"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t, tt.published...)
			_, err := p.verify(ec.signed(t, p.claims(nil)))
			wantRefusal(t, err, tt.refused)
		})
	}
}

// An issuer without keys can verify nothing, which is not the token's fault.
func TestNoKeys(t *testing.T) {
	p := newProvider(t)
	_, err := p.verify(newECKey(t, "a").signed(t, p.claims(nil)))
	if _, ok := errors.AsType[*idtoken.ProviderError](err); !ok {
		t.Errorf("got %v, want a ProviderError", err)
	}
}

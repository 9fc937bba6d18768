package dnanexus_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestSignatureIsTheHexadecimalSHA256(t *testing.T) {
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-2, B.1
	if got := dnanexus.Signature(secret.New("abc")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestACredentialThatDoesNotFitAHeaderIsNotSent(t *testing.T) {
	server := newPlatform(t, answering(http.StatusOK, `{"id":"user-alice"}`))
	for _, credential := range []struct{ token, tokenType string }{
		{"abc def", ""}, {"abc\r\nX-Evil: 1", ""}, {"abcdef\n", "Bearer"}, {"abc\x00", "Bearer"}, {"abcé", "Bearer"},
		{aliceToken, "Bearer "}, {aliceToken, "a b"}, {aliceToken, "a\r\nX-Evil: 1"}, {aliceToken, "é"},
	} {
		client := server.client().WithToken(secret.New(credential.token), credential.tokenType)
		_, err := client.WhoAmI(t.Context(), dnanexus.WhoAmIRequest{})
		if !errors.Is(err, httpcall.ErrInvalidToken) || strings.Contains(err.Error(), credential.token) {
			t.Errorf("%q of type %q: got %v", credential.token, credential.tokenType, err)
		}
	}
	if len(server.requests) > 0 {
		t.Errorf("sent %d times", len(server.requests))
	}
}

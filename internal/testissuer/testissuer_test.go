package testissuer_test

import (
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/idtoken"
	"github.com/dxauth/dxauth/internal/testissuer"
	"github.com/dxauth/dxauth/pkg/secret"
)

// The server's own verification accepts the tokens, for their audience.
func TestTokensAreGood(t *testing.T) {
	issuers, err := testissuer.Start(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(issuers.Close)
	for _, system := range testissuer.Systems() {
		issuer, err := idtoken.New(idtoken.Config{Issuer: issuers.URL(system), Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		token, err := issuers.Sign(issuers.Claims(system, "https://dxauth.example.org"))
		if err != nil {
			t.Fatal(err)
		}
		verified, err := issuer.VerifyWorkload(t.Context(), secret.New(token), "https://dxauth.example.org")
		if err != nil || verified.Subject == "" {
			t.Errorf("%s: %+v, %v", system, verified, err)
		}
		if _, err := issuer.VerifyWorkload(t.Context(), secret.New(token), "https://other.example.org"); err == nil {
			t.Errorf("%s: accepted for another audience", system)
		}
	}
}

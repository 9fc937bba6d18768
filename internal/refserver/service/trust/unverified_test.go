package trust

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Whatever is sent as an ID token, little of it is repeated, and a refusal shows nothing.
func FuzzUnverified(f *testing.F) {
	encode := base64.RawURLEncoding.EncodeToString
	testfuzz.Add(f, "header."+encode([]byte(`{"iss": "https://ci.example.org", "sub": "job"}`))+".signature")
	testfuzz.Add(f, "a."+encode([]byte(`{"iss": 1}`))+".c")
	testfuzz.Add(f, "a."+encode([]byte(`{"iss": "a", "iss": "b"}`))+".c")
	testfuzz.Add(f, "..")
	f.Fuzz(func(t *testing.T, text string) {
		issuer, claims, err := unverified(secret.New(text))
		switch {
		case err != nil && refusal.ReasonOf(err) != refusal.WrongIDToken:
			t.Fatalf("%v", err)
		case err != nil && len(text) > 16 && strings.Contains(err.Error(), text):
			t.Fatalf("the refusal shows the token: %v", err)
		case err != nil && (issuer != "" || claims != nil):
			t.Fatalf("refused, and still %q", issuer)
		case len(issuer) > maxIssuer:
			t.Fatalf("an issuer of %d bytes", len(issuer))
		}
	})
}

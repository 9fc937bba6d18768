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

func TestValidToken(t *testing.T) {
	tests := []struct {
		name  string
		token string
		valid bool
	}{
		{"of a platform", aliceToken, true},
		{"of nobody", "PUBLIC", true},
		{"with every visible sign", "!~a.b-c_d/e+f=", true},
		{"empty", "", false},
		{"with a blank", "abc def", false},
		{"with a tab", "abc\tdef", false},
		{"with the end of a line", "abcdef\n", false},
		{"with a second header", "abc\r\nX-Evil: 1", false},
		{"with NUL", "abc\x00", false},
		{"with DEL", "abc\x7f", false},
		{"not ASCII", "abcé", false},
		{"not UTF-8", "abc\xff", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := httpcall.ValidToken(secret.New(test.token))
			if test.valid {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, httpcall.ErrInvalidToken) {
				t.Fatalf("got %v", err)
			}
			if test.token != "" && strings.Contains(err.Error(), test.token) {
				t.Errorf("the error shows the token: %v", err)
			}
			server := newPlatform(t, answering(http.StatusOK, `{"id":"user-alice"}`))
			if _, err := server.client().WithToken(secret.New(test.token), "").WhoAmI(t.Context(), dnanexus.WhoAmIRequest{}); test.token != "" && err == nil {
				t.Error("it was sent")
			}
		})
	}
}

func TestATypeThatIsNotOneWordIsNotSent(t *testing.T) {
	server := newPlatform(t, answering(http.StatusOK, `{"id":"user-alice"}`))
	for _, tokenType := range []string{"Bearer ", "a b", "a\r\nX-Evil: 1", "é"} {
		client := server.client().WithToken(secret.New(aliceToken), tokenType)
		if _, err := client.WhoAmI(t.Context(), dnanexus.WhoAmIRequest{}); !errors.Is(err, httpcall.ErrInvalidToken) {
			t.Errorf("type %q: got %v", tokenType, err)
		}
	}
}

// FuzzValidToken holds ValidToken against what it is for: what it lets pass
// reaches a server as one header with exactly that value.
func FuzzValidToken(f *testing.F) {
	for _, seed := range []string{aliceToken, "", "a b", "a\r\nX: y", "é", "\x7f", "~"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if httpcall.ValidToken(secret.New(token)) != nil {
			return
		}
		var wire strings.Builder
		header := http.Header{"Authorization": {"Bearer " + token}}
		if err := header.Write(&wire); err != nil {
			t.Fatal(err)
		}
		if want := "Authorization: Bearer " + token + "\r\n"; wire.String() != want {
			t.Errorf("on the wire: %q, want %q", wire.String(), want)
		}
	})
}

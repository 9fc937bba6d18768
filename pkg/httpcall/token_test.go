package httpcall_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestValidToken(t *testing.T) {
	tests := []struct {
		name  string
		token string
		valid bool
	}{
		{"of a platform", token, true},
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
		})
	}
}

// FuzzValidToken holds ValidToken against what it is for: what it lets pass
// reaches a server as one header with exactly that value.
func FuzzValidToken(f *testing.F) {
	for _, seed := range []string{token, "", "a b", "a\r\nX: y", "é", "\x7f", "~"} {
		testfuzz.Add(f, seed)
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

package redact_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/pkg/secret"
	"github.com/dxauth/dxauth/pkg/secret/redact"
)

const token = "0123456789abcdefghijABCDEFGHIJ01"

var redactor = redact.New(secret.New(token))

func TestBody(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"nothing", "", ""},
		{"no secret", `{"username":"alice","n":1}`, `{"n":1,"username":"alice"}`},
		{"password", `{"username":"alice","password":"wonderland-2026"}`, `{"password":"[redacted]","username":"alice"}`},
		{"code that is a number", `{"code":123456}`, `{"code":"[redacted]"}`},
		{"no password", `{"password":null}`, `{"password":null}`},
		{"empty password", `{"password":""}`, `{"password":"[redacted]"}`},
		{"deep within", `[{"a":[{"access_token":"x"}]}]`, `[{"a":[{"access_token":"[redacted]"}]}]`},
		{"everything below a name", `{"tokens":[{"label":"ci"}]}`, `{"tokens":"[redacted]"}`},
		{"token under another name", `{"id":"` + token + `"}`, `{"id":"[redacted]"}`},
		{"token within a text", `{"error":{"message":"bad ` + token + `!"}}`, `{"error":{"message":"bad [redacted]!"}}`},
		{"token as a name", `{"` + token + `":1}`, `{"[redacted]":1}`},
		{"token with escapes", `"\u0030123456789abcdefghijABCDEFGHIJ01"`, `"[redacted]"`},
		{"a bare text", `"hello"`, `"hello"`},
		{"a long number", `{"size":12345678901234567890}`, `{"size":12345678901234567890}`},
		{"signs of HTML", `{"a":"<b>&"}`, `{"a":"<b>&"}`},
		{"HTML", "<html>" + token, "(38 bytes that are not JSON)"},
		{"two values", `{} {}`, "(5 bytes that are not JSON)"},
		{"half a value", `{"password":"wonder`, "(19 bytes that are not JSON)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := redactor.Body([]byte(test.body)); got != test.want {
				t.Errorf("%s is shown as\n%s, want\n%s", test.body, got, test.want)
			}
		})
	}
}

func TestNames(t *testing.T) {
	hidden := []string{
		"password", "newPassword", "PASSWORD", "client_secret", "token", "access_token", "refreshToken", "auth-token",
		"otp", "totp_secret", "code", "recovery_codes", "ticket", "authorization", "Set-Cookie", "statusCode", "uri",
	}
	shown := []string{"username", "tokenSignature", "token_signature", "token_type", "expires", "id", ""}
	for _, name := range hidden {
		if got := redactor.Body(object(t, name)); strings.Contains(got, "the-value") {
			t.Errorf("%q is not hidden: %s", name, got)
		}
	}
	for _, name := range shown {
		if got := redactor.Body(object(t, name)); !strings.Contains(got, "the-value") {
			t.Errorf("%q is hidden: %s", name, got)
		}
	}
}

func object(t *testing.T, name string) []byte {
	t.Helper()
	body, err := json.Marshal(map[string]string{name: "the-value"})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestHeader(t *testing.T) {
	header := http.Header{
		"Authorization":       {"Bearer " + token},
		"Proxy-Authorization": {"Basic eDp5"},
		"Set-Cookie":          {"a=1", "b=2"},
		"Location":            {"/next?t=" + token},
		"Content-Type":        {"application/json"},
	}
	given := header.Clone()
	want := http.Header{
		"Authorization":       {"[redacted]"},
		"Proxy-Authorization": {"[redacted]"},
		"Set-Cookie":          {"[redacted]", "[redacted]"},
		"Location":            {"/next?t=[redacted]"},
		"Content-Type":        {"application/json"},
	}
	if diff := cmp.Diff(want, redactor.Header(header)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(given, header); diff != "" {
		t.Errorf("the given header changed (-before +after):\n%s", diff)
	}
	if got := redactor.Header(nil); got != nil {
		t.Errorf("no header is shown as %v", got)
	}
}

// Replacing each letter of a very short secret would garble the text.
func TestText(t *testing.T) {
	for _, test := range []struct{ token, text, want string }{
		{"", "any text", "any text"},
		{"a", "a bad apple: a", "[redacted] bad apple: [redacted]"},
		{"123456", "code 123456!", "code [redacted]!"},
		{"12345678", "12345678, 12345678", "[redacted], [redacted]"},
		{token, "nothing of it", "nothing of it"},
	} {
		if got := redact.New(secret.New(test.token)).Text(test.text); got != test.want {
			t.Errorf("with the token %q, %q is shown as %q", test.token, test.text, got)
		}
	}
	if got := (redact.Redactor{}).Text("any text"); got != "any text" {
		t.Errorf("without a token: %q", got)
	}
}

// Wherever a server puts the token, and whatever it consists of, it is not
// shown, and what is shown is JSON.
func TestTheTokenIsNeverShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		token := rapid.StringMatching(`[1-9][0-9]{7,31}|[0-9A-Za-z]{8,32}`).Draw(t, "token")
		body, err := json.Marshal(map[string]any{
			rapid.String().Draw(t, "before") + token: rapid.String().Draw(t, "name"),
			rapid.String().Draw(t, "other"):          []any{"x" + token, map[string]any{"deep": token + "y"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if token[0] != '0' && strings.Trim(token, "0123456789") == "" {
			body = []byte(`[` + token + `,` + string(body) + `]`)
		}
		shown := redact.New(secret.New(token)).Body(body)
		if strings.Contains(shown, token) {
			t.Fatalf("%s is shown as %s", body, shown)
		}
		if !json.Valid([]byte(shown)) {
			t.Fatalf("%s is shown as %s, which is not JSON", body, shown)
		}
	})
}

// Whatever a server sends, showing it works, and nothing under a secret's name
// comes through.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{"password":"marked-value"}`, `[{"token":{"a":"marked-value"}}]`, `{"a":1e400}`, "\xff", `"\ud800"`, "[[[["} {
		testfuzz.Add(f, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		shown := redactor.Body(body)
		if json.Valid(body) && !json.Valid([]byte(shown)) {
			t.Errorf("%q is shown as %q", body, shown)
		}
		if inside, err := json.Marshal(map[string]any{"password": string(body)}); err == nil {
			if got := redactor.Body(inside); got != `{"password":"[redacted]"}` {
				t.Errorf("%q is shown as %q", inside, got)
			}
		}
	})
}

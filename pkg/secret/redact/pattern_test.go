package redact

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/pkg/secret"
)

// The check without the pattern never misses what the pattern finds.
func TestMayOccurIn(t *testing.T) {
	forms := []func(string) string{
		func(value string) string { return value },
		func(value string) string { return strings.ReplaceAll(value, " ", "+") },
		func(value string) string { return strings.ReplaceAll(value, " ", " \t ") },
		func(value string) string { return hex.EncodeToString([]byte(value)) },
		func(value string) string { return strings.ToUpper(hex.EncodeToString([]byte(value))) },
		func(value string) string { return base64.StdEncoding.EncodeToString([]byte(value)) },
		func(value string) string { return base64.RawURLEncoding.EncodeToString([]byte("ab:" + value)) },
		func(value string) string { return base64.URLEncoding.EncodeToString([]byte(`{"a":` + inJSON(value))) },
	}
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.StringMatching(`[0-9A-Za-z+/ _-]{1,300}`), rapid.String()).Draw(t, "secret")
		form := rapid.SampledFrom(forms).Draw(t, "form")
		text := Clean(rapid.String().Draw(t, "before") + form(value) + rapid.String().Draw(t, "after"))
		redactor := New(secret.New(value))
		if value == "" || redactor.mayOccurIn(text) {
			return
		}
		if redactor.pattern().MatchString(text) {
			t.Fatalf("%q would not be searched for %q", text, value)
		}
	})
}

func BenchmarkText(b *testing.B) {
	const token = "0123456789abcdefghijABCDEFGHIJ01"
	for b.Loop() {
		New(secret.New("Bearer "+token), secret.New(token)).Text("https://platform.example/system/whoami")
	}
}

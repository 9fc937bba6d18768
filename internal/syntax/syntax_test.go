package syntax_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestIsUsername(t *testing.T) {
	for s, want := range map[string]bool{
		"alice": true, "Alice.B_2": true, "abc": true, "a__": true, strings.Repeat("a", 255): true,
		"": false, "ab": false, "1alice": false, "_alice": false, ".alice": false, "al ice": false, "alice-b": false,
		"alicé": false, "alice\n": false, "\nalice": false, "alice\x00": false, strings.Repeat("a", 256): false,
	} {
		if got := syntax.IsUsername(s); got != want {
			t.Errorf("IsUsername(%q) = %v", s, got)
		}
	}
}

func TestIsOrgHandle(t *testing.T) {
	for s, want := range map[string]bool{
		"lab": true, "1": true, "_": true, "Lab.2_x": true, strings.Repeat("a", 255): true,
		"": false, "a b": false, "a-b": false, "é": false, "lab\n": false, strings.Repeat("a", 256): false,
	} {
		if got := syntax.IsOrgHandle(s); got != want {
			t.Errorf("IsOrgHandle(%q) = %v", s, got)
		}
	}
}

// TestFormsMatchThePatternsOfThePortals compares the functions with the patterns that
// the portals publish.
func TestFormsMatchThePatternsOfThePortals(t *testing.T) {
	username, handle := regexp.MustCompile(`^[a-zA-Z][0-9a-zA-Z_.]*$`), regexp.MustCompile(`^[a-zA-Z0-9_.]+$`)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]{0,6}`), rapid.StringMatching(`[a-zA-Z0-9_.]{0,300}`)).Draw(t, "s")
		if got, want := syntax.IsUsername(s), len(s) >= 3 && len(s) <= 255 && username.MatchString(s); got != want {
			t.Errorf("IsUsername(%q) = %v", s, got)
		}
		if got, want := syntax.IsOrgHandle(s), len(s) <= 255 && handle.MatchString(s); got != want {
			t.Errorf("IsOrgHandle(%q) = %v", s, got)
		}
	})
}

func TestPasswordLength(t *testing.T) {
	for password, want := range map[string]int{"": 0, "wonderland": 10, "e\u0301": 1, "é": 1, "日本語": 3, "👩‍🔬": 3} {
		if got := syntax.PasswordLength(secret.New(password)); got != want {
			t.Errorf("PasswordLength(%q) = %d, want %d", password, got, want)
		}
	}
}

func TestIsVerificationCode(t *testing.T) {
	for s, want := range map[string]bool{
		"123456": true, "000000": true,
		"": false, "12345": false, "1234567": false, "12345a": false, " 23456": false, "12345\n": false, "１２３４５６": false,
	} {
		if got := syntax.IsVerificationCode(s); got != want {
			t.Errorf("IsVerificationCode(%q) = %v", s, got)
		}
	}
}

func TestWithoutSeparators(t *testing.T) {
	for code, want := range map[string]string{
		"": "", "123456": "123456", " 123 456\n": "123456", "ab-cd": "abcd", "ab–cd—ef": "abcdef", "ab\u00a0cd": "abcd", "Ab_1": "Ab_1",
	} {
		if got := syntax.WithoutSeparators(code); got != want {
			t.Errorf("WithoutSeparators(%q) = %q, want %q", code, got, want)
		}
	}
}

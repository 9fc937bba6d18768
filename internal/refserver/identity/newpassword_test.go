package identity

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/pkg/secret"
)

// S-07: common and obvious passwords are refused; there are no other rules.
func TestCheckNewPassword(t *testing.T) {
	words := []string{"", "Al", "alice.b2", "alice@example.org", "Am\u00e9lie Liddell", "A\u030angstro\u0308m", "org.lab"}
	for name, c := range map[string]struct {
		password string
		want     error
	}{
		"good":                            {"wonderland-2026", nil},
		"empty":                           {"", ErrPasswordTooShort},
		"7 letters":                       {"letters", ErrPasswordTooShort},
		"8 letters":                       {"lettters", nil},
		"7 characters in 28 bytes":        {"🔑🔒🔑🔒🔑🔒🔑", ErrPasswordTooShort},
		"8 characters in 32 bytes":        {"🔑🔒🔑🔒🔑🔒🔑🔒", nil},
		"8 code points, 7 after NFC":      {"cafe\u0301 ol", ErrPasswordTooShort},
		"NUL counts":                      {"a\x00\x00\x00\x00\x00\x00b", nil},
		"128 characters":                  {strings.Repeat("xy", 64), nil},
		"129 characters":                  {strings.Repeat("xy", 64) + "z", ErrNewPasswordLong},
		"129 code points, 128 after NFC":  {strings.Repeat("xyz", 42) + "xe\u0301", nil},
		"128 characters in 512 bytes":     {strings.Repeat("🔑🔒", 64), nil},
		"a sentence":                      {"my dog ate nine blue kites", nil},
		"the address":                     {"alice@example.org", ErrPasswordObvious},
		"the address in another case":     {"Alice@Example.Org", ErrPasswordObvious},
		"the address and a sign":          {"alice@example.org!", ErrPasswordObvious},
		"the user name and a year":        {"Alice.B2-2026", ErrPasswordObvious},
		"the user name twice":             {"alice.b2alice.b2", ErrPasswordObvious},
		"the user name and a word":        {"alice.b2 in wonderland", nil},
		"the name in another composition": {"ame\u0301lie liddell", ErrPasswordObvious},
		"a name kept decomposed":          {"\u00e5ngstr\u00f6m", ErrPasswordObvious},
		"the org":                         {"Org.Lab1", ErrPasswordObvious},
		"a name too short to matter":      {"al1234567890", nil},
		"the first of every list":         {"password", ErrPasswordCommon},
		"in another case":                 {"PassWord", ErrPasswordCommon},
		"with digits":                     {"password123", ErrPasswordCommon},
		"with a sign and a year":          {"Football-2026!", ErrPasswordCommon},
		"with digits and a sign":          {"Welcome1!", ErrPasswordCommon},
		"a word with digits":              {"1q2w3e4r", ErrPasswordCommon},
		"with another word":               {"password of the tower", nil},
		"with more digits than usual":     {"password4719283", nil},
		"the keyboard":                    {"qwertyuiop", ErrPasswordCommon},
		"the keyboard backwards":          {"poiuytrewq", ErrPasswordCommon},
		"the digits":                      {"34567890", ErrPasswordCommon},
		"the digits backwards":            {"87654321", ErrPasswordCommon},
		"the alphabet":                    {"cdefghijkl", ErrPasswordCommon},
		"one character":                   {"        ", ErrPasswordCommon},
		"one character of four bytes":     {"🔑🔑🔑🔑🔑🔑🔑🔑", ErrPasswordCommon},
	} {
		t.Run(name, func(t *testing.T) {
			if err := CheckNewPassword(secret.New(c.password), words...); !errors.Is(err, c.want) {
				t.Errorf("CheckNewPassword: %v, want %v", err, c.want)
			}
		})
	}
}

// Every password that may be set must be within passwordhash.MaxBytes, the limit of checks.
func TestNewPasswordsCanBeChecked(t *testing.T) {
	hasher, err := passwordhash.NewHasher(passwordhash.Cheapest(), rand.Reader, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		password := secret.New(rapid.StringN(0, 200, -1).Draw(t, "password"))
		if CheckNewPassword(password) != nil {
			return
		}
		if _, err := hasher.Hash(ctx, password); err != nil {
			t.Fatalf("may be set, but not checked: %v", err)
		}
	})
}

func TestKnownWords(t *testing.T) {
	user := User{Handle: "alice", Email: "al.liddell@example.org", First: "Alice", Last: "Liddell"}
	for _, password := range []string{
		"Alice-2026", "al.liddell1", "al.liddell@example.org", "Liddell2026", "AliceLiddell", "alice liddell!",
	} {
		if err := CheckNewPassword(secret.New(password), KnownWords(user)...); !errors.Is(err, ErrPasswordObvious) {
			t.Errorf("%s: %v", password, err)
		}
	}
	// A user without address and names may use any password.
	if err := CheckNewPassword(secret.New("wonderland-2026"), KnownWords(User{Handle: "bob"})...); err != nil {
		t.Error(err)
	}
}

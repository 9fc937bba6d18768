package grant_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/testfuzz"
)

// RFC 8628, section 6.1: eight letters of an alphabet of twenty, without vowels.
func TestUserCodesAreEasyToType(t *testing.T) {
	form := regexp.MustCompile(`^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$`)
	seen := map[grant.UserCode]bool{}
	letters := map[rune]int{}
	for range 2000 {
		code, err := grant.NewUserCode(rand.Reader)
		if err != nil || !form.MatchString(string(code)) || seen[code] {
			t.Fatalf("got %q, %v", code, err)
		}
		seen[code] = true
		for _, c := range strings.ReplaceAll(string(code), "-", "") {
			letters[c]++
		}
	}
	for c, count := range letters { // 800 on average, with a standard deviation of 28
		if count < 600 || count > 1000 {
			t.Errorf("%c was drawn %d times", c, count)
		}
	}
	if len(letters) != 20 {
		t.Errorf("%d letters", len(letters))
	}
}

// A byte beyond the largest multiple of 20 is skipped.
func TestLettersAreEquallyLikely(t *testing.T) {
	code, err := grant.NewUserCode(bytes.NewReader([]byte{255, 240, 239, 0, 20, 219, 1, 2, 3, 4, 250, 250, 250, 250, 250, 250}))
	if err != nil || code != "ZBBZ-CDFG" {
		t.Errorf("got %q, %v", code, err)
	}
	if _, err := grant.NewUserCode(bytes.NewReader(nil)); err == nil {
		t.Error("a code without randomness")
	}
}

func TestTypedCodes(t *testing.T) {
	for typed, want := range map[string]grant.UserCode{
		"WDJB-MJHT":      "WDJB-MJHT",
		"wdjbmjht":       "WDJB-MJHT",
		" wdjb . mjht\t": "WDJB-MJHT",
		"W-D-J-B-MJHT":   "WDJB-MJHT",
		"WDJB-MJH":       "",
		"WDJB-MJHTB":     "",
		"WDJB-MJHA":      "", // a vowel
		"WDJB-MJH0":      "",
		"WDJB_MJHT":      "",
		"WDJB-MJH\u00df": "",
		"":               "",
	} {
		got, err := grant.ParseUserCode(typed)
		if got != want || (want == "") != errors.Is(err, grant.ErrNoUserCode) {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
}

func FuzzParseUserCode(f *testing.F) {
	testfuzz.Add(f, "WDJB-MJHT")
	testfuzz.Add(f, "wdjb mjht")
	f.Fuzz(func(t *testing.T, typed string) {
		code, err := grant.ParseUserCode(typed)
		if err != nil {
			return
		}
		if again, err := grant.ParseUserCode(string(code)); err != nil || again != code || utf8.RuneCountInString(string(code)) != 9 {
			t.Errorf("%q is %q, then %q, %v", typed, code, again, err)
		}
	})
}

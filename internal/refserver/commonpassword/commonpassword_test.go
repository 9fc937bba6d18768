package commonpassword

import (
	"regexp"
	"strings"
	"testing"
)

func TestIncludes(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]bool{
		"password": true, "password123": true, "welcome1!": true, "zyxwvuts": true, "aaaaaaaa": true, "": true,
		"wonderland-2026": false, "password4719283": false, "password of the tower": false,
	} {
		if Includes(password) != want {
			t.Errorf("%q: %v", password, !want)
		}
	}
}

func TestCommonWords(t *testing.T) {
	words := commonWords()
	if len(words) < 2000 {
		t.Errorf("%d words", len(words))
	}
	seen := map[string]bool{}
	blank := regexp.MustCompile(`[[:space:]]`)
	for _, word := range words {
		if seen[word] || word != strings.ToLower(word) || blank.MatchString(word) {
			t.Errorf("%q is there twice, or not in lower case", word)
		}
		seen[word] = true
	}
}

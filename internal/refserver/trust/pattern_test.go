package trust

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

func TestPatterns(t *testing.T) {
	for _, test := range []struct {
		want, claim string
		fits        bool
	}{
		{"main", "main", true},
		{"main", "Main", false},
		{"main", "main ", false},
		{"main", "main\n", false},
		{"main", "", false},
		{"refs/heads/*", "refs/heads/main", true},
		{"refs/heads/*", "refs/heads/", true},
		{"refs/heads/*", "refs/heads/feature/x", false},
		{"refs/heads/*", "refs/tags/main", false},
		{"refs/heads/*", "refs/heads", false},
		{"refs/*/main", "refs/heads/main", true},
		{"refs/*/main", "refs/pull/1/main", false},
		{"release-*-rc*", "release-1.2-rc3", true},
		{"release-*-rc*", "release-rc3", false},
		{"repo:acme/*:ref:refs/heads/main", "repo:acme/tools:ref:refs/heads/main", true},
		{"repo:acme/*:ref:refs/heads/main", "repo:acme/tools:pull_request:ref:refs/heads/main", false},
		{"repo:acme/*:environment:prod", "repo:acme/x:environment:y:environment:prod", false},
		{"a*", "a:b", false},
		{"*:b", "a/c:b", false},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"*ab*ab*", "abab", true},
		{"*ab*ab*", "aab", false},
		{"??", "ab", false},
		{"[a-z]*", "b", false},
		{`\*`, "*", false},
		{"v*é", "v1é", true},
	} {
		if got := fits(test.want, test.claim); got != test.fits {
			t.Errorf("%q on %q: %v", test.want, test.claim, got)
		}
	}
}

// reference says the same with a regular expression.
func reference(want, claim string) bool {
	parts := strings.Split(want, "*")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile(`(?s)\A` + strings.Join(parts, `[^/:]*`) + `\z`).MatchString(claim)
}

func TestPatternsAreLikeTheReference(t *testing.T) {
	part := rapid.StringOfN(rapid.SampledFrom([]rune("ab*/:")), 0, 12, -1)
	text := rapid.StringOfN(rapid.SampledFrom([]rune("ab/:")), 0, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		want, claim := part.Draw(t, "want"), text.Draw(t, "claim")
		if got := fits(want, claim); got != reference(want, claim) {
			t.Fatalf("%q on %q: %v", want, claim, got)
		}
	})
}

// A pattern made of a claim, by replacing a run without separators, fits that claim. It
// fits no claim with another number of separators.
func TestPatternsNeverCrossASeparator(t *testing.T) {
	text := rapid.StringOfN(rapid.SampledFrom([]rune("ab/:")), 1, 20, -1)
	rapid.Check(t, func(t *rapid.T) {
		claim := text.Draw(t, "claim")
		from := rapid.IntRange(0, len(claim)).Draw(t, "from")
		to := from
		for to < len(claim) && !strings.ContainsRune(separators, rune(claim[to])) {
			to++
		}
		want := claim[:from] + "*" + claim[to:]
		if !fits(want, claim) {
			t.Fatalf("%q does not fit %q", want, claim)
		}
		at := rapid.IntRange(0, len(claim)).Draw(t, "at")
		longer := claim[:at] + rapid.SampledFrom([]string{"/", ":"}).Draw(t, "separator") + claim[at:]
		if fits(want, longer) {
			t.Fatalf("%q fits %q", want, longer)
		}
	})
}

func FuzzPatterns(f *testing.F) {
	testfuzz.Add(f, "refs/heads/*", "refs/heads/main")
	testfuzz.Add(f, "*a*b", "aab")
	testfuzz.Add(f, "repo:*/*:ref:*", "repo:a/b:ref:c")
	testfuzz.Add(f, "*\xff", "\xff")
	f.Fuzz(func(t *testing.T, want, claim string) {
		got := fits(want, claim)
		if got && strings.ContainsAny(claim, separators) && separatorsOf(want) != separatorsOf(claim) {
			t.Fatalf("%q crosses a separator of %q", want, claim)
		}
		isText := strings.ToValidUTF8(want, "") == want && strings.ToValidUTF8(claim, "") == claim
		if isText && got != reference(want, claim) {
			t.Fatalf("%q on %q: %v", want, claim, got)
		}
	})
}

func separatorsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(separators, r) {
			return r
		}
		return -1
	}, text)
}

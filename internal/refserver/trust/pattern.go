package trust

import "strings"

// anyText is the one special character of a pattern. It stands for any characters, or
// none, but for no separator: "refs/heads/*" is about branches without a slash, and no
// pattern about one repository matches another.
const anyText = '*'

// separators divide the parts of a claim, such as "repo:acme/tools:ref:refs/heads/main".
const separators = "/:"

// isPattern reports whether the value of a rule is compared as a pattern. Every other one
// is compared exactly.
func isPattern(want string) bool { return strings.ContainsRune(want, anyText) }

// fits reports whether a claim is what a rule wants.
func fits(want, claim string) bool {
	if !isPattern(want) {
		return want == claim
	}
	for {
		wantEnd, claimEnd := strings.IndexAny(want, separators), strings.IndexAny(claim, separators)
		if wantEnd < 0 || claimEnd < 0 {
			return wantEnd == claimEnd && fitsPart(want, claim)
		}
		if want[wantEnd] != claim[claimEnd] || !fitsPart(want[:wantEnd], claim[:claimEnd]) {
			return false
		}
		want, claim = want[wantEnd+1:], claim[claimEnd+1:]
	}
}

// fitsPart reports whether a text without separators has the form of a pattern. The first
// place of each piece is as good as a later one, so it looks at each character once for
// each piece at most.
func fitsPart(pattern, text string) bool {
	pieces := strings.Split(pattern, string(anyText))
	first, last := pieces[0], pieces[len(pieces)-1]
	if len(pieces) == 1 {
		return pattern == text
	}
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	rest := text[len(first) : len(text)-len(last)]
	for _, piece := range pieces[1 : len(pieces)-1] {
		at := strings.Index(rest, piece)
		if at < 0 {
			return false
		}
		rest = rest[at+len(piece):]
	}
	return true
}

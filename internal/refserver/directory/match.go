package directory

import (
	"regexp"
	"regexp/syntax"
	"slices"

	"github.com/dxauth/dxauth/internal/refusal"
)

// Markers for the wildcards of a glob among its characters.
const (
	anyRune  rune = -1
	anyRunes rune = -2
)

// Glob turns a pattern with * and ? and backslash escapes into a matcher of
// whole names. The cost of a match is at most quadratic in the length of the
// name, for every pattern.
func Glob(pattern string) func(string) bool {
	parts := globParts(pattern)
	return func(name string) bool { return matchGlob(parts, []rune(name)) }
}

// globParts resolves the escapes and merges adjacent stars. A backslash at the
// end stands for itself.
func globParts(pattern string) []rune {
	var parts []rune
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			parts = append(parts, r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == '?':
			parts = append(parts, anyRune)
		case r != '*':
			parts = append(parts, r)
		case len(parts) == 0 || parts[len(parts)-1] != anyRunes:
			parts = append(parts, anyRunes)
		}
	}
	if escaped {
		parts = append(parts, '\\')
	}
	return parts
}

// GlobPrefix returns the common prefix of all names that a glob matches.
func GlobPrefix(pattern string) string {
	parts := globParts(pattern)
	if end := slices.IndexFunc(parts, func(r rune) bool { return r < 0 }); end >= 0 {
		parts = parts[:end]
	}
	return string(parts)
}

// matchGlob lets a star match nothing at first, and one character more each time
// that the rest does not match. It goes back to the last star only: the part
// between two stars may as well match at the first place where it can.
func matchGlob(parts, name []rune) bool {
	at, star, taken := 0, -1, 0 // the next part, the last star, the end of what it takes
	for i := 0; i < len(name); {
		switch {
		case at < len(parts) && parts[at] == anyRunes:
			star, taken = at, i
			at++
		case at < len(parts) && (parts[at] == anyRune || parts[at] == name[i]):
			at++
			i++
		case star >= 0:
			taken++
			at, i = star+1, taken
		default:
			return false
		}
	}
	if at < len(parts) && parts[at] == anyRunes {
		at++
	}
	return at == len(parts)
}

// Limits of a regular expression. Matching costs at most maxProgram steps for
// each character of a name.
const (
	maxExpression = 1024 // bytes
	maxProgram    = 1000 // instructions; a repetition counts as often as it repeats
)

// Regexp compiles an expression that may match anywhere in a name. It returns
// refusal.WrongInput if the expression is invalid or would take too long.
func Regexp(expression, flags string) (func(string) bool, error) {
	switch flags {
	case "":
	case "i":
		expression = "(?i)" + expression
	default:
		return nil, refusal.Inputf("name.flags", `can only be "i"`)
	}
	if len(expression) > maxExpression {
		return nil, refusal.Inputf("name.regexp", "is longer than %d bytes", maxExpression)
	}
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, refusal.Inputf("name.regexp", "is not a regular expression")
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil || len(program.Inst) > maxProgram {
		return nil, refusal.Inputf("name.regexp", "is too complex")
	}
	return regexp.MustCompile(expression).MatchString, nil
}

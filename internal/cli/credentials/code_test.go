package credentials

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/pkg/secret"
)

func TestReadCode(t *testing.T) {
	tests := map[string]struct{ typed, code, app string }{ // empty: refused
		"a verification code":         {"012345", "012345", "012345"},
		"with a blank in its middle":  {" 012 345 ", "012345", "012345"},
		"with a dash":                 {"012-345", "012345", "012345"},
		"a digit too few":             {"01234", "", ""},
		"a digit too many":            {"0123456", "", ""},
		"a letter among digits":       {"0123O5", "", ""},
		"digits of another script":    {"٠١٢٣٤٥", "", ""},
		"a recovery code":             {"abcd-efgh-jkmn-2345", "abcd-efgh-jkmn-2345", ""},
		"in capitals, without dashes": {"ABCDEFGHJKMN2345", "ABCDEFGHJKMN2345", ""},
		"with blanks":                 {" abcd efgh jkmn 2345 ", "abcd efgh jkmn 2345", ""},
		"from a numbered list":        {"3. abcd-efgh-jkmn-2345\n", "abcd-efgh-jkmn-2345", ""},
		"with a parenthesis":          {" 10)  abcd-efgh-jkmn-2345", "abcd-efgh-jkmn-2345", ""},
		"a number alone":              {"3.", "", ""},
		"half a recovery code":        {"abcd-ef", "", ""},
		"a whole page":                {strings.Repeat("abcd", 17), "", ""},
		"something else":              {"p@ssword-2026", "", ""},
		"nothing":                     {" - ", "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if code, err := ReadCode(tt.typed); code.Reveal() != tt.code || (err == nil) != (tt.code != "") {
				t.Errorf("%q is read as %q, %v, want %q", tt.typed, code.Reveal(), err, tt.code)
			}
			if code, err := ReadAppCode(tt.typed); code.Reveal() != tt.app || (err == nil) != (tt.app != "") {
				t.Errorf("as a code of an app, %q is read as %q, %v, want %q", tt.typed, code.Reveal(), err, tt.app)
			}
		})
	}
}

// TestSameRecoveryCode checks codes without dashes, or with other characters in
// their place.
func TestSameRecoveryCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.StringMatching(`[a-z2-9]{4}(-[a-z2-9]{4}){3}`).Draw(t, "code")
		gap := rapid.SampledFrom([]string{"-", "", " ", "–", " - "}).Draw(t, "gap")
		typed := strings.ReplaceAll(code, "-", gap)
		if rapid.Bool().Draw(t, "capitals") {
			typed = strings.ToUpper(typed)
		}
		if !SameRecoveryCode(secret.New(typed), secret.New(code)) {
			t.Errorf("%q is not the same as %q", typed, code)
		}
		at := rapid.IntRange(0, 3).Draw(t, "at")
		if other := code[:at] + "1" + code[at+1:]; SameRecoveryCode(secret.New(other), secret.New(code)) {
			t.Errorf("%q is the same as %q", other, code)
		}
	})
}

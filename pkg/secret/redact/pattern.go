package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	// shortest is the length in bytes below which a secret is hidden only where it
	// stands by itself: replacing every "a" would garble the text.
	shortest = 4
	// longest is how much of a secret is compared, in bytes. What follows a
	// longer one, up to a blank or a quotation mark, is hidden unseen.
	longest = 256
)

// patternOf returns an expression that matches the secrets in every form in which
// a server may send them back.
func patternOf(secrets []secret.Text) *regexp.Regexp {
	var forms []string
	for _, one := range secrets {
		forms = append(forms, formsOf(one.Reveal())...)
	}
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) }) // a secret may be part of another
	return regexp.MustCompile(strings.Join(slices.Compact(forms), "|"))
}

// formsOf returns expressions for one secret: its characters, each of them plain or
// escaped, and the encodings that leave no character as it was.
func formsOf(value string) []string {
	if len(value) < shortest {
		return []string{word(value)}
	}
	rest := ""
	if len(value) > longest {
		rest = `[^\s"'<>]*`
	}
	value = compared(value)
	forms := []string{characters(value) + rest, "(?i:" + inHex(value) + ")" + rest}
	for _, digits := range inBase64(value) {
		forms = append(forms, characters(digits)+"[0-9A-Za-z+/_-]?"+rest)
	}
	return forms
}

// compared returns the part of a secret that is searched.
func compared(value string) string {
	if len(value) <= longest {
		return value
	}
	return strings.ToValidUTF8(value[:longest], "")
}

// escapes are the characters of which every form of an escaped character has one.
const escapes = `\%&`

// foldedForms returns texts of which a text without escapes has one, both folded, if
// the pattern of the secrets matches it.
func foldedForms(secrets []secret.Text) []string {
	var forms []string
	for _, one := range secrets {
		value := compared(one.Reveal())
		forms = append(forms, fold(value))
		if len(value) < shortest {
			continue
		}
		forms = append(forms, fold(inHex(value)))
		for _, digits := range inBase64(value) {
			forms = append(forms, fold(digits))
		}
	}
	return forms
}

// fold makes equal what the pattern takes for equal in a text without escapes: a run of
// blanks and plus signs, the alphabets of base64, upper and lower case.
func fold(text string) string {
	var folded strings.Builder
	afterBlank := false
	for _, char := range text {
		blank := unicode.IsSpace(char) || char == '+' || char == '-'
		switch {
		case blank && !afterBlank:
			folded.WriteByte(' ')
		case char == '/':
			folded.WriteByte('_')
		case !blank:
			folded.WriteRune(unicode.ToLower(char))
		}
		afterBlank = blank
	}
	return folded.String()
}

// word matches a short secret where no letter or digit is beside it.
func word(value string) string {
	form := characters(value)
	if isWordByte(value[0]) {
		form = `\b` + form
	}
	if isWordByte(value[len(value)-1]) {
		form += `\b`
	}
	return form
}

func isWordByte(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

func inJSON(value string) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return value
	}
	return strings.Trim(string(encoded), `"`)
}

func inHex(value string) string { return hex.EncodeToString([]byte(value)) }

// inBase64 returns the digits of a secret, plain and as JSON and URLs escape it, that
// depend on it alone where it begins at each offset within a group of three bytes.
func inBase64(value string) []string {
	var all []string
	for _, written := range []string{value, inJSON(value), url.QueryEscape(value)} {
		for offset := range 3 {
			digits := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", offset) + written))
			all = append(all, digits[(8*offset+5)/6:8*(offset+len(written))/6])
		}
	}
	return all
}

// characters matches a text whose characters are plain or escaped, a run of blanks
// being as good as one.
func characters(text string) string {
	var form strings.Builder
	afterBlank := false
	for _, char := range text {
		blank := unicode.IsSpace(char)
		switch {
		case blank && !afterBlank:
			form.WriteString(`(?:\s|\+|%(?:25)*(?:2[0Bb]|0[9AaDd])|\\+(?:[ntr]|[uUxX]0*20|0*40)|&nbsp;|&#(?:32|x20);)+`)
		case !blank:
			form.WriteString(character(char))
		}
		afterBlank = blank
	}
	return form.String()
}

// character matches one character: plain, after backslashes, or by its number as
// JSON, JavaScript, URLs and HTML write it, once or several times over.
func character(char rune) string {
	plain := regexp.QuoteMeta(string(char))
	forms := []string{plain}
	if !unicode.IsLetter(char) && !unicode.IsDigit(char) {
		forms = []string{`\\*` + plain}
	}
	switch char { // the other alphabet of base64
	case '+':
		forms = append(forms, "-")
	case '/':
		forms = append(forms, "_")
	}
	forms = append(forms, backslashed(char), percented(char), entity(char))
	return "(?:" + strings.Join(forms, "|") + ")"
}

func backslashed(char rune) string {
	forms := []string{fmt.Sprintf(`\\+[ux]0*%x`, char), fmt.Sprintf(`\\+u\{0*%x\}`, char)}
	if high, low := utf16.EncodeRune(char); high != unicode.ReplacementChar {
		forms = append(forms, fmt.Sprintf(`\\+u%04x\\+u%04x`, high, low))
	}
	bytes := "" // as Python and shells write them
	for _, b := range []byte(string(char)) {
		bytes += fmt.Sprintf(`\\+(?:x%02x|0*%o)`, b, b)
	}
	return "(?i:" + strings.Join(append(forms, bytes), "|") + ")"
}

// percented matches the bytes of UTF-8, or that of Latin-1.
func percented(char rune) string {
	var form strings.Builder
	for _, b := range []byte(string(char)) {
		fmt.Fprintf(&form, "%%(?:25)*(?i:%02x)", b)
	}
	if char > unicode.MaxASCII && char <= unicode.MaxLatin1 {
		fmt.Fprintf(&form, "|%%(?:25)*(?i:%02x)", char)
	}
	return form.String()
}

// entity matches the number of a character. Of the names in HTML, which are thousands, it
// takes any for a character that may have one.
func entity(char rune) string {
	name := ""
	if char > unicode.MaxASCII || !isWordByte(byte(char)) { // #nosec G115 -- ASCII
		name = "|[a-z][a-z0-9]*"
	}
	return fmt.Sprintf("(?i:&(?:amp;)*(?:#0*%d|#x0*%x%s);)", char, char, name)
}

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
// a server may send them back, or nil if there is none.
func patternOf(secrets []secret.Text) *regexp.Regexp {
	var forms []string
	for _, one := range secrets {
		if value := one.Reveal(); value != "" {
			forms = append(forms, formsOf(value)...)
		}
	}
	if forms == nil {
		return nil
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
		value, rest = strings.ToValidUTF8(value[:longest], ""), `[^\s"'<>]*`
	}
	forms := []string{characters(value) + rest, "(?i:" + hex.EncodeToString([]byte(value)) + ")" + rest}
	for _, written := range []string{value, inJSON(value), url.QueryEscape(value)} {
		for offset := range 3 {
			forms = append(forms, characters(inBase64(written, offset))+"[0-9A-Za-z+/_-]?"+rest)
		}
	}
	return forms
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

// inBase64 returns the digits that depend on the value alone where it begins at an
// offset within a group of three bytes.
func inBase64(value string, offset int) string {
	digits := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", offset) + value))
	return digits[(8*offset+5)/6 : 8*(offset+len(value))/6]
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
			form.WriteString(`(?:\s|\+|%(?:25)*(?:2[0Bb]|0[9AaDd])|\\+(?:[ntr]|[uUxX]0*20)|&nbsp;|&#(?:32|x20);)+`)
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
	if high, low := utf16.EncodeRune(char); high != unicode.ReplacementChar {
		return fmt.Sprintf(`(?i:\\+u%04x\\+u%04x|\\+u0*%x|\\+u\{0*%x\})`, high, low, char, char)
	}
	return fmt.Sprintf(`(?i:\\+[ux]0*%x|\\+u\{0*%x\})`, char, char)
}

func percented(char rune) string {
	var form strings.Builder
	for _, b := range []byte(string(char)) {
		fmt.Fprintf(&form, "%%(?:25)*(?i:%02x)", b)
	}
	return form.String()
}

func entity(char rune) string {
	names := map[rune]string{'&': "|amp", '<': "|lt", '>': "|gt", '"': "|quot", '\'': "|apos"}
	return fmt.Sprintf("(?i:&(?:amp;)*(?:#0*%d|#x0*%x%s);)", char, char, names[char])
}

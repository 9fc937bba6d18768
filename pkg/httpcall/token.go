package httpcall

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dxauth/dxauth/pkg/secret"
)

// ErrInvalidToken is wrapped by the errors of [ValidToken].
var ErrInvalidToken = errors.New("token cannot be sent")

// ValidToken returns nil if a token can be sent in a header: one or more visible
// characters of ASCII. Otherwise the error wraps [ErrInvalidToken] and says
// nothing of the token but the place of the first wrong byte.
func ValidToken(token secret.Text) error {
	if token.IsZero() {
		return fmt.Errorf("%w: it is empty", ErrInvalidToken)
	}
	isVisible := func(b byte) bool { return '!' <= b && b <= '~' }
	for i, b := range []byte(token.Reveal()) {
		if !isVisible(b) {
			return fmt.Errorf("%w: byte %d is a blank, a control character or not ASCII", ErrInvalidToken, i+1)
		}
	}
	return nil
}

// maxName is the longest name of an account, in bytes.
const maxName = 255

// ValidName reports whether a server's text can be the name of an account: up to 255
// bytes of visible characters, with spaces inside only.
func ValidName(name string) bool {
	if name == "" || len(name) > maxName || !utf8.ValidString(name) || strings.TrimSpace(name) != name {
		return false
	}
	return !strings.ContainsFunc(name, func(char rune) bool {
		return !unicode.IsPrint(char) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, char)
	})
}

// Package syntax says what user names, the handles of orgs, passwords and codes
// look like.
//
// It promises that the two halves of the program agree: the client refuses what
// the server would refuse before anything is sent, and the server never trusts
// that it did. The rules are those of the known portals. What needs an account
// to be known, such as that a password is not its user's name, is in the
// server's package identity. Forms that every client of the platform meets on
// the wire, of IDs and signatures, are in pkg/dnanexus.
//
// The rules are written out by hand: a compiled pattern would cost time at every
// start of the program.
package syntax

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Lengths of a user name, and of the handle of an org, in bytes.
const (
	MinUsername  = 3
	MaxUsername  = 255
	MaxOrgHandle = 255
)

// Bounds of the [PasswordLength] of a new password.
const (
	MinPassword = 8
	MaxPassword = 128
)

// CodeDigits is the number of digits of a verification code.
const CodeDigits = 6

const (
	digits      = "0123456789"
	letters     = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	handleChars = letters + digits + "_."
)

// IsUsername reports whether s is made of letters, digits, dots and underscores,
// with a letter first, and of a length from MinUsername to MaxUsername.
func IsUsername(s string) bool {
	return len(s) >= MinUsername && len(s) <= MaxUsername &&
		strings.IndexByte(letters, s[0]) >= 0 && strings.Trim(s, handleChars) == ""
}

// IsOrgHandle reports whether s is made of letters, digits, dots and
// underscores, up to MaxOrgHandle of them.
func IsOrgHandle(s string) bool {
	return s != "" && len(s) <= MaxOrgHandle && strings.Trim(s, handleChars) == ""
}

// PasswordLength counts the Unicode code points of a password in the normal form
// NFC, in which the server keeps it.
func PasswordLength(password secret.Text) int {
	return utf8.RuneCountInString(norm.NFC.String(password.Reveal()))
}

// IsVerificationCode reports whether s is what an authenticator shows, which a
// recovery code never is.
func IsVerificationCode(s string) bool {
	return len(s) == CodeDigits && strings.Trim(s, digits) == ""
}

// WithoutSeparators drops what people and programs put between the groups of a
// code: blanks, line ends and dashes of every kind.
func WithoutSeparators(code string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Dash, r) {
			return -1
		}
		return r
	}, code)
}

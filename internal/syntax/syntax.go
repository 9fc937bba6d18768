// Package syntax checks the form of user names, org handles, passwords, codes and the
// base paths of servers.
//
// It promises that client and server apply the same rules: the client can refuse an
// input before anything is sent, and the server checks it again. The rules are those
// of the platforms' portals. Rules that depend on an account, such as that a password
// is not the user's name, are in the server's package identity. The forms of IDs and
// signatures are in pkg/dnanexus.
//
// It does not use regular expressions: compiling them would slow down every start of
// the program.
package syntax

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Lengths of user names and org handles in bytes.
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

// IsUsername reports whether s has MinUsername to MaxUsername letters, digits, dots and
// underscores, and begins with a letter.
func IsUsername(s string) bool {
	return len(s) >= MinUsername && len(s) <= MaxUsername &&
		strings.IndexByte(letters, s[0]) >= 0 && strings.Trim(s, handleChars) == ""
}

// IsOrgHandle reports whether s has 1 to MaxOrgHandle letters, digits, dots and
// underscores.
func IsOrgHandle(s string) bool {
	return s != "" && len(s) <= MaxOrgHandle && strings.Trim(s, handleChars) == ""
}

// PasswordLength returns the number of Unicode code points of a password in NFC, the
// form that the server hashes.
func PasswordLength(password secret.Text) int {
	return utf8.RuneCountInString(norm.NFC.String(password.Reveal()))
}

// IsVerificationCode reports whether s has the form of an authenticator app's code. A
// recovery code never has it.
func IsVerificationCode(s string) bool {
	return len(s) == CodeDigits && strings.Trim(s, digits) == ""
}

// WithoutSeparators removes spaces, line ends and dashes of every kind, which separate
// the groups of a code.
func WithoutSeparators(code string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Dash, r) {
			return -1
		}
		return r
	}, code)
}

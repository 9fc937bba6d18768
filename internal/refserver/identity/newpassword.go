package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/dxauth/dxauth/internal/refserver/commonpassword"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Refusals of a new password. None quotes it.
var (
	ErrPasswordTooShort  = refusal.New(refusal.Invalid, "password is shorter than %d characters", syntax.MinPassword).Because(refusal.PasswordTooShort)
	ErrNewPasswordLong   = refusal.New(refusal.Invalid, "password is longer than %d characters", syntax.MaxPassword).Because(refusal.LongPassword)
	ErrPasswordObvious   = &refusal.Error{Code: refusal.Invalid, Reason: refusal.ObviousPassword, Message: "password must not consist of the user's name or address"}
	ErrPasswordCommon    = &refusal.Error{Code: refusal.Invalid, Reason: refusal.CommonPassword, Message: "password is too common"}
	ErrPasswordUnchanged = &refusal.Error{Code: refusal.Invalid, Reason: refusal.UnchangedPassword, Message: "password is the same as the current one"}
)

// CheckNewPassword returns a refusal unless the password may be set: it must have
// an accepted length, must not be common, and must not be one of words with only
// digits and signs around it, in any case. The words are public facts about the
// account; see [KnownWords]. There are no other rules, and nothing is trimmed or
// folded.
func CheckNewPassword(password secret.Text, words ...string) error {
	normal := norm.NFC.String(password.Reveal())
	switch length := syntax.PasswordLength(password); {
	case length < syntax.MinPassword:
		return ErrPasswordTooShort
	case length > syntax.MaxPassword:
		return ErrNewPasswordLong
	}
	lower := strings.ToLower(normal)
	for _, word := range words {
		if isMadeOf(lower, strings.ToLower(norm.NFC.String(word))) {
			return ErrPasswordObvious
		}
	}
	if commonpassword.Includes(lower) {
		return ErrPasswordCommon
	}
	return nil
}

// KnownWords returns the public facts about a user that make a weak password.
func KnownWords(user User) []string {
	mailbox, _, _ := strings.Cut(user.Email, "@")
	return []string{
		user.Handle, user.Email, mailbox, user.First, user.Middle, user.Last,
		user.First + user.Last, user.First + " " + user.Last,
	}
}

// shortestWord is the minimum length of a word that is looked for in a password.
const shortestWord = 3

// isMadeOf reports whether a password contains a word and no letters besides it.
func isMadeOf(password, word string) bool {
	if utf8.RuneCountInString(word) < shortestWord || !strings.Contains(password, word) {
		return false
	}
	rest := strings.ReplaceAll(password, word, "")
	return !strings.ContainsFunc(rest, unicode.IsLetter)
}

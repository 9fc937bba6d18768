package identity

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

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
	if isCommon(lower) {
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

//go:embed common_passwords.txt
var commonPasswords string

// isCommon reports whether a password, in lower case, is on the list of common
// words, with or without a usual ending, or is a keyboard walk.
func isCommon(password string) bool {
	if isWalk(password) {
		return true
	}
	common := commonWords()
	stem, ending := splitEnding(password)
	return slices.Contains(common, password) || isUsualEnding(ending) && slices.Contains(common, stem)
}

// commonWords parses the list. That takes some 100 microseconds, which is little
// compared with the hash that follows.
func commonWords() []string {
	var words []string
	for line := range strings.Lines(commonPasswords) {
		if !strings.HasPrefix(line, "#") {
			words = append(words, strings.Fields(line)...)
		}
	}
	return words
}

// splitEnding splits a password before the digits and signs at its end.
func splitEnding(password string) (stem, ending string) {
	stem = strings.TrimRightFunc(password, func(char rune) bool { return !unicode.IsLetter(char) })
	return stem, password[len(stem):]
}

// isUsualEnding reports whether an ending is a common one: up to six digits, with
// a sign before or up to two after them.
func isUsualEnding(ending string) bool {
	const digits, signs = "0123456789", "!@#$%&*?.,-_+= "
	bare := strings.TrimLeft(ending, signs)
	before := len(ending) - len(bare)
	number := strings.TrimRight(bare, signs)
	behind := len(bare) - len(number)
	return before <= 1 && behind <= 2 && len(number) <= 6 && strings.Trim(number, digits) == ""
}

// isWalk reports whether a password repeats one character, or follows a keyboard
// row, the digits or the alphabet in either direction.
func isWalk(password string) bool {
	first, _ := utf8.DecodeRuneInString(password)
	if strings.Trim(password, string(first)) == "" {
		return true
	}
	for _, row := range []string{
		"0123456789012345678901234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm",
		"qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
	} {
		if strings.Contains(row, password) || strings.Contains(reversed(row), password) {
			return true
		}
	}
	return false
}

func reversed(row string) string {
	letters := []byte(row)
	slices.Reverse(letters)
	return string(letters)
}

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

// What a new password can be refused with. None quotes it.
var (
	ErrPasswordTooShort  = refusal.New(refusal.Invalid, "password is shorter than %d characters", syntax.MinPassword).Because(refusal.PasswordTooShort)
	ErrNewPasswordLong   = refusal.New(refusal.Invalid, "password is longer than %d characters", syntax.MaxPassword).Because(refusal.LongPassword)
	ErrPasswordObvious   = &refusal.Error{Code: refusal.Invalid, Reason: refusal.ObviousPassword, Message: "password is made of a name or address that belongs to its user"}
	ErrPasswordCommon    = &refusal.Error{Code: refusal.Invalid, Reason: refusal.CommonPassword, Message: "password is one of those that are guessed first"}
	ErrPasswordUnchanged = &refusal.Error{Code: refusal.Invalid, Reason: refusal.UnchangedPassword, Message: "password is the present one"}
)

// CheckNewPassword says whether a password may be set: not too short or long,
// not one that is guessed first, and, whatever the case, not just one of words
// with digits and signs around it. The words are what everybody knows of the
// account; see [KnownWords]. Nothing else is asked of a password, and nothing in
// it is trimmed or folded.
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

// KnownWords lists what everybody knows of a user.
func KnownWords(user User) []string {
	mailbox, _, _ := strings.Cut(user.Email, "@")
	return []string{
		user.Handle, user.Email, mailbox, user.First, user.Middle, user.Last,
		user.First + user.Last, user.First + " " + user.Last,
	}
}

// shortestWord is the length from which a word in a password makes it weak.
const shortestWord = 3

// isMadeOf reports whether nothing is left of a password without a word but
// digits and signs.
func isMadeOf(password, word string) bool {
	if utf8.RuneCountInString(word) < shortestWord || !strings.Contains(password, word) {
		return false
	}
	rest := strings.ReplaceAll(password, word, "")
	return !strings.ContainsFunc(rest, unicode.IsLetter)
}

//go:embed common_passwords.txt
var commonPasswords string

// isCommon reports whether a password, in lower case, is one of the words of the
// list, with or without the usual ending, or a walk over the keyboard.
func isCommon(password string) bool {
	if isWalk(password) {
		return true
	}
	common := commonWords()
	stem, ending := splitEnding(password)
	return slices.Contains(common, password) || isUsualEnding(ending) && slices.Contains(common, stem)
}

// commonWords reads the list. That takes some 100 microseconds, next to nothing
// beside the hash that follows.
func commonWords() []string {
	var words []string
	for line := range strings.Lines(commonPasswords) {
		if !strings.HasPrefix(line, "#") {
			words = append(words, strings.Fields(line)...)
		}
	}
	return words
}

// splitEnding parts a password before the digits and signs at its end.
func splitEnding(password string) (stem, ending string) {
	stem = strings.TrimRightFunc(password, func(char rune) bool { return !unicode.IsLetter(char) })
	return stem, password[len(stem):]
}

// isUsualEnding reports whether people put it behind a word by habit: up to six
// digits, with a sign before or behind them.
func isUsualEnding(ending string) bool {
	const digits, signs = "0123456789", "!@#$%&*?.,-_+= "
	bare := strings.TrimLeft(ending, signs)
	before := len(ending) - len(bare)
	number := strings.TrimRight(bare, signs)
	behind := len(bare) - len(number)
	return before <= 1 && behind <= 2 && len(number) <= 6 && strings.Trim(number, digits) == ""
}

// isWalk reports whether a password is one character again and again, or goes
// along a row that everybody knows, in either direction.
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

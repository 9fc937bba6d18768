// Package commonpassword knows which passwords are tried first: those at the top of lists of
// leaked ones, and walks over the keyboard.
//
// It promises to refuse a word of its list with the usual digits and signs behind it, too,
// and to keep and log no password. It does not measure how strong a password is: what
// it does not know may be weak, and package identity has the other rules.
package commonpassword

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed common_passwords.txt
var commonPasswords string

// Includes reports whether a password, in lower case, is on the list of common
// words, with or without a usual ending, or is a keyboard walk.
func Includes(password string) bool {
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

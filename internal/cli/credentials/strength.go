package credentials

import (
	"fmt"
	"math"
	"strings"
	"unicode"
)

// strengthText says how hard a password is to guess. It is text and not a colored
// bar, which a screen reader can't read.
func strengthText(password string, names []string) string {
	grades := []struct {
		below float64 // bits
		text  string
	}{
		{40, "weak, 1 of 4. Add words that have nothing to do with it"},
		{60, "fair, 2 of 4. Another word makes it good"},
		{80, "good, 3 of 4"},
		{math.Inf(1), "strong, 4 of 4"},
	}
	bits := guessBits(password, names)
	for _, grade := range grades {
		if bits < grade.below {
			return fmt.Sprintf("Strength: %s", grade.text)
		}
	}
	return ""
}

// guessBits is a low estimate of a password's entropy in bits, for an attacker who
// knows the user. A name of the user, and a character that continues a sequence
// such as abc or 111, count little.
func guessBits(password string, names []string) float64 {
	const little = 1
	bits := 0.0
	rest := strings.ToLower(password)
	for _, name := range names {
		const shortest = 3
		if name = strings.ToLower(name); len(name) >= shortest && strings.Contains(rest, name) {
			rest = strings.ReplaceAll(rest, name, "\x00")
			bits += little
		}
	}
	each := math.Log2(alphabet(password))
	var before, step rune
	for _, r := range rest {
		switch {
		case r == 0:
			continue
		case before != 0 && r-before == step && (step == 0 || step == 1 || step == -1):
			bits += little / 2.0
		case unicode.IsLetter(r) && unicode.IsLetter(before):
			bits += bitsInWord(r)
		default:
			bits += each
		}
		step = r - before
		before = r
	}
	return bits
}

// bitsInWord returns the bits of a letter that follows another letter. Letters of
// an alphabet are easier to predict than characters that stand for syllables or
// words.
func bitsInWord(r rune) float64 {
	if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
		return 5
	}
	return 2
}

// alphabet returns the number of characters in the classes that a text uses.
func alphabet(text string) float64 {
	size := 0.0
	kinds := []struct {
		size float64
		has  func(rune) bool
	}{
		{26, func(r rune) bool { return r >= 'a' && r <= 'z' }},
		{26, func(r rune) bool { return r >= 'A' && r <= 'Z' }},
		{10, unicode.IsDigit},
		{33, func(r rune) bool { return r < 0x80 && !unicode.IsLetter(r) && !unicode.IsDigit(r) }},
		{100, func(r rune) bool { return r >= 0x80 }},
	}
	for _, kind := range kinds {
		if strings.IndexFunc(text, kind.has) >= 0 {
			size += kind.size
		}
	}
	return max(size, 2)
}

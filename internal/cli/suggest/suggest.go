// Package suggest finds what a user may have meant by a mistyped word.
//
// It promises suggestions that are likely, or none: a word is suggested if it differs
// from the typed one in a letter or two, fewer for short words, or begins with it.
// Case does not count, and two swapped letters are one mistake. At most three words
// are suggested, the most similar first. The work is bounded for any input, since the
// words may be names from a server.
package suggest

import (
	"cmp"
	"slices"
	"strings"
)

const (
	most      = 3    // suggestions
	maxWord   = 64   // characters of a word that count
	minPrefix = 2    // letters of a beginning that counts
	perLetter = 3    // letters of a word for which one mistake is likely
	farthest  = 3    // mistakes in a word
	maxWords  = 2000 // words that are compared
)

// Words returns the words that are similar to the typed one, without the same word
// twice.
func Words(typed string, words []string) []string {
	type candidate struct {
		word     string
		mistakes int
	}
	wanted := letters(typed)
	likely := min(farthest, max(1, len(wanted)/perLetter))
	var found []candidate
	for _, word := range words[:min(maxWords, len(words))] {
		given := letters(word)
		mistakes := distance(wanted, given)
		isPrefix := len(wanted) >= minPrefix && len(given) > len(wanted) && slices.Equal(given[:len(wanted)], wanted)
		if word != "" && (mistakes <= likely && mistakes < len(given) || isPrefix) {
			found = append(found, candidate{word, mistakes})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.mistakes, b.mistakes) })
	var suggested []string
	for _, c := range found {
		if len(suggested) < most && !slices.Contains(suggested, c.word) {
			suggested = append(suggested, c.word)
		}
	}
	return suggested
}

// Hint returns "did you mean A or B?" for the words that are similar to the typed one,
// each in the form that show returns, or "".
func Hint(typed string, words []string, show func(string) string) string {
	var shown []string
	for _, word := range Words(typed, words) {
		shown = append(shown, show(word))
	}
	return OneOf(shown)
}

// OneOf returns "did you mean A or B?" for what was found, and "" for nothing.
func OneOf(found []string) string {
	if len(found) == 0 {
		return ""
	}
	last := len(found) - 1
	text := found[last]
	if last > 0 {
		text = strings.Join(found[:last], ", ") + " or " + text
	}
	return "did you mean " + text + "?"
}

func letters(word string) []rune {
	list := []rune(strings.ToLower(word))
	return list[:min(maxWord, len(list))]
}

// distance returns the number of letters that were left out, added, exchanged or
// swapped with their neighbor between two words.
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			exchange := last[j]
			if a[i] != b[j] {
				exchange++
			}
			row[j+1] = min(exchange, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

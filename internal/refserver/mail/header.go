package mail

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// Lengths of the lines of a header, in bytes without the line break: at most 78 (RFC 5322,
// section 2.1.1), and 76 of a line with an encoded word (RFC 2047, section 2).
const (
	maxHeaderLine = 78
	nameRoom      = len("Subject: ")
	wordBefore    = "=?utf-8?b?"
	wordAfter     = "?="
	maxInWord     = 39 // bytes of text in an encoded word; base64 makes 52 of them
)

// foldedText returns a text as the value of a header, over several lines if it is long. A
// reader sees the text unchanged: what could not be folded, or would be read as something
// else, is in encoded words.
func foldedText(text string) string {
	if !isFoldable(text) {
		return strings.Join(encodedWords(text), "\r\n ")
	}
	var folded strings.Builder
	room := maxHeaderLine - nameRoom
	for i, word := range strings.Split(text, " ") {
		switch {
		case i == 0:
		case len(word)+1 > room:
			folded.WriteString("\r\n ")
			room = maxHeaderLine - 1
		default:
			folded.WriteByte(' ')
			room--
		}
		folded.WriteString(word)
		room -= len(word)
	}
	return folded.String()
}

// isFoldable reports whether a text is printable ASCII of words that each fit in a line,
// with single spaces between them.
func isFoldable(text string) bool {
	for word := range strings.SplitSeq(text, " ") {
		if word == "" || len(word) > maxHeaderLine-nameRoom || strings.Contains(word, "=?") || strings.ContainsFunc(word, isNotPrintable) {
			return false
		}
	}
	return true
}

func isNotPrintable(char rune) bool { return char <= ' ' || char > '~' }

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(char rune) bool { return char >= utf8.RuneSelf })
}

// encodedWords returns a text as encoded words (RFC 2047), of which each has whole
// characters only.
func encodedWords(text string) (words []string) {
	for text != "" {
		end := 0
		for end < len(text) {
			_, size := utf8.DecodeRuneInString(text[end:])
			if end+size > maxInWord {
				break
			}
			end += size
		}
		words = append(words, wordBefore+base64.StdEncoding.EncodeToString([]byte(text[:end]))+wordAfter)
		text = text[end:]
	}
	return words
}

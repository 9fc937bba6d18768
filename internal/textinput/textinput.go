// Package textinput reads text that users give in files and on standard input, in the
// form in which their editor or shell wrote it.
//
// It promises that a byte order mark is not part of the text, and that text in another
// encoding is an error that names the encoding and not the text: it would become
// another password, or a token that no server knows.
package textinput

import (
	"bytes"
	"errors"
	"unicode/utf8"
)

// ErrEncoding means that a text is not in UTF-8. The errors of this package are
// errors of this kind, and complete a sentence: "is not UTF-8 but UTF-16 …".
var ErrEncoding = errors.New("not UTF-8")

type encodingError struct{ found string }

func (e encodingError) Error() string { return "is not UTF-8 but " + e.found }

func (encodingError) Unwrap() error { return ErrEncoding }

// Decode returns the text without its byte order mark, or an ErrEncoding.
func Decode(content []byte) ([]byte, error) {
	text, err := DecodePEM(content)
	if err == nil && !utf8.Valid(text) {
		return nil, encodingError{"in another encoding, such as Latin-1: save it as UTF-8"}
	}
	return text, err
}

// DecodePEM is Decode for PEM, whose remarks may be in any encoding.
func DecodePEM(content []byte) ([]byte, error) {
	if isUTF16(content) {
		return nil, encodingError{"UTF-16, as Windows writes it: save it as UTF-8"}
	}
	return bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")), nil
}

// isUTF16 recognizes UTF-16 by its byte order mark, or by the zero bytes that every
// ASCII character has in it.
func isUTF16(content []byte) bool {
	if bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")) {
		return true
	}
	return len(content) >= 2 && bytes.Count(content, []byte{0}) >= len(content)/2
}

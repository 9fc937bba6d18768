package textinput_test

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/dxauth/dxauth/internal/textinput"
)

func TestDecode(t *testing.T) {
	const mark = "\ufeff"
	const isUTF16, isLatin1 = "UTF-16", "Latin-1"
	tests := map[string]struct{ content, text, found string }{ // found: in the error
		"text":                           {"tökén\n", "tökén\n", ""},
		"nothing":                        {"", "", ""},
		"with a mark":                    {mark + "token", "token", ""},
		"nothing but a mark":             {mark, "", ""},
		"a mark in the middle":           {"a" + mark, "a" + mark, ""},
		"UTF-16, little endian":          {encode(binary.LittleEndian, mark+"token"), "", isUTF16},
		"UTF-16, big endian":             {encode(binary.BigEndian, mark+"token"), "", isUTF16},
		"without a mark":                 {encode(binary.LittleEndian, "token"), "", isUTF16},
		"big endian without a mark":      {encode(binary.BigEndian, "token\r\n"), "", isUTF16},
		"cut in the middle":              {encode(binary.LittleEndian, mark+"token")[:7], "", isUTF16},
		"Latin-1":                        {"p\xe4ss", "", isLatin1},
		"a mark before Latin-1":          {mark + "p\xe4ss", "", isLatin1},
		"a zero byte in a text of UTF-8": {"a\x00bcdef", "a\x00bcdef", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := textinput.Decode([]byte(tt.content))
			if string(got) != tt.text || errors.Is(err, textinput.ErrEncoding) != (tt.found != "") {
				t.Fatalf("got %q, %v; want %q", got, err, tt.text)
			}
			if err != nil && !strings.Contains(err.Error(), tt.found) {
				t.Errorf("the error %q does not name %s", err, tt.found)
			}
			if _, err := textinput.DecodePEM([]byte(tt.content)); (err != nil) != (tt.found == isUTF16) {
				t.Errorf("as PEM: %v", err)
			}
		})
	}
}

func encode(order binary.AppendByteOrder, text string) string {
	var encoded []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		encoded = order.AppendUint16(encoded, unit)
	}
	return string(encoded)
}

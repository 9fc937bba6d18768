package access

import (
	"fmt"
	"io"
	"strings"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Form says what the secret of a token is made of. All have 32 characters.
type Form int

// The forms that clients of a platform expect.
const (
	Base62 Form = iota // digits and letters of both cases: 190 bits
	Hex                // lower-case hexadecimal digits: 128 bits
)

func (f Form) alphabet() string {
	if f == Hex {
		return "0123456789abcdef"
	}
	return "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
}

const secretLength = 32

// NewSecret draws a token. Bytes from the largest multiple of the alphabet's
// length on are drawn again, so that no character is favoured.
func NewSecret(random io.Reader, form Form) (secret.Text, error) {
	alphabet := form.alphabet()
	fair := 256 - 256%len(alphabet)
	token := make([]byte, 0, secretLength)
	draw := make([]byte, secretLength)
	for len(token) < secretLength {
		if _, err := io.ReadFull(random, draw); err != nil {
			return secret.Text{}, fmt.Errorf("draw a token: %w", err)
		}
		for _, b := range draw {
			if int(b) < fair && len(token) < secretLength {
				token = append(token, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return secret.New(string(token)), nil
}

// maxValue bounds a secret that was drawn elsewhere, in bytes.
const maxValue = 128

// ErrWeakValue refuses a secret that others could guess. It can't know how it was
// drawn, but it was not drawn well when it is shorter than ours or made of few
// characters.
var ErrWeakValue = &refusal.Error{Code: refusal.Invalid, Reason: refusal.WeakToken, Message: "a token must be 32 to 128 letters, digits, dots, dashes or underscores, drawn at random"}

// CheckValue refuses what may not be the secret of a token, with ErrWeakValue.
func CheckValue(value secret.Text) error {
	allowed := Base62.alphabet() + ".-_"
	text := value.Reveal()
	different := map[byte]bool{}
	for _, c := range []byte(text) {
		if strings.IndexByte(allowed, c) < 0 {
			return ErrWeakValue
		}
		different[c] = true
	}
	if len(text) < secretLength || len(text) > maxValue || len(different) < secretLength/4 {
		return ErrWeakValue
	}
	return nil
}

package access

import (
	"fmt"
	"io"
	"strings"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Form is the format of a token's secret. All have 32 characters.
type Form int

// The forms that the platforms use.
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

// NewSecret returns a random token. It skips bytes beyond the largest multiple of
// the alphabet's length, so that all characters are equally likely.
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

// maxValue is the maximum length of a given secret in bytes.
const maxValue = 128

// ErrWeakValue is returned for a given secret that is not well-formed or may be easy
// to guess: one that is too short or has few different characters.
var ErrWeakValue = &refusal.Error{Code: refusal.Invalid, Reason: refusal.WeakToken, Message: "a token must be 32 to 128 letters, digits, dots, dashes or underscores, drawn at random"}

// CheckValue returns ErrWeakValue unless value may be the secret of a token.
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

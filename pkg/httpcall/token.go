package httpcall

import (
	"errors"
	"fmt"

	"github.com/dxauth/dxauth/pkg/secret"
)

// ErrInvalidToken is wrapped by the errors of [ValidToken].
var ErrInvalidToken = errors.New("token cannot be sent")

// ValidToken refuses what can't stand in a header: the empty
// token, and any character but the visible ones of ASCII. The error wraps
// [ErrInvalidToken] and tells nothing of the token but where the fault is.
func ValidToken(token secret.Text) error {
	if token.IsZero() {
		return fmt.Errorf("%w: it is empty", ErrInvalidToken)
	}
	isVisible := func(b byte) bool { return '!' <= b && b <= '~' }
	for i, b := range []byte(token.Reveal()) {
		if !isVisible(b) {
			return fmt.Errorf("%w: byte %d is a blank, a control character or not ASCII", ErrInvalidToken, i+1)
		}
	}
	return nil
}

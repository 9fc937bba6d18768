package cli

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	codeDigits = 6 // of a verification code

	// What is shorter or longer can't be a recovery code of any platform.
	shortestRecoveryCode = 8
	longestRecoveryCode  = 64
)

var (
	errNoCode     = errors.New("a verification code has 6 digits; a recovery code can take its place")
	errCodeLength = errors.New("that is neither the 6 digits of a verification code nor a whole recovery code")
)

// askForCode asks until what was typed can be a code.
func (a *app) askForCode(ctx context.Context, prompt string, read func(string) (secret.Text, error)) (secret.Text, error) {
	for {
		typed, err := a.term.Line(ctx, prompt)
		if err != nil {
			return secret.Text{}, err
		}
		if strings.TrimSpace(typed) == "" {
			continue
		}
		code, err := read(typed)
		if err == nil {
			return code, nil
		}
		a.term.Message("%s", capitalized(err.Error()))
	}
}

// readCode reads what somebody typed where a verification code or a recovery
// code is wanted. What can be neither is refused here: a wrong try at the server
// counts.
func readCode(typed string) (secret.Text, error) {
	bare := bareCode(typed)
	digits := strings.Trim(bare, "0123456789") == ""
	switch {
	case digits && len(bare) == codeDigits:
		return secret.New(bare), nil
	case digits && len(bare) < 2*codeDigits, !isASCIIWord(bare):
		return secret.Text{}, errNoCode
	case len(bare) < shortestRecoveryCode, len(bare) > longestRecoveryCode:
		return secret.Text{}, errCodeLength
	}
	return secret.New(strings.TrimSpace(typed)), nil
}

// readAppCode reads what has to be a verification code: a recovery code shows
// nothing about an authenticator app.
func readAppCode(typed string) (secret.Text, error) {
	bare := bareCode(typed)
	if len(bare) != codeDigits || strings.Trim(bare, "0123456789") != "" {
		return secret.Text{}, errors.New("a verification code has 6 digits")
	}
	return secret.New(bare), nil
}

// sameRecoveryCode compares as the server does: case, blanks and dashes do not
// count.
func sameRecoveryCode(one, other secret.Text) bool {
	form := func(code secret.Text) secret.Text { return secret.New(strings.ToLower(bareCode(code.Reveal()))) }
	return form(one).Equal(form(other))
}

// bareCode drops the blanks and dashes between the groups of a code.
func bareCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Dash, r) {
			return -1
		}
		return r
	}, typed)
}

func isASCIIWord(s string) bool {
	for _, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (r < '0' || r > '9') {
			return false
		}
	}
	return true
}

// nameSkew says when this computer's clock and the server's are apart: codes are
// made from the time.
func (a *app) nameSkew(refused error) {
	if skew := a.skew(refused); skew != "" {
		a.term.Warn("%s", skew)
	}
}

// skew compares the clocks after a refusal; empty: they agree, or the server's
// is not known.
func (a *app) skew(err error) string { return kit.SkewHint(err, a.Now()) }

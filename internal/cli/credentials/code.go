package credentials

import (
	"context"
	"errors"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	// What is shorter or longer can't be a recovery code of any platform.
	shortestRecoveryCode = 8
	longestRecoveryCode  = 64
)

var (
	errNoCode     = errors.New("a verification code has 6 digits; a recovery code can take its place")
	errCodeLength = errors.New("that is neither the 6 digits of a verification code nor a whole recovery code")
	errNoAppCode  = errors.New("a verification code has 6 digits")
)

// AskCode asks until what was typed can be a code.
func AskCode(ctx context.Context, console *kit.Console, prompt string, read func(string) (secret.Text, error)) (secret.Text, error) {
	for {
		typed, err := console.Line(ctx, prompt)
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
		console.Message("%s", kit.Capitalized(err.Error()))
	}
}

// ReadCode reads what somebody typed where a verification code or a recovery
// code is wanted. What can be neither is refused here: a wrong try at the server
// counts.
func ReadCode(typed string) (secret.Text, error) {
	bare := syntax.WithoutSeparators(typed)
	digits := strings.Trim(bare, "0123456789") == ""
	switch {
	case syntax.IsVerificationCode(bare):
		return secret.New(bare), nil
	case digits && len(bare) < 2*syntax.CodeDigits, !isASCIIWord(bare):
		return secret.Text{}, errNoCode
	case len(bare) < shortestRecoveryCode, len(bare) > longestRecoveryCode:
		return secret.Text{}, errCodeLength
	}
	return secret.New(strings.TrimSpace(typed)), nil
}

// ReadAppCode reads what has to be a verification code: a recovery code shows
// nothing about an authenticator app.
func ReadAppCode(typed string) (secret.Text, error) {
	bare := syntax.WithoutSeparators(typed)
	if !syntax.IsVerificationCode(bare) {
		return secret.Text{}, errNoAppCode
	}
	return secret.New(bare), nil
}

// SameRecoveryCode compares as the server does: case, blanks and dashes do not
// count.
func SameRecoveryCode(one, other secret.Text) bool {
	form := func(code secret.Text) secret.Text {
		return secret.New(strings.ToLower(syntax.WithoutSeparators(code.Reveal())))
	}
	return form(one).Equal(form(other))
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

// WarnOfSkew warns when a code may have been refused because this computer's
// clock and the server's are apart.
func WarnOfSkew(console *kit.Console, refused error) {
	if skew := kit.SkewHint(refused, console.Now()); skew != "" {
		console.Warn("%s", skew)
	}
}

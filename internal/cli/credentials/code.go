package credentials

import (
	"context"
	"errors"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/failure"
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	// No platform has shorter or longer recovery codes.
	shortestRecoveryCode = 8
	longestRecoveryCode  = 64
)

var (
	errNotACode     = errors.New("a verification code has 6 digits; you can also use a recovery code")
	errCodeLength   = errors.New("this is neither a 6-digit verification code nor a complete recovery code")
	errNotAnAppCode = errors.New("a verification code has 6 digits")
)

// AskCode asks for a code until read accepts the input.
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
		console.Notice("%s", format.Capitalized(err.Error()))
	}
}

// ReadCode parses a verification code or a recovery code. It returns an error for
// input that can be neither, because the server counts wrong codes.
func ReadCode(typed string) (secret.Text, error) {
	typed = withoutListNumber(typed)
	bare := syntax.WithoutSeparators(typed)
	digits := strings.Trim(bare, "0123456789") == ""
	switch {
	case syntax.IsVerificationCode(bare):
		return secret.New(bare), nil
	case digits && len(bare) < 2*syntax.CodeDigits, !isASCIIWord(bare):
		return secret.Text{}, errNotACode
	case len(bare) < shortestRecoveryCode, len(bare) > longestRecoveryCode:
		return secret.Text{}, errCodeLength
	}
	return secret.New(strings.TrimSpace(typed)), nil
}

// ReadAppCode parses a verification code. It accepts no recovery code, which does
// not prove that the app has the key.
func ReadAppCode(typed string) (secret.Text, error) {
	bare := syntax.WithoutSeparators(typed)
	if !syntax.IsVerificationCode(bare) {
		return secret.Text{}, errNotAnAppCode
	}
	return secret.New(bare), nil
}

// SameRecoveryCode compares two codes as the server does, ignoring case, blanks
// and dashes, and the number of a code in its list.
func SameRecoveryCode(one, other secret.Text) bool {
	normalized := func(code secret.Text) secret.Text {
		return secret.New(strings.ToLower(syntax.WithoutSeparators(withoutListNumber(code.Reveal()))))
	}
	return normalized(one).Equal(normalized(other))
}

// withoutListNumber returns a code without the number that it has in a list: "3. " or
// "3) ".
func withoutListNumber(typed string) string {
	typed = strings.TrimSpace(typed)
	number := len(typed) - len(strings.TrimLeft(typed, "0123456789"))
	rest := typed[number:]
	if number < 1 || number > 2 || !strings.HasPrefix(rest, ".") && !strings.HasPrefix(rest, ")") {
		return typed
	}
	return strings.TrimSpace(rest[1:])
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

// WarnOfSkew warns if the server may have rejected a code because this computer's
// clock is wrong.
func WarnOfSkew(console *kit.Console, refused error) {
	if skew := failure.SkewHint(refused, console.Now()); skew != "" {
		console.Warn("%s", skew)
	}
}

package cli

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// signUpTime bounds the question how one gets an account: it is a hint.
const signUpTime = 2 * time.Second

// withSignUp adds to a wrong user name or password how one gets an account, on a
// platform that tells.
func (d *dialogue) withSignUp(ctx context.Context, err error) error {
	if d.platform == nil || !errors.Is(err, platform.ErrWrongPassword) {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, signUpTime)
	defer cancel()
	hint := d.platform.AccountHint(bounded)
	if hint == "" {
		return err
	}
	return &refusal.Error{Code: refusal.WrongCredentials, Message: err.Error(), Hint: hint, Err: err}
}

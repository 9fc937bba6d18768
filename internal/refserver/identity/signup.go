package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// SignUpMode says who may make an account for themselves.
type SignUpMode string

// The modes.
const (
	SignUpClosed    SignUpMode = "closed"    // nobody
	SignUpModerated SignUpMode = "moderated" // who then waits for an administrator
	SignUpOpen      SignUpMode = "open"      // everybody, at once: there is no mail server that could prove an address
)

// ParseSignUpMode reads the name of a mode.
func ParseSignUpMode(name string) (SignUpMode, error) {
	switch mode := SignUpMode(name); mode {
	case SignUpClosed, SignUpModerated, SignUpOpen:
		return mode, nil
	default:
		return "", fmt.Errorf("%q is not closed, moderated or open", name)
	}
}

// What a sign-up can be refused with, beside what a draft and a password are.
var (
	// ErrSignUpClosed means that only an administrator makes accounts here.
	ErrSignUpClosed = &refusal.Error{Code: refusal.Denied, Reason: refusal.SignUpClosed, Message: "nobody can sign up here"}
	// ErrTooManyWait means that an administrator has to decide about others first.
	ErrTooManyWait = &refusal.Error{Code: refusal.Unavailable, Reason: refusal.SignUpsFull, Message: "too many people wait to be let in"}
)

// SignUp is an account that waits to be let in.
type SignUp struct {
	UserID     string
	CodeHash   string // of HashEntryCode
	SealedCode []byte
}

// maxWaiting bounds the accounts that wait, lest strangers fill the store.
const maxWaiting = 1000

// signUpRule bounds the sign-ups of a network, whether they succeed or not: each
// costs a password hash and may leave an account.
var signUpRule = Rule{Free: 10, Interval: 6 * time.Minute}

// CountSignUp counts a sign-up against the network that it comes from.
func CountSignUp(ctx context.Context, tx Tx, source string, now time.Time) error {
	return take(ctx, tx, []reservation{{key("sign-up", source), signUpRule}}, now)
}

// Newcomer makes a user of what somebody says who signs up; names may be missing,
// and so may the address where a platform does not ask for one. It answers
// refusal.WrongAccount.
func (d Draft) Newcomer(now time.Time) (User, error) {
	if err := d.checkUsername(); err != nil {
		return User{}, err
	}
	if d.Email != "" {
		if err := CheckNewEmail(d.Email); err != nil {
			return User{}, err
		}
	}
	return d.user(now)
}

// Enter stores somebody who signed up. With moderation the account is closed and
// has an activation code that administrators can read.
func (a *Authenticator) Enter(ctx context.Context, tx Tx, user User, mode SignUpMode) error {
	user.Disabled = mode == SignUpModerated
	if err := Register(ctx, tx, user); err != nil || mode != SignUpModerated {
		return err
	}
	waiting, err := tx.CountSignUps(ctx)
	if err == nil && waiting >= maxWaiting {
		err = ErrTooManyWait
	}
	if err != nil {
		return err
	}
	code, err := NewEntryCode(a.random)
	if err != nil {
		return err
	}
	sealed, err := a.key.Seal(a.random, []byte(code.Reveal()), signUpPlace(user.ID))
	if err != nil {
		return fmt.Errorf("seal the activation code of %s: %w", user.ID, err)
	}
	return tx.SetSignUp(ctx, SignUp{UserID: user.ID, CodeHash: HashEntryCode(code), SealedCode: sealed})
}

// ActivationCode returns the code of an account that waits; the zero secret where
// it does not.
func (a *Authenticator) ActivationCode(ctx context.Context, tx Tx, userID string) (secret.Text, error) {
	signUp, waits, err := tx.SignUp(ctx, userID)
	if err != nil || !waits {
		return secret.Text{}, err
	}
	code, err := a.key.Open(signUp.SealedCode, signUpPlace(userID))
	if err != nil {
		return secret.Text{}, fmt.Errorf("open the activation code of %s: %w", userID, err)
	}
	return secret.New(string(code)), nil
}

func signUpPlace(userID string) seal.Place {
	return seal.Place{Table: "sign_ups", Column: "code", Row: userID}
}

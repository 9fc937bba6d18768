package identity

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/throttle"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// emailRule limits how often a user can have a code sent to a new address, which may be
// that of somebody else.
var emailRule = throttle.Rule{Free: 10, Interval: 6 * time.Minute}

// ChangeEmail stores a new address of a user. A code that confirms it is sent there, and a
// notice to the former address if that was verified. It returns ErrUserExists, and
// refusal.TooManyAttempts if the user changed it too often.
func (a *Authenticator) ChangeEmail(ctx context.Context, tx Tx, user User, address string) error {
	if err := tx.SetEmail(ctx, user.ID, address); err != nil || address == user.Email || a.mail.Mode() == outbox.Off {
		return err
	}
	if err := TakeEmailCode(ctx, tx, user.ID, a.now()); err != nil {
		return err
	}
	if err := a.notify(ctx, tx, user, a.mail.EmailChanged); err != nil {
		return err
	}
	user.Email = address
	code, err := IssueEmailCode(ctx, tx, a.random, user, a.now())
	if err != nil {
		return err
	}
	return a.mail.Put(ctx, tx, a.mail.EmailCode(addressee(user), code.Code, code.Expires))
}

// TakeEmailCode counts a code that a user has sent to the address of the account. It
// returns refusal.TooManyAttempts if there were too many.
func TakeEmailCode(ctx context.Context, tx Tx, userID string, now time.Time) error {
	return Take(ctx, tx, []Reservation{{key("address", userID), emailRule}}, now)
}

// ReplacePassword stores the hash of a new password that a user chose, and tells the user.
func (a *Authenticator) ReplacePassword(ctx context.Context, tx Tx, user User, encoded string) error {
	if err := tx.SetPasswordHash(ctx, user.ID, encoded); err != nil {
		return err
	}
	return a.notify(ctx, tx, user, a.mail.PasswordChanged)
}

// notify sends a notice, unless the address may be that of somebody else.
func (a *Authenticator) notify(ctx context.Context, tx Tx, user User, letter func(outbox.Addressee) outbox.Letter) error {
	if !user.EmailVerified {
		return nil
	}
	return a.mail.Put(ctx, tx, letter(addressee(user)))
}

func addressee(user User) outbox.Addressee {
	return outbox.Addressee{Handle: user.Handle, Email: user.Email}
}

// letterRule limits the letters that others can have sent to an address, from wherever
// they ask.
var letterRule = throttle.Rule{Free: 5, Interval: time.Hour}

// putForOther sends a letter that not the owner of its address asked for. It returns
// refusal.TooManyAttempts.
func (a *Authenticator) putForOther(ctx context.Context, tx Tx, letter outbox.Letter) error {
	if a.mail.Sends() {
		counted := Reservation{key("letter", strings.ToLower(letter.To)), letterRule}
		if err := Take(ctx, tx, []Reservation{counted}, a.now()); err != nil {
			return err
		}
	}
	return a.mail.Put(ctx, tx, letter)
}

// sendActivation sends an activation code to the user. If that is how users get their
// codes, it takes the code out of what the caller gets.
func (a *Authenticator) sendActivation(ctx context.Context, tx Tx, issued IssuedCode) (IssuedCode, error) {
	if a.mail.Mode() == outbox.Off {
		return issued, nil
	}
	user, err := tx.UserByID(ctx, issued.UserID)
	if err != nil {
		return IssuedCode{}, err
	}
	if err := a.putForOther(ctx, tx, a.mail.Activation(addressee(user), issued.Code, issued.Expires)); err != nil {
		return IssuedCode{}, err
	}
	if a.mail.Sends() && user.Email != "" {
		issued.Code = secret.Text{}
	}
	return issued, nil
}

// SignUpLifetime is how long a user who signed up has to enter the code from the e-mail.
// Then the account is removed, unless somebody made it a member of something meanwhile.
const SignUpLifetime = 72 * time.Hour

// waitForMail makes a user wait until a code from an e-mail shows that the address is the
// user's. The owner of an address that is taken gets a letter about that instead: there is
// one e-mail for every sign-up.
func (a *Authenticator) waitForMail(ctx context.Context, tx Tx, user User, address string) error {
	code, err := NewAccessCode(a.random)
	if err = cmp.Or(err, requireWaitingRoom(ctx, tx)); err != nil {
		return err
	}
	noCode, err := a.key.Seal(a.random, nil, signUpPlace(user.ID))
	if err != nil {
		return err
	}
	signUp := SignUp{UserID: user.ID, CodeHash: HashMailedCode(code), SealedCode: noCode, Valid: a.validFor(SignUpLifetime)}
	if err := tx.SetSignUp(ctx, signUp); err != nil {
		return err
	}
	if user.Email != "" {
		return a.mail.Put(ctx, tx, a.mail.SignUpCode(addressee(user), code, signUp.Valid.Ends))
	}
	owner, err := tx.UserByEmail(ctx, address)
	if err != nil {
		return err
	}
	err = a.putForOther(ctx, tx, a.mail.SignUpKnown(addressee(owner)))
	if refusal.CodeOf(err) == refusal.Throttled { // the owner knows by now
		return nil
	}
	return err
}

// HashMailedCode returns the hash of a code that nobody but the owner of the address got.
func HashMailedCode(code secret.Text) string {
	return HashAccessCode(secret.New(code.Reveal() + "\x00by e-mail"))
}

// ActivateSignUp ends the pending sign-up that a code belongs to, and returns the user
// as it is to be stored. A code from an e-mail verifies the address. It returns
// ErrBadAccessCode.
func ActivateSignUp(ctx context.Context, tx Tx, code secret.Text, now time.Time) (User, error) {
	signUp, isMailed, err := findSignUp(ctx, tx, code)
	if err == nil && !signUp.Valid.Ends.IsZero() && !signUp.Valid.Contains(now) {
		err = ErrBadAccessCode
	}
	if err != nil {
		return User{}, err
	}
	pending, err := tx.DropSignUp(ctx, signUp.UserID)
	if err == nil && !pending {
		err = ErrBadAccessCode
	}
	if err != nil {
		return User{}, err
	}
	user, err := tx.UserByID(ctx, signUp.UserID)
	if err != nil {
		return User{}, err
	}
	if isMailed {
		if user.EmailVerified, err = tx.VerifyEmail(ctx, user.ID, user.Email); err != nil {
			return User{}, err
		}
	}
	user.Disabled = false
	return user, nil
}

func findSignUp(ctx context.Context, tx Tx, code secret.Text) (signUp SignUp, isMailed bool, err error) {
	signUp, pending, err := tx.SignUpByCode(ctx, HashAccessCode(code))
	if err == nil && !pending {
		isMailed = true
		signUp, pending, err = tx.SignUpByCode(ctx, HashMailedCode(code))
	}
	if err == nil && !pending {
		err = ErrBadAccessCode
	}
	return signUp, isMailed, err
}

// EndSignUp ends the pending sign-up of a user by a decision of an administrator, so that
// its code can't undo the decision. A user who can sign in now gets an e-mail.
func (a *Authenticator) EndSignUp(ctx context.Context, tx Tx, user User) error {
	pending, err := tx.DropSignUp(ctx, user.ID)
	if err != nil || !pending || user.Blocked() {
		return err
	}
	return a.mail.Put(ctx, tx, a.mail.SignUpApproved(addressee(user)))
}

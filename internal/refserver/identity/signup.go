package identity

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/throttle"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// SignUpMode says whether users may create accounts for themselves.
type SignUpMode string

// The modes.
const (
	SignUpClosed    SignUpMode = "closed"    // no
	SignUpModerated SignUpMode = "moderated" // yes, but an administrator must approve
	SignUpOpen      SignUpMode = "open"      // yes, at once; addresses are not verified
	// SignUpMailed is SignUpOpen on a server that sends e-mails: users activate their
	// accounts with the code in one, which verifies the address.
	SignUpMailed SignUpMode = "mailed"
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

// Refusals of a sign-up, besides those of a draft and a password.
var (
	// ErrSignUpClosed means that only administrators create accounts on this server.
	ErrSignUpClosed = &refusal.Error{Code: refusal.Denied, Reason: refusal.SignUpClosed, Message: "sign-up is closed on this server"}
	// ErrTooManyWait means that too many sign-ups are waiting for an administrator.
	ErrTooManyWait = &refusal.Error{Code: refusal.Unavailable, Reason: refusal.SignUpsFull, Message: "too many sign-ups are waiting for approval"}
)

// SignUp is an account that waits for approval.
type SignUp struct {
	UserID     string
	CodeHash   string // by HashAccessCode
	SealedCode []byte
	Valid      clock.Span // of a code that was sent; without an end: until somebody decides
}

// maxWaiting limits the waiting accounts, so that sign-ups cannot fill the store.
const maxWaiting = 1000

// signUpRule limits the sign-ups from one network, successful or not: each costs a
// password hash and may create an account.
var signUpRule = throttle.Rule{Free: 10, Interval: 6 * time.Minute}

// The rules of sign-ups from whole networks: who has one can sign up from each of its
// addresses.
var (
	signUpsOfIPv4 = []NetworkRule{{24, throttle.Rule{Free: 100, Interval: 30 * time.Second}}, {16, throttle.Rule{Free: 1000, Interval: 5 * time.Second}}}
	signUpsOfIPv6 = []NetworkRule{{56, throttle.Rule{Free: 50, Interval: time.Minute}}, {48, throttle.Rule{Free: 100, Interval: 30 * time.Second}}, {32, throttle.Rule{Free: 1000, Interval: 5 * time.Second}}}
)

// CountSignUp counts a sign-up against the networks of its address. It returns
// refusal.TooManyAttempts if one of them has to wait.
func CountSignUp(ctx context.Context, tx Tx, address netip.Addr, now time.Time) error {
	counts := NewNetworkReservations("sign-up", address, signUpsOfIPv4, signUpsOfIPv6)
	return Take(ctx, tx, append(counts, Reservation{key("sign-up", Source(address)), signUpRule}), now)
}

// Newcomer is User for a sign-up, in which names and address may be empty. It
// returns refusal.WrongAccount if a field is not valid.
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

// Enter stores a user who signed up. With moderation the account is disabled and has
// an activation code that administrators can read, with mail one that is sent to the user.
// An address that another user has is then left out, which Enter reports, so that what
// follows is the same for every address.
func (a *Authenticator) Enter(ctx context.Context, tx Tx, user User, mode SignUpMode) (emailTaken bool, err error) {
	if mode != SignUpModerated && mode != SignUpMailed {
		return false, Register(ctx, tx, user)
	}
	if mode == SignUpMailed && user.Email == "" {
		return false, wrongDraft(FieldEmail, "an account needs an e-mail address")
	}
	address := user.Email
	user.Disabled = true
	if err = RequireFreeEmail(ctx, tx, user.ID, user.Email); errors.Is(err, ErrEmailTaken) {
		emailTaken, user.Email, err = true, "", nil
	}
	if err == nil {
		err = Register(ctx, tx, user)
	}
	if err != nil {
		return false, err
	}
	if mode == SignUpMailed {
		return emailTaken, a.waitForMail(ctx, tx, user, address)
	}
	return emailTaken, a.wait(ctx, tx, user)
}

// wait makes a user wait for approval.
func (a *Authenticator) wait(ctx context.Context, tx Tx, user User) error {
	if err := requireWaitingRoom(ctx, tx); err != nil {
		return err
	}
	code, err := NewAccessCode(a.random)
	if err != nil {
		return err
	}
	sealed, err := a.key.Seal(a.random, []byte(code.Reveal()), signUpPlace(user.ID))
	if err != nil {
		return fmt.Errorf("seal the activation code of %s: %w", user.ID, err)
	}
	return tx.SetSignUp(ctx, SignUp{UserID: user.ID, CodeHash: HashAccessCode(code), SealedCode: sealed})
}

func requireWaitingRoom(ctx context.Context, tx Tx) error {
	waiting, err := tx.CountSignUps(ctx)
	if err == nil && waiting >= maxWaiting {
		err = ErrTooManyWait
	}
	return err
}

// errUnreadableActivation is ErrUnreadableCodes for an activation code.
var errUnreadableActivation = &refusal.Error{
	Code: refusal.Conflict, Reason: refusal.UnreadableCodes,
	Message: "the activation code of this account can't be read: activate the account without it",
}

// ActivationCode returns the code of an account that waits for approval, or the
// zero secret if it does not wait or only the user has the code. It returns
// ErrUnreadableCodes.
func (a *Authenticator) ActivationCode(ctx context.Context, tx Tx, userID string) (secret.Text, error) {
	signUp, waits, err := tx.SignUp(ctx, userID)
	if err != nil || !waits {
		return secret.Text{}, err
	}
	code, err := a.key.Open(signUp.SealedCode, signUpPlace(userID))
	if err != nil {
		return secret.Text{}, errUnreadableActivation.Wrap(err)
	}
	return secret.New(string(code)), nil
}

func signUpPlace(userID string) seal.Place {
	return seal.Place{Table: "sign_ups", Column: "code", Row: userID}
}

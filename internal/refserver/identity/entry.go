package identity

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Purpose says what an entry code is good for.
type Purpose string

// The purposes.
const (
	Bootstrap  Purpose = "bootstrap"  // make the first user, an administrator
	Activation Purpose = "activation" // set the first password of an account
)

// EntryCode lets somebody in once who has no password yet. It is stored as its
// hash only.
type EntryCode struct {
	Hash    string // of HashEntryCode
	Purpose Purpose
	UserID  string // empty: of the first user, who does not exist yet
	Expires time.Time
}

// How long codes are good.
const (
	BootstrapLifetime     = 24 * time.Hour
	ActivationLifetime    = 7 * 24 * time.Hour
	MaxActivationLifetime = 30 * 24 * time.Hour
)

// What a code can be refused with.
var (
	// ErrBadEntryCode stands for a code that never was, was used, or is too old.
	ErrBadEntryCode = &refusal.Error{Code: refusal.WrongCredentials, Reason: refusal.WrongEntryCode, Message: "the code is not good"}
	// ErrHasPassword refuses to activate an account that is in use.
	ErrHasPassword = &refusal.Error{Code: refusal.Conflict, Reason: refusal.PasswordSet, Message: "the account has a password"}
)

// IssuedCode is an entry code for whoever hands it on.
type IssuedCode struct {
	UserID  string // empty: of the first user
	Code    secret.Text
	Expires time.Time
}

// IssueActivation makes the code that sets the first password of an account, in
// place of an earlier one. A lifetime of 0 is ActivationLifetime; it is never
// longer than MaxActivationLifetime.
func (a *Authenticator) IssueActivation(ctx context.Context, tx Tx, userID string, lifetime time.Duration) (IssuedCode, error) {
	lifetime = min(cmp.Or(lifetime, ActivationLifetime), MaxActivationLifetime)
	return a.issueCode(ctx, tx, EntryCode{Purpose: Activation, UserID: userID, Expires: a.now().Add(lifetime)})
}

// IssueBootstrap makes the code that makes the first user, in place of an earlier
// one.
func (a *Authenticator) IssueBootstrap(ctx context.Context, tx Tx) (IssuedCode, error) {
	return a.issueCode(ctx, tx, EntryCode{Purpose: Bootstrap, Expires: a.now().Add(BootstrapLifetime)})
}

func (a *Authenticator) issueCode(ctx context.Context, tx Tx, entry EntryCode) (IssuedCode, error) {
	code, err := NewEntryCode(a.random)
	if err != nil {
		return IssuedCode{}, err
	}
	entry.Hash = HashEntryCode(code)
	return IssuedCode{UserID: entry.UserID, Code: code, Expires: entry.Expires}, tx.SetEntryCode(ctx, entry)
}

// FindEntryCode returns what is stored of a code that is good for a purpose, or
// ErrBadEntryCode.
func (a *Authenticator) FindEntryCode(ctx context.Context, tx Tx, code secret.Text, purpose Purpose) (EntryCode, error) {
	found, known, err := tx.EntryCode(ctx, HashEntryCode(code))
	if err == nil && !(known && found.Good(purpose, a.now())) {
		return EntryCode{}, ErrBadEntryCode
	}
	return found, err
}

// SetFirstPassword spends an activation code and sets the password of its account.
// It returns ErrBadEntryCode if the code was spent meanwhile, or the account got a
// password.
func SetFirstPassword(ctx context.Context, tx Tx, code EntryCode, passwordHash string) error {
	if err := spendEntryCode(ctx, tx, code); err != nil {
		return err
	}
	user, err := tx.UserByID(ctx, code.UserID)
	if err != nil {
		return err
	}
	if user.PasswordHash != "" {
		return ErrBadEntryCode
	}
	return tx.SetPasswordHash(ctx, code.UserID, passwordHash)
}

// RegisterFirst spends a bootstrap code and stores the first user, or returns
// ErrBadEntryCode.
func RegisterFirst(ctx context.Context, tx Tx, code EntryCode, user User) error {
	hasUsers, err := tx.AnyUser(ctx)
	if err != nil {
		return err
	}
	if hasUsers {
		return ErrBadEntryCode
	}
	if err := spendEntryCode(ctx, tx, code); err != nil {
		return err
	}
	return Register(ctx, tx, user)
}

func spendEntryCode(ctx context.Context, tx Tx, code EntryCode) error {
	spent, err := tx.SpendEntryCode(ctx, code.Hash)
	if err == nil && !spent {
		return ErrBadEntryCode
	}
	return err
}

// Good reports whether a code is for a purpose and its time is not over.
func (c EntryCode) Good(purpose Purpose, now time.Time) bool {
	return c.Purpose == purpose && now.Before(c.Expires)
}

// entryCodeBytes makes a code of 160 bits: nobody guesses one, so its hash needs
// neither salt nor key.
const entryCodeBytes = 20

// NewEntryCode draws a code, written as 32 characters in groups of four.
func NewEntryCode(random io.Reader) (secret.Text, error) {
	drawn := make([]byte, entryCodeBytes)
	if _, err := io.ReadFull(random, drawn); err != nil {
		return secret.Text{}, fmt.Errorf("draw a code: %w", err)
	}
	encoding := base32.NewEncoding(recoveryAlphabet).WithPadding(base32.NoPadding)
	return secret.New(grouped(encoding.EncodeToString(drawn))), nil
}

// HashEntryCode returns what is stored of a code: the lower-case hexadecimal
// sha256 of it, whatever the case and the dashes with which it is typed.
func HashEntryCode(code secret.Text) string {
	sum := sha256.Sum256([]byte(NormalizeRecoveryCode(code).Reveal()))
	return hex.EncodeToString(sum[:])
}

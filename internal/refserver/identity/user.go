package identity

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/syntax"
)

// User is one account.
type User struct {
	ID            string // "user-" and the handle in lower case
	Handle        string // as the owner spells it
	Email         string // may be empty
	First         string
	Middle        string
	Last          string
	PasswordHash  string // a PHC string; empty: no password login
	SSO           bool   // signs in only through an identity provider
	EmailVerified bool   // the address is known to be the user's: by a code, or by an administrator
	Disabled      bool   // by an administrator of the platform
	Locked        bool   // by an admin of the provisioning org
	Superuser     bool
	Created       time.Time

	BillTo          string // default payer; empty: the user
	SSHPublicKey    string
	ProvisioningOrg string // ID of the org whose admins manage the account; empty: none
	CreatedBy       string // ID of the admin of an org who created the account; empty: another way
}

// Blocked reports whether the account is disabled or locked: the user cannot sign
// in, and none of its tokens is accepted.
func (u User) Blocked() bool { return u.Disabled || u.Locked }

// Activated reports whether the user has a password or signs in through an identity
// provider.
func (u User) Activated() bool { return u.PasswordHash != "" || u.SSO }

// Size returns the bytes of the texts of a user that lists show.
func (u User) Size() int {
	return len(u.Handle) + len(u.Email) + len(u.First) + len(u.Middle) + len(u.Last)
}

// Principal is the user who makes a request, with what nearly every request needs.
type Principal struct {
	ID        string
	Handle    string
	BillTo    string // default payer; empty: the user
	Superuser bool
	Blocked   bool // see User.Blocked
}

// UserQuery selects users.
type UserQuery struct {
	After string // an ID
	Skip  int    // how many users after that are left out
	Limit int    // of users, at least 1
}

// FindUser returns a user by user name, ID or e-mail address. It returns ErrNoUser
// if there is none.
func FindUser(ctx context.Context, tx Tx, name string) (User, error) {
	switch {
	case strings.Contains(name, "@"):
		return tx.UserByEmail(ctx, name)
	case strings.HasPrefix(name, "user-"):
		return tx.UserByID(ctx, name)
	default:
		return tx.UserByID(ctx, UserID(name))
	}
}

// OpenUser returns a user. It returns ErrNoUser if the user is unknown or blocked.
func OpenUser(ctx context.Context, tx Tx, id string) (User, error) {
	user, err := tx.UserByID(ctx, id)
	if err == nil && user.Blocked() {
		return User{}, ErrNoUser
	}
	return user, err
}

// UserID returns the ID of a handle in any case.
func UserID(handle string) string { return "user-" + strings.ToLower(handle) }

// CheckHandle returns an error that says what is wrong with a user name.
func CheckHandle(handle string) error {
	if syntax.IsUsername(handle) {
		return nil
	}
	return fmt.Errorf("user name %q must be 3 to 255 letters, digits, dots or underscores, with a letter first", handle)
}

// CheckEmail returns an error unless the address is valid and has no display name.
func CheckEmail(address string) error {
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address {
		return errors.New("not a valid e-mail address")
	}
	return nil
}

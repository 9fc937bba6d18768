package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/quota"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Draft is the input for a new user.
type Draft struct {
	Username            string
	Email               string
	First, Middle, Last string

	Administrator bool // of the platform: may have one of the administratorNames
}

// wrongDraft returns the refusal of one field of a draft.
func wrongDraft(field DraftField, format string, args ...any) *refusal.Error {
	input := refusal.Input{Key: string(field), Problem: fmt.Sprintf(format, args...)}
	return &refusal.Error{Code: refusal.Invalid, Reason: refusal.WrongAccount, Message: input.Problem, Details: input}
}

// DraftField is the key of the input that a refusal.WrongAccount is about.
type DraftField string

// The fields.
const (
	FieldUsername DraftField = "username"
	FieldEmail    DraftField = "email"
	FieldName     DraftField = "name"     // first and last name together
	FieldNamePart DraftField = "namePart" // first, middle or last name
	FieldSSHKey   DraftField = "sshPublicKey"
)

// Returned if another user has the name or address.
var (
	ErrUsernameTaken = &refusal.Error{Code: refusal.Conflict, Reason: refusal.UsernameTaken, Message: "the user name is taken"}
	ErrEmailTaken    = &refusal.Error{Code: refusal.Conflict, Reason: refusal.EmailTaken, Message: "the e-mail address is taken"}
)

// MaxNamePart is the maximum length of a first, middle or last name in bytes.
const MaxNamePart = 255

// User returns the user that the draft describes, without a password. It returns
// refusal.WrongAccount if a field is not valid.
func (d Draft) User(now time.Time) (User, error) {
	if err := cmp.Or(d.checkUsername(), CheckNewEmail(d.Email)); err != nil {
		return User{}, err
	}
	if strings.TrimSpace(d.First) == "" && strings.TrimSpace(d.Last) == "" {
		return User{}, wrongDraft(FieldName, "a first or last name is required")
	}
	return d.user(now)
}

// reservedNames are user names that nobody gets: platforms use anonymous and public
// for unauthenticated users and for everyone; the others look as if the machine spoke.
var reservedNames = []string{"anonymous", "public", "root", "system"}

// administratorNames are user names that only administrators of the platform get: others
// could pass for one.
var administratorNames = []string{"admin", "administrator", "superuser"}

// checkUsername also refuses reserved names, and names that are easily taken for
// another one because of a dot or underscore at the end or two in a row.
func (d Draft) checkUsername() error {
	if err := CheckHandle(d.Username); err != nil {
		return wrongDraft(FieldUsername, "%s", err)
	}
	parts := strings.FieldsFunc(d.Username, isSeparator)
	name := strings.ToLower(strings.Join(parts, ""))
	if slices.Contains(reservedNames, name) || !d.Administrator && slices.Contains(administratorNames, name) {
		return wrongDraft(FieldUsername, "user name %q is reserved", d.Username)
	}
	if separators := strings.Count(d.Username, ".") + strings.Count(d.Username, "_"); separators >= len(parts) {
		return wrongDraft(FieldUsername, "user name %q must not end in a dot or underscore, or have two in a row", d.Username)
	}
	return nil
}

func isSeparator(char rune) bool { return char == '.' || char == '_' }

func (d Draft) user(now time.Time) (User, error) {
	user := User{ID: UserID(d.Username), Handle: d.Username, Email: d.Email, Created: now}
	return user.Renamed(&d.First, &d.Middle, &d.Last)
}

// CheckNewEmail returns refusal.WrongAccount if the address is too long or not a
// valid e-mail address.
func CheckNewEmail(address string) error {
	if err := CheckEmail(address); err != nil || len(address) > MaxNamePart {
		return wrongDraft(FieldEmail, "the e-mail address is not valid")
	}
	return nil
}

// isInvisible reports whether char is a control character or changes the
// direction of writing: both only serve to imitate another name.
func isInvisible(char rune) bool {
	return unicode.IsControl(char) || unicode.Is(unicode.Bidi_Control, char)
}

// Renamed returns the user with new names; nil leaves a name unchanged. It
// returns refusal.WrongAccount if a name is not valid.
func (u User) Renamed(first, middle, last *string) (User, error) {
	for _, part := range []struct{ field, value *string }{{&u.First, first}, {&u.Middle, middle}, {&u.Last, last}} {
		if part.value == nil {
			continue
		}
		if len(*part.value) > MaxNamePart {
			return User{}, wrongDraft(FieldNamePart, "a name is longer than 255 bytes")
		}
		if !utf8.ValidString(*part.value) || strings.ContainsFunc(*part.value, isInvisible) {
			return User{}, wrongDraft(FieldNamePart, "a name contains invisible characters")
		}
		*part.field = *part.value
	}
	return u, nil
}

// Register stores a new user. It returns ErrUsernameTaken or ErrEmailTaken if
// another user has the name or address.
func Register(ctx context.Context, tx Tx, user User) error {
	_, err := tx.UserByID(ctx, user.ID)
	if err := free(err, ErrUsernameTaken); err != nil {
		return err
	}
	_, err = tx.UserByEmail(ctx, user.Email)
	if err := free(err, ErrEmailTaken); err != nil {
		return err
	}
	if err := tx.InsertUser(ctx, user); err != nil || user.CreatedBy == "" {
		return err
	}
	created, err := tx.CountUsersBy(ctx, user.CreatedBy, quota.Accounts.Max()+1)
	if err != nil {
		return err
	}
	return quota.Accounts.Check(created)
}

// RequireFreeEmail returns ErrEmailTaken if another user has the address.
func RequireFreeEmail(ctx context.Context, tx Tx, userID, address string) error {
	owner, err := tx.UserByEmail(ctx, address)
	if err == nil && owner.ID == userID {
		return nil
	}
	return free(err, ErrEmailTaken)
}

// MaxNewUsers limits how many accounts one request can create: each costs a
// password hash, which delays sign-ins.
const MaxNewUsers = 100

// ErrTooManyUsers is returned for more than MaxNewUsers accounts at once.
var ErrTooManyUsers = refusal.New(refusal.Invalid, "at most %d users can be added at once", MaxNewUsers).Because(refusal.TooManyUsers)

// free returns nil if the look-up found no user, and taken if it found one.
func free(lookedUp, taken error) error {
	switch {
	case errors.Is(lookedUp, ErrNoUser):
		return nil
	case lookedUp == nil:
		return taken
	default:
		return lookedUp
	}
}

// MaxSSHKey is the maximum length of an SSH key in bytes.
const MaxSSHKey = 16 << 10

// CheckSSHKey returns refusal.WrongAccount for a private key and for one that is
// too long. An empty key means none.
func CheckSSHKey(key string) error {
	switch {
	case strings.Contains(key, "PRIVATE KEY"):
		return wrongDraft(FieldSSHKey, "Tried to put a private key in the sshPublicKey field")
	case len(key) > MaxSSHKey:
		return wrongDraft(FieldSSHKey, "the SSH key is too long")
	default:
		return nil
	}
}

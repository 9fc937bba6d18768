package service

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// ChangePassword changes the caller's password. It returns the errors of
// identity.CheckNewPassword and of proofs, and identity.ErrPasswordUnchanged.
func (s *Service) ChangePassword(ctx context.Context, caller Caller, shown Proof, password secret.Text) error {
	return s.ChangeAccount(ctx, caller, shown, AccountChange{Password: &password})
}

// UpdateEmail changes the caller's e-mail address. It returns
// refusal.WrongAccount, identity.ErrEmailTaken, and the errors of proofs.
func (s *Service) UpdateEmail(ctx context.Context, caller Caller, shown Proof, address string) error {
	return s.ChangeAccount(ctx, caller, shown, AccountChange{Email: &address})
}

// Settings is a change of a user's names; nil keeps a value.
type Settings struct{ First, Middle, Last *string }

func (s Settings) of(user identity.User) (identity.User, error) {
	return user.Renamed(s.First, s.Middle, s.Last)
}

// UpdateSettings changes the caller's names. It returns refusal.WrongAccount and
// the errors of proofs.
func (s *Service) UpdateSettings(ctx context.Context, caller Caller, shown Proof, settings Settings) error {
	return s.ChangeAccount(ctx, caller, shown, AccountChange{Settings: &settings})
}

// AccountChange is a change of the caller's own account; nil keeps a value.
type AccountChange struct {
	Password *secret.Text
	Email    *string
	Settings *Settings
}

// ChangeAccount applies the whole change or nothing. It returns the errors of
// ChangePassword, UpdateEmail and UpdateSettings.
func (s *Service) ChangeAccount(ctx context.Context, caller Caller, shown Proof, change AccountChange) error {
	var changes []selfChange
	if change.Password != nil {
		password, err := s.passwordChange(ctx, caller, shown, *change.Password)
		if err != nil {
			return err
		}
		changes = append(changes, password)
	}
	if change.Email != nil {
		email, err := s.emailChange(ctx, *change.Email)
		if err != nil {
			return err
		}
		changes = append(changes, email)
	}
	if change.Settings != nil {
		settings, err := settingsChange(ctx, caller, *change.Settings)
		if err != nil {
			return err
		}
		changes = append(changes, settings)
	}
	if changes == nil {
		return nil
	}
	return s.changeSelf(ctx, caller, shown, changes...)
}

func (s *Service) passwordChange(ctx context.Context, caller Caller, shown Proof, password secret.Text) (selfChange, error) {
	if password.Reveal() == shown.Password.Reveal() {
		return selfChange{}, identity.ErrPasswordUnchanged
	}
	user, err := s.User(ctx, caller.User.ID)
	if err != nil {
		return selfChange{}, err
	}
	if user.SSO { // an administrator's code is needed: it shows whose account it is
		return selfChange{}, identity.ErrSSORequired
	}
	words, err := s.knownWords(ctx, user)
	if err != nil {
		return selfChange{}, err
	}
	if err := identity.CheckNewPassword(password, words...); err != nil {
		return selfChange{}, err
	}
	var encoded string
	change := selfChange{action: audit.PasswordChange}
	change.prepare = func(ctx context.Context) (err error) {
		encoded, err = s.authenticator.HashPassword(ctx, password)
		return err
	}
	change.apply = func(tx transaction.Tx, user identity.User) error {
		// A pending enrollment may be by someone who knew the old password.
		if err := tx.ClearEnrollment(ctx, user.ID); err != nil {
			return err
		}
		// So are wrong codes after the old password.
		if err := identity.EndCodeWaits(ctx, tx, user.ID); err != nil {
			return err
		}
		return s.authenticator.ReplacePassword(ctx, tx, user, encoded)
	}
	return change, nil
}

func (s *Service) emailChange(ctx context.Context, address string) (selfChange, error) {
	if err := identity.CheckNewEmail(address); err != nil {
		return selfChange{}, err
	}
	change := selfChange{action: audit.EmailChange}
	change.check = func(tx transaction.Tx, user identity.User) error {
		return identity.RequireFreeEmail(ctx, tx, user.ID, address)
	}
	change.apply = func(tx transaction.Tx, user identity.User) error {
		return s.authenticator.ChangeEmail(ctx, tx, user, address)
	}
	return change, nil
}

func settingsChange(ctx context.Context, caller Caller, settings Settings) (selfChange, error) {
	if _, err := settings.of(identity.User{}); err != nil { // before the password is checked
		return selfChange{}, err
	}
	return selfChange{action: audit.SettingsChange, apply: func(tx transaction.Tx, user identity.User) error {
		user, err := settings.of(user)
		if err != nil {
			return err
		}
		return tx.UpdateUser(ctx, user)
	}}, nil
}

// knownWords lists public names of a user and of the orgs that the user accepted,
// which a password must not contain.
func (s *Service) knownWords(ctx context.Context, user identity.User) ([]string, error) {
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) ([]string, error) {
		words := identity.KnownWords(user)
		accepted, err := tx.AcceptedOrgs(ctx, user.ID)
		for _, org := range accepted {
			words = append(words, org.Handle, org.Name)
		}
		return words, err
	})
}

// UserChange is a change of an account by its owner; nil keeps a value.
type UserChange struct {
	First, Middle, Last *string
	SSHPublicKey        *string // empty: none
	BillTo              *string // ID of the user or of an org
}

// isPersonal reports whether the change is more than who pays for new projects.
func (c UserChange) isPersonal() bool {
	return c.First != nil || c.Middle != nil || c.Last != nil || c.SSHPublicKey != nil
}

// UpdateUser changes the caller's own account. It needs a proof if the caller has a
// second factor. It returns the errors of changeGuarded, refusal.WrongAccount,
// refusal.WrongInput, refusal.Billing, and refusal.Denied for names or a key over a
// protocol that changes no accounts here.
func (s *Service) UpdateUser(ctx context.Context, caller Caller, shown Proof, change UserChange) error {
	if change.isPersonal() {
		if err := s.requireAccountProtocol(caller.Origin); err != nil {
			return err
		}
	}
	return s.changeGuarded(ctx, caller, shown, audit.UserUpdate, func(tx transaction.Tx, viewer directory.Viewer) (string, error) {
		user, err := tx.UserByID(ctx, caller.User.ID)
		if err != nil {
			return "", err
		}
		if change.SSHPublicKey != nil {
			if err := identity.CheckSSHKey(*change.SSHPublicKey); err != nil {
				return "", err
			}
			user.SSHPublicKey = *change.SSHPublicKey
		}
		if change.BillTo != nil {
			if user.BillTo, err = directory.PayerOf(ctx, tx, viewer, *change.BillTo); err != nil {
				return "", err
			}
		}
		if user, err = user.Renamed(change.First, change.Middle, change.Last); err != nil {
			return "", err
		}
		return user.ID, tx.UpdateUser(ctx, user)
	})
}

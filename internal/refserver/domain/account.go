package domain

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/pkg/secret"
)

// ChangePassword sets another password of the caller. It answers what
// identity.CheckNewPassword does, identity.ErrPasswordUnchanged, and what proofs
// are refused with.
func (d *Domain) ChangePassword(ctx context.Context, caller Caller, shown Proof, password secret.Text) error {
	if password.Reveal() == shown.Password.Reveal() {
		return identity.ErrPasswordUnchanged
	}
	words, err := d.knownWords(ctx, caller.User)
	if err != nil {
		return err
	}
	if err := identity.CheckNewPassword(password, words...); err != nil {
		return err
	}
	var encoded string
	p := proof{action: audit.PasswordChange, prepare: func(ctx context.Context) (err error) {
		encoded, err = d.gate.HashPassword(ctx, password)
		return err
	}}
	return d.changeSelf(ctx, caller, shown, p, func(tx Tx, user identity.User) error {
		// Whoever began an enrolment may have known the old password only.
		if err := tx.ClearEnrolment(ctx, user.ID); err != nil {
			return err
		}
		return tx.SetPasswordHash(ctx, user.ID, encoded)
	})
}

// knownWords lists what everybody knows of a user, and of the user's orgs.
func (d *Domain) knownWords(ctx context.Context, user identity.User) ([]string, error) {
	words := identity.KnownWords(user)
	err := d.db.Read(ctx, func(tx Tx) error {
		memberships, err := tx.MembershipsOf(ctx, user.ID)
		if err != nil {
			return err
		}
		for _, membership := range memberships {
			org, err := tx.OrgByID(ctx, membership.OrgID)
			if err != nil {
				return err
			}
			words = append(words, org.Handle, org.Name)
		}
		return nil
	})
	return words, err
}

// UpdateEmail sets another address of the caller. It answers an
// identity.DraftError, identity.ErrEmailTaken, and what proofs are refused with.
func (d *Domain) UpdateEmail(ctx context.Context, caller Caller, shown Proof, address string) error {
	if err := identity.CheckNewEmail(address); err != nil {
		return err
	}
	err := d.changeSelf(ctx, caller, shown, proof{action: audit.EmailChange}, func(tx Tx, user identity.User) error {
		owner, err := tx.UserByEmail(ctx, address)
		switch {
		case err == nil && owner.ID != user.ID:
			return identity.ErrEmailTaken
		case err != nil && !errors.Is(err, identity.ErrNoUser):
			return err
		}
		return tx.SetEmail(ctx, user.ID, address)
	})
	if errors.Is(err, identity.ErrUserExists) { // another change was quicker
		return identity.ErrEmailTaken
	}
	return err
}

// Settings are the caller's own; nil leaves one as it is.
type Settings struct{ First, Middle, Last *string }

// UpdateSettings changes personal information of the caller. It answers an
// identity.DraftError, and what proofs are refused with.
func (d *Domain) UpdateSettings(ctx context.Context, caller Caller, shown Proof, settings Settings) error {
	if _, err := settings.of(caller.User); err != nil {
		return err
	}
	return d.changeSelf(ctx, caller, shown, proof{action: audit.SettingsChange}, func(tx Tx, user identity.User) error {
		user, err := settings.of(user)
		if err != nil {
			return err
		}
		return tx.UpdateUser(ctx, user)
	})
}

func (s Settings) of(user identity.User) (identity.User, error) {
	return user.Renamed(s.First, s.Middle, s.Last)
}

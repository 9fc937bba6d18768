package service

import (
	"context"
	"errors"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
)

// User looks up a user. It answers identity.ErrNoUser.
func (s *Service) User(ctx context.Context, id string) (user identity.User, err error) {
	err = s.db.Read(ctx, func(tx Tx) error {
		user, err = tx.UserByID(ctx, id)
		return err
	})
	return user, err
}

// Invitee finds whom an invitation names: an ID as it is, or the user with that
// e-mail address. It answers directory.ErrNoInvitee.
func (s *Service) Invitee(ctx context.Context, tx Tx, name string) (string, error) {
	if !strings.Contains(name, "@") {
		return name, nil
	}
	user, err := tx.UserByEmail(ctx, name)
	if errors.Is(err, identity.ErrNoUser) {
		return "", directory.ErrNoInvitee
	}
	return user.ID, err
}

// InviteToProject grants a level on a project to the user or org with that ID, to
// the user with that e-mail address, or to everybody. It answers the refusals of
// the desk.
func (s *Service) InviteToProject(ctx context.Context, caller Caller, projectID, invitee string, level directory.Level) error {
	return s.Change(ctx, caller, audit.ProjectGrant, func(tx Tx, viewer directory.Viewer) (string, error) {
		if _, err := s.desk.Project(ctx, tx, viewer, projectID, directory.Administer); err != nil {
			return "", err // before the answer would tell who has that address
		}
		grantee, err := s.Invitee(ctx, tx, invitee)
		if err != nil {
			return "", err
		}
		return projectID, s.desk.Invite(ctx, tx, viewer, projectID, grantee, level)
	})
}

// HasUsers reports whether there is a user at all. Where the answer does not
// matter, it tells whether the store can be read.
func (s *Service) HasUsers(ctx context.Context) (found bool, err error) {
	err = s.db.Read(ctx, func(tx Tx) error {
		found, err = tx.AnyUser(ctx)
		return err
	})
	return found, err
}

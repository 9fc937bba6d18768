package service

import (
	"context"
	"errors"
	"fmt"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Content is the initial content of a new platform. It is trusted: its IDs exist,
// and its passwords and tokens may be weak.
type Content struct {
	Users    []ContentUser
	Orgs     []ContentOrg
	Projects []ContentProject
	Tokens   []access.Token
}

// ContentUser is an account.
type ContentUser struct {
	identity.User
	Password      secret.Text   // zero: none; hashed, unless the user has a hash
	TOTPSecret    secret.Text   // in base32; zero: no second factor
	RecoveryCodes []secret.Text // of the second factor
	Identities    []identity.LinkedIdentity
}

// ContentOrg is an org with its members.
type ContentOrg struct {
	directory.Org
	Members []directory.Membership
}

// ContentProject is a project as CompleteProject returns it.
type ContentProject struct {
	directory.Project
	Permissions map[string]directory.Level
	Folders     []string // as directory.CleanFolder returns them
}

// ContentList names a list of a Content.
type ContentList string

// The lists.
const (
	ContentUsers    ContentList = "users"
	ContentOrgs     ContentList = "orgs"
	ContentProjects ContentList = "projects"
	ContentTokens   ContentList = "tokens"
)

// ContentError says which item of a Content is refused.
type ContentError struct {
	List       ContentList
	Index      int
	IsPassword bool // it is the password of a user
	Err        error
}

func (e *ContentError) Error() string { return fmt.Sprintf("%s %d: %s", e.List, e.Index, e.Err) }

// Unwrap returns why it is refused.
func (e *ContentError) Unwrap() error { return e.Err }

// ErrHasUsers means that the platform is not new.
var ErrHasUsers = errors.New("the store has users")

// CompleteProject checks a project for Provision and fills in its region, ID and
// dates if they are empty. It returns refusal.WrongInput.
func (s *Service) CompleteProject(draft directory.Project) (directory.Project, error) {
	return s.directory.Complete(draft)
}

// Provision fills a new platform, with all of the content or nothing. It returns
// ErrHasUsers, and a ContentError.
func (s *Service) Provision(ctx context.Context, content Content) error {
	users, err := s.hashPasswords(ctx, content.Users)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx transaction.Tx) error {
		hasUsers, err := tx.AnyUser(ctx)
		if err != nil {
			return err
		}
		if hasUsers {
			return ErrHasUsers
		}
		for i, user := range users {
			if err := s.addUser(ctx, tx, user); err != nil {
				return &ContentError{List: ContentUsers, Index: i, Err: err}
			}
		}
		for i, org := range content.Orgs {
			if err := addOrg(ctx, tx, org); err != nil {
				return &ContentError{List: ContentOrgs, Index: i, Err: err}
			}
		}
		for i, project := range content.Projects {
			if err := s.addProject(ctx, tx, project); err != nil {
				return &ContentError{List: ContentProjects, Index: i, Err: err}
			}
		}
		for i, token := range content.Tokens {
			if err := tx.InsertToken(ctx, token); err != nil {
				return &ContentError{List: ContentTokens, Index: i, Err: err}
			}
		}
		return nil
	})
}

// hashPasswords runs before the transaction because hashes are slow.
func (s *Service) hashPasswords(ctx context.Context, users []ContentUser) ([]ContentUser, error) {
	hashed := make([]ContentUser, len(users))
	for i, user := range users {
		if user.PasswordHash == "" && !user.Password.IsZero() {
			var err error
			if user.PasswordHash, err = s.authenticator.HashPassword(ctx, user.Password); err != nil {
				return nil, &ContentError{List: ContentUsers, Index: i, IsPassword: true, Err: err}
			}
		}
		hashed[i] = user
	}
	return hashed, nil
}

func (s *Service) addUser(ctx context.Context, tx transaction.Tx, user ContentUser) error {
	if err := tx.InsertUser(ctx, user.User); err != nil {
		return err
	}
	for _, linked := range user.Identities {
		if err := identity.Link(ctx, tx, user.User, linked); err != nil {
			return err
		}
	}
	if user.TOTPSecret.IsZero() {
		return nil
	}
	seed, err := identity.DecodeSeed(user.TOTPSecret.Reveal())
	if err != nil {
		return err
	}
	return s.authenticator.Provision(ctx, tx, user.ID, seed, user.RecoveryCodes)
}

func addOrg(ctx context.Context, tx transaction.Tx, org ContentOrg) error {
	if err := tx.InsertOrg(ctx, org.Org); err != nil {
		return err
	}
	for _, member := range org.Members {
		if err := tx.SetMember(ctx, org.ID, member); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) addProject(ctx context.Context, tx transaction.Tx, project ContentProject) error {
	if err := s.directory.AddProject(ctx, tx, project.Project, project.Permissions); err != nil {
		return err
	}
	for _, folder := range project.Folders {
		if _, err := tx.InsertFolders(ctx, project.ID, folder); err != nil {
			return err
		}
	}
	return nil
}

// Package provision fills a new platform with its first content: users, orgs, projects and
// tokens.
//
// It promises that all of the content is stored or nothing, and that a platform with users
// is left as it is. It trusts the content, as one trusts the operator who wrote it: passwords
// and tokens may be weak, and IDs are not checked against each other.
package provision

import (
	"context"
	"fmt"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Content is the initial content of a new platform. It is trusted: its IDs exist,
// and its passwords and tokens may be weak.
type Content struct {
	Users    []User
	Orgs     []Org
	Projects []Project
	Tokens   []access.Token
}

// User is an account.
type User struct {
	identity.User
	Password      secret.Text   // zero: none; hashed, unless the user has a hash
	TOTPSecret    secret.Text   // in base32; zero: no second factor
	RecoveryCodes []secret.Text // of the second factor
	Identities    []identity.LinkedIdentity
}

// Org is an org with its members.
type Org struct {
	directory.Org
	Members []directory.Membership
}

// Project is a project as directory.Service.Complete returns it.
type Project struct {
	directory.Project
	Permissions map[string]directory.Level
	Folders     []string // as directory.CleanFolder returns them
}

// List names a list of a Content.
type List string

// The lists.
const (
	Users    List = "users"
	Orgs     List = "orgs"
	Projects List = "projects"
	Tokens   List = "tokens"
)

// Error says which item of a Content is refused.
type Error struct {
	List       List
	Index      int
	IsPassword bool // it is the password of a user
	Err        error
}

func (e *Error) Error() string { return fmt.Sprintf("%s %d: %s", e.List, e.Index, e.Err) }

// Unwrap returns why it is refused.
func (e *Error) Unwrap() error { return e.Err }

// Fill fills a new platform, with all of the content or nothing. It returns
// service.ErrHasUsers, and an Error.
func Fill(ctx context.Context, s *service.Service, content Content) error {
	users, err := hashPasswords(ctx, s, content.Users)
	if err != nil {
		return err
	}
	return s.DB().Write(ctx, func(tx transaction.Tx) error {
		hasUsers, err := tx.AnyUser(ctx)
		if err != nil {
			return err
		}
		if hasUsers {
			return service.ErrHasUsers
		}
		for i, user := range users {
			if err := addUser(ctx, s, tx, user); err != nil {
				return &Error{List: Users, Index: i, Err: err}
			}
		}
		for i, org := range content.Orgs {
			if err := addOrg(ctx, tx, org); err != nil {
				return &Error{List: Orgs, Index: i, Err: err}
			}
		}
		for i, project := range content.Projects {
			if err := addProject(ctx, s, tx, project); err != nil {
				return &Error{List: Projects, Index: i, Err: err}
			}
		}
		for i, token := range content.Tokens {
			if err := tx.InsertToken(ctx, token); err != nil {
				return &Error{List: Tokens, Index: i, Err: err}
			}
		}
		return nil
	})
}

// hashPasswords runs before the transaction because hashes are slow. A hash that came with
// its password is stored if it costs what the others cost: a sign-in takes the same time for
// every account, and no longer than the server is configured for.
func hashPasswords(ctx context.Context, s *service.Service, users []User) ([]User, error) {
	hashed := make([]User, len(users))
	for i, user := range users {
		if !user.Password.IsZero() && !s.Authenticator().MakesHash(user.PasswordHash) {
			var err error
			if user.PasswordHash, err = s.Authenticator().HashPassword(ctx, user.Password); err != nil {
				return nil, &Error{List: Users, Index: i, IsPassword: true, Err: err}
			}
		}
		hashed[i] = user
	}
	return hashed, nil
}

func addUser(ctx context.Context, s *service.Service, tx transaction.Tx, user User) error {
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
	return s.Authenticator().Provision(ctx, tx, user.ID, seed, user.RecoveryCodes)
}

func addOrg(ctx context.Context, tx transaction.Tx, org Org) error {
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

func addProject(ctx context.Context, s *service.Service, tx transaction.Tx, project Project) error {
	if err := s.Directory().AddProject(ctx, tx, project.Project, project.Permissions); err != nil {
		return err
	}
	for _, folder := range project.Folders {
		if _, err := tx.InsertFolders(ctx, project.ID, folder); err != nil {
			return err
		}
	}
	return nil
}

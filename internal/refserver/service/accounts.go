package service

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Account is a user as administrators of the platform see one.
type Account struct {
	identity.User
	Activated   bool // has a password, or signs in at an identity provider
	TwoFactor   bool
	Memberships []directory.Membership
}

// Accounts is one page of users. Next is the after of the next page, empty at the
// end.
type Accounts struct {
	List []Account
	Next string
}

// FindAccounts lists the users after an ID, in the order of their IDs, for an
// administrator of the platform.
func (s *Service) FindAccounts(ctx context.Context, caller Caller, after string, limit int) (Accounts, error) {
	if err := requireSuperuser(caller); err != nil {
		return Accounts{}, err
	}
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) (page Accounts, err error) {
		users, err := tx.Users(ctx, after, limit+1)
		if err != nil {
			return page, err
		}
		if len(users) > limit {
			users = users[:limit]
			page.Next = users[limit-1].ID
		}
		for _, user := range users {
			account, err := accountOf(ctx, tx, user)
			if err != nil {
				return page, err
			}
			page.List = append(page.List, account)
		}
		return page, nil
	})
}

// FindAccount returns one user, by user name, ID or e-mail address, to an
// administrator of the platform. It returns identity.ErrNoUser.
func (s *Service) FindAccount(ctx context.Context, caller Caller, name string) (Account, error) {
	if err := requireSuperuser(caller); err != nil {
		return Account{}, err
	}
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) (Account, error) {
		user, err := identity.FindUser(ctx, tx, name)
		if err != nil {
			return Account{}, err
		}
		return accountOf(ctx, tx, user)
	})
}

func accountOf(ctx context.Context, tx transaction.Tx, user identity.User) (Account, error) {
	account := Account{User: user, Activated: user.Activated()}
	var err error
	if _, account.TwoFactor, err = tx.SecondFactor(ctx, user.ID); err != nil {
		return account, err
	}
	account.Memberships, err = tx.MembershipsOf(ctx, user.ID)
	return account, err
}

// UserEdit is a change of an account; nil keeps a value. Only the owner may change
// the password and the address, only an administrator of the platform Active, and
// both the names.
type UserEdit struct {
	AccountChange
	Active *bool
}

// EditUser applies the whole edit or nothing. Callers edit their own account with a
// proof, administrators of the platform any account. It returns the errors of
// ChangeAccount, EnableUser and DisableUser, and ErrNotOwner.
func (s *Service) EditUser(ctx context.Context, caller Caller, shown Proof, userID string, edit UserEdit) error {
	own := userID == caller.User.ID
	if !own || edit.Active != nil {
		if err := requireSuperuser(caller); err != nil {
			return err
		}
	}
	rule := identity.Edit{IsOwn: own, Credentials: edit.Password != nil || edit.Email != nil, Active: edit.Active}
	if err := rule.Check(); err != nil {
		return err
	}
	if own { // Active needs no change: the caller is authenticated
		return s.ChangeAccount(ctx, caller, shown, edit.AccountChange)
	}
	return s.db.Write(ctx, func(tx transaction.Tx) error { return s.editOther(ctx, tx, caller, userID, edit) })
}

func (s *Service) editOther(ctx context.Context, tx transaction.Tx, caller Caller, userID string, edit UserEdit) error {
	user, err := tx.UserByID(ctx, userID)
	if err != nil {
		return err
	}
	var actions []audit.Action
	if edit.Settings != nil {
		actions = append(actions, audit.UserUpdate)
		if user, err = edit.Settings.of(user); err != nil {
			return err
		}
	}
	store := tx.UpdateUser
	if edit.Active != nil {
		actions = append(actions, activeAction(*edit.Active))
		user.Disabled = !*edit.Active
		store = func(ctx context.Context, user identity.User) error { return s.saveUserState(ctx, tx, user) }
	}
	if err := store(ctx, user); err != nil {
		return err
	}
	for _, action := range actions {
		if err := tx.AppendAudit(ctx, s.auditEntry(caller.Origin, caller.User.ID, action, userID)); err != nil {
			return err
		}
	}
	return nil
}

func activeAction(active bool) audit.Action {
	if active {
		return audit.UserEnable
	}
	return audit.UserDisable
}

// DisableUser disables an account on behalf of an administrator of the platform,
// and ends its sessions and API tokens. It returns identity.ErrNoUser and
// ErrOwnAccount.
func (s *Service) DisableUser(ctx context.Context, caller Caller, name string) error {
	return s.administerAccount(ctx, caller, audit.UserDisable, name, func(tx transaction.Tx, user identity.User) error {
		active := false
		if err := (identity.Edit{IsOwn: user.ID == caller.User.ID, Active: &active}).Check(); err != nil {
			return err
		}
		user.Disabled = true
		return s.saveUserState(ctx, tx, user)
	})
}

// EnableUser undoes DisableUser. It returns identity.ErrNoUser.
func (s *Service) EnableUser(ctx context.Context, caller Caller, name string) error {
	return s.administerAccount(ctx, caller, audit.UserEnable, name, func(tx transaction.Tx, user identity.User) error {
		user.Disabled = false
		return s.saveUserState(ctx, tx, user)
	})
}

// EndLock undoes LockUser on behalf of an administrator of the platform, and ends
// the waits after wrong passwords and codes. It returns identity.ErrNoUser.
func (s *Service) EndLock(ctx context.Context, caller Caller, name string) error {
	return s.administerAccount(ctx, caller, audit.UserUnlock, name, func(tx transaction.Tx, user identity.User) error {
		user.Locked = false
		if err := s.saveUserState(ctx, tx, user); err != nil {
			return err
		}
		return identity.EndWaits(ctx, tx, user.ID)
	})
}

// administerAccount is administer for an account, by user name, ID or e-mail
// address.
func (s *Service) administerAccount(ctx context.Context, caller Caller, action audit.Action, name string, change func(transaction.Tx, identity.User) error) error {
	return s.administer(ctx, caller, action, func(tx transaction.Tx) (string, error) {
		user, err := identity.FindUser(ctx, tx, name)
		if err != nil {
			return "", err
		}
		return user.ID, change(tx, user)
	})
}

// NewAccount is an account with a password that an administrator chose.
type NewAccount struct {
	Person    identity.Draft
	Password  secret.Text
	Superuser bool
	Disabled  bool
}

// AddUsers creates all accounts or none, on behalf of an administrator of the
// platform with a recent sign-in. It returns access.ErrNotSuperuser,
// access.ErrReauthenticate, identity.ErrTooManyUsers, refusal.WrongAccount,
// identity.ErrUsernameTaken, identity.ErrEmailTaken and the errors of a new
// password.
func (s *Service) AddUsers(ctx context.Context, caller Caller, accounts []NewAccount) ([]string, error) {
	if err := requireSuperuser(caller); err != nil {
		return nil, err
	}
	if err := s.requireRecentSignIn(caller); err != nil {
		return nil, err
	}
	if len(accounts) > identity.MaxNewUsers {
		return nil, identity.ErrTooManyUsers
	}
	users := make([]identity.User, len(accounts))
	for i, account := range accounts {
		var err error
		if users[i], err = s.userOf(ctx, account); err != nil {
			return nil, err
		}
	}
	return transaction.Write(ctx, s.db, func(tx transaction.Tx) (ids []string, err error) {
		for _, user := range users {
			if err := identity.Register(ctx, tx, user); err != nil {
				return nil, err
			}
			if err := tx.AppendAudit(ctx, s.auditEntry(caller.Origin, caller.User.ID, audit.UserNew, user.ID)); err != nil {
				return nil, err
			}
			ids = append(ids, user.ID)
		}
		return ids, nil
	})
}

func (s *Service) userOf(ctx context.Context, account NewAccount) (identity.User, error) {
	user, err := account.Person.Newcomer(s.now())
	if err != nil {
		return user, err
	}
	user.Superuser, user.Disabled = account.Superuser, account.Disabled
	user.PasswordHash, err = s.hashNew(ctx, account.Password, user)
	return user, err
}

package service

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/budget"
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
	Memberships []directory.Membership // the first maxMemberships
}

// maxMemberships is how many memberships of a user are shown. Others can invite a user
// into any number of orgs.
const maxMemberships = 1000

// accountsAtOnce is how many users one transaction reads. Others run in between.
const accountsAtOnce = 100

type (
	accountPart = budget.Part[Account, string]
	accountFunc = func(_ context.Context, _ transaction.Tx, _ identity.User, hasFactor bool) (Account, error)
)

// FindAccounts returns a page of the users after an ID without memberships, in the order of
// their IDs, for an administrator of the platform, and the after of the next page, empty at
// the end. A page may have few users without being the last.
func (s *Service) FindAccounts(ctx context.Context, caller Caller, after string, limit int) (list []Account, next string, err error) {
	return s.findAccounts(ctx, caller, after, limit, withoutMemberships)
}

// DescribeAccounts is FindAccounts with memberships.
func (s *Service) DescribeAccounts(ctx context.Context, caller Caller, after string, limit int) (list []Account, next string, err error) {
	return s.findAccounts(ctx, caller, after, limit, withMemberships)
}

func (s *Service) findAccounts(ctx context.Context, caller Caller, after string, limit int, accountOf accountFunc) (list []Account, next string, err error) {
	if err := RequireSuperuser(caller); err != nil {
		return nil, "", err
	}
	return budget.Page(ctx, after, limit, func(after string, limit int) (accountPart, error) {
		query := identity.UserQuery{After: after, Limit: min(accountsAtOnce, limit)}
		return s.accounts(ctx, query, accountOf)
	})
}

// CountAccounts returns how many users there are, to an administrator of the platform.
func (s *Service) CountAccounts(ctx context.Context, caller Caller) (int, error) {
	if err := RequireSuperuser(caller); err != nil {
		return 0, err
	}
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) (int, error) { return tx.CountUsers(ctx) })
}

// EachAccount calls each for at most limit users, from a number on in the order of their
// IDs and without memberships, for an administrator of the platform. It stops at the
// first error of each.
func (s *Service) EachAccount(ctx context.Context, caller Caller, start, limit int, each func(Account) error) error {
	if err := RequireSuperuser(caller); err != nil {
		return err
	}
	query := identity.UserQuery{Skip: start}
	for more := limit > 0; more; more = query.After != "" && limit > 0 {
		query.Limit = min(accountsAtOnce, limit)
		part, err := s.accounts(ctx, query, withoutMemberships)
		if err != nil {
			return err
		}
		for _, account := range part.Rows {
			if err := each(account); err != nil {
				return err
			}
		}
		limit -= len(part.Rows)
		query.After, query.Skip = part.Next, 0
	}
	return nil
}

// accounts reads a part of the list of users.
func (s *Service) accounts(ctx context.Context, query identity.UserQuery, accountOf accountFunc) (accountPart, error) {
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) (part accountPart, err error) {
		oneMore := query
		oneMore.Limit++
		users, hasFactor, err := identity.UsersWithFactors(ctx, tx, oneMore)
		if err != nil {
			return part, err
		}
		for i, user := range users {
			account, err := accountOf(ctx, tx, user, hasFactor[user.ID])
			if err != nil {
				return part, err
			}
			part.Rows = append(part.Rows, account)
			part.Steps, part.Bytes = part.Steps+2+len(account.Memberships), part.Bytes+user.Size()
			if isLast := i == len(users)-1; !isLast && (len(part.Rows) == query.Limit || part.Full()) {
				part.Next = user.ID
				break
			}
		}
		return part, nil
	})
}

// FindAccount returns one user without memberships, by user name, ID or e-mail address,
// to an administrator of the platform. It returns identity.ErrNoUser.
func (s *Service) FindAccount(ctx context.Context, caller Caller, name string) (Account, error) {
	return s.findAccount(ctx, caller, name, withoutMemberships)
}

// DescribeAccount is FindAccount with memberships.
func (s *Service) DescribeAccount(ctx context.Context, caller Caller, name string) (Account, error) {
	return s.findAccount(ctx, caller, name, withMemberships)
}

func (s *Service) findAccount(ctx context.Context, caller Caller, name string, accountOf accountFunc) (Account, error) {
	if err := RequireSuperuser(caller); err != nil {
		return Account{}, err
	}
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) (Account, error) {
		user, err := identity.FindUser(ctx, tx, name)
		if err != nil {
			return Account{}, err
		}
		_, hasFactor, err := tx.SecondFactor(ctx, user.ID)
		if err != nil {
			return Account{}, err
		}
		return accountOf(ctx, tx, user, hasFactor)
	})
}

func withoutMemberships(_ context.Context, _ transaction.Tx, user identity.User, hasFactor bool) (Account, error) {
	return Account{User: user, Activated: user.Activated(), TwoFactor: hasFactor}, nil
}

func withMemberships(ctx context.Context, tx transaction.Tx, user identity.User, hasFactor bool) (Account, error) {
	memberships, err := tx.MembershipsAfter(ctx, user.ID, "", maxMemberships)
	return Account{User: user, Activated: user.Activated(), TwoFactor: hasFactor, Memberships: memberships}, err
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
		if err := RequireSuperuser(caller); err != nil {
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
		if err := tx.AppendAudit(ctx, s.AuditEntry(caller.Origin, caller.User.ID, action, userID)); err != nil {
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
	Draft     identity.Draft
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
	if err := RequireSuperuser(caller); err != nil {
		return nil, err
	}
	if err := s.RequireRecentSignIn(caller); err != nil {
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
			if err := tx.AppendAudit(ctx, s.AuditEntry(caller.Origin, caller.User.ID, audit.UserNew, user.ID)); err != nil {
				return nil, err
			}
			ids = append(ids, user.ID)
		}
		return ids, nil
	})
}

func (s *Service) userOf(ctx context.Context, account NewAccount) (identity.User, error) {
	account.Draft.Administrator = account.Superuser
	user, err := account.Draft.Newcomer(s.now())
	if err != nil {
		return user, err
	}
	user.Superuser, user.Disabled = account.Superuser, account.Disabled
	user.PasswordHash, err = s.hashNew(ctx, account.Password, user)
	return user, err
}

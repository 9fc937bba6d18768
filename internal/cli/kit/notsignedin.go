package kit

import (
	"context"
	"errors"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/suggest"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// Switch makes an account the current one.
func (a *Accounts) Switch(ctx context.Context, name string) (session.Account, error) {
	account, err := a.AccountIndex.Switch(ctx, name)
	return account, a.explainNotSignedIn(name, err)
}

// explainNotSignedIn adds to the error that there is no account of a name, or of a
// server if the name is empty, who is logged in.
func (a *Accounts) explainNotSignedIn(name string, err error) error {
	if !errors.Is(err, session.ErrNotSignedIn) {
		return err
	}
	others := a.loggedIn()
	if len(others) == 0 {
		return err
	}
	program := a.console.Program
	hint := suggest.Hint(name, alike(name, others), strings.Clone)
	if hint == "" {
		hint = "logged in: " + someOf(others) + "; see " + program + " accounts, or run " + program + " login"
	}
	return refusal.New(refusal.Unauthenticated, "%s", err).WithHint(hint).Wrap(err)
}

// alike returns the accounts in the form in which one of them was named: USER@HOST or
// USER.
func alike(name string, accounts []string) []string {
	if strings.Contains(name, "@") {
		return accounts
	}
	users := make([]string, len(accounts))
	for i, account := range accounts {
		users[i] = account[:strings.LastIndex(account, "@")]
	}
	return users
}

// loggedIn lists the accounts that are logged in, as USER@HOST.
func (a *Accounts) loggedIn() []string {
	accounts, _, err := a.Accounts()
	if err != nil {
		return nil
	}
	names := make([]string, len(accounts))
	for i, account := range accounts {
		names[i] = account.Name()
	}
	return names
}

// someOf joins the first of a list of accounts, as many as fit a line.
func someOf(names []string) string {
	const most = 3
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

package console

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// usersOnPage is how many users a page lists.
const usersOnPage = 50

// usersData is what the list of users shows.
type usersData struct {
	Find    string // what was looked for; empty: nothing
	Users   []userRow
	Next    string // path of the next page; empty: this is the last
	Missing bool   // nothing was found
}

// userRow is a user in the list.
type userRow struct {
	Path, User, Name, Email, State string
	TwoFactor                      bool
}

// users lists all users, or finds one by user name, ID, e-mail address, or the ID of an
// API token.
func (c *Console) users(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	data := usersData{Find: textIn(r, "find")}
	list, next, err := c.findUsers(r, v, data.Find)
	if errors.Is(err, identity.ErrNoUser) {
		data.Missing, err = true, nil
	}
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	for _, account := range list {
		waits, err := c.waits(r.Context(), v.Caller, account)
		if err != nil {
			c.pages.Refuse(w, r, v, err)
			return
		}
		data.Users = append(data.Users, userRow{
			Path: pathUsers + "/" + account.ID, User: account.Handle, Name: nameOf(account.User), Email: account.Email,
			State: stateOf(account, waits), TwoFactor: account.TwoFactor,
		})
	}
	if next != "" {
		data.Next = pathUsers + "?" + url.Values{"after": {next}}.Encode()
	}
	c.show(w, r, v, http.StatusOK, "users", "Users", data)
}

func (c *Console) findUsers(r *http.Request, v browser.Visitor, name string) (list []service.Account, next string, err error) {
	if name == "" {
		return c.service.FindAccounts(r.Context(), v.Caller, afterUser(r), usersOnPage)
	}
	if isSignature(name) {
		found, err := c.service.FindTokens(r.Context(), v.Caller, access.Query{Signature: name, Limit: 1})
		if err != nil || len(found.Tokens) == 0 {
			return nil, "", cmp.Or(err, error(identity.ErrNoUser))
		}
		name = found.Tokens[0].UserID
	}
	account, err := c.service.FindAccount(r.Context(), v.Caller, name)
	return []service.Account{account}, "", err
}

// stateOf names the state of an account, whose sign-up may wait for approval.
func stateOf(account service.Account, waits bool) string {
	switch {
	case waits:
		return "waits for approval"
	case account.Disabled:
		return "disabled"
	case account.Locked:
		return "locked by its org"
	case !account.Activated:
		return "not activated"
	default:
		return "active"
	}
}

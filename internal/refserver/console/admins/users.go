package admins

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/console/kit"
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
func (p *Pages) users(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	data := usersData{Find: kit.TextIn(r, "find")}
	list, next, err := p.findUsers(r, v, data.Find)
	if errors.Is(err, identity.ErrNoUser) {
		data.Missing, err = true, nil
	}
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	for _, account := range list {
		waits, err := p.waits(r.Context(), v.Caller, account)
		if err != nil {
			p.Browser.Refuse(w, r, v, err)
			return
		}
		data.Users = append(data.Users, userRow{
			Path: kit.PathUsers + "/" + account.ID, User: account.Handle, Name: nameOf(account.User), Email: account.Email,
			State: stateOf(account, waits), TwoFactor: account.TwoFactor,
		})
	}
	if next != "" {
		data.Next = kit.PathUsers + "?" + url.Values{"after": {next}}.Encode()
	}
	p.Show(w, r, v, http.StatusOK, "users", "Users", data)
}

func (p *Pages) findUsers(r *http.Request, v browser.Visitor, name string) (list []service.Account, next string, err error) {
	if name == "" {
		return p.Service.FindAccounts(r.Context(), v.Caller, afterUser(r), usersOnPage)
	}
	if kit.IsSignature(name) {
		found, err := p.Service.FindTokens(r.Context(), v.Caller, access.Query{Signature: name, Limit: 1})
		if err != nil || len(found.Tokens) == 0 {
			return nil, "", cmp.Or(err, error(identity.ErrNoUser))
		}
		name = found.Tokens[0].UserID
	}
	account, err := p.Service.FindAccount(r.Context(), v.Caller, name)
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

// afterUser returns the user after whom a page of a list begins; "" is the first page.
func afterUser(r *http.Request) string {
	if id := r.URL.Query().Get("after"); kit.IsUserID(id) {
		return id
	}
	return ""
}

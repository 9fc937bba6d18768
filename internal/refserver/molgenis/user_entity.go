package molgenis

import (
	"cmp"
	"errors"
	"maps"
	"math"
	"net/http"
	"slices"

	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/failure"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/rsql"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/table"
	"github.com/dxauth/dxauth/internal/refserver/service"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// userEntity is sys_sec_User: for an administrator all users, for others only
// themselves. Users are never removed.
type userEntity struct{ service *service.Service }

func (userEntity) meta() wire.EntityMeta {
	return table.Describe(wire.EntityUser, "User", "username", []wire.Attribute{
		{Name: "id", FieldType: table.String, ReadOnly: true, Unique: true, Auto: true},
		{Name: "username", FieldType: table.String, ReadOnly: true, Unique: true},
		{Name: "password_", FieldType: table.String},
		{Name: "activationCode", FieldType: table.String, Nillable: true, ReadOnly: true},
		{Name: "active", FieldType: table.Bool},
		{Name: "superuser", FieldType: table.Bool, ReadOnly: true},
		{Name: "changePassword", FieldType: table.Bool},
		{Name: "use2fa", FieldType: table.Bool, ReadOnly: true},
		{Name: "FirstName", FieldType: table.String, Nillable: true},
		{Name: "LastName", FieldType: table.String, Nillable: true},
		{Name: "Email", FieldType: table.Email, Unique: true},
	})
}

func (userEntity) rewrite(query rsql.Expr) rsql.Expr { return query }

func (e userEntity) rows(c call, query rsql.Expr, each func(table.Row) error) error {
	_, alone := uniqueIn(query)
	return e.accounts(c, query, func(account service.Account) error {
		shown, err := e.row(c, account)
		if errors.Is(err, identity.ErrUnreadableCodes) && !alone {
			err = nil // one account must not hide the others
		}
		if err != nil {
			return err
		}
		return each(shown)
	})
}

func (e userEntity) from(c call, start, num int) (rows []table.Row, total int, err error) {
	bytes, full := 0, errors.New("the page is full")
	add := func(account service.Account) error {
		shown, err := e.row(c, account)
		if err != nil && !errors.Is(err, identity.ErrUnreadableCodes) {
			return err
		}
		shown.Number = start + len(rows)
		rows = append(rows, shown)
		if bytes += shown.Size(); bytes > budget.MaxBytes {
			return full
		}
		return nil
	}
	if !c.caller.User.Superuser {
		account, err := e.own(c)
		if start == 0 && num > 0 && err == nil {
			err = add(account)
		}
		return rows, 1, err
	}
	if total, err = e.service.CountAccounts(c.ctx, c.caller); err != nil {
		return nil, 0, err
	}
	if err = e.service.EachAccount(c.ctx, c.caller, start, num, add); errors.Is(err, full) {
		err = nil
	}
	return rows, total, err
}

// row returns the row of an account, also with identity.ErrUnreadableCodes.
func (e userEntity) row(c call, account service.Account) (table.Row, error) {
	item, unreadable := e.item(c, account)
	if unreadable != nil && !errors.Is(unreadable, identity.ErrUnreadableCodes) {
		return table.Row{}, unreadable
	}
	shown, err := table.NewRow(item, e.meta().Attributes)
	return shown, cmp.Or(err, unreadable)
}

// accounts passes to each the accounts that the caller sees, limited by the
// query as far as an index can.
func (e userEntity) accounts(c call, query rsql.Expr, each func(service.Account) error) error {
	if !c.caller.User.Superuser {
		account, err := e.own(c)
		if err != nil {
			return err
		}
		return each(account)
	}
	if value, fixed := uniqueIn(query); fixed {
		return e.named(c, value, each)
	}
	return e.service.EachAccount(c.ctx, c.caller, 0, math.MaxInt, each)
}

func (e userEntity) own(c call) (service.Account, error) {
	user, err := e.service.User(c.ctx, c.caller.User.ID)
	if err != nil {
		return service.Account{}, err
	}
	status, err := e.service.TwoFactorStatus(c.ctx, c.caller)
	return service.Account{User: user, TwoFactor: status.On}, err
}

// uniqueIn returns the value of a unique attribute that a query fixes.
func uniqueIn(query rsql.Expr) (value string, fixed bool) {
	for _, unique := range []string{"id", "username", "Email"} {
		if value, fixed := rsql.Only(query, unique); fixed {
			return value, true
		}
	}
	return "", false
}

func (e userEntity) named(c call, name string, each func(service.Account) error) error {
	account, err := e.service.FindAccount(c.ctx, c.caller, name)
	switch {
	case errors.Is(err, identity.ErrNoUser):
		return nil
	case err != nil:
		return err
	default:
		return each(account)
	}
}

// item returns an account in the format of the platform. Only administrators see
// activation codes.
func (e userEntity) item(c call, account service.Account) (wire.UserItem, error) {
	active := !account.Blocked()
	item := wire.UserItem{
		ID: account.ID, Username: account.Handle, Active: &active, Superuser: &account.Superuser, Use2FA: &account.TwoFactor,
		Email: account.Email, FirstName: account.First, LastName: account.Last,
	}
	if active || !c.caller.User.Superuser {
		return item, nil
	}
	code, err := e.service.ActivationCode(c.ctx, c.caller, account.ID)
	if !code.IsZero() {
		onWire := code.OnWire()
		item.ActivationCode = &onWire
	}
	return item, err
}

func (e userEntity) create(c call, rows []map[string]any) ([]string, error) {
	accounts := make([]service.NewAccount, len(rows))
	for i, values := range rows {
		var err error
		if accounts[i], err = newAccount(values); err != nil {
			return nil, err
		}
	}
	return e.service.AddUsers(c.ctx, c.caller, accounts)
}

// newAccount reads the fields of a new user. As in the platform's form, the user
// is active by default.
func newAccount(values map[string]any) (account service.NewAccount, err error) {
	for name, value := range values {
		if value == nil {
			continue
		}
		if err := readAccount(&account, name, value); err != nil {
			return account, err
		}
	}
	if account.Password.IsZero() {
		return account, failure.Invalid("password_", "is required")
	}
	return account, nil
}

func readAccount(account *service.NewAccount, name string, value any) (err error) {
	switch name {
	case "username":
		account.Draft.Username, err = textOf(name, value)
	case "Email":
		account.Draft.Email, err = textOf(name, value)
	case "FirstName":
		account.Draft.First, err = textOf(name, value)
	case "LastName":
		account.Draft.Last, err = textOf(name, value)
	case "password_":
		var password string
		password, err = textOf(name, value)
		account.Password = secret.New(password)
	case "superuser":
		account.Superuser, err = isTrue(name, value)
	case "active":
		var active bool
		active, err = isTrue(name, value)
		account.Disabled = !active
	case "changePassword", "use2fa":
		return onlyFalse(name, value)
	case "id", "_method", wire.ParameterToken: // set by the server, or not an attribute
	default:
		return table.NoAttribute(name)
	}
	return err
}

// onlyFalse refuses to turn on what this server does not have.
func onlyFalse(name string, value any) error {
	on, err := isTrue(name, value)
	if err == nil && on {
		err = failure.Invalid(name, "this server can't set it for another user")
	}
	return err
}

// change changes all attributes or none. Users change their own after a recent
// sign-in, administrators those of others.
func (e userEntity) change(c call, id string, values map[string]any) error {
	var edit service.UserEdit
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := e.edit(&edit, name, values[name]); err != nil {
			return err
		}
	}
	return e.service.EditUser(c.ctx, c.caller, service.Proof{OrRecentSignIn: true}, id, edit)
}

// edit reads the change of an attribute.
func (e userEntity) edit(edit *service.UserEdit, name string, value any) error {
	switch name {
	case "active":
		active, err := isTrue(name, value)
		edit.Active = &active
		return err
	case "changePassword":
		return onlyFalse(name, value)
	case "Email", "password_", "FirstName", "LastName":
		return editText(edit, name, value)
	default:
		return unchangeable(e, name)
	}
}

// editText reads the change of a text; null is an empty text.
func editText(edit *service.UserEdit, name string, value any) error {
	given := ""
	if value != nil {
		var err error
		if given, err = textOf(name, value); err != nil {
			return err
		}
	}
	names := service.Settings{}
	if edit.Settings != nil {
		names = *edit.Settings
	}
	switch name {
	case "Email":
		edit.Email = &given
		return nil
	case "password_":
		password := secret.New(given)
		edit.Password = &password
		return nil
	case "FirstName":
		names.First = &given
	case "LastName":
		names.Last = &given
	}
	edit.Settings = &names
	return nil
}

func (userEntity) remove(call, []string) error {
	return failure.New(http.StatusForbidden, "Users can't be deleted; make one inactive instead")
}

package molgenis

import (
	"fmt"
	"log/slog"

	"github.com/dxauth/dxauth/pkg/secret"
)

// The entities of accounts. On classic platforms only a superuser reads and
// changes them; on the reference server each user has their own rows, too.
const (
	EntityToken = "sys_sec_Token"
	EntityUser  = "sys_sec_User"
)

// Collection is a page of an entity, as v1 and v2 return it. A list without
// num holds 100 items, and never more than 10,000.
type Collection[T any] struct {
	Href     string      `json:"href"`
	Meta     *EntityMeta `json:"meta,omitempty"`
	Start    int         `json:"start"`
	Num      int         `json:"num"`
	Total    int         `json:"total"` // over all pages
	PrevHref string      `json:"prevHref,omitempty"`
	NextHref string      `json:"nextHref,omitempty"`
	Items    []T         `json:"items"`
}

// EntityMeta describes an entity. Clients read idAttribute and the names of the
// attributes.
type EntityMeta struct {
	Href           string      `json:"href"`
	HrefCollection string      `json:"hrefCollection"`
	Name           string      `json:"name"`
	Label          string      `json:"label"`
	Attributes     []Attribute `json:"attributes"`
	LabelAttribute string      `json:"labelAttribute"`
	IDAttribute    string      `json:"idAttribute"`
	IsAbstract     bool        `json:"isAbstract"`
	Writable       bool        `json:"writable"`
}

// EntityMetaV1 is the response of v1 to .../meta: the attributes are
// behind their names.
type EntityMetaV1 struct {
	EntityMeta
	Attributes map[string]Attribute `json:"attributes"`
}

// Attribute describes an attribute of an entity.
type Attribute struct {
	Href      string `json:"href"`
	FieldType string `json:"fieldType"` // STRING, BOOL, DATE_TIME, XREF, …
	Name      string `json:"name"`
	Label     string `json:"label"`
	Nillable  bool   `json:"nillable"`
	ReadOnly  bool   `json:"readOnly"`
	Unique    bool   `json:"unique"`
	Visible   bool   `json:"visible"`
	Auto      bool   `json:"auto"`
}

// TokenItem is a token in a list. Classic platforms show its value, too; the
// reference server does not have it, but finds a token by q=token==VALUE, too.
type TokenItem struct {
	Href           string       `json:"_href,omitempty"`
	ID             string       `json:"id"`
	User           *UserItem    `json:"User,omitempty"`
	Token          *secret.Wire `json:"token,omitempty"`
	ExpirationDate *string      `json:"expirationDate,omitempty"` // ISO 8601 in UTC; null or absent: never
	CreationDate   string       `json:"creationDate,omitempty"`
	Description    string       `json:"description,omitempty"`
	Narrow         bool         `json:"narrow,omitempty"` // extension: it reaches less than its user does
}

// LogValue keeps the token out of logs, JSON ones too.
func (t TokenItem) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", t)) }

// NewToken asks for a token by POST /api/v1/sys_sec_Token; the response is 201
// with an empty body and the ID as the end of the header Location. The caller
// chooses the value.
type NewToken struct {
	User           string      `json:"User"` // an ID of sys_sec_User
	Token          secret.Wire `json:"token"`
	Description    string      `json:"description,omitempty"`
	ExpirationDate *string     `json:"expirationDate,omitempty"` // ISO 8601; absent: never, or the server's maximum
}

// LogValue keeps the token out of logs, JSON ones too.
func (t NewToken) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", t)) }

// UserItem is an account in a list, or whom a token belongs to.
type UserItem struct {
	Href           string       `json:"_href,omitempty"`
	ID             string       `json:"id"`
	Username       string       `json:"username"`
	Active         *bool        `json:"active,omitempty"`
	Superuser      *bool        `json:"superuser,omitempty"`
	Use2FA         *bool        `json:"use2fa,omitempty"`
	Email          string       `json:"Email,omitempty"`
	FirstName      string       `json:"FirstName,omitempty"`
	LastName       string       `json:"LastName,omitempty"`
	ActivationCode *secret.Wire `json:"activationCode,omitempty"` // to superusers, of an account that waits
}

// LogValue keeps the activation code out of logs, JSON ones too.
func (u UserItem) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", u)) }

// NewUser asks for an account by POST /api/v1/sys_sec_User.
type NewUser struct {
	Username  string      `json:"username"`
	Password  secret.Wire `json:"password_"`
	Email     string      `json:"Email"`
	Active    bool        `json:"active"`
	Superuser bool        `json:"superuser"`
	FirstName string      `json:"FirstName,omitempty"`
	LastName  string      `json:"LastName,omitempty"`
}

// LogValue keeps the password out of logs, JSON ones too.
func (u NewUser) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", u)) }

// Created is the response to a v2 batch of new entities.
type Created struct {
	Location  string     `json:"location"`
	Resources []Resource `json:"resources"`
}

// Resource is one of them.
type Resource struct {
	Href string `json:"href"`
}

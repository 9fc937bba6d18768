package molgenis

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/failure"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/rsql"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/table"
	"github.com/dxauth/dxauth/internal/refserver/places"
	"github.com/dxauth/dxauth/internal/refserver/service"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// tokenEntity is sys_sec_Token: the sessions and API tokens that work. The ID of
// a token is its signature.
type tokenEntity struct {
	service *service.Service
	places  *places.Places[service.TokenPlace]
}

func (tokenEntity) meta() wire.EntityMeta {
	return table.Describe(wire.EntityToken, "Token", "token", []wire.Attribute{
		{Name: "id", FieldType: table.String, ReadOnly: true, Unique: true, Auto: true},
		{Name: "User", FieldType: table.Reference},
		{Name: "token", FieldType: table.String, Unique: true},
		{Name: "expirationDate", FieldType: table.DateTime, Nillable: true},
		{Name: "creationDate", FieldType: table.DateTime, ReadOnly: true, Auto: true},
		{Name: "description", FieldType: table.String, Nillable: true},
		{Name: "narrow", FieldType: table.Bool, Nillable: true, ReadOnly: true}, // an addition
	})
}

// labelOfLogin is the description of a login's token, as on the platform.
const labelOfLogin = "REST API login"

func (e tokenEntity) rows(c call, query rsql.Expr, each func(table.Row) error) error {
	id, _ := rsql.Only(query, "id")
	user, _ := rsql.Only(query, "User")
	known := e.meta().Attributes
	return e.service.EachToken(c.ctx, c.caller, access.Query{Signature: id, UserID: user}, func(token service.UserToken) error {
		shown, err := table.NewRow(tokenItem(token), known)
		if err != nil {
			return err
		}
		return each(shown)
	})
}

func (e tokenEntity) from(c call, start, num int) (rows []table.Row, total int, err error) {
	now, list := e.service.Now(), c.caller.Token.Signature
	place, found := e.places.Find(places.Key{List: list, Next: start}, now)
	if !found {
		place = service.TokenPlace{Number: start}
	}
	tokens, total, err := e.service.ListTokens(c.ctx, c.caller, place, num)
	if err != nil {
		return nil, 0, err
	}
	known := e.meta().Attributes
	for _, token := range tokens {
		shown, err := table.NewRow(tokenItem(token), known)
		if err != nil {
			return nil, 0, err
		}
		shown.Number = token.Number
		rows = append(rows, shown)
	}
	if rows = table.Fitting(rows); len(rows) > 0 {
		last := tokens[len(rows)-1]
		next := service.TokenPlace{Number: last.Number + 1, Total: total, After: access.GoodPosition{UserID: last.UserID, Signature: last.Signature}}
		e.places.Remember(places.Key{List: list, Next: next.Number}, next, now)
	}
	return rows, total, nil
}

// rewrite compares signatures instead of values, which are stored nowhere.
func (tokenEntity) rewrite(query rsql.Expr) rsql.Expr {
	return rsql.Replace(query, func(c rsql.Comparison) rsql.Comparison {
		if c.Attribute != "token" {
			return c
		}
		hashed := rsql.Comparison{Attribute: "id", Operator: c.Operator}
		for _, value := range c.Values {
			hashed.Values = append(hashed.Values, access.Signature(secret.New(value)))
		}
		return hashed
	})
}

func tokenItem(token service.UserToken) wire.TokenItem {
	expires := inISO(token.Expires)
	item := wire.TokenItem{
		ID:             token.Signature,
		User:           &wire.UserItem{Href: wire.RouteV2 + wire.EntityUser + "/" + token.User.ID, ID: token.User.ID, Username: token.User.Handle},
		ExpirationDate: &expires,
		CreationDate:   inISO(token.Created),
		Description:    token.Label,
		Narrow:         !token.Scope.Full,
	}
	switch {
	case token.Description != "":
		item.Description = token.Description
	case token.Kind == access.Session:
		item.Description = labelOfLogin
	}
	return item
}

// inISO writes a time as the platform does: ISO 8601 in UTC.
func inISO(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// layouts are the formats of times that clients send; without a zone it is UTC.
var layouts = []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"}

func readTime(value any) (time.Time, error) {
	text, isText := value.(string)
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); isText && err == nil {
			return t, nil
		}
	}
	return time.Time{}, failure.Invalid("expirationDate", "must be a time like 2026-12-31T23:59:59Z")
}

// maxDescription bounds the description of a token, in bytes.
const maxDescription = 255

// unnamed is the label of a token without a description.
const unnamed = "made by hand"

// scriptScope is the scope of a token made without a recent sign-in: all data,
// but neither the account nor other tokens.
func scriptScope() *access.Scope {
	return &access.Scope{Projects: map[string]directory.Level{access.Everything: directory.Administer}}
}

func (e tokenEntity) create(c call, rows []map[string]any) ([]string, error) {
	drafts := make([]service.TokenDraft, len(rows))
	for i, values := range rows {
		var err error
		if drafts[i], err = e.draft(values); err != nil {
			return nil, err
		}
	}
	made, err := e.service.MakeTokens(c.ctx, c.caller, drafts...)
	if err != nil {
		return nil, ofToken(err)
	}
	ids := make([]string, len(made))
	for i, issued := range made {
		ids[i] = issued.Token.Signature
	}
	return ids, nil
}

// draft reads the fields of a new token. Without an expiry it works for as long
// as the server allows.
func (e tokenEntity) draft(values map[string]any) (service.TokenDraft, error) {
	draft := service.TokenDraft{Otherwise: scriptScope()}
	draft.Order = access.Order{Label: unnamed, Expires: e.service.Now().AddDate(100, 0, 0)}
	for name, value := range values {
		if value == nil {
			continue
		}
		if err := readToken(&draft, name, value); err != nil {
			return draft, err
		}
	}
	switch {
	case draft.UserID == "":
		return draft, failure.Invalid("User", "is required")
	case draft.Order.Value.IsZero():
		return draft, failure.Invalid("token", "is required")
	}
	return draft, nil
}

func readToken(draft *service.TokenDraft, name string, value any) (err error) {
	switch name {
	case "User":
		draft.UserID, err = referenceTo(name, value)
	case "token":
		var token string
		token, err = textOf(name, value)
		draft.Order.Value = secret.New(token)
	case "description":
		draft.Order.Label, err = descriptionOf(value)
	case "expirationDate":
		draft.Order.Expires, err = readTime(value)
	case "id", "creationDate", "_method", wire.ParameterToken: // set by the server, or not an attribute
	default:
		err = table.NoAttribute(name)
	}
	return err
}

func textOf(name string, value any) (string, error) {
	text, isText := value.(string)
	if !isText {
		return "", failure.Invalid(name, "must be a text")
	}
	return text, nil
}

// referenceTo reads a reference: the ID of its target, or an object with the ID.
func referenceTo(name string, value any) (string, error) {
	if object, isObject := value.(map[string]any); isObject {
		value = object["id"]
	}
	return textOf(name, value)
}

func descriptionOf(value any) (string, error) {
	if value == nil {
		return unnamed, nil
	}
	description, err := textOf("description", value)
	if err == nil && (description == "" || len(description) > maxDescription) {
		err = failure.Invalid("description", "must be 1 to 255 bytes long")
	}
	return description, err
}

// change changes description and expiry. It cannot extend the life of a token.
func (e tokenEntity) change(c call, id string, values map[string]any) error {
	var change access.Change
	for name, value := range values {
		switch name {
		case "description":
			description, err := descriptionOf(value)
			if err != nil {
				return err
			}
			change.Label, change.Description = &description, new(string)
		case "expirationDate":
			expires, err := readTime(value)
			if err != nil {
				return err
			}
			change.Expires = &expires
		default:
			return unchangeable(e, name)
		}
	}
	return ofToken(e.service.UpdateToken(c.ctx, c.caller, access.Ref{Signature: id, Live: true}, change))
}

func (e tokenEntity) remove(c call, ids []string) error {
	return ofToken(e.service.RevokeTokens(c.ctx, c.caller, liveTokens(ids)...))
}

// liveTokens refers to tokens that work, of any user whose tokens the caller
// manages.
func liveTokens(signatures []string) []access.Ref {
	refs := make([]access.Ref, len(signatures))
	for i, signature := range signatures {
		refs[i] = access.Ref{Signature: signature, Live: true}
	}
	return refs
}

// ofToken words the refusals that mean something else for other entities.
func ofToken(err error) error {
	switch {
	case errors.Is(err, identity.ErrNoUser):
		return failure.Invalid("User", "there is no such user")
	case errors.Is(err, access.ErrNotSuperuser):
		return failure.Denied("Only an administrator can make tokens for another user")
	case errors.Is(err, access.ErrWeakValue):
		return failure.Invalid("token", access.ErrWeakValue.Error())
	case errors.Is(err, access.ErrValueTaken):
		return failure.New(http.StatusConflict, "Duplicate value for unique attribute 'token'")
	case errors.Is(err, access.ErrNoSuchToken):
		return failure.NotFound(wire.CodeUnknownEntity, "Unknown entity of type 'Token'.")
	default:
		return err
	}
}

// isTrue reads a boolean from JSON or from a form.
func isTrue(name string, value any) (bool, error) {
	if b, isBool := value.(bool); isBool {
		return b, nil
	}
	switch text, _ := value.(string); strings.ToLower(text) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, failure.Invalid(name, "must be true or false")
}

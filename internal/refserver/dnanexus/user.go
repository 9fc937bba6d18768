package dnanexus

import (
	"cmp"
	"encoding/json"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// userInput is what describe of a user takes; the last two add empty fields.
type userInput struct {
	wire.DescribeFields
	AppsInstalled bool `json:"appsInstalled"`
	Subscriptions bool `json:"subscriptions"`
}

// describeUser tells all to the user's own full token and the name to others.
func (f *Face) describeUser(c call, in userInput) (fieldSet, error) {
	user := c.caller.User
	own := c.entity == user.ID && c.caller.Token.Scope.Full
	if c.entity != user.ID {
		var err error
		if user, err = f.domain.User(c.ctx, c.entity); err != nil {
			return nil, err
		}
	}
	description := nameOf(user)
	if own {
		tellOwner(&description, user)
	}
	fields, err := fieldsOf(description)
	if err != nil {
		return nil, err
	}
	if own && in.AppsInstalled {
		fields["appsInstalled"] = json.RawMessage("{}")
	}
	if own && in.Subscriptions {
		fields["subscriptions"] = json.RawMessage("[]")
	}
	return fields.choose(in.DescribeFields, nil), nil
}

// nameOf is what everybody is told of a user.
func nameOf(user identity.User) wire.UserDescription {
	return wire.UserDescription{
		ID: user.ID, Class: wire.ClassUser, First: user.First, Middle: user.Middle, Last: user.Last, Handle: user.Handle,
	}
}

// tellOwner adds what only the user is told.
func tellOwner(description *wire.UserDescription, user identity.User) {
	description.Email, description.Created, description.SSHPublicKey = user.Email, user.Created.UnixMilli(), user.SSHPublicKey
	description.BillTo = cmp.Or(user.BillTo, user.ID)
}

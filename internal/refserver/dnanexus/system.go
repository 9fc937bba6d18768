package dnanexus

import (
	"encoding/json"

	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

func (f *Face) whoAmI(c call, in wire.WhoAmIRequest) (wire.WhoAmI, error) {
	answer := wire.WhoAmI{ID: c.caller.User.ID}
	if in.Fields["clientIp"] {
		answer.ClientIP = c.origin.Address.String()
	}
	return answer, nil
}

// greet has nothing to announce.
func (f *Face) greet(call, wire.GreetRequest) (wire.Greeting, error) {
	return wire.Greeting{Messages: []wire.GreetingMessage{}}, nil
}

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
	description := wire.UserDescription{
		ID: user.ID, Class: wire.ClassUser, First: user.First, Middle: user.Middle, Last: user.Last, Handle: user.Handle,
	}
	if own {
		description.Email, description.Created, description.BillTo = user.Email, user.Created.UnixMilli(), user.ID
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

package dnanexus

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// userInput is the input of describe; the last two keys add empty fields.
type userInput struct {
	wire.DescribeFields
	AppsInstalled bool `json:"appsInstalled"`
	Subscriptions bool `json:"subscriptions"`
}

// describeUser returns everything to a token for the user's whole account, and only
// the name to others.
func (h *Handler) describeUser(c call, in userInput) (fieldSet, error) {
	user, err := h.service.User(c.ctx, c.entity)
	if err != nil {
		return nil, err
	}
	own := user.ID == c.caller.User.ID && c.caller.Token.Scope.Full
	description := nameOf(user)
	if own {
		addPrivate(&description, user)
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

// nameOf returns the fields of a user that anyone signed in can see.
func nameOf(user identity.User) wire.UserDescription {
	return wire.UserDescription{
		ID: user.ID, Class: wire.ClassUser, First: user.First, Middle: user.Middle, Last: user.Last, Handle: user.Handle,
	}
}

// addPrivate adds the fields that only the user can see.
func addPrivate(description *wire.UserDescription, user identity.User) {
	description.Email, description.Created, description.SSHPublicKey = user.Email, user.Created.UnixMilli(), user.SSHPublicKey
	description.BillTo = cmp.Or(user.BillTo, user.ID)
}

// newUser creates an account; its user sets the first password with a code.
func (h *Handler) newUser(c call, in wire.NewUserRequest) (wire.NewUserResponse, error) {
	switch {
	case in.Username == "":
		return wire.NewUserResponse{}, missing("username")
	case in.Email == "":
		return wire.NewUserResponse{}, missing("email")
	case in.TokenDuration > wire.MaxTokenDuration:
		return wire.NewUserResponse{}, inputError("tokenDuration", "milliseconds up to 30 days")
	}
	activation, err := h.service.NewUser(c.ctx, c.caller, service.Draft{
		Account: identity.Draft{Username: in.Username, Email: in.Email, First: in.First, Middle: in.Middle, Last: in.Last},
		BillTo:  in.BillTo, ProvisioningOrg: in.ProvisioningOrg, Lifetime: time.Duration(max(0, in.TokenDuration)) * time.Millisecond,
	})
	return activationAnswer(activation), err
}

func activationAnswer(activation identity.IssuedCode) wire.NewUserResponse {
	message := "The account needs its first password. No e-mail was sent: pass on the activation code"
	if activation.Code.IsZero() {
		message = "The account needs its first password. An e-mail with the activation code is on its way"
	}
	return wire.NewUserResponse{
		Status:         wire.StatusEmailValidationRequired,
		Message:        message,
		ActivationCode: activation.Code.OnWire(), ActivationExpires: activation.Expires.UnixMilli(),
	}
}

// resendActivation makes a new code, and returns it unless the server sent it.
func (h *Handler) resendActivation(c call, in wire.ResendActivationRequest) (wire.NewUserResponse, error) {
	if in.UsernameOrEmail == "" {
		return wire.NewUserResponse{}, missing("usernameOrEmail")
	}
	activation, err := h.service.NewActivation(c.ctx, c.caller, in.UsernameOrEmail)
	return activationAnswer(activation), err
}

// activateUser sets the first password of an account.
func (h *Handler) activateUser(c call, in wire.ActivateUserRequest) (wire.NamedUser, error) {
	switch {
	case in.Code.IsZero():
		return wire.NamedUser{}, missing("code")
	case in.Password.IsZero():
		return wire.NamedUser{}, missing("password")
	}
	user, err := h.service.Activate(c.ctx, in.Code.Text(), in.Password.Text(), c.origin)
	return wire.NamedUser{ID: user.ID, Username: user.Handle}, err
}

// updateUser changes the caller's own account.
func (h *Handler) updateUser(c call, in wire.UpdateUserRequest) (wire.IDResponse, error) {
	if c.entity != c.caller.User.ID {
		return wire.IDResponse{}, refusalf(wire.TypePermissionDenied, "Only the user may do this")
	}
	change := service.UserChange{First: in.First, Middle: in.Middle, Last: in.Last, BillTo: in.BillTo}
	if in.SSHPublicKey.Present {
		change.SSHPublicKey = orZero(in.SSHPublicKey.Value)
	}
	err := h.service.UpdateUser(c.ctx, c.caller, proofOf(in.Proof), change)
	return wire.IDResponse{ID: c.entity}, err
}

// proofOf returns the credentials with which the caller signs in again.
func proofOf(in wire.Proof) service.Proof {
	return service.Proof{Password: in.Password.Text(), Code: codeOf(in.OTP)}
}

// lockUser disables the account of a member.
func (h *Handler) lockUser(c call, in wire.MemberActionRequest) (wire.MemberActionResponse, error) {
	return h.actOnMember(c, in, h.service.LockUser)
}

// unlockUser enables it again.
func (h *Handler) unlockUser(c call, in wire.MemberActionRequest) (wire.MemberActionResponse, error) {
	return h.actOnMember(c, in, h.service.UnlockUser)
}

func (h *Handler) actOnMember(c call, in wire.MemberActionRequest, act memberAction) (wire.MemberActionResponse, error) {
	account, err := memberOf(c, in.UserID, in.OrgID)
	if err != nil {
		return wire.MemberActionResponse{}, err
	}
	err = act(c.ctx, c.caller, account)
	return wire.MemberActionResponse{AdminID: c.caller.User.ID, OrgID: account.OrgID, UserID: account.UserID}, err
}

type memberAction func(context.Context, service.Caller, service.MemberAccount) error

// memberOf returns the user that an org admin acts on: that of the path, which the
// body may repeat.
func memberOf(c call, userID, orgID string) (service.MemberAccount, error) {
	switch {
	case orgID == "":
		return service.MemberAccount{}, missing("org_id")
	case userID != "" && userID != c.entity:
		return service.MemberAccount{}, inputError("user_id", "the user of the path")
	}
	return service.MemberAccount{OrgID: orgID, UserID: c.entity}, nil
}

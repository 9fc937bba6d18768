package dnanexus

import (
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service/linking"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// findIdentities lists the identities of an account at OpenID providers.
func (h *Handler) findIdentities(c call, in wire.AdminUserRequest) (response wire.FindIdentitiesResponse, err error) {
	if in.User == "" {
		return response, missing("user")
	}
	list, err := h.linking.Identities(c.ctx, c.caller, in.User)
	response.Identities = make([]wire.Identity, 0, len(list))
	for _, one := range list {
		response.Identities = append(response.Identities, h.identity(one))
	}
	return response, err
}

func (h *Handler) identity(linked identity.LinkedIdentity) wire.Identity {
	return wire.Identity{
		Provider: h.linking.NameOf(linked.Issuer), Issuer: linked.Issuer, Subject: linked.Subject, Email: linked.Email, Linked: linked.Linked.UnixMilli(),
	}
}

// findOwnIdentities lists the identities of the caller's account.
func (h *Handler) findOwnIdentities(c call, _ wire.Empty) (response wire.FindOwnIdentitiesResponse, err error) {
	own, err := h.linking.OwnIdentities(c.ctx, c.caller)
	response.Identities = make([]wire.OwnIdentity, 0, len(own.List))
	for _, one := range own.List {
		response.Identities = append(response.Identities, wire.OwnIdentity{ID: linking.IDOf(one), Identity: h.identity(one)})
	}
	return response, err
}

// unlinkOwnIdentity removes an identity from the caller's account.
func (h *Handler) unlinkOwnIdentity(c call, in wire.UnlinkOwnIdentityRequest) (wire.Empty, error) {
	if in.ID == "" {
		return wire.Empty{}, missing("id")
	}
	return wire.Empty{}, h.linking.UnlinkOwn(c.ctx, c.caller, proofOf(in.Proof), in.ID)
}

// sendEmailCode sends a code to the address of the caller's account.
func (h *Handler) sendEmailCode(c call, _ wire.Empty) (wire.Empty, error) {
	return wire.Empty{}, h.linking.SendEmailCode(c.ctx, c.caller)
}

// linkIdentity links an identity to an account.
func (h *Handler) linkIdentity(c call, in wire.IdentityRequest) (wire.Empty, error) {
	who, err := identityOf(in)
	if err != nil {
		return wire.Empty{}, err
	}
	return wire.Empty{}, h.linking.Link(c.ctx, c.caller, in.User, who)
}

// unlinkIdentity removes an identity from an account.
func (h *Handler) unlinkIdentity(c call, in wire.IdentityRequest) (wire.Empty, error) {
	who, err := identityOf(in)
	if err != nil {
		return wire.Empty{}, err
	}
	return wire.Empty{}, h.linking.Unlink(c.ctx, c.caller, in.User, who)
}

func identityOf(in wire.IdentityRequest) (linking.Identity, error) {
	switch {
	case in.User == "":
		return linking.Identity{}, missing("user")
	case in.Provider == "":
		return linking.Identity{}, missing("provider")
	case in.Subject == "":
		return linking.Identity{}, missing("subject")
	default:
		return linking.Identity{Provider: in.Provider, Subject: in.Subject}, nil
	}
}

// verifyEmail notes that an address is its user's.
func (h *Handler) verifyEmail(c call, in wire.AdminUserRequest) (wire.Empty, error) {
	if in.User == "" {
		return wire.Empty{}, missing("user")
	}
	return wire.Empty{}, h.linking.VerifyEmail(c.ctx, c.caller, in.User)
}

// newEmailCode makes a code that confirms an address, and returns it unless the server sent it.
func (h *Handler) newEmailCode(c call, in wire.AdminUserRequest) (wire.NewEmailCodeResponse, error) {
	if in.User == "" {
		return wire.NewEmailCodeResponse{}, missing("user")
	}
	code, err := h.linking.NewEmailCode(c.ctx, c.caller, in.User)
	return wire.NewEmailCodeResponse{User: code.UserID, Email: code.Email, Code: code.Code.OnWire(), Expires: code.Expires.UnixMilli()}, err
}

// confirmEmail spends the code.
func (h *Handler) confirmEmail(c call, in wire.ConfirmEmailRequest) (wire.Empty, error) {
	if in.Code.IsZero() {
		return wire.Empty{}, missing("code")
	}
	return wire.Empty{}, h.linking.ConfirmEmail(c.ctx, c.caller, in.Code.Text())
}

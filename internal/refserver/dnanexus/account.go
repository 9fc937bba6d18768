package dnanexus

import (
	"github.com/dxauth/dxauth/internal/refserver/service"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// changePassword sets another password of the caller.
func (h *Handler) changePassword(c call, in wire.ChangePasswordRequest) (wire.Empty, error) {
	if in.NewPassword.IsZero() {
		return wire.Empty{}, missing("newPassword")
	}
	return wire.Empty{}, h.service.ChangePassword(c.ctx, c.caller, proofOf(in.Proof), in.NewPassword.Text())
}

// updateSettings changes personal information of the caller.
func (h *Handler) updateSettings(c call, in wire.UpdateSettingsRequest) (wire.Empty, error) {
	settings := service.Settings{First: in.First, Middle: in.Middle, Last: in.Last}
	if settings == (service.Settings{}) {
		return wire.Empty{}, inputError("first", "there, or middle, or last")
	}
	return wire.Empty{}, h.service.UpdateSettings(c.ctx, c.caller, proofOf(in.Proof), settings)
}

// updateEmail sets another e-mail address of the caller.
func (h *Handler) updateEmail(c call, in wire.UpdateEmailRequest) (wire.IDResponse, error) {
	if c.entity != c.caller.User.ID {
		return wire.IDResponse{}, refusalf(wire.TypePermissionDenied, "The e-mail address can be changed by its user only")
	}
	if in.NewEmail == "" {
		return wire.IDResponse{}, missing("newEmail")
	}
	return wire.IDResponse{ID: c.entity}, h.service.UpdateEmail(c.ctx, c.caller, proofOf(in.Proof), in.NewEmail)
}

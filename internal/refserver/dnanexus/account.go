package dnanexus

import (
	"github.com/dxauth/dxauth/internal/refserver/service"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// changePassword changes the password of the caller.
func (h *Handler) changePassword(c call, in wire.ChangePasswordRequest) (wire.Empty, error) {
	if in.NewPassword.IsZero() {
		return wire.Empty{}, missing("newPassword")
	}
	return wire.Empty{}, h.service.ChangePassword(c.ctx, c.caller, proofOf(in.Proof), in.NewPassword.Text())
}

// updateSettings changes the names of the caller.
func (h *Handler) updateSettings(c call, in wire.UpdateSettingsRequest) (wire.Empty, error) {
	settings := service.Settings{First: in.First, Middle: in.Middle, Last: in.Last}
	if settings == (service.Settings{}) {
		return wire.Empty{}, inputError("first", "present, or middle, or last")
	}
	return wire.Empty{}, h.service.UpdateSettings(c.ctx, c.caller, proofOf(in.Proof), settings)
}

// updateEmail changes the e-mail address of the caller.
func (h *Handler) updateEmail(c call, in wire.UpdateEmailRequest) (wire.IDResponse, error) {
	if c.entity != c.caller.User.ID {
		return wire.IDResponse{}, refusalf(wire.TypePermissionDenied, "You can only change your own e-mail address")
	}
	if in.NewEmail == "" {
		return wire.IDResponse{}, missing("newEmail")
	}
	return wire.IDResponse{ID: c.entity}, h.service.UpdateEmail(c.ctx, c.caller, proofOf(in.Proof), in.NewEmail)
}

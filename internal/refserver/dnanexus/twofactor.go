package dnanexus

import (
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// twoFactorStatus returns the state of the caller's second factor.
func (h *Handler) twoFactorStatus(c call, _ wire.Empty) (wire.TwoFactorStatus, error) {
	status, err := h.service.TwoFactorStatus(c.ctx, c.caller)
	if err != nil {
		return wire.TwoFactorStatus{}, err
	}
	response := wire.TwoFactorStatus{
		Enabled: status.On, Pending: status.Pending, RecoveryCodesLeft: status.CodesLeft,
		Mode: wire.TwoFactorMode(status.Mode),
	}
	if !status.Since.IsZero() {
		since := status.Since.UnixMilli()
		response.Since = &since
	}
	return response, nil
}

// applicant returns who enrolls: the caller, or the user of the ticket.
func (c call) applicant(ticket secret.Wire) (service.Applicant, error) {
	switch {
	case !ticket.IsZero():
		return service.TicketHolder(ticket.Text(), c.origin), nil
	case c.signedIn():
		return service.SignedIn(c.caller), nil
	default:
		return service.Applicant{}, web.ErrNotSignedIn
	}
}

// enrollTwoFactor returns the secret of a new second factor.
func (h *Handler) enrollTwoFactor(c call, in wire.EnrollRequest) (wire.Enrollment, error) {
	who, err := c.applicant(in.Ticket)
	if err != nil {
		return wire.Enrollment{}, err
	}
	offer, err := h.service.BeginEnrollment(c.ctx, who, proofOf(in.Proof))
	if err != nil {
		return wire.Enrollment{}, err
	}
	return wire.Enrollment{
		URI: offer.URI.OnWire(), Secret: offer.Secret.OnWire(), Issuer: offer.Issuer, Account: offer.Account,
		Algorithm: identity.OfferAlgorithm, Digits: offer.Digits, Period: offer.Period, Expires: offer.Expires.UnixMilli(),
	}, nil
}

// confirmTwoFactor checks a code of the new secret and returns recovery codes.
func (h *Handler) confirmTwoFactor(c call, in wire.ConfirmRequest) (wire.RecoveryCodes, error) {
	who, err := c.applicant(in.Ticket)
	if err != nil {
		return wire.RecoveryCodes{}, err
	}
	if in.Code.IsZero() {
		return wire.RecoveryCodes{}, missing("code")
	}
	codes, err := h.service.ConfirmEnrollment(c.ctx, who, in.Code.Text())
	return recoveryCodesOf(codes), err
}

// activateTwoFactor checks a recovery code and turns the second factor on.
func (h *Handler) activateTwoFactor(c call, in wire.ActivateRequest) (wire.ActivateResponse, error) {
	who, err := c.applicant(in.Ticket)
	if err != nil {
		return wire.ActivateResponse{}, err
	}
	if in.RecoveryCode.IsZero() {
		return wire.ActivateResponse{}, missing("recoveryCode")
	}
	result, err := h.service.ActivateEnrollment(c.ctx, who, in.RecoveryCode.Text())
	if err != nil || result == nil {
		return wire.ActivateResponse{}, err
	}
	session := tokenAnswer(*result)
	return wire.ActivateResponse{Session: &session}, nil
}

func (h *Handler) disableTwoFactor(c call, in wire.DisableRequest) (wire.Empty, error) {
	return wire.Empty{}, h.service.DisableTwoFactor(c.ctx, c.caller, proofOf(in.Proof))
}

func (h *Handler) regenerateRecoveryCodes(c call, in wire.RegenerateRequest) (wire.RecoveryCodes, error) {
	codes, err := h.service.NewRecoveryCodes(c.ctx, c.caller, proofOf(in.Proof))
	return recoveryCodesOf(codes), err
}

func recoveryCodesOf(codes []secret.Text) wire.RecoveryCodes {
	response := wire.RecoveryCodes{RecoveryCodes: make([]secret.Wire, len(codes))}
	for i, code := range codes {
		response.RecoveryCodes[i] = code.OnWire()
	}
	return response
}

// resetUserMFA turns off the second factor of a user on behalf of an org or, with an
// empty org_id, of the platform.
func (h *Handler) resetUserMFA(c call, in wire.ResetUserMFARequest) (wire.MemberActionResponse, error) {
	if in.UserID != c.entity {
		return wire.MemberActionResponse{}, inputError("user_id", "the ID in the path")
	}
	reset := service.FactorReset{UserID: in.UserID, OrgID: in.OrgID, RevokeTokens: in.RevokeChildTokens}
	err := h.service.ResetSecondFactor(c.ctx, c.caller, reset)
	return wire.MemberActionResponse{AdminID: c.caller.User.ID, OrgID: in.OrgID, UserID: in.UserID}, err
}

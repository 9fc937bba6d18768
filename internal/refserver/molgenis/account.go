package molgenis

import (
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/web"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// toActivation handles two buttons of the account page. Nothing changes until
// the new second factor is activated, so a user who stops halfway can still sign
// in.
func (h *Handler) toActivation(call) (response, error) {
	return redirect(wire.RouteTwoFactorActivation), nil
}

func (h *Handler) disableTwoFactor(c call) (response, error) {
	if err := h.service.DisableTwoFactor(c.ctx, c.caller, c.recent()); err != nil {
		return response{}, err
	}
	return redirect(pathAccount), nil
}

// pathAccount is the account page; the platform's shows more. With showCodes in
// its query it shows new recovery codes.
const (
	pathAccount = "/menu/main/useraccount"
	showCodes   = "showCodes"
)

// accountPage is the page after the activation. It shows new recovery codes
// once.
func (h *Handler) accountPage(c call) (response, error) {
	p := web.Page{Title: "Account", Message: "Signed in as " + c.caller.User.Handle + "."}
	if !c.query.Has(showCodes) {
		return showPage(p)
	}
	codes, err := h.service.ReadNewRecoveryCodes(c.ctx, c.caller)
	if err != nil {
		return response{}, err
	}
	p.Codes = codes
	return showPage(p)
}

// recoveryCodes returns new codes, once: the server stores only their hashes.
func (h *Handler) recoveryCodes(c call) (response, error) {
	codes, err := h.service.ReadNewRecoveryCodes(c.ctx, c.caller)
	if err != nil {
		return response{}, err
	}
	return codesAnswer(codes)
}

func (h *Handler) newRecoveryCodes(c call) (response, error) {
	codes, err := h.service.NewRecoveryCodes(c.ctx, c.caller, c.recent())
	if err != nil {
		return response{}, err
	}
	return codesAnswer(codes)
}

func codesAnswer(codes []secret.Text) (response, error) {
	shown := wire.RecoveryCodesResponse{RecoveryCodes: []secret.Wire{}}
	for _, code := range codes {
		shown.RecoveryCodes = append(shown.RecoveryCodes, code.OnWire())
	}
	return inJSON(http.StatusOK, shown)
}

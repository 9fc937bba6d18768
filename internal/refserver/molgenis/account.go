package molgenis

import (
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/web"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// toActivation is what two buttons of the account page do: nothing changes before
// the new second factor is activated, so that nobody is locked out halfway.
func (f *Face) toActivation(call) (answer, error) {
	return redirect(wire.RouteTwoFactorActivation), nil
}

func (f *Face) disableTwoFactor(c call) (answer, error) {
	if err := f.service.DisableTwoFactor(c.ctx, c.caller, c.recent()); err != nil {
		return answer{}, err
	}
	return redirect(pathAccount), nil
}

// pathAccount is the account page; the platform's has more to show. With showCodes
// in its query it shows new recovery codes.
const (
	pathAccount = "/menu/main/useraccount"
	showCodes   = "showCodes"
)

// accountPage is where the activation leads. It shows recovery codes that were
// not shown yet.
func (f *Face) accountPage(c call) (answer, error) {
	p := web.Page{Title: "Account", Message: "Signed in as " + c.caller.User.Handle + "."}
	if !c.query.Has(showCodes) {
		return showPage(p)
	}
	codes, err := f.service.ReadNewRecoveryCodes(c.ctx, c.caller)
	if err != nil {
		return answer{}, err
	}
	p.Codes = codes
	return showPage(p)
}

// recoveryCodes shows codes that were just made, once. The server keeps hashes.
func (f *Face) recoveryCodes(c call) (answer, error) {
	codes, err := f.service.ReadNewRecoveryCodes(c.ctx, c.caller)
	if err != nil {
		return answer{}, err
	}
	return codesAnswer(codes)
}

func (f *Face) newRecoveryCodes(c call) (answer, error) {
	codes, err := f.service.NewRecoveryCodes(c.ctx, c.caller, c.recent())
	if err != nil {
		return answer{}, err
	}
	return codesAnswer(codes)
}

func codesAnswer(codes []secret.Text) (answer, error) {
	shown := wire.RecoveryCodesResponse{RecoveryCodes: []secret.Wire{}}
	for _, code := range codes {
		shown.RecoveryCodes = append(shown.RecoveryCodes, code.OnWire())
	}
	return inJSON(http.StatusOK, shown)
}

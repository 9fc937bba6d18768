package account

import (
	"errors"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Paths of the second factor.
const (
	pathSecurity  = "/console/security"
	pathTwoFactor = "/console/security/two-factor"
	pathCodes     = "/console/security/recovery-codes"
	pathTurnOff   = "/console/security/two-factor/off"
)

// enrollment returns the steps after the first.
func enrollment() browser.Enrollment {
	return browser.Enrollment{Confirm: pathTwoFactor + "/confirm", Activate: pathTwoFactor + "/activate"}
}

// stepData is what a page with one button shows.
type stepData struct {
	kit.Notes
	kit.Proof
	Action string
	On     bool // the visitor has a second factor
}

// step is a page with one button.
type step struct {
	template, title string
	proof           func(*http.Request, browser.Visitor, string) (kit.Proof, error)
}

// showStep shows the form of a step, with a refusal if there is one.
func (p *Pages) showStep(w http.ResponseWriter, r *http.Request, v browser.Visitor, s step, problem error) {
	n, status, ok := p.Noted(w, r, v, problem)
	if !ok {
		return
	}
	data := stepData{Notes: n, Action: r.URL.Path}
	factor, err := p.Service.TwoFactorStatus(r.Context(), v.Caller)
	if err == nil {
		data.On = factor.On
		data.Proof, err = s.proof(r, v, "step")
	}
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Show(w, r, v, status, s.template, s.title, data)
}

func (p *Pages) setUpStep() step {
	return step{"twofactor", "Set up two-factor authentication: step 1 of 3", p.RecentProof}
}

func (p *Pages) codesStep() step { return step{"newcodes", "Make new recovery codes", p.RecentProof} }

func (p *Pages) turnOffStep() step {
	return step{"turnoff", "Turn two-factor authentication off", p.FullProof}
}

func (p *Pages) setUpPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	p.showStep(w, r, v, p.setUpStep(), nil)
}

// setUp draws the secret of a new second factor, and shows it.
func (p *Pages) setUp(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	v, err := p.Confirm(w, r, v)
	var offer identity.Offer
	if err == nil {
		offer, err = p.Service.BeginEnrollment(r.Context(), service.SignedIn(v.Caller), kit.Recently())
	}
	if err != nil {
		p.showStep(w, r, v, p.setUpStep(), err)
		return
	}
	p.Browser.ShowOffer(w, r, v, enrollment(), offer.URI)
}

// toSetUp leads to the first step: the secret is not shown again.
func (p *Pages) toSetUp(w http.ResponseWriter, _ *http.Request, _ browser.Visitor) {
	p.Browser.Redirect(w, pathTwoFactor)
}

// confirmSecret takes a code of the new secret, and shows the recovery codes.
func (p *Pages) confirmSecret(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	codes, err := p.Service.ConfirmEnrollment(r.Context(), service.SignedIn(v.Caller), kit.ProofOf(r).Code)
	switch {
	case errors.Is(err, identity.ErrNoEnrollment):
		p.toSetUp(w, r, v)
	case err != nil:
		p.Browser.ShowOfferAgain(w, r, v, enrollment(), err)
	default:
		p.Browser.ShowCodes(w, r, v, enrollment(), codes)
	}
}

// activate takes one of the recovery codes, and turns the second factor on.
func (p *Pages) activate(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	_, err := p.Service.ActivateEnrollment(r.Context(), service.SignedIn(v.Caller), kit.ProofOf(r).Code)
	switch {
	case errors.Is(err, identity.ErrNoEnrollment), errors.Is(err, identity.ErrNotConfirmed):
		p.toSetUp(w, r, v)
	case err != nil:
		p.Browser.AskForCodeAgain(w, r, v, enrollment(), err)
	default:
		p.Browser.Redirect(w, pathSecurity+"?done=two-factor-on")
	}
}

func (p *Pages) newCodesPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	p.showStep(w, r, v, p.codesStep(), nil)
}

// newCodes replaces the recovery codes, and shows the new ones.
func (p *Pages) newCodes(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	v, err := p.Confirm(w, r, v)
	var codes []secret.Text
	if err == nil {
		codes, err = p.Service.NewRecoveryCodes(r.Context(), v.Caller, kit.Recently())
	}
	if err != nil {
		p.showStep(w, r, v, p.codesStep(), err)
		return
	}
	p.Browser.ShowNewCodes(w, r, v, codes, pathSecurity)
}

func (p *Pages) turnOffPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	p.showStep(w, r, v, p.turnOffStep(), nil)
}

// turnOff turns the second factor off, with password and code.
func (p *Pages) turnOff(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	if err := p.Service.DisableTwoFactor(r.Context(), v.Caller, kit.ProofOf(r)); err != nil {
		p.showStep(w, r, v, p.turnOffStep(), err)
		return
	}
	p.Browser.Redirect(w, pathSecurity+"?done=two-factor-off")
}

package console

import (
	"errors"
	"net/http"

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
	notes
	proof
	Action string
	On     bool // the visitor has a second factor
}

// step is a page with one button.
type step struct {
	template, title string
	proof           func(*http.Request, browser.Visitor, string) (proof, error)
}

// showStep shows the form of a step, with a refusal if there is one.
func (c *Console) showStep(w http.ResponseWriter, r *http.Request, v browser.Visitor, s step, problem error) {
	n, status, ok := c.noted(w, r, v, problem)
	if !ok {
		return
	}
	data := stepData{notes: n, Action: r.URL.Path}
	factor, err := c.service.TwoFactorStatus(r.Context(), v.Caller)
	if err == nil {
		data.On = factor.On
		data.proof, err = s.proof(r, v, "step")
	}
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	c.show(w, r, v, status, s.template, s.title, data)
}

func (c *Console) setUpStep() step {
	return step{"twofactor", "Set up two-factor authentication: step 1 of 3", c.recentProof}
}

func (c *Console) codesStep() step { return step{"newcodes", "Make new recovery codes", c.recentProof} }

func (c *Console) turnOffStep() step {
	return step{"turnoff", "Turn two-factor authentication off", c.fullProof}
}

func (c *Console) setUpPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	c.showStep(w, r, v, c.setUpStep(), nil)
}

// setUp draws the secret of a new second factor, and shows it.
func (c *Console) setUp(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	v, err := c.confirm(w, r, v)
	var offer identity.Offer
	if err == nil {
		offer, err = c.service.BeginEnrollment(r.Context(), service.SignedIn(v.Caller), recently())
	}
	if err != nil {
		c.showStep(w, r, v, c.setUpStep(), err)
		return
	}
	c.pages.ShowOffer(w, r, v, enrollment(), offer.URI)
}

// toSetUp leads to the first step: the secret is not shown again.
func (c *Console) toSetUp(w http.ResponseWriter, _ *http.Request, _ browser.Visitor) {
	c.pages.Redirect(w, pathTwoFactor)
}

// confirmSecret takes a code of the new secret, and shows the recovery codes.
func (c *Console) confirmSecret(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	codes, err := c.service.ConfirmEnrollment(r.Context(), service.SignedIn(v.Caller), proofOf(r).Code)
	switch {
	case errors.Is(err, identity.ErrNoEnrollment):
		c.toSetUp(w, r, v)
	case err != nil:
		c.pages.ShowOfferAgain(w, r, v, enrollment(), err)
	default:
		c.pages.ShowCodes(w, r, v, enrollment(), codes)
	}
}

// activate takes one of the recovery codes, and turns the second factor on.
func (c *Console) activate(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	_, err := c.service.ActivateEnrollment(r.Context(), service.SignedIn(v.Caller), proofOf(r).Code)
	switch {
	case errors.Is(err, identity.ErrNoEnrollment), errors.Is(err, identity.ErrNotConfirmed):
		c.toSetUp(w, r, v)
	case err != nil:
		c.pages.AskForCodeAgain(w, r, v, enrollment(), err)
	default:
		c.pages.Redirect(w, pathSecurity+"?done=two-factor-on")
	}
}

func (c *Console) newCodesPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	c.showStep(w, r, v, c.codesStep(), nil)
}

// newCodes replaces the recovery codes, and shows the new ones.
func (c *Console) newCodes(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	v, err := c.confirm(w, r, v)
	var codes []secret.Text
	if err == nil {
		codes, err = c.service.NewRecoveryCodes(r.Context(), v.Caller, recently())
	}
	if err != nil {
		c.showStep(w, r, v, c.codesStep(), err)
		return
	}
	c.pages.ShowNewCodes(w, r, v, codes, pathSecurity)
}

func (c *Console) turnOffPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	c.showStep(w, r, v, c.turnOffStep(), nil)
}

// turnOff turns the second factor off, with password and code.
func (c *Console) turnOff(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	if err := c.service.DisableTwoFactor(r.Context(), v.Caller, proofOf(r)); err != nil {
		c.showStep(w, r, v, c.turnOffStep(), err)
		return
	}
	c.pages.Redirect(w, pathSecurity+"?done=two-factor-off")
}

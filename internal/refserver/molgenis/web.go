package molgenis

import (
	"errors"
	"net/http"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/failure"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/syntax"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// webLifetime is the longest life of a sign-in by form, a working day; being
// idle may end it earlier.
const webLifetime = 12 * time.Hour

// loginRefused is the page after a refused sign-in.
const loginRefused = wire.RouteFormLogin + "?error"

func (h *Handler) loginPage(c call) (response, error) {
	p := web.Page{Title: "Sign in", Forms: []web.Form{loginForm()}, Note: "No account? Ask the administrator."}
	if h.service.SignUpMode() != identity.SignUpClosed {
		p.Link = web.Link{Address: wire.RouteRegister, Text: "Sign up"}
	}
	if c.query.Has("error") {
		p.Message = "The sign-in was refused, or it took too long."
	}
	return showPage(p)
}

// formLogin signs in by form. The response is a redirect, and after a success a
// new cookie; the session of the old cookie ends.
func (h *Handler) formLogin(c call) (response, error) {
	if !c.cookie.IsPossible() {
		return response{}, failure.New(http.StatusForbidden, "a sign-in by form needs https, or a browser on the same machine")
	}
	attempt := identity.Attempt{Username: c.field(wire.FieldUsername), Password: secret.New(c.field(wire.FieldPassword))}
	grant, err := h.service.SignInInSteps(c.ctx, attempt, h.loginOrder(webLifetime), c.origin)
	if partial, ok := refusal.DetailsOf[service.PartialSignIn](err); ok {
		return h.redirectToCode(c, partial, refusal.ReasonOf(err))
	}
	if err != nil {
		return refusedForm(err, loginRefused)
	}
	return h.startSession(c, grant)
}

// field returns the first value of a field of a form.
func (c call) field(name string) string { return c.body.form.Get(name) }

// refusedForm redirects back to a form, with the wait if there is one. Only
// failures of the server are errors.
func refusedForm(err error, back string) (response, error) {
	refused := failure.Of(err)
	if refused.Status >= http.StatusInternalServerError {
		return response{}, err
	}
	redirected := redirect(back)
	redirected.wait = refused.RetryAfter
	return redirected, nil
}

// redirectToCode sets the cookie of a partial sign-in, and ends the session of the
// old cookie.
func (h *Handler) redirectToCode(c call, partial service.PartialSignIn, missing refusal.Reason) (response, error) {
	t := ticket{lacksCode, partial.Ticket}
	if missing == refusal.EnrollmentRequired {
		t.lacks = lacksEnrollment
	}
	redirected := redirect(t.lacks.page())
	redirected.cookie = c.cookie.With(t.asCookie(), partial.Expires.Sub(h.service.Now()))
	return redirected, h.endReplaced(c)
}

// startSession sets the cookie of a new session, and ends the session of the old
// cookie.
func (h *Handler) startSession(c call, grant service.SignInResult) (response, error) {
	redirected := redirect(wire.PathHome)
	redirected.cookie = c.cookie.With(grant.Secret, grant.Token.Expires.Sub(h.service.Now()))
	return redirected, h.endReplaced(c)
}

// endReplaced ends the session whose cookie the response replaces, if there is
// one.
func (h *Handler) endReplaced(c call) error {
	if !c.byCookie || !c.signedIn() {
		return nil
	}
	return h.service.SignOut(c.ctx, c.caller)
}

func (h *Handler) formLogout(c call) (response, error) {
	redirected := redirect(wire.RouteFormLogin + "?logout")
	redirected.signsOut = true
	if c.cookie.IsPossible() {
		redirected.cookie = c.cookie.Removed()
	}
	if !c.signedIn() {
		return redirected, nil
	}
	return redirected, h.service.SignOut(c.ctx, c.caller)
}

// home is the page at the root of a server of this type.
func (h *Handler) home(c call) (response, error) {
	p := web.Page{Title: "dxauth reference server", Message: "Not signed in."}
	if c.signedIn() {
		p.Message = "Signed in as " + c.caller.User.Handle + "."
	}
	return showPage(p)
}

func (h *Handler) codePage(c call) (response, error) {
	if c.ticket.lacks != lacksCode {
		return h.notPartial(c), nil
	}
	return showPage(twoFactorPage())
}

// notPartial redirects a user without a partial sign-in: home, or to the
// sign-in.
func (h *Handler) notPartial(c call) response {
	if c.signedIn() {
		return redirect(wire.PathHome)
	}
	return redirect(wire.RouteFormLogin)
}

const titleSetUp = "Set up two-factor authentication"

func twoFactorPage() web.Page {
	return web.Page{Title: "Two-factor authentication", Forms: []web.Form{codeForm(), recoveryForm()}}
}

func (h *Handler) validate(c call) (response, error) {
	code := c.field(wire.FieldVerificationCode)
	if !syntax.IsVerificationCode(code) {
		return h.codeRefused(c, identity.ErrCodeMismatch)
	}
	return h.finish(c, code)
}

func (h *Handler) recover(c call) (response, error) {
	code := c.field(wire.FieldRecoveryCode)
	if code == "" || syntax.IsVerificationCode(code) {
		return h.codeRefused(c, identity.ErrCodeMismatch)
	}
	return h.finish(c, code)
}

// finish completes a partial sign-in. The session gets a new cookie.
func (h *Handler) finish(c call, code string) (response, error) {
	if c.ticket.lacks != lacksCode {
		return h.notPartial(c), nil
	}
	grant, err := h.service.FinishSignIn(c.ctx, c.ticket.value, secret.New(code), c.origin)
	if err != nil {
		return h.codeRefused(c, err)
	}
	return h.startSession(c, grant)
}

// codeRefused shows the form again after a wrong code, as the platform does, and
// redirects to the sign-in if the ticket no longer works.
func (h *Handler) codeRefused(c call, err error) (response, error) {
	return h.formAgain(c, twoFactorPage(), err)
}

func (h *Handler) formAgain(c call, p web.Page, err error) (response, error) {
	if errors.Is(err, identity.ErrNoTicket) || errors.Is(err, identity.ErrEnrollmentRequired) {
		redirected := redirect(loginRefused)
		redirected.cookie = c.cookie.Removed()
		return redirected, nil
	}
	refused := failure.Of(err)
	if !errors.Is(err, identity.ErrCodeMismatch) && refused.Status != http.StatusTooManyRequests {
		return response{}, err
	}
	p.Message = refused.Error()
	return response{page: &p, wait: refused.RetryAfter}, nil
}

// recent returns the proof for routes whose form may have no password.
func (c call) recent() service.Proof {
	return service.Proof{
		Password: secret.New(c.field(wire.FieldPassword)), Code: secret.New(c.field(wire.FieldVerificationCode)), OrRecentSignIn: true,
	}
}

// applicant returns the user who sets up a second factor, with a partial sign-in
// or a complete one.
func (h *Handler) applicant(c call) (service.Applicant, bool) {
	switch {
	case c.ticket.lacks == lacksEnrollment:
		return service.TicketHolder(c.ticket.value, c.origin), true
	case c.signedIn() && c.caller.Token.Scope.Meets(access.WholeAccount):
		return service.SignedIn(c.caller), true
	default:
		return service.Applicant{}, false
	}
}

// activation offers the secret of a new second factor.
func (h *Handler) activation(c call) (response, error) {
	who, known := h.applicant(c)
	if !known {
		return h.notPartial(c), nil
	}
	offer, err := h.service.BeginEnrollment(c.ctx, who, service.Proof{OrRecentSignIn: true})
	switch {
	case errors.Is(err, access.ErrReauthenticate):
		return redirect(wire.RouteFormLogin), nil
	case errors.Is(err, identity.ErrNoTicket):
		return h.formAgain(c, web.Page{}, err)
	case err != nil:
		return response{}, err
	}
	p := web.Page{Title: titleSetUp, Forms: []web.Form{activationForm(offer.Secret)}, URI: offer.URI}
	return showPage(p)
}

// activate turns the second factor on with a code of the offered secret, which
// is in the store; it ignores the secret in the form.
func (h *Handler) activate(c call) (response, error) {
	who, known := h.applicant(c)
	if !known {
		return h.notPartial(c), nil
	}
	grant, err := h.service.TurnOnTwoFactor(c.ctx, who, secret.New(c.field(wire.FieldVerificationCode)))
	if errors.Is(err, identity.ErrNoEnrollment) {
		return redirect(wire.RouteTwoFactorActivation), nil
	}
	if err != nil {
		p := web.Page{Title: titleSetUp, Forms: []web.Form{activationForm(secret.New(c.field(wire.FieldSecretKey)))}}
		return h.formAgain(c, p, err)
	}
	redirected := redirect(wire.PathSecurity)
	if grant == nil {
		return redirected, nil
	}
	redirected, err = h.startSession(c, *grant)
	redirected.location = wire.PathSecurity
	return redirected, err
}

package browser

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/pkg/secret"
)

// PathEnroll is the page of a user whose sign-in requires a second factor, and who has
// none. The forms of its steps are below it.
const PathEnroll = "/console/sign-in/enroll"

func (p *Pages) enrollRows() []Row {
	return []Row{
		{Pattern: "GET " + PathEnroll, Who: Anyone, Handle: p.enrollPage},
		{Pattern: "POST " + PathEnroll, Who: Anyone, Handle: p.enroll},
		{Pattern: "GET " + PathEnroll + "/confirm", Who: Anyone, Handle: p.enrollPage},
		{Pattern: "POST " + PathEnroll + "/confirm", Who: Anyone, Handle: p.confirmEnrollment},
		{Pattern: "GET " + PathEnroll + "/activate", Who: Anyone, Handle: p.enrollPage},
		{Pattern: "POST " + PathEnroll + "/activate", Who: Anyone, Handle: p.activateEnrollment},
		{Pattern: "POST " + PathCodesFile, Who: Anyone, Handle: p.codesFile},
	}
}

// enrollmentOf returns the steps of a sign-in.
func enrollmentOf(next string) Enrollment {
	return Enrollment{Confirm: PathEnroll + "/confirm", Activate: PathEnroll + "/activate", Next: next}
}

// enrollData is what the first step of an enrollment at a sign-in shows.
type enrollData struct{ Next, Action string }

func (p *Pages) enrollPage(w http.ResponseWriter, r *http.Request, _ Visitor) {
	next := SafeNext(r.URL.Query().Get(fieldNext))
	if p.ticket(r).Value().IsZero() {
		p.redirect(w, PathSignIn+"?"+url.Values{fieldNext: {next}}.Encode())
		return
	}
	data := enrollData{Next: next, Action: PathEnroll}
	p.Render(w, r, http.StatusOK, Page{Title: "Two-factor authentication is required", Content: p.templates["enroll"], Data: data})
}

// applicant returns the holder of the ticket in the cookie.
func (p *Pages) applicant(r *http.Request) service.Applicant {
	return service.TicketHolder(p.ticket(r).Value(), OriginOf(r))
}

// enroll shows the secret of a new second factor.
func (p *Pages) enroll(w http.ResponseWriter, r *http.Request, _ Visitor) {
	next := SafeNext(r.PostForm.Get(fieldNext))
	if p.ticket(r).Value().IsZero() {
		p.startAgain(w, r, next)
		return
	}
	offer, err := p.service.BeginEnrollment(r.Context(), p.applicant(r), service.Proof{})
	switch {
	case errors.Is(err, identity.ErrNoTicket):
		p.startAgain(w, r, next)
	case err != nil:
		p.Refuse(w, r, Visitor{}, err)
	default:
		p.ShowOffer(w, r, Visitor{}, enrollmentOf(next), offer.URI)
	}
}

// confirmEnrollment takes a code of the new secret, and shows the recovery codes.
func (p *Pages) confirmEnrollment(w http.ResponseWriter, r *http.Request, _ Visitor) {
	next := SafeNext(r.PostForm.Get(fieldNext))
	if p.ticket(r).Value().IsZero() {
		p.startAgain(w, r, next)
		return
	}
	codes, err := p.service.ConfirmEnrollment(r.Context(), p.applicant(r), codeIn(r))
	switch {
	case errors.Is(err, identity.ErrNoTicket), errors.Is(err, identity.ErrNoEnrollment):
		p.startAgain(w, r, next)
	case err != nil:
		p.ShowOfferAgain(w, r, Visitor{}, enrollmentOf(next), err)
	default:
		p.ShowCodes(w, r, Visitor{}, enrollmentOf(next), codes)
	}
}

// activateEnrollment takes one of the recovery codes, and completes the sign-in.
func (p *Pages) activateEnrollment(w http.ResponseWriter, r *http.Request, _ Visitor) {
	next := SafeNext(r.PostForm.Get(fieldNext))
	if p.ticket(r).Value().IsZero() {
		p.startAgain(w, r, next)
		return
	}
	result, err := p.service.ActivateEnrollment(r.Context(), p.applicant(r), codeIn(r))
	switch {
	case errors.Is(err, identity.ErrNoTicket), errors.Is(err, identity.ErrNoEnrollment):
		p.startAgain(w, r, next)
	case err != nil:
		p.AskForCodeAgain(w, r, Visitor{}, enrollmentOf(next), err)
	default:
		p.StartSession(w, r, *result, next)
	}
}

// codeIn returns the code in a form.
func codeIn(r *http.Request) secret.Text { return secret.New(plainName(r.PostForm.Get(fieldCode))) }

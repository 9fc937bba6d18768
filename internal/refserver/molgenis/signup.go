package molgenis

import (
	"errors"
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/failure"
	"github.com/dxauth/dxauth/internal/refserver/web"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	textWaiting = "Sign up successful! An administrator has to activate the account before you can sign in."
	textMailed  = "Sign up successful! Activate the account with the code in the e-mail that is on its way to you."
	textActive  = "Sign up successful! The account is active, you can sign in."
)

func (h *Handler) registerPage(call) (response, error) {
	if h.service.SignUpMode() == identity.SignUpClosed {
		return response{}, identity.ErrSignUpClosed
	}
	return showPage(web.Page{Title: "Sign up", Forms: []web.Form{registerForm()}})
}

func (h *Handler) register(c call) (response, error) {
	if h.service.SignUpMode() == identity.SignUpClosed {
		return response{}, identity.ErrSignUpClosed
	}
	if err := checkRegistration(c); err != nil {
		return response{}, err
	}
	draft := identity.Draft{
		Username: c.field(wire.FieldUsername), Email: c.field(wire.FieldEmail),
		First: c.field(wire.FieldFirstName), Last: c.field(wire.FieldLastName),
	}
	err := h.service.SignUp(c.ctx, draft, secret.New(c.field(wire.FieldPassword)), c.origin)
	if errors.Is(err, identity.ErrUsernameTaken) || errors.Is(err, identity.ErrEmailTaken) {
		return response{}, failure.New(http.StatusBadRequest, "%s", failure.Of(err))
	}
	if err != nil {
		return response{}, err
	}
	return inJSON(http.StatusOK, wire.SignUpResponse{Message: h.signedUpText()})
}

// signedUpText says what follows a sign-up.
func (h *Handler) signedUpText() string {
	switch h.service.SignUpMode() {
	case identity.SignUpModerated:
		return textWaiting
	case identity.SignUpMailed:
		return textMailed
	default:
		return textActive
	}
}

// checkRegistration lists all blank fields, and compares the passwords.
func checkRegistration(c call) error {
	refused := &failure.Error{Status: http.StatusBadRequest}
	for _, name := range []string{
		wire.FieldUsername, wire.FieldPassword, wire.FieldConfirmPassword, wire.FieldEmail, wire.FieldFirstName, wire.FieldLastName,
	} {
		if strings.TrimSpace(c.field(name)) == "" {
			refused.Messages = append(refused.Messages, wire.ErrorMessage{Message: name + " may not be empty"})
		}
	}
	if refused.Messages == nil && c.field(wire.FieldPassword) != c.field(wire.FieldConfirmPassword) {
		refused.Messages = append(refused.Messages, wire.ErrorMessage{Message: "the passwords do not match"})
	}
	if refused.Messages == nil {
		return nil
	}
	return refused
}

func (h *Handler) activationCodePage(call) (response, error) {
	return showPage(web.Page{Title: "Activate an account", Forms: []web.Form{activationCodeForm()}})
}

// activateByCode activates an account for a user with its activation code, which
// the user gets from an administrator.
func (h *Handler) activateByCode(c call) (response, error) {
	err := h.service.ApproveByCode(c.ctx, secret.New(c.field(wire.FieldActivationCode)), c.origin)
	if errors.Is(err, identity.ErrBadAccessCode) {
		return response{}, failure.New(http.StatusBadRequest, "Invalid activation code")
	}
	if err != nil {
		return response{}, err
	}
	return redirect(wire.RouteFormLogin), nil
}

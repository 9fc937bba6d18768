package molgenis

import (
	"github.com/dxauth/dxauth/internal/refserver/web"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// showPage returns a response with a page.
func showPage(p web.Page) (response, error) { return response{page: &p}, nil }

func loginForm() web.Form {
	return web.Form{Action: wire.RouteFormLogin, Button: "Sign in", Fields: []web.Input{
		{Name: wire.FieldUsername, Label: "User name", Kind: "text"}, {Name: wire.FieldPassword, Label: "Password", Kind: "password"},
	}}
}

func codeForm() web.Form {
	return web.Form{Action: wire.RouteTwoFactorValidate, Button: "Verify", Fields: []web.Input{{Name: wire.FieldVerificationCode, Label: "Verification code", Kind: "text"}}}
}

func recoveryForm() web.Form {
	return web.Form{Action: wire.RouteTwoFactorRecover, Button: "Use recovery code", Fields: []web.Input{{Name: wire.FieldRecoveryCode, Label: "Recovery code", Kind: "text"}}}
}

func activationForm(key secret.Text) web.Form {
	return web.Form{Action: wire.RouteTwoFactorActivate, Button: "Activate", Fields: []web.Input{
		{Name: wire.FieldSecretKey, Kind: "hidden", Value: key}, {Name: wire.FieldVerificationCode, Label: "Verification code", Kind: "text"},
	}}
}

func registerForm() web.Form {
	return web.Form{Action: wire.RouteRegister, Button: "Sign up", Fields: []web.Input{
		{Name: wire.FieldUsername, Label: "User name", Kind: "text"}, {Name: wire.FieldPassword, Label: "Password", Kind: "password"},
		{Name: wire.FieldConfirmPassword, Label: "Password again", Kind: "password"}, {Name: wire.FieldEmail, Label: "E-mail", Kind: "email"},
		{Name: wire.FieldFirstName, Label: "First name", Kind: "text"}, {Name: wire.FieldLastName, Label: "Last name", Kind: "text"},
	}}
}

func activationCodeForm() web.Form {
	return web.Form{Action: wire.RouteActivate, Button: "Activate", Fields: []web.Input{{Name: wire.FieldActivationCode, Label: "Activation code", Kind: "text"}}}
}

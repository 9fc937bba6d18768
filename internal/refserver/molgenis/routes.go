package molgenis

import (
	"github.com/dxauth/dxauth/internal/refserver/web"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// Routes is the table of the routes of the classic generation. The first match
// counts.
func (h *Handler) Routes() []Route {
	return []Route{
		{"POST", "/api/v1/login", web.Anyone, h.login},
		{"GET", "/api/v1/logout", web.Anyone, h.logout}, // for clients of versions before 5.2
		{"POST", "/api/v1/logout", web.Anyone, h.logout},
		{"GET", "/api/v2/version", web.Anyone, h.version},
		{"GET", "/app-ui-context", web.Visitor, h.context},

		{"GET", "/api/v1/csv/*", web.WholeAccount, h.on(h.csv)},
		{"GET", "/api/v1/*/meta", web.WholeAccount, h.on(h.metaV1)},
		{"GET", "/api/v1/*/meta/*", web.WholeAccount, h.on(h.attributeV1)},
		{"GET", "/api/v1/*", web.WholeAccount, h.on(h.listV1)},
		{"POST", "/api/v1/*", web.WholeAccount, h.on(h.createV1)},
		{"GET", "/api/v1/*/*", web.WholeAccount, h.on(h.oneV1)},
		{"DELETE", "/api/v1/*", web.WholeAccount, h.on(h.removeAll)},
		{"PUT", "/api/v1/*/*", web.WholeAccount, h.on(h.changeAll)},
		{"DELETE", "/api/v1/*/*", web.WholeAccount, h.on(h.removeOne)},
		{"PUT", "/api/v1/*/*/*", web.WholeAccount, h.on(h.changeOne)},
		{"GET", "/api/v2/*", web.WholeAccount, h.on(h.listV2)},
		{"POST", "/api/v2/*", web.WholeAccount, h.on(h.createV2)},
		{"PUT", "/api/v2/*", web.WholeAccount, h.on(h.changeMany)},
		{"DELETE", "/api/v2/*", web.WholeAccount, h.on(h.removeMany)},
		{"GET", "/api/v2/*/*", web.WholeAccount, h.on(h.oneV2)},
		{"DELETE", "/api/v2/*/*", web.WholeAccount, h.on(h.removeOne)},
		{"GET", wire.RouteMetadata + "*", web.WholeAccount, h.on(h.metadata)},

		{"GET", wire.PathHome, web.Visitor, h.home},
		{"GET", wire.RouteFormLogin, web.SignInForm, h.loginPage},
		{"POST", wire.RouteFormLogin, web.SignInForm, h.formLogin},
		{"GET", wire.RouteFormLogout, web.SignInForm, h.formLogout},
		{"POST", wire.RouteFormLogout, web.SignInForm, h.formLogout},
		{"GET", wire.RouteTwoFactorAuthenticate, web.SignInForm, h.codePage},
		{"POST", wire.RouteTwoFactorValidate, web.SignInForm, h.validate},
		{"POST", wire.RouteTwoFactorRecover, web.SignInForm, h.recover},
		{"GET", wire.RouteTwoFactorActivation, web.SignInForm, h.activation},
		{"POST", wire.RouteTwoFactorActivate, web.SignInForm, h.activate},
		{"POST", wire.RouteTwoFactorEnable, web.WholeAccount, h.toActivation},
		{"POST", wire.RouteTwoFactorReset, web.WholeAccount, h.toActivation},
		{"POST", wire.RouteTwoFactorDisable, web.WholeAccount, h.disableTwoFactor},
		{"GET", wire.RouteRecoveryCodes, web.WholeAccount, h.recoveryCodes},
		{"GET", wire.RouteGenerateRecoveryCodes, web.WholeAccount, h.newRecoveryCodes},
		{"POST", wire.RouteGenerateRecoveryCodes, web.WholeAccount, h.newRecoveryCodes},
		{"GET", pathAccount, web.WholeAccount, h.accountPage},
		{"GET", wire.RouteRegister, web.SignInForm, h.registerPage},
		{"POST", wire.RouteRegister, web.SignInForm, h.register},
		{"GET", wire.RouteActivate, web.SignInForm, h.activationCodePage},
		{"POST", wire.RouteActivate, web.SignInForm, h.activateByCode},
	}
}

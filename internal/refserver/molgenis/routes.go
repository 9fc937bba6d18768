package molgenis

import (
	"github.com/dxauth/dxauth/internal/refserver/web"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// Routes is the table of everything that the classic generation answers here.
// The first that fits counts.
func (f *Face) Routes() []Route {
	return []Route{
		{"POST", "/api/v1/login", web.Anyone, f.login},
		{"GET", "/api/v1/logout", web.Anyone, f.logout}, // clients of before 5.2
		{"POST", "/api/v1/logout", web.Anyone, f.logout},
		{"GET", "/api/v2/version", web.Anyone, f.version},
		{"GET", "/app-ui-context", web.Visitor, f.context},

		{"GET", "/api/v1/csv/*", web.WholeAccount, f.on(f.csv)},
		{"GET", "/api/v1/*/meta", web.WholeAccount, f.on(f.metaV1)},
		{"GET", "/api/v1/*", web.WholeAccount, f.on(f.listV1)},
		{"POST", "/api/v1/*", web.WholeAccount, f.on(f.createV1)},
		{"GET", "/api/v1/*/*", web.WholeAccount, f.on(f.oneV1)},
		{"PUT", "/api/v1/*/*", web.WholeAccount, f.on(f.changeAll)},
		{"DELETE", "/api/v1/*/*", web.WholeAccount, f.on(f.removeOne)},
		{"PUT", "/api/v1/*/*/*", web.WholeAccount, f.on(f.changeOne)},
		{"GET", "/api/v2/*", web.WholeAccount, f.on(f.listV2)},
		{"POST", "/api/v2/*", web.WholeAccount, f.on(f.createV2)},
		{"DELETE", "/api/v2/*", web.WholeAccount, f.on(f.removeMany)},
		{"GET", "/api/v2/*/*", web.WholeAccount, f.on(f.oneV2)},
		{"DELETE", "/api/v2/*/*", web.WholeAccount, f.on(f.removeOne)},

		{"GET", wire.PathHome, web.Visitor, f.home},
		{"GET", wire.RouteFormLogin, web.SignInForm, f.loginPage},
		{"POST", wire.RouteFormLogin, web.SignInForm, f.formLogin},
		{"GET", wire.RouteFormLogout, web.SignInForm, f.formLogout},
		{"POST", wire.RouteFormLogout, web.SignInForm, f.formLogout},
		{"GET", wire.RouteTwoFactorAuthenticate, web.SignInForm, f.codePage},
		{"POST", wire.RouteTwoFactorValidate, web.SignInForm, f.validate},
		{"POST", wire.RouteTwoFactorRecover, web.SignInForm, f.recover},
		{"GET", wire.RouteTwoFactorActivation, web.SignInForm, f.activation},
		{"POST", wire.RouteTwoFactorActivate, web.SignInForm, f.activate},
		{"POST", wire.RouteTwoFactorEnable, web.WholeAccount, f.toActivation},
		{"POST", wire.RouteTwoFactorReset, web.WholeAccount, f.toActivation},
		{"POST", wire.RouteTwoFactorDisable, web.WholeAccount, f.disableTwoFactor},
		{"GET", wire.RouteRecoveryCodes, web.WholeAccount, f.recoveryCodes},
		{"GET", wire.RouteGenerateRecoveryCodes, web.WholeAccount, f.newRecoveryCodes},
		{"POST", wire.RouteGenerateRecoveryCodes, web.WholeAccount, f.newRecoveryCodes},
		{"GET", pathAccount, web.WholeAccount, f.accountPage},
		{"GET", wire.RouteRegister, web.SignInForm, f.registerPage},
		{"POST", wire.RouteRegister, web.SignInForm, f.register},
		{"GET", wire.RouteActivate, web.SignInForm, f.enterPage},
		{"POST", wire.RouteActivate, web.SignInForm, f.enterByCode},
	}
}

package molgenis

import wire "github.com/dxauth/dxauth/pkg/molgenis"

// Routes is the table of everything that the classic generation answers here.
// The first that fits counts.
func (f *Face) Routes() []Route {
	return []Route{
		{"POST", "/api/v1/login", Anyone, f.login},
		{"GET", "/api/v1/logout", Anyone, f.logout}, // clients of before 5.2
		{"POST", "/api/v1/logout", Anyone, f.logout},
		{"GET", "/api/v2/version", Anyone, f.version},
		{"GET", "/app-ui-context", Maybe, f.context},

		{"GET", "/api/v1/csv/*", SignedIn, f.on(f.csv)},
		{"GET", "/api/v1/*/meta", SignedIn, f.on(f.metaV1)},
		{"GET", "/api/v1/*", SignedIn, f.on(f.listV1)},
		{"POST", "/api/v1/*", SignedIn, f.on(f.createV1)},
		{"GET", "/api/v1/*/*", SignedIn, f.on(f.oneV1)},
		{"PUT", "/api/v1/*/*", SignedIn, f.on(f.changeAll)},
		{"DELETE", "/api/v1/*/*", SignedIn, f.on(f.removeOne)},
		{"PUT", "/api/v1/*/*/*", SignedIn, f.on(f.changeOne)},
		{"GET", "/api/v2/*", SignedIn, f.on(f.listV2)},
		{"POST", "/api/v2/*", SignedIn, f.on(f.createV2)},
		{"DELETE", "/api/v2/*", SignedIn, f.on(f.removeMany)},
		{"GET", "/api/v2/*/*", SignedIn, f.on(f.oneV2)},
		{"DELETE", "/api/v2/*/*", SignedIn, f.on(f.removeOne)},

		{"GET", wire.PathHome, Maybe, f.home},
		{"GET", wire.RouteFormLogin, Form, f.loginPage},
		{"POST", wire.RouteFormLogin, Form, f.formLogin},
		{"GET", wire.RouteFormLogout, Form, f.formLogout},
		{"POST", wire.RouteFormLogout, Form, f.formLogout},
		{"GET", wire.RouteTwoFactorAuthenticate, Form, f.codePage},
		{"POST", wire.RouteTwoFactorValidate, Form, f.validate},
		{"POST", wire.RouteTwoFactorRecover, Form, f.recover},
		{"GET", wire.RouteTwoFactorActivation, Form, f.activation},
		{"POST", wire.RouteTwoFactorActivate, Form, f.activate},
		{"POST", wire.RouteTwoFactorEnable, SignedIn, f.toActivation},
		{"POST", wire.RouteTwoFactorReset, SignedIn, f.toActivation},
		{"POST", wire.RouteTwoFactorDisable, SignedIn, f.disableTwoFactor},
		{"GET", wire.RouteRecoveryCodes, SignedIn, f.recoveryCodes},
		{"GET", wire.RouteGenerateRecoveryCodes, SignedIn, f.newRecoveryCodes},
		{"POST", wire.RouteGenerateRecoveryCodes, SignedIn, f.newRecoveryCodes},
		{"GET", pathAccount, SignedIn, f.accountPage},
		{"GET", wire.RouteRegister, Form, f.registerPage},
		{"POST", wire.RouteRegister, Form, f.register},
		{"GET", wire.RouteActivate, Form, f.enterPage},
		{"POST", wire.RouteActivate, Form, f.enterByCode},
	}
}

package molgenis

// Form routes of the classic generation: urlencoded fields in, redirects and
// pages out, with the session in a cookie. They have no counterpart in JSON.
//
// A sign-in is POST /login with [FieldUsername] and [FieldPassword]. The response is
// 302 in any case: to a place whose query has "error" when it was refused. When
// the second factor is missing, every other request is redirected (302) to
// [RouteTwoFactorAuthenticate] or, where the account has to set one up first,
// to [RouteTwoFactorActivation].
const (
	RouteFormLogin  = "/login"
	RouteFormLogout = "/logout"

	RouteTwoFactorActivation   = "/2fa/activation"              // GET: a page with the hidden input FieldSecretKey
	RouteTwoFactorActivate     = "/2fa/activation/authenticate" // POST FieldVerificationCode, FieldSecretKey
	RouteTwoFactorAuthenticate = "/2fa/authenticate"            // GET: a page
	RouteTwoFactorValidate     = "/2fa/validate"                // POST FieldVerificationCode
	RouteTwoFactorRecover      = "/2fa/recover"                 // POST FieldRecoveryCode

	RouteTwoFactorEnable       = "/plugin/useraccount/2fa/enable"  // POST: leads to the activation
	RouteTwoFactorDisable      = "/plugin/useraccount/2fa/disable" // POST
	RouteTwoFactorReset        = "/plugin/useraccount/2fa/reset"   // POST: leads to the activation
	RouteRecoveryCodes         = "/plugin/useraccount/recoveryCodes"
	RouteGenerateRecoveryCodes = "/plugin/useraccount/generateRecoveryCodes" // GET replaces the codes; the reference server takes POST, too

	RouteRegister = "/account/register" // POST FieldUsername … FieldLastName
	RouteActivate = "/account/activate" // POST FieldActivationCode
)

// Where the platform redirects a request without the second factor, or a finished
// one.
const (
	PathSecurity = "/menu/main/useraccount?showCodes=true#security" // after the activation
	PathHome     = "/"
)

// Fields of the forms.
const (
	FieldUsername         = "username"
	FieldPassword         = "password"
	FieldConfirmPassword  = "confirmPassword"
	FieldEmail            = "email"
	FieldFirstName        = "firstname"
	FieldLastName         = "lastname"
	FieldVerificationCode = "verificationCode"
	FieldSecretKey        = "secretKey"
	FieldRecoveryCode     = "recoveryCode"
	FieldActivationCode   = "activationCode"
)

// SignUpResponse is the response to a registration that was accepted.
type SignUpResponse struct {
	Message string `json:"message"`
}

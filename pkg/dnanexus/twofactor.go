package dnanexus

import (
	"context"
	"encoding/json"

	"github.com/dxauth/dxauth/pkg/httpcall"
)

// TwoFactorStatus tells how the caller's second factor stands. It is an
// extension, like all calls of this file but UpdateEmail and ResetUserMFA:
// another platform answers [TypeResourceNotFound].
//
// Of these calls only this one is ever repeated by itself: with a password or a
// code, each try counts against the account's lock-out, and a code is spent.
// Calls /account/twoFactor/status.
func (c *Client) TwoFactorStatus(ctx context.Context) (TwoFactorStatus, error) {
	return post[TwoFactorStatus](ctx, c, c.config.AuthServer, RouteTwoFactorStatus, Empty{})
}

// EnrollTwoFactor begins the enrolment of a second factor. With a ticket the
// client needs no token. Calls /account/twoFactor/enroll.
func (c *Client) EnrollTwoFactor(ctx context.Context, request EnrollRequest) (Enrollment, error) {
	enrollment, err := post[Enrollment](ctx, c, c.config.AuthServer, RouteTwoFactorEnroll, request)
	if err == nil && enrollment.Secret.IsZero() {
		return Enrollment{}, httpcall.Incomplete(c.config.AuthServer, RouteTwoFactorEnroll, "secret")
	}
	return enrollment, err
}

// ConfirmTwoFactor shows a code of the new secret and gets the recovery codes.
// Calls /account/twoFactor/confirm.
func (c *Client) ConfirmTwoFactor(ctx context.Context, request ConfirmRequest) (RecoveryCodes, error) {
	return c.recoveryCodes(ctx, RouteTwoFactorConfirm, request)
}

// ActivateTwoFactor shows one of the recovery codes and turns the second factor
// on. Calls /account/twoFactor/activate.
func (c *Client) ActivateTwoFactor(ctx context.Context, request ActivateRequest) (ActivateResponse, error) {
	answer, err := post[ActivateResponse](ctx, c, c.config.AuthServer, RouteTwoFactorActivate, request)
	if err == nil && answer.Session != nil && httpcall.ValidToken(answer.Session.AccessToken.Text()) != nil {
		return ActivateResponse{}, httpcall.Incomplete(c.config.AuthServer, RouteTwoFactorActivate, "session.access_token")
	}
	return answer, err
}

// DisableTwoFactor turns the second factor off. Calls
// /account/twoFactor/disable.
func (c *Client) DisableTwoFactor(ctx context.Context, request DisableRequest) error {
	_, err := post[json.RawMessage](ctx, c, c.config.AuthServer, RouteTwoFactorDisable, request)
	return err
}

// RegenerateRecoveryCodes replaces the recovery codes. Calls
// /account/twoFactor/regenerateRecoveryCodes.
func (c *Client) RegenerateRecoveryCodes(ctx context.Context, request RegenerateRequest) (RecoveryCodes, error) {
	return c.recoveryCodes(ctx, RouteTwoFactorRegenerateRecoveryCodes, request)
}

func (c *Client) recoveryCodes(ctx context.Context, route string, request any) (RecoveryCodes, error) {
	codes, err := post[RecoveryCodes](ctx, c, c.config.AuthServer, route, request)
	if err == nil && len(codes.RecoveryCodes) == 0 {
		return RecoveryCodes{}, httpcall.Incomplete(c.config.AuthServer, route, "recoveryCodes")
	}
	return codes, err
}

// ChangePassword sets another password. Calls /account/changePassword.
func (c *Client) ChangePassword(ctx context.Context, request ChangePasswordRequest) error {
	_, err := post[json.RawMessage](ctx, c, c.config.AuthServer, RouteChangePassword, request)
	return err
}

// UpdateSettings changes personal information. Calls /account/updateSettings.
func (c *Client) UpdateSettings(ctx context.Context, request UpdateSettingsRequest) error {
	_, err := post[json.RawMessage](ctx, c, c.config.AuthServer, RouteUpdateSettings, request)
	return err
}

// UpdateEmail sets another e-mail address of the user with the given ID, who
// has to be the caller. Calls /user-xxxx/updateEmail.
func (c *Client) UpdateEmail(ctx context.Context, id string, request UpdateEmailRequest) error {
	route, err := entityRoute(id, "updateEmail")
	if err != nil {
		return err
	}
	_, err = post[json.RawMessage](ctx, c, c.config.AuthServer, route, request)
	return err
}

// ResetUserMFA takes the second factor off the user whom the request names, on
// behalf of an admin of the org. Calls /user-xxxx/resetUserMFA.
func (c *Client) ResetUserMFA(ctx context.Context, request ResetUserMFARequest) (MemberActionResponse, error) {
	route, err := entityRoute(request.UserID, "resetUserMFA")
	if err != nil {
		return MemberActionResponse{}, err
	}
	return post[MemberActionResponse](ctx, c, c.config.AuthServer, route, request)
}

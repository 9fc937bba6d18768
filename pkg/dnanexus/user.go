package dnanexus

import (
	"context"
	"encoding/json"
)

// NewUser makes an account, by /user/new. It is sent once: the platform may take
// its time and go on without an answer.
func (c *Client) NewUser(ctx context.Context, request NewUserRequest) (NewUserResponse, error) {
	return post[NewUserResponse](ctx, c, c.config.AuthServer, RouteNewUser, request)
}

// ResendActivation asks for another activation of an account, by
// /account/resendActivationEmail.
func (c *Client) ResendActivation(ctx context.Context, usernameOrEmail string) (NewUserResponse, error) {
	request := ResendActivationRequest{UsernameOrEmail: usernameOrEmail}
	return post[NewUserResponse](ctx, c, c.config.AuthServer, RouteResendActivationMail, request)
}

// UpdateUser changes the account of the client's token, by /user-xxxx/update.
func (c *Client) UpdateUser(ctx context.Context, id string, request UpdateUserRequest) error {
	_, err := callEntity[json.RawMessage](ctx, c, id, "update", request)
	return err
}

// LockUser closes an account on behalf of an admin of the org that made it, by
// /user-xxxx/lockUserAccount. Its sessions and API tokens end.
func (c *Client) LockUser(ctx context.Context, request MemberActionRequest) (MemberActionResponse, error) {
	return c.memberAction(ctx, "lockUserAccount", request)
}

// UnlockUser undoes LockUser, by /user-xxxx/unlockUserAccount.
func (c *Client) UnlockUser(ctx context.Context, request MemberActionRequest) (MemberActionResponse, error) {
	return c.memberAction(ctx, "unlockUserAccount", request)
}

func (c *Client) memberAction(ctx context.Context, method string, request MemberActionRequest) (MemberActionResponse, error) {
	route, err := entityRoute(request.UserID, method)
	if err != nil {
		return MemberActionResponse{}, err
	}
	return post[MemberActionResponse](ctx, c, c.config.AuthServer, route, request)
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

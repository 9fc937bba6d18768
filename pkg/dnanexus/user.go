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

// ActivateUser sets the first password of an account, by /account/activateUser.
// It is an extension: another platform answers [TypeResourceNotFound].
func (c *Client) ActivateUser(ctx context.Context, request ActivateUserRequest) (NamedUser, error) {
	return post[NamedUser](ctx, c, c.config.AuthServer, RouteActivateUser, request)
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

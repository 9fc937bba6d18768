package platform

import "context"

// Approvals approves accounts of users who signed up, on servers where an administrator
// has to approve them.
type Approvals interface {
	// ApproveAccount returns ErrNotFound if there is no such user, and ErrApproved
	// if the account is open.
	ApproveAccount(ctx context.Context, user string) error
}

// ApproveAccount implements Approvals.
func (d dnanexusServer) ApproveAccount(ctx context.Context, user string) error {
	account, err := d.client.AdminUser(ctx, user)
	switch {
	case err != nil:
		return Explain(err)
	case !account.Disabled:
		return ErrApproved
	}
	return Explain(d.client.EnableUser(ctx, user))
}

// ApproveAccount implements Approvals, as an administrator of MOLGENIS does it
// in the table of users.
func (c *classicServer) ApproveAccount(ctx context.Context, name string) error {
	user, err := c.client.User(ctx, name)
	switch {
	case err != nil:
		return c.denied(ctx, err)
	case user.Active != nil && *user.Active:
		return ErrApproved
	}
	return c.denied(ctx, c.client.SetUser(ctx, user.ID, "active", true))
}

package platform

import (
	"context"
	"errors"
)

// ErrApproved means that an account waits for nobody.
var ErrApproved = errors.New("the account is open already")

// Approvals opens accounts whose owners signed up by themselves, where an
// administrator has to agree.
type Approvals interface {
	// ApproveAccount answers ErrNotFound and ErrApproved.
	ApproveAccount(ctx context.Context, user string) error
}

var (
	_ Approvals = DNAnexus{}
	_ Approvals = &Classic{}
)

// ApproveAccount implements Approvals.
func (d DNAnexus) ApproveAccount(ctx context.Context, user string) error {
	account, err := d.Account(ctx, user)
	switch {
	case err != nil:
		return err
	case !account.Disabled:
		return ErrApproved
	}
	return d.EnableAccount(ctx, user)
}

// ApproveAccount implements Approvals, as an administrator of MOLGENIS does it
// in the table of users.
func (c *Classic) ApproveAccount(ctx context.Context, name string) error {
	user, err := c.client.User(ctx, name)
	switch {
	case err != nil:
		return c.denied(ctx, err)
	case user.Active != nil && *user.Active:
		return ErrApproved
	}
	return c.denied(ctx, c.client.SetUser(ctx, user.ID, "active", true))
}

package domain

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// Org shows an org to one of its members. It answers directory.ErrNoOrg and a
// directory.OrgDeniedError.
func (d *Domain) Org(ctx context.Context, caller Caller, id string) (standing directory.Standing, err error) {
	err = d.Read(ctx, caller, func(tx Tx, viewer directory.Viewer) (err error) {
		standing, err = d.desk.Org(ctx, tx, viewer, id, directory.Member)
		return err
	})
	return standing, err
}

// UpdateOrg changes an org on behalf of one of its admins. It answers what Org
// does, and a directory.InputError.
func (d *Domain) UpdateOrg(ctx context.Context, caller Caller, id string, change directory.OrgChange) error {
	return d.Change(ctx, caller, audit.OrgUpdate, func(tx Tx, viewer directory.Viewer) (string, error) {
		return id, d.desk.UpdateOrg(ctx, tx, viewer, id, change)
	})
}

package directory

import (
	"context"
	"time"
)

// Bounds of the policy that replaces the idle limit.
const (
	MinAutoLogout = time.Minute
	MaxAutoLogout = 30 * 24 * time.Hour
)

// ParseAutoLogout reads the policy from milliseconds. It answers an InputError
// beyond the bounds.
func ParseAutoLogout(millis int64) (time.Duration, error) {
	if millis < MinAutoLogout.Milliseconds() || millis > MaxAutoLogout.Milliseconds() {
		return 0, &InputError{Key: "policies.autoLogoutAfter", Problem: "must be null, or milliseconds from 1 minute to 30 days"}
	}
	return time.Duration(millis) * time.Millisecond, nil
}

// Standing is an org with what the viewer is in it.
type Standing struct {
	Org
	Level OrgLevel
}

// Org shows an org to a viewer who has at least that level in it. It answers
// ErrNoOrg and an OrgDeniedError.
func (d *Desk) Org(ctx context.Context, tx Tx, viewer Viewer, id string, needs OrgLevel) (Standing, error) {
	org, err := tx.OrgByID(ctx, id)
	if err != nil {
		return Standing{}, err
	}
	memberships, err := tx.MembershipsOf(ctx, viewer.UserID)
	if err != nil {
		return Standing{}, err
	}
	for _, membership := range memberships {
		if membership.OrgID == id && (needs == Member || membership.Level == Admin) {
			return Standing{Org: org, Level: membership.Level}, nil
		}
	}
	return Standing{}, &OrgDeniedError{OrgID: id, Needs: needs}
}

// OrgChange is what changes of an org; nil stays as it is.
type OrgChange struct {
	Name       *string
	AutoLogout *time.Duration // 0: no policy
}

// UpdateOrg changes an org on behalf of one of its admins. A policy holds at
// once, also for sessions that run. It answers ErrNoOrg, an OrgDeniedError and
// an InputError.
func (d *Desk) UpdateOrg(ctx context.Context, tx Tx, viewer Viewer, id string, change OrgChange) error {
	standing, err := d.Org(ctx, tx, viewer, id, Admin)
	if err != nil {
		return err
	}
	org := standing.Org
	if change.Name != nil {
		org.Name = *change.Name
	}
	if change.AutoLogout != nil {
		org.AutoLogout = *change.AutoLogout
	}
	if org.Name == "" || len(org.Name) > MaxName {
		return &InputError{Key: "name", Problem: "must have from 1 to 512 bytes"}
	}
	return tx.UpdateOrg(ctx, org)
}

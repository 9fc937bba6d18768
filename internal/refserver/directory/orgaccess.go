package directory

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/quota"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Limits of the policy that replaces the idle limit.
const (
	MinAutoLogout = time.Minute
	MaxAutoLogout = 30 * 24 * time.Hour
)

// ParseAutoLogout reads the policy from milliseconds. It returns refusal.WrongInput
// outside of the limits.
func ParseAutoLogout(millis int64) (time.Duration, error) {
	if millis < MinAutoLogout.Milliseconds() || millis > MaxAutoLogout.Milliseconds() {
		return 0, refusal.Inputf("policies.autoLogoutAfter", "must be null, or milliseconds from 1 minute to 30 days")
	}
	return time.Duration(millis) * time.Millisecond, nil
}

// OrgView is an org as a viewer sees it.
type OrgView struct {
	Org
	Level OrgLevel   // empty: not a member; a superuser is an Admin everywhere
	Own   Membership // the zero value if the viewer is not a member

	Admins []string // IDs; only DescribeOrg fills it
}

// rows returns how many rows of the store a view was read from.
func (v OrgView) rows() int {
	if v.ID == "" {
		return 0
	}
	return 2 + len(v.Admins)
}

// size returns the bytes of the texts of a view.
func (v OrgView) size() int {
	bytes := len(v.Name) + len(v.SAMLIdP) + len(v.JobLogsForwarding)
	for _, admin := range v.Admins {
		bytes += len(admin)
	}
	return bytes
}

// maxAdmins limits how many admins of an org DescribeOrg lists.
const maxAdmins = 1000

// DescribeOrg returns an org to any viewer, with its admins if the viewer is a
// member. It returns ErrNoOrg.
func (s *Service) DescribeOrg(ctx context.Context, tx Tx, viewer Viewer, id string) (OrgView, error) {
	org, err := ViewOrg(ctx, tx, viewer, id, Everybody)
	if err != nil || org.Level == "" {
		return org, err
	}
	admins, err := tx.Members(ctx, MemberQuery{OrgID: id, Level: Admin, Limit: maxAdmins})
	for _, admin := range admins {
		org.Admins = append(org.Admins, admin.UserID)
	}
	return org, err
}

// ViewOrg returns an org to a viewer who has at least that level in it. It returns
// ErrNoOrg and refusal.OrgAccess.
func ViewOrg(ctx context.Context, tx Tx, viewer Viewer, id string, needs OrgLevel) (OrgView, error) {
	org, err := tx.OrgByID(ctx, id)
	if err != nil {
		return OrgView{}, err
	}
	own, err := viewer.membership(ctx, tx, id)
	if err != nil {
		return OrgView{}, err
	}
	view := OrgView{Org: org, Level: own.Level, Own: own}
	if viewer.Superuser && !viewer.excludes(id) {
		view.Level = Admin
	}
	if !view.Level.includes(needs) {
		return OrgView{}, orgDenied(id, needs)
	}
	return view, nil
}

// OrgChange is a change of an org; nil keeps a value.
type OrgChange struct {
	Name               *string
	AutoLogout         *time.Duration // 0: no policy
	MemberList         *OrgLevel
	ProjectTransfer    *OrgLevel
	JobReuse           *bool
	DetailedJobMetrics *bool
	SAMLIdP            *string
	JobLogsForwarding  *string
}

// CreateOrg creates an org with the viewer as its admin. It returns ErrOrgExists
// and refusal.WrongInput.
func (s *Service) CreateOrg(ctx context.Context, tx Tx, viewer Viewer, org Org) error {
	if err := CheckHandle(org.Handle); err != nil {
		return err
	}
	if err := checkOrg(org); err != nil {
		return err
	}
	org.CreatedBy = viewer.UserID
	if err := tx.InsertOrg(ctx, org); err != nil {
		return err
	}
	created, err := tx.CountOrgs(ctx, viewer.UserID, quota.Orgs.Max()+1)
	if err != nil {
		return err
	}
	if err := quota.Orgs.Check(created); err != nil {
		return err
	}
	membership := NewMembership(org.ID, viewer.UserID, Admin)
	membership.Accepted = true
	return tx.SetMember(ctx, org.ID, membership)
}

// UpdateOrg changes an org on behalf of one of its admins. A policy applies at
// once, to running sessions too. Only an org that is licensed to create accounts
// decides when the sessions of members who accepted it end. It returns ErrNoOrg, refusal.OrgAccess, ErrUnlicensed and
// refusal.WrongInput.
func (s *Service) UpdateOrg(ctx context.Context, tx Tx, viewer Viewer, id string, change OrgChange) error {
	view, err := ViewOrg(ctx, tx, viewer, id, Admin)
	if err != nil {
		return err
	}
	if change.AutoLogout != nil && !view.UserCreationEnabled && !viewer.Superuser {
		return ErrUnlicensed
	}
	org := change.Apply(view.Org)
	if err := checkOrg(org); err != nil {
		return err
	}
	return tx.UpdateOrg(ctx, org)
}

// Apply returns the org with the change.
func (c OrgChange) Apply(org Org) Org {
	set(&org.Name, c.Name)
	set(&org.AutoLogout, c.AutoLogout)
	set(&org.MemberList, c.MemberList)
	set(&org.ProjectTransfer, c.ProjectTransfer)
	set(&org.JobReuse, c.JobReuse)
	set(&org.DetailedJobMetrics, c.DetailedJobMetrics)
	set(&org.SAMLIdP, c.SAMLIdP)
	set(&org.JobLogsForwarding, c.JobLogsForwarding)
	return org
}

// maxOrgText is the greatest length of the name of an org, and of the ID of its
// identity provider, in bytes.
const maxOrgText = 512

func checkOrg(org Org) error {
	switch {
	case org.Name == "" || len(org.Name) > maxOrgText || strings.ContainsRune(org.Name, 0):
		return refusal.Inputf("name", "must have from 1 to %d bytes and no NUL character", maxOrgText)
	case !slices.Contains([]OrgLevel{Admin, Member, Everybody}, org.MemberList):
		return refusal.Inputf("policies.memberListVisibility", "must be ADMIN, MEMBER or PUBLIC")
	case !slices.Contains([]OrgLevel{Admin, Member}, org.ProjectTransfer):
		return refusal.Inputf("policies.restrictProjectTransfer", "must be ADMIN or MEMBER")
	case len(org.SAMLIdP) > maxOrgText:
		return refusal.Inputf("samlIdP", "is longer than %d bytes", maxOrgText)
	default:
		return nil
	}
}

// Licences is a change of the licences of an org by an administrator of the
// platform; nil keeps a licence.
type Licences struct {
	PHI          *bool
	UserCreation *bool
}

// License changes the licences of an org without a permission check. It returns
// ErrNoOrg.
func (s *Service) License(ctx context.Context, tx Tx, id string, licences Licences) error {
	org, err := tx.OrgByID(ctx, id)
	if err != nil {
		return err
	}
	set(&org.PHIEnabled, licences.PHI)
	set(&org.UserCreationEnabled, licences.UserCreation)
	return tx.UpdateOrg(ctx, org)
}

// OrgQuery selects orgs of the viewer.
type OrgQuery struct {
	MinLevel OrgLevel
	Billable *bool  // whether the viewer may bill to it; nil: either way
	After    string // ID of the last org of the previous part
	Limit    int    // of orgs in a part; at least 1

	Describe bool // fill in the views
}

// FoundOrg is an org of which the viewer is a member.
type FoundOrg struct {
	Membership
	View OrgView // as DescribeOrg returns it, if the query asks for it
}

// membershipsAtOnce is how many memberships are read at once.
const membershipsAtOnce = 100

// FindOrgs returns a part of the orgs of which the viewer is a member, in the order of
// their IDs. Its Next is the After of the next part.
func (s *Service) FindOrgs(ctx context.Context, tx Tx, viewer Viewer, query OrgQuery) (part budget.Part[FoundOrg, string], err error) {
	window, err := tx.MembershipsAfter(ctx, viewer.UserID, query.After, membershipsAtOnce)
	if err != nil {
		return part, err
	}
	part.Steps = len(window)
	for i, membership := range window {
		if !viewer.excludes(membership.OrgID) && query.admits(membership) {
			found, err := s.foundOrg(ctx, tx, viewer, membership, query)
			if err != nil {
				return part, err
			}
			part.Rows = append(part.Rows, found)
			part.Steps, part.Bytes = part.Steps+found.View.rows(), part.Bytes+found.View.size()
		}
		isLast := i == len(window)-1
		if isLast && len(window) == membershipsAtOnce || !isLast && (len(part.Rows) == query.Limit || part.Full()) {
			part.Next = membership.OrgID
			break
		}
	}
	return part, nil
}

// foundOrg returns an org of the viewer with what the query asks for.
func (s *Service) foundOrg(ctx context.Context, tx Tx, viewer Viewer, membership Membership, query OrgQuery) (found FoundOrg, err error) {
	found.Membership = membership
	if query.Describe {
		found.View, err = s.DescribeOrg(ctx, tx, viewer, membership.OrgID)
	}
	return found, err
}

func (q OrgQuery) admits(m Membership) bool {
	return m.Level.includes(q.MinLevel) && (q.Billable == nil || *q.Billable == m.AllowBillableActivities)
}

package directory

import (
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/syntax"
)

// Org is an organization: users who share projects and policies. Create one with
// NewOrg.
type Org struct {
	ID      string // "org-" and the handle in lower case
	Handle  string
	Name    string
	Created time.Time

	CreatedBy string // user ID; empty: not known, or an administrator's fixture

	PHIEnabled          bool // licensed for protected health information
	UserCreationEnabled bool // licensed to create accounts

	AutoLogout      time.Duration // replaces the idle limit of members who accepted the org; 0: the default
	MemberList      OrgLevel      // who sees the members: Admin, Member or Everybody
	ProjectTransfer OrgLevel      // who may transfer a project to another payer: Admin or Member

	// The fields below are stored for clients that set them, and have no effect here.
	JobReuse           bool
	DetailedJobMetrics bool
	SAMLIdP            string // empty: none
	JobLogsForwarding  string // JSON; empty: none
}

// NewOrg returns an org with the default policies.
func NewOrg(handle, name string, created time.Time) Org {
	return Org{
		ID: OrgID(handle), Handle: handle, Name: name, Created: created,
		MemberList: Admin, ProjectTransfer: Member, JobReuse: true,
	}
}

// OrgID returns the ID for a handle, which may be in any case.
func OrgID(handle string) string { return "org-" + strings.ToLower(handle) }

// CheckHandle returns refusal.WrongInput for a handle that an org can't have.
func CheckHandle(handle string) error {
	if !syntax.IsOrgHandle(handle) {
		return refusal.Inputf("handle", "must be letters, digits, dots or underscores, at most 255")
	}
	return nil
}

// OrgLevel is a member's level in an org.
type OrgLevel string

// The levels. Everybody is used in policies only, for all users, members or not.
const (
	Member    OrgLevel = "MEMBER"
	Admin     OrgLevel = "ADMIN"
	Everybody OrgLevel = "PUBLIC"
)

// includes reports whether a level is at least another. The empty level is that of
// a user who is not a member.
func (l OrgLevel) includes(needs OrgLevel) bool {
	switch needs {
	case Everybody:
		return true
	case Member:
		return l == Member || l == Admin
	default:
		return l == Admin
	}
}

// Membership ties a user to an org. Create one with NewMembership.
//
// It gives the user rights immediately, because anyone can make any user a member.
// It gives the org power over the user (to see and restrict tokens, to set the idle
// limit) only if Accepted.
type Membership struct {
	OrgID  string
	UserID string
	Level  OrgLevel
	Rights
	Accepted bool // by the user, or the org created the account
}

// MayBill reports whether the member may let the org pay.
func (m Membership) MayBill() bool { return m.Level == Admin || m.AllowBillableActivities }

// Rights are what a member may do in an org.
type Rights struct {
	ProjectAccess              Level // the greatest level that the member gets through the org
	AllowBillableActivities    bool
	AppAccess                  bool
	CloudIntegrationManagement bool
	TREManagement              bool
	ArchivalManagement         bool
	DataDeletion               bool
	DataSearch                 bool
	ProjectMemberDemotion      bool
}

// NewMembership returns a membership with the default rights of its level. An
// admin gets every right but the management of clouds and research environments,
// which this platform does not have; a member gets CONTRIBUTE and the apps.
func NewMembership(orgID, userID string, level OrgLevel) Membership {
	membership := Membership{OrgID: orgID, UserID: userID, Level: level, Rights: Rights{AppAccess: true, ProjectAccess: Contribute}}
	if level == Admin {
		membership.Rights = Rights{
			ProjectAccess: Administer, AllowBillableActivities: true, AppAccess: true,
			ArchivalManagement: true, DataDeletion: true, DataSearch: true, ProjectMemberDemotion: true,
		}
	}
	return membership
}

// IdleLimit returns the idle limit of a user who accepted these orgs: the shortest of
// their policies, or usual if no org has one.
func IdleLimit(accepted []Org, usual time.Duration) time.Duration {
	limit := time.Duration(0)
	for _, org := range accepted {
		if policy := org.AutoLogout; policy > 0 && (limit == 0 || policy < limit) {
			limit = policy
		}
	}
	if limit == 0 {
		return usual
	}
	return limit
}

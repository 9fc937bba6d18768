package directory

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/syntax"
)

// Org is an organisation: people who share projects and policies. Make one with
// NewOrg.
type Org struct {
	ID      string // "org-" and the handle in lower case
	Handle  string
	Name    string
	Created time.Time

	PHIEnabled          bool // licensed for protected health information
	UserCreationEnabled bool // licensed to make accounts

	AutoLogout      time.Duration // replaces the idle limit of its members; 0: the default
	MemberList      OrgLevel      // who sees the members: Admin, Member or Everybody
	ProjectTransfer OrgLevel      // who may let somebody else pay for a project: Admin or Member

	// What follows is kept for clients that set it and has no effect here.
	JobReuse           bool
	DetailedJobMetrics bool
	SAMLIdP            string // empty: none
	JobLogsForwarding  string // JSON; empty: none
}

// NewOrg returns an org with the policies that hold unless others are chosen.
func NewOrg(handle, name string, created time.Time) Org {
	return Org{
		ID: OrgID(handle), Handle: handle, Name: name, Created: created,
		MemberList: Admin, ProjectTransfer: Member, JobReuse: true,
	}
}

// OrgID returns the ID that belongs to a handle, in whichever case.
func OrgID(handle string) string { return "org-" + strings.ToLower(handle) }

// CheckHandle refuses what cannot be the handle of an org, with refusal.WrongInput.
func CheckHandle(handle string) error {
	if !syntax.IsOrgHandle(handle) {
		return refusal.Inputf("handle", "must be letters, digits, dots or underscores, at most 255")
	}
	return nil
}

// OrgLevel is a member's standing in an org.
type OrgLevel string

// The standings. Nobody is a member with the standing Everybody: as a policy it
// means those who are none, too.
const (
	Member    OrgLevel = "MEMBER"
	Admin     OrgLevel = "ADMIN"
	Everybody OrgLevel = "PUBLIC"
)

// includes reports whether a standing is at least another; the zero standing is
// that of a stranger.
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

// Membership ties a user to an org. Make one with NewMembership.
type Membership struct {
	OrgID  string
	UserID string
	Level  OrgLevel
	Rights
	AutoLogout time.Duration // the org's policy; read, not written
}

// MayBill reports whether the member may let the org pay.
func (m Membership) MayBill() bool { return m.Level == Admin || m.AllowBillableActivities }

// membershipOf looks a membership up; a stranger has the zero value.
func membershipOf(ctx context.Context, tx Tx, orgID, userID string) (Membership, error) {
	membership, err := tx.Member(ctx, orgID, userID)
	if errors.Is(err, ErrNoMember) {
		return Membership{}, nil
	}
	return membership, err
}

// Rights are what a member may do in an org.
type Rights struct {
	ProjectAccess              Level // the most that the member gets through the org
	AllowBillableActivities    bool
	AppAccess                  bool
	CloudIntegrationManagement bool
	TREManagement              bool
	ArchivalManagement         bool
	DataDeletion               bool
	DataSearch                 bool
	ProjectMemberDemotion      bool
}

// NewMembership returns what an invitation gives when it says nothing else: an
// admin gets everything but the management of clouds and research environments,
// which this platform does not have; a member CONTRIBUTE and the apps.
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

// IdleLimit returns the idle limit of somebody with these memberships: the
// shortest of the orgs' policies, or usual where no org has one.
func IdleLimit(memberships []Membership, usual time.Duration) time.Duration {
	limit := time.Duration(0)
	for _, membership := range memberships {
		if policy := membership.AutoLogout; policy > 0 && (limit == 0 || policy < limit) {
			limit = policy
		}
	}
	if limit == 0 {
		return usual
	}
	return limit
}

package directory

import (
	"strings"
	"time"
)

// Org is an organisation: people who share projects and policies.
type Org struct {
	ID         string // "org-" and the handle in lower case
	Handle     string
	Name       string
	AutoLogout time.Duration // replaces the idle limit of its members; 0: the default
	PHIEnabled bool          // licensed for protected health information
	Created    time.Time
}

// OrgID returns the ID that belongs to a handle, in whichever case.
func OrgID(handle string) string { return "org-" + strings.ToLower(handle) }

// OrgLevel is a member's standing in an org.
type OrgLevel string

// The standings.
const (
	Member OrgLevel = "MEMBER"
	Admin  OrgLevel = "ADMIN"
)

// Membership ties a user to an org.
type Membership struct {
	OrgID                   string
	UserID                  string
	Level                   OrgLevel
	AllowBillableActivities bool
	AppAccess               bool
	ProjectAccess           Level         // the most that the member gets through the org
	AutoLogout              time.Duration // the org's policy; read, not written
}

// NewMembership returns what an invitation gives when it says nothing else: an
// admin gets everything, a member CONTRIBUTE and the apps.
func NewMembership(orgID, userID string, level OrgLevel) Membership {
	membership := Membership{OrgID: orgID, UserID: userID, Level: level, AppAccess: true, ProjectAccess: Contribute}
	if level == Admin {
		membership.AllowBillableActivities = true
		membership.ProjectAccess = Administer
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

// Package directory holds the rules about orgs and their members, projects and
// their folders, and permission levels.
//
// It promises that one function, [LevelOn], decides the level of a viewer on a
// project: the greatest level granted to the user, to an org of the user or to
// PUBLIC, and never more than the token's ceiling. Every operation uses it,
// searches included, so that no route can grant more than another.
//
// It knows neither HTTP nor SQL nor tokens: a [Viewer] is the user, with the
// ceiling as a function. A refusal with the reason refusal.ProjectAccess carries
// the level that is missing.
package directory

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
)

// The errors of operations, beside refusal.ProjectAccess and refusal.WrongInput.
var (
	ErrNoProject   = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoProject, Message: "no such project"}
	ErrNoOrg       = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoOrg, Message: "no such org"}
	ErrNoFolder    = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoFolder, Message: "no such folder"}
	ErrNoInvitee   = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoInvitee, Message: "no such user or org"}
	ErrLastAdmin   = &refusal.Error{Code: refusal.Conflict, Reason: refusal.LastProjectAdmin, Message: "a project needs a user or org with ADMINISTER"}
	ErrOrgExists   = &refusal.Error{Code: refusal.Conflict, Reason: refusal.OrgExists, Message: "the org already exists"}
	ErrNoMember    = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoMember, Message: "the user is not a member of the org"}
	ErrIsMember    = &refusal.Error{Code: refusal.Conflict, Reason: refusal.MemberExists, Message: "the user is already a member of the org"}
	ErrLastOfOrg   = &refusal.Error{Code: refusal.Conflict, Reason: refusal.LastOrgAdmin, Message: "an org needs an admin"}
	ErrNonceReused = &refusal.Error{Code: refusal.Invalid, Reason: refusal.NonceReused, Message: "the nonce was already used with other input"}
	ErrUnlicensed  = &refusal.Error{Code: refusal.Denied, Reason: refusal.Unlicensed, Message: "the org is not licensed to create accounts"}
	ErrIDTaken     = &refusal.Error{Code: refusal.Conflict, Reason: refusal.IDTaken, Message: "the ID is taken"}
	ErrFolderThere = &refusal.Error{Code: refusal.Conflict, Reason: refusal.FolderExists, Message: "the folder already exists"}
	ErrFolderFull  = &refusal.Error{Code: refusal.Conflict, Reason: refusal.FolderNotEmpty, Message: "the folder is not empty"}
	ErrVersion     = &refusal.Error{Code: refusal.Conflict, Reason: refusal.VersionChanged, Message: "the project has another version"}
)

// denied returns the refusal for a viewer without the needed level on a project.
// The level is its detail.
func denied(needs Level) *refusal.Error {
	return refusal.New(refusal.Denied, "requires %s access to the project", needs).Because(refusal.ProjectAccess).With(needs)
}

// OrgAccess is the detail of a refusal that says which level the viewer lacks in
// an org.
type OrgAccess struct {
	OrgID string
	Needs OrgLevel
}

func orgDenied(orgID string, needs OrgLevel) *refusal.Error {
	return refusal.New(refusal.Denied, "requires %s of %s", needs, orgID).Because(refusal.OrgAccess).With(OrgAccess{orgID, needs})
}

// RequireAdmin returns the refusal of a user who is not an admin of the org.
func RequireAdmin(orgID string) *refusal.Error { return orgDenied(orgID, Admin) }

// Tx is what this package needs of a transaction.
type Tx interface {
	// EntityExists reports whether a user or org with that ID exists.
	EntityExists(ctx context.Context, id string) (bool, error)
	// EntitiesExist reports whether a user or org exists for each of the IDs.
	EntitiesExist(ctx context.Context, ids []string) (bool, error)

	// InsertOrg returns ErrOrgExists if the ID is taken.
	InsertOrg(ctx context.Context, org Org) error
	// OrgByID returns ErrNoOrg for an unknown ID.
	OrgByID(ctx context.Context, id string) (Org, error)
	// UpdateOrg stores the name, the licences and the policies of an org.
	UpdateOrg(ctx context.Context, org Org) error
	// SetMember stores a membership. Accepted counts for a new one only.
	SetMember(ctx context.Context, orgID string, member Membership) error
	// ChangeMembers gives members of an org the same level and rights, in one statement.
	ChangeMembers(ctx context.Context, orgID string, userIDs []string, level OrgLevel, rights Rights) error
	// CountOrgs returns how many orgs a user created, but at most atMost.
	CountOrgs(ctx context.Context, userID string, atMost int) (int, error)
	// CountMembers returns how many members an org has, but at most atMost.
	CountMembers(ctx context.Context, orgID string, atMost int) (int, error)
	// AcceptOrg stores that a member accepted an org.
	AcceptOrg(ctx context.Context, orgID, userID string) error
	// CountAccepted returns how many orgs a member accepted, but at most atMost.
	CountAccepted(ctx context.Context, userID string, atMost int) (int, error)
	// AcceptedOrgs lists the orgs that a member accepted, in the order of their IDs.
	AcceptedOrgs(ctx context.Context, userID string) ([]Org, error)
	RemoveMember(ctx context.Context, orgID, userID string) error
	// MembershipsAfter lists at most limit of a user's memberships in orgs after an ID, in
	// the order of the orgs' IDs.
	MembershipsAfter(ctx context.Context, userID, after string, limit int) ([]Membership, error)
	// MembershipsOn lists those of a user in orgs that have a permission on a project.
	MembershipsOn(ctx context.Context, projectID, userID string) ([]Membership, error)
	// ProjectMemberships lists those of a user through which projects can be reached:
	// with project access, in orgs that have a permission on some project.
	ProjectMemberships(ctx context.Context, userID string) ([]Membership, error)
	// Member returns ErrNoMember if the user is not a member of the org.
	Member(ctx context.Context, orgID, userID string) (Membership, error)
	// Members lists members of an org, in the order of their IDs; fewer than the
	// limit mean that there are no more.
	Members(ctx context.Context, query MemberQuery) ([]Membership, error)

	// Nonce also reports whether the user has used the nonce.
	Nonce(ctx context.Context, userID, nonce string) (Nonce, bool, error)
	// KeepNonce stores a nonce and replaces an older use of the same.
	KeepNonce(ctx context.Context, nonce Nonce) error
	// SweepNonces drops at most count nonces that were used before a time.
	SweepNonces(ctx context.Context, before time.Time, count int) error

	// InsertProject returns ErrIDTaken if the ID is taken.
	InsertProject(ctx context.Context, project Project) error
	// ProjectByID returns ErrNoProject for an unknown ID.
	ProjectByID(ctx context.Context, id string) (Project, error)
	TouchProjects(ctx context.Context, at time.Time, ids ...string) error
	// UpdateProject stores all fields of a project but its ID, its region, its
	// creator and the time of its creation.
	UpdateProject(ctx context.Context, project Project) error
	// RemoveProject makes a project unknown. ClearRemoved deletes what belonged to it.
	RemoveProject(ctx context.Context, id string) error
	// CountProjects returns how many projects a user or org pays for.
	CountProjects(ctx context.Context, payer string) (int, error)
	// AnyBilledTo reports whether the org pays for one of the projects.
	AnyBilledTo(ctx context.Context, orgID string, projectIDs []string) (bool, error)
	// ScanProjects looks at the permissions in the window of a query, and returns the
	// projects that meet all of its conditions but the pattern, oldest first. The last
	// of them may have a level below MinLevel.
	ScanProjects(ctx context.Context, query Query) (Scan, error)
	// ProjectsAt returns projects by their positions, oldest first, without those that
	// do not exist. It stops after the project with which the limit of bytes is
	// reached.
	ProjectsAt(ctx context.Context, query Positions) ([]Found, error)

	SetPermission(ctx context.Context, projectID, grantee string, level Level) error
	// SetPermissions gives each of the grantees a level on each of the projects that exist, in
	// one statement.
	SetPermissions(ctx context.Context, projectIDs, grantees []string, level Level) error
	// RemovePermissions removes those of each of the grantees on each of the projects, in one
	// statement.
	RemovePermissions(ctx context.Context, projectIDs, grantees []string) error
	// ProjectsWithout returns those of the projects that have no permission of exactly that level.
	ProjectsWithout(ctx context.Context, level Level, ids []string) ([]string, error)
	// GrantsOn lists the levels that a grantee has on the projects that a payer
	// pays for, by project; fewer than the limit mean that there are no more.
	GrantsOn(ctx context.Context, payer, grantee string, limit int) (map[string]Level, error)
	// Permissions lists all permissions on a project, by grantee.
	Permissions(ctx context.Context, projectID string) (map[string]Level, error)

	// InsertRoot adds the root folder of a project. It returns ErrFolderThere if the
	// project has one.
	InsertRoot(ctx context.Context, projectID string) error
	// InsertFolders adds a folder and its missing parents, and returns how many it
	// added. It returns ErrNoFolder if the project has no root.
	InsertFolders(ctx context.Context, projectID, path string) (int, error)
	// FolderCounts returns how many folders a project has, and how many all projects of
	// its payer have, without the roots. Removed folders count until ClearRemoved deletes
	// them.
	FolderCounts(ctx context.Context, projectID string) (ofProject, ofPayer int, err error)
	// AnyFolderIn returns ErrNoFolder if the path does not exist.
	AnyFolderIn(ctx context.Context, projectID, path string) (bool, error)
	FolderExists(ctx context.Context, projectID, path string) (bool, error)
	// ChildFolders lists the paths directly below a path, in order.
	ChildFolders(ctx context.Context, projectID, path string) ([]string, error)
	// FoldersBelow lists the paths below a path, at any depth.
	FoldersBelow(ctx context.Context, projectID, path string) ([]string, error)
	// FolderExtent measures what is below a folder. With more than atMost folders, it
	// stops and returns at least one more.
	FolderExtent(ctx context.Context, projectID, path string, atMost int) (Extent, error)
	// RemoveFolder removes a folder with everything in it; of the root, only what is in
	// it. ClearRemoved deletes that.
	RemoveFolder(ctx context.Context, projectID, path string) error
	// RenameFolder changes the path of a folder, and so of everything below it. The new
	// path does not exist. It returns ErrNoFolder if its parent does not.
	RenameFolder(ctx context.Context, projectID, from, to string) error
	// ClearRemoved deletes at most count rows of what was in removed folders and
	// projects, and reports whether there is more.
	ClearRemoved(ctx context.Context, count int) (more bool, err error)
}

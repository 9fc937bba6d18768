// Package directory holds what there is to reach and who may reach it: orgs
// and their members, projects and their folders, and permission levels.
//
// It promises that one function decides the level of a viewer on a project,
// [LevelOn]: the greater of what was granted to the person and through an org,
// and never more than the token's own ceiling. Every operation asks it, also a
// search, so that no route can grant more than another.
//
// It knows neither HTTP nor SQL nor tokens: a [Viewer] says who looks and
// carries the ceiling as a function. A refusal for refusal.ProjectAccess carries
// the level that is missing.
package directory

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
)

// What an operation can be refused with, beside refusal.ProjectAccess and refusal.WrongInput.
var (
	ErrNoProject   = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoProject, Message: "no such project"}
	ErrNoOrg       = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoOrg, Message: "no such org"}
	ErrNoFolder    = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoFolder, Message: "no such folder"}
	ErrNoInvitee   = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoInvitee, Message: "no such user or org"}
	ErrLastAdmin   = &refusal.Error{Code: refusal.Conflict, Reason: refusal.LastProjectAdmin, Message: "a project needs somebody with ADMINISTER"}
	ErrOrgExists   = &refusal.Error{Code: refusal.Conflict, Reason: refusal.OrgExists, Message: "the org exists"}
	ErrNoMember    = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoMember, Message: "the user is no member of the org"}
	ErrIsMember    = &refusal.Error{Code: refusal.Conflict, Reason: refusal.MemberExists, Message: "the user is a member of the org already"}
	ErrLastOfOrg   = &refusal.Error{Code: refusal.Conflict, Reason: refusal.LastOrgAdmin, Message: "an org needs an admin"}
	ErrNonceReused = &refusal.Error{Code: refusal.Invalid, Reason: refusal.NonceReused, Message: "the nonce was used with other input"}
	ErrUnlicensed  = &refusal.Error{Code: refusal.Denied, Reason: refusal.Unlicensed, Message: "the org does not answer for accounts"}
	ErrIDTaken     = &refusal.Error{Code: refusal.Conflict, Reason: refusal.IDTaken, Message: "the ID is taken"}
	ErrFolderThere = &refusal.Error{Code: refusal.Conflict, Reason: refusal.FolderExists, Message: "the folder exists"}
	ErrFolderFull  = &refusal.Error{Code: refusal.Conflict, Reason: refusal.FolderNotEmpty, Message: "the folder is not empty"}
	ErrVersion     = &refusal.Error{Code: refusal.Conflict, Reason: refusal.VersionChanged, Message: "the project has another version"}
)

// denied refuses what takes a level on a project that the viewer lacks. The level
// is the detail.
func denied(needs Level) *refusal.Error {
	return refusal.New(refusal.Denied, "requires %s access to the project", needs).Because(refusal.ProjectAccess).With(needs)
}

// OrgAccess is the detail of a refusal for a level that is missing in an org.
type OrgAccess struct {
	OrgID string
	Needs OrgLevel
}

func orgDenied(orgID string, needs OrgLevel) *refusal.Error {
	return refusal.New(refusal.Denied, "requires %s of %s", needs, orgID).Because(refusal.OrgAccess).With(OrgAccess{orgID, needs})
}

// Tx is what this package needs of a transaction.
type Tx interface {
	// EntityExists reports whether a user or org of that ID exists.
	EntityExists(ctx context.Context, id string) (bool, error)

	// InsertOrg answers ErrOrgExists when the ID is taken.
	InsertOrg(ctx context.Context, org Org) error
	// OrgByID answers ErrNoOrg for an unknown ID.
	OrgByID(ctx context.Context, id string) (Org, error)
	// UpdateOrg stores the name, the licences and the policies of an org.
	UpdateOrg(ctx context.Context, org Org) error
	SetMember(ctx context.Context, orgID string, member Membership) error
	RemoveMember(ctx context.Context, orgID, userID string) error
	// MembershipsOf lists the orgs of a user, in the order of their IDs.
	MembershipsOf(ctx context.Context, userID string) ([]Membership, error)
	// Member answers ErrNoMember.
	Member(ctx context.Context, orgID, userID string) (Membership, error)
	// Members lists members of an org, in the order of their IDs; fewer than the
	// limit mean that there are no more.
	Members(ctx context.Context, query MemberQuery) ([]Membership, error)

	// Nonce answers false when the user has used no such nonce.
	Nonce(ctx context.Context, userID, nonce string) (Nonce, bool, error)
	// KeepNonce notes a nonce, in place of an older use of the same.
	KeepNonce(ctx context.Context, nonce Nonce) error
	// SweepNonces drops the nonces that were used before a time.
	SweepNonces(ctx context.Context, before time.Time) error

	// InsertProject answers ErrIDTaken when the ID is taken.
	InsertProject(ctx context.Context, project Project) error
	// ProjectByID answers ErrNoProject for an unknown ID.
	ProjectByID(ctx context.Context, id string) (Project, error)
	TouchProject(ctx context.Context, id string, at time.Time) error
	// UpdateProject stores all of a project but its ID, its region and who made
	// it when.
	UpdateProject(ctx context.Context, project Project) error
	DeleteProject(ctx context.Context, id string) error
	// AnyBilledTo reports whether the org pays for one of the projects.
	AnyBilledTo(ctx context.Context, orgID string, projectIDs []string) (bool, error)
	// SearchProjects returns the projects that a query asks for, oldest first; fewer
	// than its limit mean that there are no more.
	SearchProjects(ctx context.Context, query Query) ([]Found, error)

	SetPermission(ctx context.Context, projectID, grantee string, level Level) error
	RemovePermission(ctx context.Context, projectID, grantee string) error
	// GrantsOn lists what was granted to somebody on the projects that a payer
	// pays for.
	GrantsOn(ctx context.Context, payer, grantee string) (map[string]Level, error)
	// Permissions lists all grants on a project.
	Permissions(ctx context.Context, projectID string) (map[string]Level, error)

	// InsertFolder answers ErrFolderThere when the path exists.
	InsertFolder(ctx context.Context, projectID, path string) error
	FolderExists(ctx context.Context, projectID, path string) (bool, error)
	// ChildFolders lists the paths directly below one, in order.
	ChildFolders(ctx context.Context, projectID, path string) ([]string, error)
	// FoldersBelow lists the paths below one, at any depth.
	FoldersBelow(ctx context.Context, projectID, path string) ([]string, error)
	// DeleteFolders removes a folder and all below it, but never the root.
	DeleteFolders(ctx context.Context, projectID, path string) error
	// RenameFolders changes the path of a folder, and of all below it, to one
	// beside it that must not exist.
	RenameFolders(ctx context.Context, projectID, from, to string) error
}

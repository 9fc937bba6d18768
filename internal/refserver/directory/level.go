package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Level is a permission level; a greater level includes the lesser ones.
type Level int

// The levels in their order.
const (
	None Level = iota
	View
	Upload
	Contribute
	Administer
)

var levelNames = [...]string{"NONE", "VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER"}

// String returns the name of the level.
func (l Level) String() string {
	if l < None || l > Administer {
		return fmt.Sprintf("Level(%d)", int(l))
	}
	return levelNames[l]
}

// ParseLevel reads the name of a level that can be granted, in upper case.
func ParseLevel(name string) (Level, error) {
	for level := View; level <= Administer; level++ {
		if levelNames[level] == name {
			return level, nil
		}
	}
	return None, fmt.Errorf("level %q is not one of VIEW, UPLOAD, CONTRIBUTE, ADMINISTER", name)
}

// MarshalText writes the name.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads the name of a level that can be granted.
func (l *Level) UnmarshalText(b []byte) error {
	level, err := ParseLevel(string(b))
	if err != nil {
		return err
	}
	*l = level
	return nil
}

// Public is the grantee that stands for all users.
const Public = "PUBLIC"

// Viewer is the user on whose behalf an operation runs, with the ceiling that the
// token in use sets. Create one with NewViewer.
type Viewer struct {
	UserID    string
	BillTo    string   // the default payer; empty: the viewer
	Superuser bool     // administers every org, but has no extra access to projects
	Excluded  []string // IDs of orgs in which the token in use makes nobody a member
	ceiling   func(Project) Level
	grants    []Grantee
}

// Grantee is a user or org whose permissions count for a viewer. Cap is the
// greatest level that the viewer gets through it.
type Grantee struct {
	ID  string
	Cap Level
}

// NewViewer returns a viewer without orgs: anyone can make any user a member of any
// number of orgs, so an operation reads only the memberships that it needs.
func NewViewer(userID string, ceiling func(Project) Level) Viewer {
	return Viewer{UserID: userID, ceiling: ceiling, grants: []Grantee{{ID: userID, Cap: Administer}}}
}

// Through returns the viewer with memberships through which it can reach projects. An
// org that the token excludes counts here: the ceiling excludes the projects that the
// org pays for, and access to those of others stays.
func (v Viewer) Through(memberships []Membership) Viewer {
	v.grants = slices.Clip(v.grants)
	for _, membership := range memberships {
		if membership.ProjectAccess > None {
			v.grants = append(v.grants, Grantee{ID: membership.OrgID, Cap: membership.ProjectAccess})
		}
	}
	return v
}

func (v Viewer) excludes(orgID string) bool { return slices.Contains(v.Excluded, orgID) }

// membership returns the viewer's membership in an org, or the zero value if there
// is none: with a token that excludes the org, the viewer is not a member.
func (v Viewer) membership(ctx context.Context, tx Tx, orgID string) (Membership, error) {
	if v.excludes(orgID) {
		return Membership{}, nil
	}
	membership, err := tx.Member(ctx, orgID, v.UserID)
	if errors.Is(err, ErrNoMember) {
		return Membership{}, nil
	}
	return membership, err
}

// LevelOn decides the level of a viewer on a project from its permissions: the
// greatest of those that count for the viewer, and at most the viewer's ceiling.
// Nothing else decides a level.
func LevelOn(viewer Viewer, project Project, permissions map[string]Level) Level {
	level := permissions[Public]
	for _, grantee := range viewer.grants {
		level = max(level, min(permissions[grantee.ID], grantee.Cap))
	}
	return min(level, viewer.ceiling(project))
}

// sources lists the grantees through which the viewer has a permission.
func sources(viewer Viewer, permissions map[string]Level) []string {
	var list []string
	for _, grantee := range viewer.grants {
		if permissions[grantee.ID] > None {
			list = append(list, grantee.ID)
		}
	}
	if permissions[Public] > None {
		list = append(list, Public)
	}
	return list
}

package directory

import (
	"context"
	"fmt"
)

// Level is a permission level; a greater one includes the lesser.
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

// Public is the grantee that stands for everybody.
const Public = "PUBLIC"

// Viewer is who looks: a user, and a ceiling that the token in hand sets. Make
// one with NewViewer.
type Viewer struct {
	UserID    string
	BillTo    string   // who pays unless a request says otherwise; empty: the viewer
	Superuser bool     // administers every org; reaches no more projects than others
	Excluded  []string // IDs of orgs that the token in hand does not reach
	ceiling   func(Project) Level
	grants    []Grantee
}

// Grantee is somebody whose grants count for a viewer, with the most that the
// viewer gets through them.
type Grantee struct {
	ID  string
	Cap Level
}

// NewViewer loads through which orgs a user can reach projects.
func NewViewer(ctx context.Context, tx Tx, userID string, ceiling func(Project) Level) (Viewer, error) {
	memberships, err := tx.MembershipsOf(ctx, userID)
	if err != nil {
		return Viewer{}, err
	}
	grants := []Grantee{{ID: userID, Cap: Administer}}
	for _, membership := range memberships {
		if membership.ProjectAccess > None {
			grants = append(grants, Grantee{ID: membership.OrgID, Cap: membership.ProjectAccess})
		}
	}
	return Viewer{UserID: userID, ceiling: ceiling, grants: grants}, nil
}

// LevelOn decides the level of a viewer on a project from its permissions, the
// only place where that is decided: the greatest of the grants that count, and
// at most the viewer's ceiling.
func LevelOn(viewer Viewer, project Project, permissions map[string]Level) Level {
	level := permissions[Public]
	for _, grantee := range viewer.grants {
		level = max(level, min(permissions[grantee.ID], grantee.Cap))
	}
	return min(level, viewer.ceiling(project))
}

// sources lists the grants that a level comes from.
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

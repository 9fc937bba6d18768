package trust

import (
	"cmp"
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// Ceiling is the highest level that a token allows on each project. Make one with
// CeilingOf, for one transaction.
type Ceiling struct {
	scope   access.Scope
	ofMaker func(projectID string) (directory.Level, error) // nil: no trust rule made the token
	orgID   string                                          // of the rule
	err     error
}

// CeilingOf returns the ceiling of a scope: its own and, if a trust rule made the token, at
// most the level of the rule's maker now, on projects that the org of the rule pays for
// now. The level of the token's own user is not part of it, because every operation looks
// it up itself. It returns refusal.SessionEnded if the rule no longer stands.
func CeilingOf(ctx context.Context, tx Tx, scope access.Scope) (*Ceiling, error) {
	if scope.TrustRule == "" {
		return &Ceiling{scope: scope}, nil
	}
	stands, err := tx.TrustRuleStands(ctx, scope.TrustRule)
	if err == nil && !stands {
		err = access.Ended(access.Revoked)
	}
	if err != nil {
		return nil, err
	}
	rule, err := tx.TrustRule(ctx, scope.TrustRule)
	return &Ceiling{scope: scope, orgID: rule.OrgID, ofMaker: func(projectID string) (directory.Level, error) {
		return levelOf(ctx, tx, rule.Maker, projectID)
	}}, err
}

// On returns the level on a project. It looks up the level of the maker only for projects
// that the scope names: a search may ask for any number of others.
func (c *Ceiling) On(project directory.Project) directory.Level {
	level := c.scope.Ceiling(project)
	switch {
	case c.ofMaker == nil || level == directory.None:
		return level
	case project.BillTo != c.orgID:
		return directory.None
	}
	ofMaker, err := c.ofMaker(project.ID)
	if err != nil {
		c.err = cmp.Or(c.err, err)
		return directory.None
	}
	return min(level, ofMaker)
}

// Err returns the first error of On, which returned None then. It comes before whatever
// was made of that.
func (c *Ceiling) Err() error { return c.err }

// Levels returns the levels on the rule's projects that a token can use now, without those
// where it can do nothing: at most those that maker and user both have.
func (r Rule) Levels(ctx context.Context, tx Tx) (map[string]directory.Level, error) {
	levels := map[string]directory.Level{}
	for id, level := range r.Projects {
		able, err := r.levelOn(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if level = min(level, able); level > directory.None {
			levels[id] = level
		}
	}
	return levels, nil
}

// levelOn returns the level that maker and user both have on a project of the org.
func (r Rule) levelOn(ctx context.Context, tx Tx, projectID string) (directory.Level, error) {
	project, err := tx.ProjectByID(ctx, projectID)
	switch {
	case errors.Is(err, directory.ErrNoProject):
		return directory.None, nil
	case err != nil:
		return directory.None, err
	case project.BillTo != r.OrgID || project.ContainsPHI && !r.PHI:
		return directory.None, nil
	}
	ofMaker, err := levelOf(ctx, tx, r.Maker, projectID)
	if err != nil || r.UserID == r.Maker {
		return ofMaker, err
	}
	ofUser, err := levelOf(ctx, tx, r.UserID, projectID)
	return min(ofMaker, ofUser), err
}

// levelOf returns the level of a user on a project.
func levelOf(ctx context.Context, tx Tx, userID, projectID string) (directory.Level, error) {
	permissions, err := tx.Permissions(ctx, projectID)
	if err != nil {
		return directory.None, err
	}
	memberships, err := tx.MembershipsOn(ctx, projectID, userID)
	if err != nil {
		return directory.None, err
	}
	unlimited := func(directory.Project) directory.Level { return directory.Administer }
	viewer := directory.NewViewer(userID, unlimited).Through(memberships)
	return directory.LevelOn(viewer, directory.Project{ID: projectID}, permissions), nil
}

package trust

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// Ceiling returns the highest level that a token allows on each project: that of its
// scope and, if a trust rule made the token, at most that of the rule's maker now, on
// projects that the org of the rule pays for now. The level of the token's own user is not
// part of it, because every operation looks it up itself. It returns refusal.SessionEnded
// if the rule no longer stands.
func Ceiling(ctx context.Context, tx Tx, scope access.Scope) (func(directory.Project) directory.Level, error) {
	if scope.TrustRule == "" {
		return scope.Ceiling, nil
	}
	stands, err := tx.TrustRuleStands(ctx, scope.TrustRule)
	if err == nil && !stands {
		err = access.Ended(access.Revoked)
	}
	if err != nil {
		return nil, err
	}
	rule, err := tx.TrustRule(ctx, scope.TrustRule)
	if err != nil {
		return nil, err
	}
	ofMaker := map[string]directory.Level{}
	for id := range scope.Projects {
		if ofMaker[id], err = levelOf(ctx, tx, rule.Maker, id); err != nil {
			return nil, err
		}
	}
	return func(project directory.Project) directory.Level {
		if project.BillTo != rule.OrgID {
			return directory.None
		}
		return min(scope.Ceiling(project), ofMaker[project.ID])
	}, nil
}

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

package directory_test

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/domain"
	"github.com/dxauth/dxauth/internal/refserver/store"
)

// grantModel is what should be true of one project while anybody tries to
// invite and to take back.
type grantModel struct {
	ctx     context.Context
	store   *store.Store
	desk    *directory.Desk
	viewers map[string]directory.Viewer
	project directory.Project
	grants  map[string]directory.Level // made and not taken back
}

func newGrantModel(ctx context.Context, s *store.Store) (*grantModel, error) {
	m := &grantModel{
		ctx: ctx, store: s, desk: directory.NewDesk(time.Now, rand.Reader),
		viewers: map[string]directory.Viewer{},
		grants:  map[string]directory.Level{alice: administer},
	}
	noCeiling := func(directory.Project) directory.Level { return administer }
	return m, s.Write(ctx, func(tx domain.Tx) (err error) {
		for _, userID := range users() {
			if m.viewers[userID], err = directory.NewViewer(ctx, tx, userID, noCeiling); err != nil {
				return err
			}
		}
		m.project, err = m.desk.CreateProject(ctx, tx, m.viewers[alice], directory.Project{Name: "Exome"})
		return err
	})
}

// level is the level that a user should have.
func (m *grantModel) level(userID string) directory.Level {
	level := max(m.grants[userID], m.grants[directory.Public])
	switch userID {
	case erin:
		level = max(level, m.grants[lab])
	case dave:
		level = max(level, min(m.grants[lab], contribute))
	}
	return level
}

func (m *grantModel) invite(t *rapid.T) {
	actor, grantee, level := drawUser(t), drawGrantee(t), rapid.SampledFrom(allLevels()[1:]).Draw(t, "level")
	err := m.store.Write(m.ctx, func(tx domain.Tx) error {
		return m.desk.Invite(m.ctx, tx, m.viewers[actor], m.project.ID, grantee, level)
	})
	var input *directory.InputError
	switch {
	case m.level(actor) < administer:
		wantError(t, err, &directory.DeniedError{Needs: administer})
	case grantee == directory.Public && level > view:
		if !errors.As(err, &input) {
			t.Errorf("PUBLIC was invited to %s: %v", level, err)
		}
	default:
		wantError(t, err, nil)
		m.grants[grantee] = max(m.grants[grantee], level)
	}
}

func (m *grantModel) takeBack(t *rapid.T) {
	actor := drawUser(t)
	keep := rapid.MapOfN(rapid.SampledFrom(grantees()), rapid.SampledFrom(allLevels()), 1, 3).Draw(t, "keep")
	err := m.store.Write(m.ctx, func(tx domain.Tx) error {
		return m.desk.DecreasePermissions(m.ctx, tx, m.viewers[actor], m.project.ID, keep)
	})
	after := m.without(keep)
	switch {
	case m.level(actor) < administer:
		wantError(t, err, &directory.DeniedError{Needs: administer})
	case !hasValue(after, administer):
		wantError(t, err, directory.ErrLastAdmin)
	default:
		wantError(t, err, nil)
		m.grants = after
	}
}

// without returns what remains of the grants.
func (m *grantModel) without(keep map[string]directory.Level) map[string]directory.Level {
	after := maps.Clone(m.grants)
	for grantee, level := range keep {
		if left := min(after[grantee], level); left > none {
			after[grantee] = left
		} else {
			delete(after, grantee)
		}
	}
	return after
}

// check compares the store with the model, and what everybody may do.
func (m *grantModel) check(t *rapid.T) {
	var stored map[string]directory.Level
	err := m.store.Read(m.ctx, func(tx domain.Tx) (err error) {
		stored, err = tx.Permissions(m.ctx, m.project.ID)
		return err
	})
	wantError(t, err, nil)
	if !maps.Equal(stored, m.grants) {
		t.Fatalf("the permissions are %v, want %v", stored, m.grants)
	}
	for userID, viewer := range m.viewers {
		if got, want := directory.LevelOn(viewer, m.project, stored), m.level(userID); got != want {
			t.Fatalf("%s has %s, want %s by %v", userID, got, want, m.grants)
		}
	}
}

func users() []string { return []string{alice, bob, dave, erin} }

func grantees() []string { return append(users(), lab, directory.Public) }

func drawUser(t *rapid.T) string { return rapid.SampledFrom(users()).Draw(t, "actor") }

func drawGrantee(t *rapid.T) string { return rapid.SampledFrom(grantees()).Draw(t, "grantee") }

func hasValue(grants map[string]directory.Level, wanted directory.Level) bool {
	for _, level := range grants {
		if level == wanted {
			return true
		}
	}
	return false
}

// Whoever invites and takes back in whichever order: nobody ever has more than
// the greatest grant that was made and not taken back, and somebody always
// administers.
func TestGrantsFollowTheModel(t *testing.T) {
	t.Parallel()
	s := populated(t)
	rapid.Check(t, func(rt *rapid.T) {
		m, err := newGrantModel(t.Context(), s)
		if err != nil {
			rt.Fatal(err)
		}
		for range rapid.IntRange(1, maxSteps).Draw(rt, "steps") {
			rapid.SampledFrom([]func(*rapid.T){m.invite, m.takeBack}).Draw(rt, "step")(rt)
			m.check(rt)
		}
	})
}

// maxSteps keeps the property quick: each step is a transaction.
const maxSteps = 6

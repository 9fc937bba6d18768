package directory_test

import (
	"context"
	"crypto/rand"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// grantModel holds the expected permissions of one project while users try to
// invite, revoke and leave, and join and leave the lab.
type grantModel struct {
	ctx     context.Context
	store   transaction.DB
	service *directory.Service
	project directory.Project
	grants  map[string]directory.Level // granted and not revoked
	through map[string]directory.Level // the greatest level of each member of the lab through it
}

func newGrantModel(ctx context.Context, s transaction.DB) (*grantModel, error) {
	m := &grantModel{
		ctx: ctx, store: s, service: directory.NewService(time.Now, rand.Reader),
		grants:  map[string]directory.Level{alice: administer},
		through: map[string]directory.Level{},
	}
	return m, s.Write(ctx, func(tx transaction.Tx) (err error) {
		for _, userID := range users() {
			if err := m.setMember(tx, userID, none); err != nil {
				return err
			}
		}
		m.project, err = m.service.CreateProject(ctx, tx, viewerOf(alice), directory.Project{Name: "Exome"})
		return err
	})
}

// viewerOf returns a viewer with a token that sets no limit.
func viewerOf(userID string) directory.Viewer {
	return directory.NewViewer(userID, func(directory.Project) directory.Level { return administer })
}

func (m *grantModel) setMember(tx transaction.Tx, userID string, access directory.Level) error {
	membership := directory.NewMembership(lab, userID, directory.Member)
	membership.ProjectAccess = access
	return tx.SetMember(m.ctx, lab, membership)
}

// as runs a step on behalf of a user, in one transaction.
func (m *grantModel) as(userID string, step func(transaction.Tx, directory.Viewer) error) error {
	return m.store.Write(m.ctx, func(tx transaction.Tx) error {
		return step(tx, viewerOf(userID))
	})
}

// level is the level that a user should have.
func (m *grantModel) level(userID string) directory.Level {
	return max(m.grants[userID], m.grants[directory.Public], min(m.grants[lab], m.through[userID]))
}

// join changes the access of a member of the lab; None is like leaving it.
func (m *grantModel) join(t *rapid.T) {
	member, access := drawUser(t), rapid.SampledFrom(allLevels()).Draw(t, "access")
	wantError(t, m.store.Write(m.ctx, func(tx transaction.Tx) error { return m.setMember(tx, member, access) }), nil)
	m.through[member] = access
}

func (m *grantModel) leave(t *rapid.T) {
	actor := drawUser(t)
	err := m.as(actor, func(tx transaction.Tx, viewer directory.Viewer) error {
		return m.service.Leave(m.ctx, tx, viewer, m.project.ID)
	})
	after := m.without(map[string]directory.Level{actor: none})
	switch {
	case m.level(actor) < view:
		wantError(t, err, denied(view))
	case !hasValue(after, administer):
		wantError(t, err, directory.ErrLastAdmin)
	default:
		wantError(t, err, nil)
		m.grants = after
	}
}

func (m *grantModel) invite(t *rapid.T) {
	actor, grantee, level := drawUser(t), drawGrantee(t), rapid.SampledFrom(allLevels()[1:]).Draw(t, "level")
	err := m.as(actor, func(tx transaction.Tx, viewer directory.Viewer) error {
		return m.service.Invite(m.ctx, tx, viewer, m.project.ID, grantee, level)
	})
	switch {
	case m.level(actor) < administer:
		wantError(t, err, denied(administer))
	case grantee == directory.Public && level > view:
		wantInputError(t, err, "level")
	default:
		wantError(t, err, nil)
		m.grants[grantee] = max(m.grants[grantee], level)
	}
}

func (m *grantModel) takeBack(t *rapid.T) {
	actor := drawUser(t)
	keep := rapid.MapOfN(rapid.SampledFrom(grantees()), rapid.SampledFrom(allLevels()), 1, 3).Draw(t, "keep")
	err := m.as(actor, func(tx transaction.Tx, viewer directory.Viewer) error {
		return m.service.DecreasePermissions(m.ctx, tx, viewer, m.project.ID, keep)
	})
	after := m.without(keep)
	switch {
	case m.level(actor) < administer:
		wantError(t, err, denied(administer))
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

// check compares the store with the model, and the level of every user.
func (m *grantModel) check(t *rapid.T) {
	err := m.store.Read(m.ctx, func(tx transaction.Tx) error {
		stored, err := tx.Permissions(m.ctx, m.project.ID)
		if err != nil {
			return err
		}
		if !maps.Equal(stored, m.grants) {
			t.Fatalf("the permissions are %v, want %v", stored, m.grants)
		}
		for _, userID := range users() {
			got := none
			view, err := m.service.Project(m.ctx, tx, viewerOf(userID), m.project.ID, directory.View)
			if err == nil {
				got = view.Level
			}
			if want := m.level(userID); got != want {
				t.Fatalf("%s has %s (%v), want %s by %v and %v", userID, got, err, want, m.grants, m.through)
			}
		}
		return nil
	})
	wantError(t, err, nil)
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

// Whatever the order of invitations, revocations and departures: no user ever has
// more than the greatest level that was granted and not revoked, or more through
// an org than the membership allows, and the project always has an administrator.
func TestGrantsFollowTheModel(t *testing.T) {
	t.Parallel()
	s := populated(t)
	rapid.Check(t, func(rt *rapid.T) {
		m, err := newGrantModel(t.Context(), s)
		if err != nil {
			rt.Fatal(err)
		}
		for range rapid.IntRange(1, maxSteps).Draw(rt, "steps") {
			rapid.SampledFrom([]func(*rapid.T){m.invite, m.takeBack, m.leave, m.join}).Draw(rt, "step")(rt)
			m.check(rt)
		}
	})
}

// maxSteps keeps the property quick: each step is a transaction.
const maxSteps = 8

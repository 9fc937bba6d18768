package service_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service/projects"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// madeToken is a token and the token that it was made with.
type madeToken struct {
	token  secret.Text
	bearer *madeToken // nil: made with the password
}

// tokenModel makes tokens with the password and with each other, for any scope,
// while permissions change.
type tokenModel struct {
	*testServer
	projects []string
	tokens   []*madeToken
}

// newTokenModel returns a model with a project for each kind of payer and content.
func newTokenModel(t *testing.T) *tokenModel {
	m := &tokenModel{testServer: newLabServer(t)}
	h := m.testServer
	h.check(h.Write(t.Context(), func(tx transaction.Tx) error {
		for i, billTo := range []string{"user-bob", "user-bob", lab, lab} {
			project := directory.Project{
				ID: fmt.Sprintf("project-%d", i), Name: "p", BillTo: billTo, ContainsPHI: i%2 == 1,
				Created: h.clock.Now(), Modified: h.clock.Now(),
			}
			h.check(h.directory.AddProject(t.Context(), tx, project, map[string]directory.Level{"user-alice": directory.Administer}))
			m.projects = append(m.projects, project.ID)
		}
		return nil
	}))
	return m
}

// orders draws orders of tokens.
func (m *tokenModel) orders() *rapid.Generator[access.Order] {
	return rapid.Custom(func(t *rapid.T) access.Order {
		order := access.Order{Label: rapid.SampledFrom([]string{"", "ci"}).Draw(t, "label")}
		if rapid.IntRange(0, 5).Draw(t, "with scope") > 0 {
			keys := rapid.SampledFrom(append([]string{access.Everything}, m.projects...))
			levels := rapid.SampledFrom([]directory.Level{directory.View, directory.Upload, directory.Contribute, directory.Administer})
			order.Scope = &access.Scope{
				Full:  rapid.IntRange(0, 3).Draw(t, "full") == 0,
				NoPHI: rapid.Bool().Draw(t, "without PHI"), Projects: rapid.MapOfN(keys, levels, 0, 3).Draw(t, "projects"),
			}
		}
		if hours := rapid.IntRange(0, 48).Draw(t, "hours"); hours > 0 {
			order.Expires = m.clock.Now().Add(time.Duration(hours) * time.Hour)
		}
		return order
	})
}

// levels returns the level of a token on each project, or nil if it has ended.
func (m *tokenModel) levels(t *rapid.T, token secret.Text) []directory.Level {
	caller, err := m.authenticate(token)
	if refusal.CodeOf(err) == refusal.SessionEnded {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var levels []directory.Level
	for _, id := range m.projects {
		level, err := m.levelOf(caller, id)
		if err != nil {
			t.Fatal(err)
		}
		levels = append(levels, level)
	}
	return levels
}

// S-38: however tokens are made from each other, none has a greater level on a
// project than its owner or than the token it was made with. If that one has
// ended, it has ended too, unless it was made with a session that had just begun.
func TestNoTokenGainsByCombining(t *testing.T) {
	m := newTokenModel(t)
	admin := m.signIn("alice", access.Order{Label: "admin", Expires: m.clock.Now().Add(365 * day)})
	rapid.Check(t, func(rt *rapid.T) {
		m.tokens = nil
		owner := m.signIn("bob", access.Order{}) // an unlimited session: it has bob's own levels
		rt.Repeat(map[string]func(*rapid.T){
			"password": func(rt *rapid.T) {
				attempt := identity.Attempt{Username: "bob", Password: secret.New(password)}
				if grant, err := m.SignIn(m.Context(), attempt, m.orders().Draw(rt, "order"), home); err == nil {
					m.tokens = append(m.tokens, &madeToken{token: grant.Secret})
				}
			},
			"bearer": func(rt *rapid.T) {
				if len(m.tokens) == 0 {
					rt.Skip("no tokens")
				}
				bearer := rapid.SampledFrom(m.tokens).Draw(rt, "bearer")
				caller, err := m.authenticate(bearer.token)
				if err != nil {
					return
				}
				if grant, err := m.makeToken(caller, "", m.orders().Draw(rt, "order")); err == nil {
					m.tokens = append(m.tokens, &madeToken{grant.Secret, bearer})
				}
			},
			"permission": func(rt *rapid.T) {
				id := rapid.SampledFrom(m.projects).Draw(rt, "project")
				level := directory.Level(rapid.IntRange(0, 4).Draw(rt, "level"))
				grantee := rapid.SampledFrom([]string{"user-bob", lab}).Draw(rt, "grantee")
				m.check(m.Write(m.Context(), func(tx transaction.Tx) error {
					if level == directory.None {
						return tx.RemovePermissions(m.Context(), []string{id}, []string{grantee})
					}
					return tx.SetPermission(m.Context(), id, grantee, level)
				}))
			},
			"exclusion": func(rt *rapid.T) {
				if len(m.tokens) == 0 {
					rt.Skip("no tokens")
				}
				signature := access.Signature(rapid.SampledFrom(m.tokens).Draw(rt, "token").token)
				err := m.RevokeMemberToken(m.Context(), m.callerOf(admin), lab, signature)
				if err != nil && !errors.Is(err, access.ErrNoSuchToken) {
					rt.Fatal(err)
				}
			},
			"self-service": func(rt *rapid.T) {
				if len(m.tokens) == 0 {
					rt.Skip("no tokens")
				}
				m.tryToGrant(rt, rapid.SampledFrom(m.tokens).Draw(rt, "token"))
			},
			"revocation": func(rt *rapid.T) {
				if len(m.tokens) == 0 {
					rt.Skip("no tokens")
				}
				caller, err := m.authenticate(rapid.SampledFrom(m.tokens).Draw(rt, "by").token)
				if err != nil {
					return
				}
				err = m.RevokeTokens(m.Context(), caller, access.Ref{Signature: access.Signature(rapid.SampledFrom(m.tokens).Draw(rt, "of").token)})
				if err != nil && !errors.Is(err, access.ErrBeyondScope) {
					rt.Fatal(err)
				}
			},
			"time": func(rt *rapid.T) {
				m.clock.Advance(time.Duration(rapid.IntRange(1, 20).Draw(rt, "minutes")) * time.Minute)
				owner = m.signIn("bob", access.Order{})
			},
			"look": func(rt *rapid.T) {
				if len(m.tokens) == 0 {
					rt.Skip("no tokens")
				}
				m.checkToken(rt, owner, rapid.SampledFrom(m.tokens).Draw(rt, "token"))
			},
		})
		for _, h := range m.tokens {
			m.checkToken(rt, owner, h)
		}
	})
}

// tryToGrant uses a token to grant its owner more.
func (m *tokenModel) tryToGrant(t *rapid.T, h *madeToken) {
	before := m.levels(t, h.token)
	caller, err := m.authenticate(h.token)
	if err != nil {
		return
	}
	for i, id := range m.projects {
		err := projects.Invite(m.Context(), m.Service, caller, id, "user-bob", directory.Administer)
		if (err == nil) != (before[i] == directory.Administer) {
			t.Fatalf("a token with %s invites: %v", before[i], err)
		}
	}
}

// checkToken compares a token with its owner and with the token it was made with.
func (m *tokenModel) checkToken(t *rapid.T, owner secret.Text, h *madeToken) {
	owned, levels := m.levels(t, owner), m.levels(t, h.token)
	for i, level := range levels {
		if level > owned[i] {
			t.Fatalf("a token has %s on %s, its owner %s", level, m.projects[i], owned[i])
		}
	}
	if h.bearer == nil || levels == nil {
		return
	}
	limits := m.levels(t, h.bearer.token)
	stored, bearer := m.stored(h.token), m.stored(h.bearer.token)
	bearerEnded, isSession := limits == nil, bearer.Kind == access.Session
	switch {
	case bearerEnded && !isSession:
		t.Fatalf("the token %+v outlives the one it was made with: %+v", stored, bearer)
	case bearerEnded && stored.Parent != "" && bearer.EndReason != access.Idle:
		t.Fatalf("a child of an ended session is active: %+v", stored)
	case !isSession && stored.Expires.After(bearer.Expires):
		t.Fatalf("a token ends at %v, the one that it was made with at %v", stored.Expires, bearer.Expires)
	}
	for i := range limits {
		if levels[i] > limits[i] {
			t.Fatalf("a token has %s on %s, the one that it was made with %s", levels[i], m.projects[i], limits[i])
		}
	}
}

// stored reads a token from the store.
func (m *tokenModel) stored(token secret.Text) (found access.Token) {
	m.check(m.db.Read(m.Context(), func(tx transaction.Tx) (err error) {
		found, err = tx.TokenBySignature(m.Context(), access.Signature(token))
		return err
	}))
	return found
}

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
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// A hand is a token with how it came to be.
type hand struct {
	token  secret.Text
	bearer *hand // that it was made with; nil: with the password
}

// table is a play with tokens: they are made with the password and with each
// other, for any scope, while permissions come and go.
type table struct {
	*house
	projects []string
	hands    []*hand
}

// newTable has a project for each kind of payer and content.
func newTable(t *testing.T) *table {
	table := &table{house: labHouse(t)}
	h := table.house
	h.check(h.Write(t.Context(), func(tx transaction.Tx) error {
		for i, billTo := range []string{"user-bob", "user-bob", lab, lab} {
			project := directory.Project{
				ID: fmt.Sprintf("project-%d", i), Name: "p", BillTo: billTo, ContainsPHI: i%2 == 1,
				Created: h.clock.Now(), Modified: h.clock.Now(),
			}
			h.check(h.desk.AddProject(t.Context(), tx, project, map[string]directory.Level{"user-alice": directory.Administer}))
			table.projects = append(table.projects, project.ID)
		}
		return nil
	}))
	return table
}

// orders draws what to ask for.
func (table *table) orders() *rapid.Generator[access.Order] {
	return rapid.Custom(func(t *rapid.T) access.Order {
		order := access.Order{Label: rapid.SampledFrom([]string{"", "ci"}).Draw(t, "label")}
		if rapid.IntRange(0, 5).Draw(t, "with scope") > 0 {
			keys := rapid.SampledFrom(append([]string{access.Everything}, table.projects...))
			levels := rapid.SampledFrom([]directory.Level{directory.View, directory.Upload, directory.Contribute, directory.Administer})
			order.Scope = &access.Scope{
				Full:  rapid.IntRange(0, 3).Draw(t, "full") == 0,
				NoPHI: rapid.Bool().Draw(t, "without PHI"), Projects: rapid.MapOfN(keys, levels, 0, 3).Draw(t, "projects"),
			}
		}
		if hours := rapid.IntRange(0, 48).Draw(t, "hours"); hours > 0 {
			order.Expires = table.clock.Now().Add(time.Duration(hours) * time.Hour)
		}
		return order
	})
}

// levels is what a bearer has on each project, and nil when the token has ended.
func (table *table) levels(t *rapid.T, token secret.Text) []directory.Level {
	caller, err := table.authenticate(token)
	if refusal.CodeOf(err) == refusal.SessionEnded {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var levels []directory.Level
	for _, id := range table.projects {
		level, err := table.levelOf(caller, id)
		if err != nil {
			t.Fatal(err)
		}
		levels = append(levels, level)
	}
	return levels
}

// S-38: whatever is made from what, no token has more on a project than its
// owner, and none more than the token that it was made with; where that one has
// ended, it has nothing, unless it was made in a session that had just begun.
func TestNoTokenGainsByCombining(t *testing.T) {
	table := newTable(t)
	admin := table.signIn("alice", access.Order{Label: "admin", Expires: table.clock.Now().Add(365 * day)})
	rapid.Check(t, func(rt *rapid.T) {
		table.hands = nil
		owner := table.signIn("bob", access.Order{}) // what bob has, as far as a token can tell
		rt.Repeat(map[string]func(*rapid.T){
			"password": func(rt *rapid.T) {
				attempt := identity.Attempt{Username: "bob", Password: secret.New(password)}
				if grant, err := table.SignIn(table.Context(), attempt, table.orders().Draw(rt, "order"), home); err == nil {
					table.hands = append(table.hands, &hand{token: grant.Secret})
				}
			},
			"bearer": func(rt *rapid.T) {
				if len(table.hands) == 0 {
					rt.Skip("nobody has a token")
				}
				bearer := rapid.SampledFrom(table.hands).Draw(rt, "bearer")
				caller, err := table.authenticate(bearer.token)
				if err != nil {
					return
				}
				if grant, err := table.makes(caller, "", table.orders().Draw(rt, "order")); err == nil {
					table.hands = append(table.hands, &hand{grant.Secret, bearer})
				}
			},
			"permission": func(rt *rapid.T) {
				id := rapid.SampledFrom(table.projects).Draw(rt, "project")
				level := directory.Level(rapid.IntRange(0, 4).Draw(rt, "level"))
				grantee := rapid.SampledFrom([]string{"user-bob", lab}).Draw(rt, "grantee")
				table.check(table.Write(table.Context(), func(tx transaction.Tx) error {
					if level == directory.None {
						return tx.RemovePermission(table.Context(), id, grantee)
					}
					return tx.SetPermission(table.Context(), id, grantee, level)
				}))
			},
			"exclusion": func(rt *rapid.T) {
				if len(table.hands) == 0 {
					rt.Skip("nobody has a token")
				}
				signature := access.Signature(rapid.SampledFrom(table.hands).Draw(rt, "token").token)
				err := table.RevokeMemberToken(table.Context(), table.enters(admin), lab, signature)
				if err != nil && !errors.Is(err, access.ErrNoSuchToken) {
					rt.Fatal(err)
				}
			},
			"self-service": func(rt *rapid.T) {
				if len(table.hands) == 0 {
					rt.Skip("nobody has a token")
				}
				table.tryToGrant(rt, rapid.SampledFrom(table.hands).Draw(rt, "token"))
			},
			"revocation": func(rt *rapid.T) {
				if len(table.hands) == 0 {
					rt.Skip("nobody has a token")
				}
				caller, err := table.authenticate(rapid.SampledFrom(table.hands).Draw(rt, "by").token)
				if err != nil {
					return
				}
				err = table.RevokeTokens(table.Context(), caller, access.Ref{Signature: access.Signature(rapid.SampledFrom(table.hands).Draw(rt, "of").token)})
				if err != nil && !errors.Is(err, access.ErrBeyondScope) {
					rt.Fatal(err)
				}
			},
			"time": func(rt *rapid.T) {
				table.clock.Advance(time.Duration(rapid.IntRange(1, 20).Draw(rt, "minutes")) * time.Minute)
				owner = table.signIn("bob", access.Order{})
			},
			"look": func(rt *rapid.T) {
				if len(table.hands) == 0 {
					rt.Skip("nobody has a token")
				}
				table.checkHand(rt, owner, rapid.SampledFrom(table.hands).Draw(rt, "token"))
			},
		})
		for _, h := range table.hands {
			table.checkHand(rt, owner, h)
		}
	})
}

// tryToGrant has a token take what it can for its owner.
func (table *table) tryToGrant(t *rapid.T, h *hand) {
	before := table.levels(t, h.token)
	caller, err := table.authenticate(h.token)
	if err != nil {
		return
	}
	for i, id := range table.projects {
		err := table.InviteToProject(table.Context(), caller, id, "user-bob", directory.Administer)
		if (err == nil) != (before[i] == directory.Administer) {
			t.Fatalf("with %s a token grants: %v", before[i], err)
		}
	}
}

// checkHand compares a token with its owner and with the one that it was made
// with.
func (table *table) checkHand(t *rapid.T, owner secret.Text, h *hand) {
	owned, levels := table.levels(t, owner), table.levels(t, h.token)
	for i, level := range levels {
		if level > owned[i] {
			t.Fatalf("a token has %s on %s, its owner %s", level, table.projects[i], owned[i])
		}
	}
	if h.bearer == nil || levels == nil {
		return
	}
	limits := table.levels(t, h.bearer.token)
	stored, bearer := table.stored(h.token), table.stored(h.bearer.token)
	isOver, isSession := limits == nil, bearer.Kind == access.Session
	switch {
	case isOver && !isSession:
		t.Fatalf("the token %+v outlives the one that it was made with: %+v", stored, bearer)
	case isOver && stored.Parent != "" && bearer.EndReason != access.Idle:
		t.Fatalf("a child of a session that has ended lives: %+v", stored)
	case !isSession && stored.Expires.After(bearer.Expires):
		t.Fatalf("a token ends at %v, the one that it was made with at %v", stored.Expires, bearer.Expires)
	}
	for i := range limits {
		if levels[i] > limits[i] {
			t.Fatalf("a token has %s on %s, the one that it was made with %s", levels[i], table.projects[i], limits[i])
		}
	}
}

// stored is a token as the store has it.
func (table *table) stored(token secret.Text) (found access.Token) {
	table.check(table.db.Read(table.Context(), func(tx transaction.Tx) (err error) {
		found, err = tx.TokenBySignature(table.Context(), access.Signature(token))
		return err
	}))
	return found
}

package sqlite

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/projects"
	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// counted is a store that counts the statements of transactions that write.
type counted struct {
	*Store
	statements int
}

func (c *counted) Write(ctx context.Context, f func(transaction.Tx) error) error {
	return run(ctx, c.writer, "BEGIN IMMEDIATE", func(conn statements) error {
		r := &recorder{statements: conn}
		defer func() { c.statements += len(r.runs) }()
		return f(store.NewTx(r))
	})
}

// manyRows is a request that changes a number of rows in one transaction.
type manyRows struct {
	add    func(ctx context.Context, tx transaction.Tx, project string, i int) error // the i-th row; nil: nothing
	change func(ctx context.Context, d *service.Service, caller service.Caller, project string, rows int) error
}

func changesOfManyRows() map[string]manyRows {
	addUser := func(ctx context.Context, tx transaction.Tx, _ string, i int) error {
		return tx.InsertUser(ctx, identity.User{ID: userNo(i), Handle: fmt.Sprint(i), Created: now})
	}
	addMember := func(ctx context.Context, tx transaction.Tx, project string, i int) error {
		if err := addUser(ctx, tx, project, i); err != nil {
			return err
		}
		return tx.SetMember(ctx, "org-lab", directory.NewMembership("org-lab", userNo(i), directory.Member))
	}
	addPermission := func(ctx context.Context, tx transaction.Tx, project string, i int) error {
		return tx.SetPermission(ctx, project, userNo(i), directory.Contribute)
	}
	addToken := func(ctx context.Context, tx transaction.Tx, _ string, i int) error {
		token := ofBob
		token.Signature, token.UserID, token.Kind = signatureNo(i), "user-alice", access.APIToken
		if i > 0 {
			token.Parent, token.Root = signatureNo(0), signatureNo(0)
		}
		return tx.InsertToken(ctx, token)
	}
	decrease := func(ctx context.Context, d *service.Service, caller service.Caller, project string, rows int) error {
		keep := map[string]directory.Level{}
		for i := range rows {
			keep[userNo(i)] = directory.Level(i % 2) // none, or View
		}
		return projects.DecreasePermissions(ctx, d, caller, project, keep)
	}
	return map[string]manyRows{
		"access of members": {addMember, func(ctx context.Context, d *service.Service, caller service.Caller, _ string, rows int) error {
			changes := map[string]directory.AccessChange{}
			for i := range rows {
				changes[userNo(i)] = directory.AccessChange{Level: directory.Admin}
			}
			return d.SetMemberAccess(ctx, caller, "org-lab", changes)
		}},
		"permissions":               {addPermission, decrease},
		"users without permissions": {addUser, decrease},
		"new tags": {nil, func(ctx context.Context, d *service.Service, caller service.Caller, project string, rows int) error {
			return projects.AddTags(ctx, d, caller, project, texts(rows))
		}},
		"old tags": {
			func(ctx context.Context, tx transaction.Tx, project string, i int) error {
				return changeProject(ctx, tx, project, func(p *directory.Project) { p.Tags = texts(i + 1) })
			},
			func(ctx context.Context, d *service.Service, caller service.Caller, project string, rows int) error {
				return projects.RemoveTags(ctx, d, caller, project, texts(rows))
			},
		},
		"new properties": {nil, func(ctx context.Context, d *service.Service, caller service.Caller, project string, rows int) error {
			values := map[string]*string{}
			for _, text := range texts(rows) {
				values[text] = &text
			}
			return projects.SetProperties(ctx, d, caller, project, values)
		}},
		"old properties": {
			func(ctx context.Context, tx transaction.Tx, project string, i int) error {
				return changeProject(ctx, tx, project, func(p *directory.Project) {
					p.Properties = map[string]string{}
					for _, text := range texts(i + 1) {
						p.Properties[text] = text
					}
				})
			},
			func(ctx context.Context, d *service.Service, caller service.Caller, project string, rows int) error {
				values := map[string]*string{}
				for _, text := range texts(rows) {
					values[text] = nil
				}
				return projects.SetProperties(ctx, d, caller, project, values)
			},
		},
		"projects of a member who is removed": {
			func(ctx context.Context, tx transaction.Tx, _ string, i int) error {
				id := fmt.Sprint("project-", i)
				if err := tx.InsertProject(ctx, directory.Project{ID: id, BillTo: "org-lab", Created: now, Modified: now}); err != nil {
					return err
				}
				return tx.SetPermission(ctx, id, "user-bob", directory.Administer)
			},
			func(ctx context.Context, d *service.Service, caller service.Caller, _ string, rows int) error {
				revoked, err := d.RemoveMember(ctx, caller, "org-lab", service.Removal{UserID: "user-bob"})
				if err == nil && len(revoked) != rows {
					err = fmt.Errorf("%d permissions were removed, not %d", len(revoked), rows)
				}
				return err
			},
		},
		"revoked tokens": {addToken, func(ctx context.Context, d *service.Service, caller service.Caller, _ string, rows int) error {
			var refs []access.Ref
			for i := range rows {
				refs = append(refs, access.Ref{Signature: signatureNo(i), Live: true})
			}
			return d.RevokeTokens(ctx, caller, refs...)
		}},
	}
}

func userNo(i int) string      { return fmt.Sprint("user-", i) }
func signatureNo(i int) string { return fmt.Sprint("token ", i) }

// texts returns a number of different texts.
func texts(count int) []string {
	list := make([]string, count)
	for i := range list {
		list[i] = fmt.Sprint("text ", i)
	}
	return list
}

func changeProject(ctx context.Context, tx transaction.Tx, id string, change func(*directory.Project)) error {
	project, err := tx.ProjectByID(ctx, id)
	if err != nil {
		return err
	}
	change(&project)
	return tx.UpdateProject(ctx, project)
}

// statementsFor returns how many statements a request runs that changes a number of rows.
func (m manyRows) statementsFor(t *testing.T, rows int) int {
	t.Helper()
	ctx, c := t.Context(), &counted{Store: openMemory(t)}
	d, _ := newService(t, c)
	attempt := identity.Attempt{Username: "alice", Password: secret.New(password), Code: secret.New(recoveryCode)}
	session, err := d.SignIn(ctx, attempt, access.Order{}, origin)
	if err != nil {
		t.Fatal(err)
	}
	caller, err := d.Authenticate(ctx, session.Secret, access.WholeAccount, origin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.NewOrg(ctx, caller, directory.NewOrg("lab", "Lab", now), "", ""); err != nil {
		t.Fatal(err)
	}
	project, err := projects.Create(ctx, d, caller, directory.Project{Name: "Exome"})
	if err != nil {
		t.Fatal(err)
	}
	err = c.Write(ctx, func(tx transaction.Tx) error {
		if err := tx.InsertUser(ctx, identity.User{ID: "user-bob", Handle: "bob", Created: time.Now()}); err != nil {
			return err
		}
		if err := tx.SetMember(ctx, "org-lab", directory.NewMembership("org-lab", "user-bob", directory.Member)); err != nil {
			return err
		}
		for i := 0; m.add != nil && i < rows; i++ {
			if err := m.add(ctx, tx, project, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c.statements = 0
	if err := m.change(ctx, d, caller, project, rows); err != nil {
		t.Fatal(err)
	}
	return c.statements
}

// A request runs as many statements for many rows as for a few, so that its transaction is
// short: nothing else writes meanwhile.
func TestStatementsForManyRows(t *testing.T) {
	for name, m := range changesOfManyRows() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if few, many := m.statementsFor(t, 3), m.statementsFor(t, 90); few == 0 || many != few {
				t.Errorf("%d statements for 3 rows, %d for 90", few, many)
			}
		})
	}
}

// A statement for many rows looks each of them up by an index, and reads no table.
func TestManyRowsFollowIndexes(t *testing.T) {
	s := openMemory(t)
	for name, method := range map[string]func(context.Context, transaction.Tx) error{
		"members": func(ctx context.Context, tx transaction.Tx) error {
			_, err := tx.Members(ctx, directory.MemberQuery{OrgID: "org-lab", IDs: texts(2), Limit: 2})
			return err
		},
		"permissions": func(ctx context.Context, tx transaction.Tx) error {
			return tx.RemovePermissions(ctx, texts(2), texts(2))
		},
		"new permissions": func(ctx context.Context, tx transaction.Tx) error {
			return tx.SetPermissions(ctx, texts(2), texts(2), directory.View)
		},
		"members' access": func(ctx context.Context, tx transaction.Tx) error {
			return tx.ChangeMembers(ctx, "org-lab", texts(2), directory.Member, directory.Rights{})
		},
		"projects without": func(ctx context.Context, tx transaction.Tx) error {
			_, err := tx.ProjectsWithout(ctx, directory.Administer, texts(2))
			return err
		},
		"projects": func(ctx context.Context, tx transaction.Tx) error { return tx.TouchProjects(ctx, now, texts(2)...) },
		"entities": func(ctx context.Context, tx transaction.Tx) error {
			_, err := tx.EntitiesExist(ctx, texts(2))
			return err
		},
		"tokens": func(ctx context.Context, tx transaction.Tx) error {
			_, err := tx.TokensBySignature(ctx, texts(2))
			return err
		},
		"ended tokens": func(ctx context.Context, tx transaction.Tx) error {
			return tx.EndTokenTrees(ctx, texts(2), now, access.Revoked)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, statement := range runsOf(t, s, func(tx transaction.Tx) error { return method(t.Context(), tx) }) {
				plan := planOf(t, s, statement)
				for _, table := range []string{"m", "permissions", "projects", "users", "orgs", "tokens"} {
					if strings.Contains(plan+"\n", "SCAN "+table+"\n") {
						t.Errorf("%s\n%s", statement.text, plan)
					}
				}
			}
		})
	}
}

package sqlite

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// maxChanged is how many rows a transaction may change, with the counts that triggers
// keep.
const maxChanged = 2500

// metered is a store that counts the rows that its largest transaction changed, and calls
// a function after each one.
type metered struct {
	*Store
	most  int
	after func()
}

func (m *metered) Write(ctx context.Context, f func(transaction.Tx) error) error {
	before, err := totalChanges(ctx, m.Store)
	if err != nil {
		return err
	}
	err = m.Store.Write(ctx, f)
	now, countErr := totalChanges(ctx, m.Store)
	m.most = max(m.most, now-before)
	if m.after != nil {
		m.after()
	}
	return errors.Join(err, countErr)
}

// totalChanges returns the number of rows that the writer's connection has changed,
// triggers included.
func totalChanges(ctx context.Context, s *Store) (n int, err error) {
	err = s.writer.QueryRowContext(ctx, `SELECT total_changes()`).Scan(&n)
	return n, err
}

// endless is a request that removes more than one transaction may change.
type endless struct {
	fill   string // statements that add it to project 1 of alice
	remove func(ctx context.Context, d *service.Service, caller service.Caller, project string) error
	gone   func(ctx context.Context, d *service.Service, caller service.Caller, project string) bool
	left   string // query for what the request has to delete
}

const manyFolders = `
	INSERT INTO folders (project_no, parent, name)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
		SELECT 1, no, 'f' || i FROM n, folders WHERE project_no = 1 AND parent = 0;
	INSERT INTO folders (project_no, parent, name)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
		SELECT 1, no, i FROM n, folders WHERE project_no = 1 AND name LIKE 'f%';`

// secondUser adds bob, who has the password of alice and no second factor.
const secondUser = `INSERT INTO users (id, handle, email, first, middle, last, password_hash, sso, disabled, superuser, created)
	SELECT 'user-bob', 'bob', '', '', '', '', password_hash, 0, 0, 0, created FROM users;`

func endlessRequests() map[string]endless {
	return map[string]endless{
		"all folders of a project": {
			fill: manyFolders,
			remove: func(ctx context.Context, d *service.Service, caller service.Caller, project string) error {
				return d.RemoveFolders(ctx, caller, project, "/")
			},
			gone: func(ctx context.Context, d *service.Service, caller service.Caller, project string) bool {
				folders, err := d.Folders(ctx, caller, project)
				return err == nil && len(folders) == 1
			},
			left: `SELECT COUNT(*) FROM folders WHERE name <> ''`,
		},
		"a project": {
			fill: manyFolders + `
				INSERT INTO permissions SELECT 'user-' || no, 1, 1 FROM folders LIMIT 3000;
				INSERT INTO project_tags SELECT 1, no FROM folders LIMIT 3000;
				INSERT INTO project_properties SELECT 1, no, '' FROM folders LIMIT 3000;`,
			remove: func(ctx context.Context, d *service.Service, caller service.Caller, project string) error {
				return d.DestroyProject(ctx, caller, project)
			},
			gone: func(ctx context.Context, d *service.Service, caller service.Caller, project string) bool {
				page, err := d.FindProjects(ctx, caller, directory.Query{Limit: 9})
				return err == nil && len(page.Hits) == 0 && d.RequireProjects(ctx, caller, project) != nil
			},
			left: `SELECT (SELECT COUNT(*) FROM folders) + (SELECT COUNT(*) FROM permissions) + (SELECT COUNT(*) FROM project_tags)
				+ (SELECT COUNT(*) FROM project_properties) + (SELECT COUNT(*) FROM removed_projects)
				+ (SELECT COUNT(*) FROM folder_counts) + (SELECT SUM(projects + folders) FROM payer_counts)`,
		},
	}
}

// start returns a service over a new store in which alice has what a request removes.
func (e endless) start(t testing.TB, s *Store) (m *metered, d *service.Service, caller service.Caller, project string) {
	t.Helper()
	m = &metered{Store: s}
	d, _ = newService(t, m)
	attempt := identity.Attempt{Username: "alice", Password: secret.New(password), Code: secret.New(recoveryCode)}
	session, err := d.SignIn(t.Context(), attempt, access.Order{}, origin)
	if err != nil {
		t.Fatal(err)
	}
	if caller, err = d.Authenticate(t.Context(), session.Secret, access.WithinScope, origin); err != nil {
		t.Fatal(err)
	}
	if project, err = d.CreateProject(t.Context(), caller, directory.Project{Name: "Exome"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.writer.ExecContext(t.Context(), secondUser+e.fill); err != nil {
		t.Fatal(err)
	}
	m.most = 0
	return m, d, caller, project
}

func (e endless) countLeft(t testing.TB, s *Store) (n int) {
	t.Helper()
	if err := s.writer.QueryRowContext(t.Context(), e.left).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// However much a request removes, it takes effect with its first transaction, none of its
// transactions changes many rows, and others can sign in between them.
func TestRemovalsInSlices(t *testing.T) {
	for name, e := range endlessRequests() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, d, caller, project := e.start(t, openMemory(t))
			turns := 0
			m.after = func() {
				others := m.after
				m.after = nil // a sign-in writes, too
				defer func() { m.after = others }()
				if turns++; turns == 1 && !e.gone(t.Context(), d, caller, project) {
					t.Error("not gone after the first transaction")
				}
				if _, err := d.SignIn(t.Context(), identity.Attempt{Username: "bob", Password: secret.New(password)}, access.Order{}, origin); err != nil {
					t.Error(err)
				}
			}
			if err := e.remove(t.Context(), d, caller, project); err != nil {
				t.Fatal(err)
			}
			if err := d.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if left := e.countLeft(t, m.Store); left > 0 {
				t.Errorf("%d rows are left", left)
			}
			if m.most > maxChanged || turns < 10 {
				t.Errorf("a transaction changed %d rows; others had %d turns", m.most, turns)
			}
		})
	}
}

// A server that is killed between two transactions has removed everything, and the next
// one deletes it.
func TestRemovalsSurviveAKill(t *testing.T) {
	for name, e := range endlessRequests() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, d, caller, project := e.start(t, openMemory(t))
			dying, kill := context.WithCancel(t.Context())
			m.after = kill
			if err := e.remove(dying, d, caller, project); err != nil {
				t.Fatal(err)
			}
			if left := e.countLeft(t, m.Store); left == 0 {
				t.Fatal("nothing is left to delete")
			}
			if !e.gone(t.Context(), d, caller, project) {
				t.Error("not gone")
			}
			next := service.New(service.Config{DB: m, Now: func() time.Time { return now }, Limits: access.DefaultLimits()})
			if err := next.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if left := e.countLeft(t, m.Store); left > 0 || m.most > maxChanged {
				t.Errorf("%d rows are left, a transaction changed %d", left, m.most)
			}
		})
	}
}

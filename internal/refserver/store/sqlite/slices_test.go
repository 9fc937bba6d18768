package sqlite

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/history"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/projects"
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
				return projects.RemoveFolders(ctx, d, caller, project, "/")
			},
			gone: func(ctx context.Context, d *service.Service, caller service.Caller, project string) bool {
				folders, err := projects.Folders(ctx, d, caller, project)
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
				return projects.Destroy(ctx, d, caller, project)
			},
			gone: func(ctx context.Context, d *service.Service, caller service.Caller, project string) bool {
				page, err := projects.Find(ctx, d, caller, directory.Query{Limit: 9})
				return err == nil && len(page.Hits) == 0 && projects.RequireVisible(ctx, d, caller, project) != nil
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
	if project, err = projects.Create(t.Context(), d, caller, directory.Project{Name: "Exome"}); err != nil {
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

// longChange is a request that changes more than one transaction may, and completes that
// before its response.
type longChange struct {
	fill func(ctx context.Context, tx transaction.Tx) error
	run  func(ctx context.Context, d *service.Service, caller service.Caller) error
	left string // query for what the request has to change
}

// manyOfEach is how many rows a longChange has.
const manyOfEach = 450

var (
	ofBob = access.Token{
		Signature: "token of bob", Kind: access.APIToken, UserID: "user-bob", Scope: access.FullScope(),
		Created: now, LastUsed: now, Expires: now.Add(time.Hour),
	}
	soon = now.Add(time.Minute)
)

// addTokenTree adds a token of bob, with which many were made, with each another one.
func addTokenTree(ctx context.Context, tx transaction.Tx) error {
	if err := tx.InsertToken(ctx, ofBob); err != nil {
		return err
	}
	for i := range manyOfEach {
		child := ofBob
		child.Signature, child.Parent, child.Root = fmt.Sprint("child ", i), ofBob.Signature, ofBob.Signature
		grandchild := child
		grandchild.Signature, grandchild.Parent = fmt.Sprint("grandchild ", i), child.Signature
		for _, token := range []access.Token{child, grandchild} {
			if err := tx.InsertToken(ctx, token); err != nil {
				return err
			}
		}
	}
	return nil
}

func addProjectsOfLab(ctx context.Context, tx transaction.Tx) error {
	for i := range manyOfEach {
		id := fmt.Sprint("project-", i)
		if err := tx.InsertProject(ctx, directory.Project{ID: id, Name: id, BillTo: "org-lab", Created: now, Modified: now}); err != nil {
			return err
		}
		if err := tx.SetPermission(ctx, id, "user-bob", directory.Administer); err != nil {
			return err
		}
	}
	return nil
}

func addSessionsAndCodes(ctx context.Context, tx transaction.Tx) error {
	for i := range manyOfEach {
		session := access.Token{Signature: fmt.Sprint("session ", i), Kind: access.Session, UserID: "user-bob", Created: now, LastUsed: now, Expires: soon}
		if err := tx.InsertToken(ctx, session); err != nil {
			return err
		}
		user := identity.User{ID: fmt.Sprint("user-", i), Handle: fmt.Sprint("user", i), Created: now}
		if err := tx.InsertUser(ctx, user); err != nil {
			return err
		}
		if err := tx.SetRecoveryCodes(ctx, user.ID, []string{"a", "b", "c"}); err != nil {
			return err
		}
	}
	return nil
}

func longChanges(s *Store) map[string]longChange {
	return map[string]longChange{
		"an earlier expiry": {
			fill: addTokenTree,
			run: func(ctx context.Context, d *service.Service, caller service.Caller) error {
				caller.User.Superuser = true
				return d.UpdateToken(ctx, caller, access.Ref{Signature: ofBob.Signature}, access.Change{Expires: &soon})
			},
			left: `SELECT COUNT(*) FROM tokens WHERE user_id = 'user-bob' AND expires > ` + fmt.Sprint(soon.UnixMilli()),
		},
		"a token without the org": {
			fill: addTokenTree,
			run: func(ctx context.Context, d *service.Service, caller service.Caller) error {
				return d.RevokeMemberToken(ctx, caller, "org-lab", ofBob.Signature)
			},
			left: `SELECT COUNT(*) FROM tokens WHERE user_id = 'user-bob' AND scope NOT LIKE '%org-lab%'`,
		},
		"a member of many projects": {
			fill: addProjectsOfLab,
			run: func(ctx context.Context, d *service.Service, caller service.Caller) error {
				levels, err := d.RemoveMember(ctx, caller, "org-lab", service.Removal{UserID: "user-bob"})
				if err == nil && (len(levels) != manyOfEach || levels["project-7"] != directory.Administer) {
					err = fmt.Errorf("%d permissions were returned", len(levels))
				}
				return err
			},
			left: `SELECT COUNT(*) FROM permissions WHERE grantee = 'user-bob'`,
		},
		"the first start on a copy": {
			fill: addSessionsAndCodes,
			run: func(ctx context.Context, d *service.Service, _ service.Caller) error {
				err := s.AddMeta(ctx, "copied", []byte(now.Format(time.RFC3339)))
				if err != nil {
					return err
				}
				_, err = d.Restore(ctx, history.EndTokens, nil)
				return err
			},
			left: `SELECT (SELECT COUNT(*) FROM tokens WHERE ended IS NULL) + (SELECT COUNT(*) FROM recovery_codes WHERE used IS NULL)
				+ (SELECT COUNT(*) FROM meta WHERE name = 'copied')`,
		},
	}
}

// start returns a service over a new store in which alice is the admin of a lab of which
// bob is a member.
func (l longChange) start(t testing.TB, s *Store) (m *metered, d *service.Service, caller service.Caller) {
	t.Helper()
	m, d, caller, _ = endless{}.start(t, s)
	if _, err := d.NewOrg(t.Context(), caller, directory.NewOrg("lab", "Lab", now), "", ""); err != nil {
		t.Fatal(err)
	}
	err := m.Write(t.Context(), func(tx transaction.Tx) error {
		member := directory.NewMembership("org-lab", "user-bob", directory.Member)
		member.Accepted = true
		if err := tx.SetMember(t.Context(), "org-lab", member); err != nil {
			return err
		}
		return l.fill(t.Context(), tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	m.most = 0
	return m, d, caller
}

// However much a request changes, none of its transactions changes many rows, and the
// client can go after the first: all is done before the request ends.
func TestLongChangesInSlices(t *testing.T) {
	for name := range longChanges(nil) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openMemory(t)
			change := longChanges(s)[name]
			m, d, caller := change.start(t, s)
			ctx, hangUp := context.WithCancel(t.Context())
			turns := 0
			m.after = func() {
				if turns++; name != "the first start on a copy" {
					hangUp()
				}
			}
			if err := change.run(ctx, d, caller); err != nil {
				t.Fatal(err)
			}
			var left int
			if err := s.writer.QueryRowContext(t.Context(), change.left).Scan(&left); err != nil {
				t.Fatal(err)
			}
			if left > 0 || turns < 3 || m.most > maxChanged {
				t.Errorf("%d rows are left; others had %d turns, a transaction changed %d rows", left, turns, m.most)
			}
			hangUp()
		})
	}
}

// A copy whose first start was killed between two transactions is still a copy: the next
// start ends the rest.
func TestARestoreSurvivesAKill(t *testing.T) {
	s := openMemory(t)
	change := longChanges(s)["the first start on a copy"]
	m, d, caller := change.start(t, s)
	dying, kill := context.WithCancel(t.Context())
	m.after = kill
	if err := change.run(dying, d, caller); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	m.after = nil
	restored, err := d.Restore(t.Context(), history.EndTokens, nil)
	if err != nil || restored == nil || !restored.Copied.Equal(now) {
		t.Fatalf("%+v, %v", restored, err)
	}
	var left int
	if err := s.writer.QueryRowContext(t.Context(), change.left).Scan(&left); err != nil || left > 0 {
		t.Errorf("%d rows are left, %v", left, err)
	}
	if again, err := d.Restore(t.Context(), history.EndTokens, nil); again != nil || err != nil {
		t.Errorf("a second time: %+v, %v", again, err)
	}
}

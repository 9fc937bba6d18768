package directory_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
)

// The users and orgs of these tests. Erin administers the lab, dave is a member
// who gets at most CONTRIBUTE through it.
const (
	alice = "user-alice"
	bob   = "user-bob"
	carol = "user-carol"
	dave  = "user-dave"
	erin  = "user-erin"
	lab   = "org-lab"
	ward  = "org-ward" // licensed for PHI; carol may bill to it, dave may not
)

var (
	morning = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	noon    = morning.Add(3 * time.Hour)
)

// errUndo rolls a transaction back.
var errUndo = errors.New("undo")

// openStore returns a store whose writes run once: in these tests all of them are the
// tests' own.
func openStore(t testing.TB) transaction.DB {
	t.Helper()
	return teststore.Open(t)
}

// populated returns a store with the users and orgs in it.
func populated(t testing.TB) transaction.DB {
	t.Helper()
	s := openStore(t)
	if err := s.Write(t.Context(), func(tx transaction.Tx) error { return populate(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
	return s
}

func populate(ctx context.Context, tx transaction.Tx) error {
	var errs []error
	for _, id := range []string{alice, bob, carol, dave, erin} {
		errs = append(errs, tx.InsertUser(ctx, identity.User{ID: id, Handle: id, Created: morning}))
	}
	biller := directory.NewMembership(ward, carol, directory.Member)
	biller.AllowBillableActivities = true
	errs = append(errs,
		tx.InsertOrg(ctx, provisioning(directory.NewOrg("lab", "Lab", morning))),
		tx.InsertOrg(ctx, licensed(directory.NewOrg("ward", "Ward", morning))),
		tx.SetMember(ctx, lab, directory.NewMembership(lab, erin, directory.Admin)),
		tx.SetMember(ctx, lab, directory.NewMembership(lab, dave, directory.Member)),
		tx.SetMember(ctx, ward, biller),
		tx.SetMember(ctx, ward, directory.NewMembership(ward, dave, directory.Member)))
	return errors.Join(errs...)
}

// provisioning returns the org with a licence to create accounts.
func provisioning(org directory.Org) directory.Org {
	org.UserCreationEnabled = true
	return org
}

// licensed returns the org with a licence for PHI.
func licensed(org directory.Org) directory.Org {
	org.PHIEnabled = true
	return org
}

// world is a service inside a transaction on a populated store.
type world struct {
	*testing.T
	ctx     context.Context
	tx      transaction.Tx
	service *directory.Service
}

// inWorld runs a test at noon, inside a transaction that is rolled back.
func inWorld(t *testing.T, s transaction.DB, test func(world)) {
	t.Helper()
	err := s.Write(t.Context(), func(tx transaction.Tx) error {
		test(world{t, t.Context(), tx, directory.NewService(func() time.Time { return noon }, rand.Reader)})
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
}

// viewer returns a viewer with a token that sets no limit.
func (w world) viewer(userID string) directory.Viewer {
	return w.limited(userID, directory.Administer)
}

// limited returns a viewer with a token of that level on every project.
func (w world) limited(userID string, ceiling directory.Level) directory.Viewer {
	return directory.NewViewer(userID, func(directory.Project) directory.Level { return ceiling })
}

// project stores a project that alice created in the morning.
func (w world) project(permissions map[string]directory.Level) string {
	w.Helper()
	project, err := w.service.Complete(directory.Project{Name: "Exome", CreatedBy: alice, BillTo: alice, Created: morning})
	if err != nil {
		w.Fatal(err)
	}
	w.must(w.service.AddProject(w.ctx, w.tx, project, permissions))
	return project.ID
}

func (w world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// permissions reads the grants from the store.
func (w world) permissions(id string) map[string]directory.Level {
	w.Helper()
	permissions, err := w.tx.Permissions(w.ctx, id)
	w.must(err)
	return permissions
}

// modified reads the time of the last change from the store.
func (w world) modified(id string) time.Time {
	w.Helper()
	project, err := w.tx.ProjectByID(w.ctx, id)
	w.must(err)
	return project.Modified
}

// reporter is implemented by *testing.T and *rapid.T.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

// denied is the refusal for a missing level on a project.
func denied(needs directory.Level) error {
	return refusal.New(refusal.Denied, "requires %s access", needs).Because(refusal.ProjectAccess).With(needs)
}

// orgDenied is the refusal for a missing level in an org.
func orgDenied(orgID string, needs directory.OrgLevel) error {
	return refusal.New(refusal.Denied, "requires %s of %s", needs, orgID).Because(refusal.OrgAccess).
		With(directory.OrgAccess{OrgID: orgID, Needs: needs})
}

// wantError fails unless err is the wanted error, with the same level if it names
// one.
func wantError(t reporter, err, want error) {
	t.Helper()
	level, _ := refusal.DetailsOf[directory.Level](err)
	wantLevel, _ := refusal.DetailsOf[directory.Level](want)
	org, _ := refusal.DetailsOf[directory.OrgAccess](err)
	wantOrg, _ := refusal.DetailsOf[directory.OrgAccess](want)
	if !errors.Is(err, want) || level != wantLevel || org != wantOrg {
		t.Errorf("got error %v, want %v", err, want)
	}
}

// wantInputError fails unless err refuses that key.
func wantInputError(t reporter, err error, key string) {
	t.Helper()
	if input, _ := refusal.DetailsOf[refusal.Input](err); input.Key != key {
		t.Errorf("got error %v, want a refusal of %q", err, key)
	}
}

package service_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service/projects"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// S-70: the audit log says who did what to what, with which result and from where.
func TestWhatTheAuditLogSays(t *testing.T) {
	h := newTestServer(t)
	var session secret.Text
	wrong := identity.Attempt{Username: "alice", Password: secret.New("wrong")}
	typedTwice := identity.Attempt{Username: password, Password: secret.New(password)}
	row := func(change func(*audit.Entry)) []audit.Entry {
		entry := audit.Entry{
			Time: h.clock.Now(), Actor: "user-alice", Result: "ok",
			Address: "192.0.2.1", UserAgent: "dxauth", RequestID: "1-1",
		}
		change(&entry)
		return []audit.Entry{entry}
	}
	short := func(token secret.Text) string { return access.Signature(token)[:12] }
	var made secret.Text

	for _, step := range []struct {
		name string
		do   func()
		want func(*audit.Entry)
	}{
		{"sign-in", func() { session = h.signIn("alice", access.Order{}); made = session }, func(e *audit.Entry) {
			e.Action, e.Subject, e.Factor = audit.SignIn, short(session), "password"
		}},
		{"API token by password", func() { made = h.signIn("alice", access.Order{Label: "ci"}) }, func(e *audit.Entry) {
			e.Action, e.Subject, e.Factor = audit.TokenNew, short(made), "password"
		}},
		{"API token by session", func() { made = h.tokenFor(session, access.Order{Label: "ci"}) }, func(e *audit.Entry) {
			e.Action, e.Subject = audit.TokenNew, short(made)
		}},
		{"wrong password", func() { _, _ = h.SignIn(t.Context(), wrong, access.Order{}, home) }, func(e *audit.Entry) {
			e.Action, e.Actor, e.Subject, e.Result = audit.SignIn, "", "user-alice", string(refusal.WrongPassword)
		}},
		// An unknown user name is not logged: it may be a password typed there.
		{"unknown user", func() { _, _ = h.SignIn(t.Context(), typedTwice, access.Order{}, home) }, func(e *audit.Entry) {
			e.Action, e.Actor, e.Subject, e.Result = audit.SignIn, "", "", string(refusal.WrongPassword)
		}},
		{"revocation", func() {
			h.check(h.RevokeTokens(t.Context(), h.callerOf(session), access.Ref{Signature: access.Signature(made)}))
		}, func(e *audit.Entry) {
			e.Action, e.Subject = audit.TokenRevoke, short(made)
		}},
	} {
		got := h.db.rowsOf(step.do)
		if diff := cmp.Diff(row(step.want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
}

// S-70: no change without its audit row. If the row can't be written, nothing is
// changed.
func TestNoChangeWithoutItsRow(t *testing.T) {
	h := newTestServer(t)
	session := h.signIn("alice", access.Order{})
	caller := h.callerOf(session)
	full := errors.New("the log is full")
	h.db.failAudit = full

	var orphan secret.Text
	tokenFor := func() error {
		grant, err := h.makeToken(caller, "", access.Order{Label: "ci"})
		orphan = grant.Secret
		return err
	}
	var project string
	createProject := func() (err error) {
		project, err = projects.Create(t.Context(), h.Service, caller, directory.Project{Name: "X"})
		return err
	}
	for name, err := range map[string]error{
		"sign-in": second(h.SignIn(t.Context(), identity.Attempt{Username: "alice", Password: secret.New(password)}, access.Order{}, home)),
		"refusal": second(h.SignIn(t.Context(), identity.Attempt{Username: "alice", Password: secret.New("wrong")}, access.Order{}, home)),
		"token":   tokenFor(),
		"revoke":  h.RevokeTokens(t.Context(), caller, access.Ref{Signature: caller.Token.Signature}),
		"project": createProject(),
	} {
		if !errors.Is(err, full) {
			t.Errorf("%s: %v, want %v", name, err, full)
		}
	}
	h.db.failAudit = nil
	h.callerOf(session)
	if _, err := h.authenticate(orphan); !errors.Is(err, access.ErrUnknownToken) {
		t.Errorf("the token without a row: %v", err)
	}
	if err := h.find(project); !errors.Is(err, directory.ErrNoProject) {
		t.Errorf("the project without a row: %v", err)
	}
}

func (h *testServer) find(project string) error {
	return h.db.Read(h.Context(), func(tx transaction.Tx) error {
		_, err := tx.ProjectByID(h.Context(), project)
		return err
	})
}

// S-70: no audit row without a change.
func TestNoRowWithoutItsChange(t *testing.T) {
	h := newTestServer(t)
	caller := h.callerOf(h.signIn("alice", access.Order{}))
	failed := errors.New("halfway")
	rows := h.db.rowsOf(func() {
		h.db.failFolders = failed
		_, err := projects.Create(t.Context(), h.Service, caller, directory.Project{Name: "X"})
		if !errors.Is(err, failed) {
			t.Errorf("got %v", err)
		}
		h.db.failFolders = nil
		err = h.RevokeTokens(t.Context(), caller, access.Ref{Signature: access.Signature(secret.New("none"))})
		if !errors.Is(err, access.ErrNoSuchToken) {
			t.Errorf("got %v", err)
		}
	})
	if len(rows) != 0 {
		t.Errorf("rows without a change: %+v", rows)
	}
}

// A caller acts within the scope of its token.
func TestAChangeSeesTheTokensScope(t *testing.T) {
	h := newTestServer(t)
	narrow := h.callerOf(h.tokenFor(h.signIn("alice", access.Order{}), h.narrow()))
	_, err := projects.Create(t.Context(), h.Service, narrow, directory.Project{Name: "X"})
	if refusal.ReasonOf(err) != refusal.ProjectAccess {
		t.Errorf("got %v, want a refusal", err)
	}
}

// An invitation names its grantee by ID or by e-mail address.
func TestInvitee(t *testing.T) {
	h := newTestServer(t)
	h.join("user-bob", "org-clinic", 0)
	h.check(h.Write(t.Context(), func(tx transaction.Tx) error {
		return tx.InsertUser(t.Context(), identity.User{ID: "user-carol", Handle: "carol", Email: "Carol@Example.org", Created: h.clock.Now()})
	}))
	alice := h.callerOf(h.signIn("alice", access.Order{}))
	for name, c := range map[string]struct {
		want string
		err  error
	}{
		"user-bob":             {"user-bob", nil},
		"org-clinic":           {"org-clinic", nil},
		"carol@example.org":    {"user-carol", nil},
		"CAROL@EXAMPLE.ORG":    {"user-carol", nil},
		"nobody@example.org":   {"", directory.ErrNoInvitee},
		"@":                    {"", directory.ErrNoInvitee},
		strings.Repeat("@", 3): {"", directory.ErrNoInvitee},
	} {
		project, err := projects.Create(t.Context(), h.Service, alice, directory.Project{Name: "X"})
		h.check(err)
		if err := projects.Invite(t.Context(), h.Service, alice, project, name, directory.View); !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", name, err, c.err)
		}
		want := map[string]directory.Level{"user-alice": directory.Administer}
		if c.want != "" {
			want[c.want] = directory.View
		}
		view, err := projects.View(t.Context(), h.Service, alice, project)
		h.check(err)
		if diff := cmp.Diff(want, view.Permissions); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

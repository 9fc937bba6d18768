package service_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/projects"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// power is what an org can do to a member.
type power struct {
	Idle                  time.Duration // of the member's sessions; 15 minutes without the org
	SeesToken, MayExclude bool
	BlocksPassword        bool // one that is made of the org's name
}

func noPower() power { return power{Idle: 15 * time.Minute} }

func fullPower() power {
	return power{Idle: 5 * time.Minute, SeesToken: true, MayExclude: true, BlocksPassword: true}
}

// powerLab is a server with an org "genomics" of alice's that has a licence and the
// idle limit of 5 minutes, and pays for one project. It is not bob's.
type powerLab struct {
	*testServer
	admin service.Caller
	token access.Order // names the project
}

const genomics = "org-genomics"

func newPowerLab(t *testing.T) powerLab {
	h := newTestServer(t)
	root := h.superuser("root")
	admin := h.callerOf(h.signIn("alice", access.Order{}))
	_, err := h.NewOrg(t.Context(), admin, directory.NewOrg("genomics", "Genomics Lab", h.Now()), "", "")
	h.check(err)
	yes := true
	h.check(h.LicenseOrg(t.Context(), root, genomics, directory.Licences{UserCreation: &yes}))
	h.check(h.UpdateOrg(t.Context(), admin, genomics, autoLogout(5*time.Minute)))
	project, err := projects.Create(t.Context(), h.Service, admin, directory.Project{Name: "Exome", BillTo: genomics})
	h.check(err)
	return powerLab{h, admin, reaching(project)}
}

func (l powerLab) invite(userID string, level directory.OrgLevel) {
	l.Helper()
	l.check(l.InviteMember(l.Context(), l.admin, genomics, userID, directory.AccessChange{Level: level}))
}

// over measures the power of the org over a user.
func (l powerLab) over(handle string) power {
	l.Helper()
	ctx, session := l.Context(), l.signIn(handle, access.Order{})
	found := power{Idle: l.callerOf(session).Idle}
	sessions, _, err := l.Sessions(ctx, l.callerOf(session))
	l.check(err)
	if i := slices.IndexFunc(sessions, func(s service.Session) bool { return s.Signature == access.Signature(session) }); i < 0 || sessions[i].Idle != found.Idle {
		l.Errorf("the list of sessions says %+v, want the idle limit %v", sessions, found.Idle)
	}
	signature := access.Signature(l.signIn(handle, l.token))
	page, err := l.MemberTokens(ctx, l.admin, access.MemberQuery{OrgID: genomics, UserID: identity.UserID(handle), Limit: 100})
	l.check(err)
	found.SeesToken = len(page.Tokens) > 0
	full := access.Signature(l.signIn(handle, access.Order{Label: "full"}))
	for _, one := range []string{signature, full} {
		err = l.RevokeMemberToken(ctx, l.admin, genomics, one)
		if err != nil && !errors.Is(err, access.ErrNoSuchToken) {
			l.Errorf("exclude a token of %s: %v", handle, err)
		}
		found.MayExclude = err == nil
	}
	err = l.ChangePassword(ctx, l.callerOf(session), service.Proof{Password: secret.New("wrong one")}, secret.New("Genomics Lab 2026"))
	found.BlocksPassword = errors.Is(err, identity.ErrPasswordObvious)
	return found
}

// An org has power over a person who accepted it and over accounts that it made, for as
// long as the person wants; a membership alone gives none.
func TestPowerOverAPersonNeedsConsent(t *testing.T) {
	bob := func(l powerLab) service.Caller { return l.callerOf(l.signIn("bob", access.Order{})) }
	accept := func(l powerLab) { l.check(l.AcceptOrg(l.Context(), bob(l), genomics)) }
	leave := func(l powerLab) { l.check(l.LeaveOrg(l.Context(), bob(l), genomics)) }
	remove := func(l powerLab) {
		_, err := l.RemoveMember(l.Context(), l.admin, genomics, service.Removal{UserID: "user-bob"})
		l.check(err)
	}
	set := func(level directory.OrgLevel) func(powerLab) {
		return func(l powerLab) {
			l.check(l.SetMemberAccess(l.Context(), l.admin, genomics, map[string]directory.AccessChange{"user-bob": {Level: level}}))
		}
	}
	as := func(level directory.OrgLevel) func(powerLab) {
		return func(l powerLab) { l.invite("user-bob", level) }
	}
	member, admin := as(directory.Member), as(directory.Admin)
	made := func(l powerLab) { l.provisions(genomics, "bob") }
	for name, tt := range map[string]struct {
		steps []func(powerLab)
		want  power
	}{
		"not a member":                      {nil, noPower()},
		"invited":                           {[]func(powerLab){member}, noPower()},
		"invited as an admin":               {[]func(powerLab){admin}, noPower()},
		"made an admin":                     {[]func(powerLab){member, set(directory.Admin)}, noPower()},
		"made an admin and a member again":  {[]func(powerLab){admin, set(directory.Member)}, noPower()},
		"invited twice":                     {[]func(powerLab){member, remove, member}, noPower()},
		"accepted":                          {[]func(powerLab){member, accept}, fullPower()},
		"accepted twice":                    {[]func(powerLab){member, accept, accept}, fullPower()},
		"accepted, then made an admin":      {[]func(powerLab){member, accept, set(directory.Admin)}, fullPower()},
		"accepted and left":                 {[]func(powerLab){member, accept, leave}, noPower()},
		"accepted, left and invited again":  {[]func(powerLab){member, accept, leave, member}, noPower()},
		"accepted, removed, invited again":  {[]func(powerLab){member, accept, remove, member}, noPower()},
		"made by the org":                   {[]func(powerLab){made, member}, fullPower()},
		"made by the org, invited again":    {[]func(powerLab){made, member, remove, member}, fullPower()},
		"made by the org and left":          {[]func(powerLab){made, member, leave}, noPower()},
		"made by it, left, invited again":   {[]func(powerLab){made, member, leave, member}, noPower()},
		"made by the org, not yet a member": {[]func(powerLab){made}, noPower()},
	} {
		t.Run(name, func(t *testing.T) {
			l := newPowerLab(t)
			for _, step := range tt.steps {
				step(l)
			}
			if got := l.over("bob"); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// Not even an administrator of the platform who is invited.
func TestAnInvitedAdministratorKeepsTheirTokens(t *testing.T) {
	l := newPowerLab(t)
	l.invite("user-root", directory.Member)
	if got := l.over("root"); got != noPower() {
		t.Errorf("got %+v", got)
	}
}

// A membership gives the person rights at once, and takes nothing.
func TestAnInvitedMemberHasRights(t *testing.T) {
	l := newPowerLab(t)
	l.invite("user-bob", directory.Admin)
	bob := l.callerOf(l.signIn("bob", access.Order{}))
	_, err := projects.Create(t.Context(), l.Service, bob, directory.Project{Name: "Genome", BillTo: genomics})
	l.check(err)
	orgs, _, err := l.OwnOrgs(t.Context(), bob, "", 10)
	l.check(err)
	if len(orgs) != 1 || orgs[0].Accepted || orgs[0].Name != "Genomics Lab" || orgs[0].Level != directory.Admin {
		t.Errorf("got %+v", orgs)
	}
}

// Every member can leave: also a sole admin, who may have been made one for that.
func TestAMemberCanAlwaysLeave(t *testing.T) {
	l := newPowerLab(t)
	l.invite("user-bob", directory.Admin)
	_, err := l.RemoveMember(t.Context(), l.admin, genomics, service.Removal{UserID: "user-alice"})
	l.check(err)
	bob := l.callerOf(l.signIn("bob", access.Order{}))
	payer := genomics
	l.check(l.UpdateUser(t.Context(), bob, service.Proof{}, service.UserChange{BillTo: &payer}))
	rows := l.db.rowsOf(func() { l.check(l.LeaveOrg(t.Context(), bob, genomics)) })
	if len(rows) != 1 || rows[0].Action != audit.MemberLeave || rows[0].Actor != "user-bob" || rows[0].Subject != genomics+"/user-bob" {
		t.Errorf("the log says %+v", rows)
	}
	orgs, _, err := l.OwnOrgs(t.Context(), bob, "", 10)
	if err != nil || len(orgs) != 0 || l.user("user-bob").BillTo != "" {
		t.Errorf("bob is in %+v and bills to %q, %v", orgs, l.user("user-bob").BillTo, err)
	}
	// The administrators of the platform still administer it.
	root := l.callerOf(l.signIn("root", access.Order{}))
	l.check(l.InviteMember(t.Context(), root, genomics, "user-alice", directory.AccessChange{Level: directory.Admin}))
}

// Only members accept and leave, and each for oneself.
func TestWhoCannotAcceptOrLeave(t *testing.T) {
	l := newPowerLab(t)
	bob := l.callerOf(l.signIn("bob", access.Order{}))
	l.invite("user-bob", directory.Member)
	excluded := bob
	excluded.Token.Scope = access.FullScope().Without(genomics)
	root := l.callerOf(l.signIn("root", access.Order{}))
	for name, c := range map[string]struct {
		caller service.Caller
		org    string
	}{
		"no such org":                   {bob, "org-none"},
		"not an org":                    {bob, "user-bob"},
		"the empty ID":                  {bob, ""},
		"an administrator":              {root, genomics},
		"a token that excludes the org": {excluded, genomics},
	} {
		for verb, do := range map[string]func(context.Context, service.Caller, string) error{"accept": l.AcceptOrg, "leave": l.LeaveOrg} {
			if err := do(t.Context(), c.caller, c.org); !errors.Is(err, directory.ErrNoMember) {
				t.Errorf("%s, %s: %v", name, verb, err)
			}
		}
	}
	if got := l.over("bob"); got != noPower() {
		t.Errorf("afterwards: %+v", got)
	}
}

// An org that made an account manages it until its owner leaves.
func TestLeavingEndsTheManagementOfAnAccount(t *testing.T) {
	l := newPowerLab(t)
	l.provisions(genomics, "bob")
	l.invite("user-bob", directory.Member)
	account := service.MemberAccount{OrgID: genomics, UserID: "user-bob"}
	l.check(l.LockUser(t.Context(), l.admin, account))
	l.check(l.UnlockUser(t.Context(), l.admin, account))
	l.check(l.LeaveOrg(t.Context(), l.callerOf(l.signIn("bob", access.Order{})), genomics))
	l.invite("user-bob", directory.Member)
	if err := l.LockUser(t.Context(), l.admin, account); refusal.ReasonOf(err) != refusal.NotManaged {
		t.Errorf("got %v", err)
	}
}

// A page of one's orgs starts where the previous one ended.
func TestOwnOrgsInPages(t *testing.T) {
	l := newPowerLab(t)
	for i := range 5 {
		l.join("user-bob", fmt.Sprintf("org-%d", i), 0)
	}
	var got []string
	for after, more := "", true; more; {
		orgs, next, err := l.OwnOrgs(t.Context(), l.callerOf(l.signIn("bob", access.Order{})), after, 2)
		l.check(err)
		for _, org := range orgs {
			got = append(got, org.Org.ID)
		}
		after, more = next, next != ""
	}
	if want := []string{"org-0", "org-1", "org-2", "org-3", "org-4"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// Orgs that a person did not accept are not read with the person's requests.
func TestOrgsThatWereNotAcceptedCostNothing(t *testing.T) {
	l := newPowerLab(t)
	const orgs = 200
	l.check(l.Write(t.Context(), func(tx transaction.Tx) error {
		for i := range orgs {
			org := directory.NewOrg(fmt.Sprint(i), "Org", l.Now())
			org.AutoLogout = time.Minute
			if err := errors.Join(tx.InsertOrg(t.Context(), org),
				tx.SetMember(t.Context(), org.ID, directory.NewMembership(org.ID, "user-bob", directory.Member))); err != nil {
				return err
			}
		}
		return nil
	}))
	bob := l.callerOf(l.signIn("bob", access.Order{}))
	project, err := projects.Create(t.Context(), l.Service, bob, directory.Project{Name: "Own"})
	l.check(err)
	l.check(l.Write(t.Context(), func(tx transaction.Tx) error {
		accepted, err := tx.AcceptedOrgs(t.Context(), "user-bob")
		l.check(err)
		onProject, err := tx.MembershipsOn(t.Context(), project, "user-bob")
		l.check(err)
		onProjects, err := tx.ProjectMemberships(t.Context(), "user-bob")
		l.check(err)
		if read := len(accepted) + len(onProject) + len(onProjects); read != 0 {
			t.Errorf("%d orgs are read", read)
		}
		return nil
	}))
	if bob.Idle != 15*time.Minute {
		t.Errorf("the idle limit is %v", bob.Idle)
	}
}

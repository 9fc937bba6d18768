package directory_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

func TestOnce(t *testing.T) {
	now := noon
	inWorld(t, populated(t), func(w world) {
		service := directory.NewService(func() time.Time { return now }, nil)
		made := 0
		once := func(user, nonce, input string) (string, error) {
			return service.Once(w.ctx, w.tx, w.viewer(user), nonce, input, func() (string, error) {
				made++
				return strings.Repeat("x", made), nil
			})
		}
		for i, step := range []struct {
			user, nonce, input string
			wait               time.Duration
			want               string
			err                error
		}{
			{user: alice, nonce: "n", input: "a", want: "x"},
			{user: alice, nonce: "n", input: "a", want: "x"},
			{user: alice, nonce: "n", input: "b", err: directory.ErrNonceReused},
			{user: bob, nonce: "n", input: "b", want: "xx"},
			{user: alice, nonce: "", input: "a", want: "xxx"},
			{user: alice, nonce: "", input: "a", want: "xxxx"},
			{user: alice, nonce: "n", input: "a", wait: time.Hour - time.Millisecond, want: "x"},
			{user: alice, nonce: "n", input: "b", wait: time.Millisecond, want: "xxxxx"},
			{user: alice, nonce: "n", input: "a", err: directory.ErrNonceReused},
			{user: alice, nonce: strings.Repeat("n", 128), input: "a", want: "xxxxxx"},
		} {
			now = now.Add(step.wait)
			if got, err := once(step.user, step.nonce, step.input); got != step.want || !errors.Is(err, step.err) {
				t.Errorf("step %d: %q, %v; want %q, %v", i, got, err, step.want, step.err)
			}
		}
		_, err := once(alice, strings.Repeat("n", 129), "a")
		wantInputError(t, err, "nonce")
	})
}

// A failed request may be repeated with the same nonce.
func TestAFailureKeepsNoNonce(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		failure := errors.New("taken")
		_, err := w.service.Once(w.ctx, w.tx, w.viewer(alice), "n", "a", func() (string, error) { return "", failure })
		if !errors.Is(err, failure) {
			t.Errorf("got %v", err)
		}
		got, err := w.service.Once(w.ctx, w.tx, w.viewer(alice), "n", "b", func() (string, error) { return "made", nil })
		if got != "made" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestCreateOrg(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		org := directory.NewOrg("Team.2", "Team", noon)
		w.must(w.service.CreateOrg(w.ctx, w.tx, w.viewer(alice), org))
		want := directory.NewMembership("org-team.2", alice, directory.Admin)
		want.Accepted = true
		if got := w.member("org-team.2", alice); got != want {
			t.Errorf("the creator is %+v", got)
		}
		got, err := w.service.DescribeOrg(w.ctx, w.tx, w.viewer(alice), "org-team.2")
		w.must(err)
		org.CreatedBy = alice
		if got.Org != org || got.MemberList != directory.Admin || got.ProjectTransfer != directory.Member || got.UserCreationEnabled {
			t.Errorf("got %+v", got.Org)
		}
		if err := w.service.CreateOrg(w.ctx, w.tx, w.viewer(bob), directory.NewOrg("TEAM.2", "Other", noon)); !errors.Is(err, directory.ErrOrgExists) {
			t.Errorf("the same handle in another case: %v", err)
		}
		for handle, name := range map[string]string{"": "N", "a-b": "N", "ä": "N", "a b": "N", strings.Repeat("a", 256): "N", "fine": ""} {
			err := w.service.CreateOrg(w.ctx, w.tx, w.viewer(alice), directory.NewOrg(handle, name, noon))
			if key := map[bool]string{true: "name", false: "handle"}[name == ""]; key != "" {
				wantInputError(t, err, key)
			}
		}
	})
}

// An org without a licence can't decide when its members' sessions end.
func TestOnlyALicensedOrgSetsTheIdleLimit(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		minute := time.Minute
		change := directory.OrgChange{AutoLogout: &minute}
		w.must(w.tx.SetMember(w.ctx, ward, directory.NewMembership(ward, alice, directory.Admin)))
		wantMessage(t, w.service.UpdateOrg(w.ctx, w.tx, w.viewer(alice), ward, change), "the org is not licensed to create accounts")
		superuser := w.viewer(bob)
		superuser.Superuser = true
		w.must(w.service.UpdateOrg(w.ctx, w.tx, superuser, ward, change))
		w.must(w.service.License(w.ctx, w.tx, ward, directory.Licences{UserCreation: new(true), PHI: new(false)}))
		w.must(w.service.UpdateOrg(w.ctx, w.tx, w.viewer(alice), ward, directory.OrgChange{AutoLogout: new(time.Duration(0))}))
		got, err := directory.ViewOrg(w.ctx, w.tx, w.viewer(alice), ward, directory.Admin)
		if err != nil || got.AutoLogout != 0 || got.PHIEnabled || !got.UserCreationEnabled {
			t.Errorf("got %+v, %v", got.Org, err)
		}
		wantMessage(t, w.service.License(w.ctx, w.tx, "org-none", directory.Licences{}), "no such org")
	})
}

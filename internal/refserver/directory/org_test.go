package directory_test

import (
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

func TestOrgIDIsLowerCase(t *testing.T) {
	if got := directory.OrgID("Genomics_Lab.2"); got != "org-genomics_lab.2" {
		t.Errorf("got %s", got)
	}
}

func TestNewMembership(t *testing.T) {
	for level, want := range map[directory.OrgLevel]directory.Membership{
		directory.Admin: {
			OrgID: lab, UserID: bob, Level: "ADMIN", Rights: directory.Rights{
				ProjectAccess: administer, AllowBillableActivities: true, AppAccess: true,
				ArchivalManagement: true, DataDeletion: true, DataSearch: true, ProjectMemberDemotion: true,
			},
		},
		directory.Member: {
			OrgID: lab, UserID: bob, Level: "MEMBER", Rights: directory.Rights{AppAccess: true, ProjectAccess: contribute},
		},
	} {
		if got := directory.NewMembership(lab, bob, level); got != want {
			t.Errorf("%s: got %+v, want %+v", level, got, want)
		}
	}
}

func TestIdleLimit(t *testing.T) {
	const usual = 15 * time.Minute
	for _, c := range []struct {
		name     string
		policies []time.Duration
		want     time.Duration
	}{
		{"no org", nil, usual},
		{"orgs without a policy", []time.Duration{0, 0}, usual},
		{"a shorter policy", []time.Duration{5 * time.Minute}, 5 * time.Minute},
		{"a longer policy replaces it too", []time.Duration{time.Hour}, time.Hour},
		{"the shortest of several", []time.Duration{time.Hour, 0, 30 * time.Minute}, 30 * time.Minute},
		{"the shortest, in any order", []time.Duration{30 * time.Minute, time.Hour}, 30 * time.Minute},
	} {
		var accepted []directory.Org
		for _, policy := range c.policies {
			accepted = append(accepted, directory.Org{AutoLogout: policy})
		}
		if got := directory.IdleLimit(accepted, usual); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

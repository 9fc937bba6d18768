package directory_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
)

func TestParseAutoLogout(t *testing.T) {
	for millis, want := range map[int64]time.Duration{
		60_000:        time.Minute,
		300_001:       5*time.Minute + time.Millisecond,
		2_592_000_000: 30 * 24 * time.Hour,
		59_999:        0, 2_592_000_001: 0, 0: 0, -60_000: 0, math.MaxInt64: 0, math.MinInt64: 0,
	} {
		got, err := directory.ParseAutoLogout(millis)
		input, refused := refusal.DetailsOf[refusal.Input](err)
		if got != want || refused != (want == 0) {
			t.Errorf("%d is %v, %v; want %v", millis, got, err, want)
		}
		if refused && input.Key != "policies.autoLogoutAfter" {
			t.Errorf("%d: the error names %q", millis, input.Key)
		}
	}
}

// Erin administers the lab, dave is a member, alice is neither.
func TestWhoSeesAndChangesAnOrg(t *testing.T) {
	s := populated(t)
	service := directory.NewService(func() time.Time { return noon }, nil)
	name := "New"
	tests := []struct {
		user, org   string
		see, change string // what is missing; empty: nothing
	}{
		{user: erin, org: lab},
		{user: dave, org: lab, change: "requires ADMIN of org-lab"},
		{user: alice, org: lab, see: "requires MEMBER of org-lab", change: "requires ADMIN of org-lab"},
		{user: erin, org: "org-none", see: "no such org", change: "no such org"},
	}
	for _, tt := range tests {
		t.Run(tt.user+" and "+tt.org, func(t *testing.T) {
			err := s.Write(t.Context(), func(tx transaction.Tx) error {
				viewer := viewerOf(tt.user)
				_, err := directory.ViewOrg(t.Context(), tx, viewer, tt.org, directory.Member)
				wantMessage(t, err, tt.see)
				err = service.UpdateOrg(t.Context(), tx, viewer, tt.org, directory.OrgChange{Name: &name})
				wantMessage(t, err, tt.change)
				return errUndo
			})
			if !errors.Is(err, errUndo) {
				t.Error(err)
			}
		})
	}
}

func wantMessage(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A change keeps the fields that it does not name.
func TestUpdateOrg(t *testing.T) {
	s := populated(t)
	service := directory.NewService(func() time.Time { return noon }, nil)
	name, long, empty := "Rénamed", strings.Repeat("x", 513), ""
	hour, none := time.Hour, time.Duration(0)
	steps := []struct {
		change     directory.OrgChange
		wrong      string // the key that is refused
		name       string
		autoLogout time.Duration
	}{
		{change: directory.OrgChange{Name: &name, AutoLogout: &hour}, name: name, autoLogout: hour},
		{change: directory.OrgChange{}, name: name, autoLogout: hour},
		{change: directory.OrgChange{Name: &long, AutoLogout: &none}, wrong: "name", name: name, autoLogout: hour},
		{change: directory.OrgChange{Name: &empty}, wrong: "name", name: name, autoLogout: hour},
		{change: directory.OrgChange{AutoLogout: &none}, name: name},
	}
	for i, step := range steps {
		err := s.Write(t.Context(), func(tx transaction.Tx) error {
			viewer := viewerOf(erin)
			err := service.UpdateOrg(t.Context(), tx, viewer, lab, step.change)
			if input, refused := refusal.DetailsOf[refusal.Input](err); refused != (step.wrong != "") || input.Key != step.wrong {
				t.Errorf("step %d: %v, want a refusal of %q", i, err, step.wrong)
			}
			got, err := directory.ViewOrg(t.Context(), tx, viewer, lab, directory.Admin)
			if got.Name != step.name || got.AutoLogout != step.autoLogout || got.Level != directory.Admin {
				t.Errorf("step %d: %+v", i, got)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

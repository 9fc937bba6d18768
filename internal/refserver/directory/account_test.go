package directory_test

import (
	"errors"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refusal"
)

// An org manages the accounts that it created, except those of administrators of
// the platform, who manage all accounts.
func TestWhichAccountsAnOrgManages(t *testing.T) {
	member := directory.Viewer{UserID: "user-alice"}
	superuser := directory.Viewer{UserID: "user-admin", Superuser: true}
	for name, c := range map[string]struct {
		viewer  directory.Viewer
		account directory.Account
		want    error
	}{
		"one that it created":     {member, directory.Account{ProvisioningOrg: "org-lab"}, nil},
		"one of another org":      {member, directory.Account{ProvisioningOrg: "org-ward"}, directory.ErrNotManaged},
		"one of no org":           {member, directory.Account{}, directory.ErrNotManaged},
		"an administrator's":      {member, directory.Account{ProvisioningOrg: "org-lab", Superuser: true}, directory.ErrNotManaged},
		"any, for administrators": {superuser, directory.Account{Superuser: true}, nil},
	} {
		if err := directory.RequireManaged(c.viewer, "org-lab", c.account); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// Only administrators of the platform see why a viewer may not manage an account,
// or that it does not exist. Other failures stay as they are.
func TestUnmanagedAccountsAreHidden(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		err                    error
		others, administrators error // what each of them gets
	}{
		"no such org":   {directory.ErrNoOrg, directory.ErrNotManaged, directory.ErrNoOrg},
		"no licence":    {directory.ErrUnlicensed, directory.ErrNotManaged, directory.ErrUnlicensed},
		"no such user":  {refusal.New(refusal.NotFound, "no such user"), directory.ErrNotManaged, nil},
		"a failure":     {broken, broken, broken},
		"nothing wrong": {nil, nil, nil},
	} {
		if err := directory.HideUnmanaged(directory.Viewer{}, c.err); !errors.Is(err, c.others) {
			t.Errorf("%s: others get %v", name, err)
		}
		if err := directory.HideUnmanaged(directory.Viewer{Superuser: true}, c.err); c.administrators != nil && !errors.Is(err, c.administrators) {
			t.Errorf("%s: administrators get %v", name, err)
		}
	}
}

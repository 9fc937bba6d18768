package directory_test

import (
	"errors"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refusal"
)

// An org acts on the accounts that it made, and on no administrator of the
// platform, who reaches them all.
func TestWhichAccountsAnOrgManages(t *testing.T) {
	member := directory.Viewer{UserID: "user-alice"}
	superuser := directory.Viewer{UserID: "user-admin", Superuser: true}
	for name, c := range map[string]struct {
		viewer  directory.Viewer
		account directory.Account
		want    error
	}{
		"one that it made":        {member, directory.Account{ProvisioningOrg: "org-lab"}, nil},
		"one of another org":      {member, directory.Account{ProvisioningOrg: "org-ward"}, directory.ErrNotManaged},
		"one that no org made":    {member, directory.Account{}, directory.ErrNotManaged},
		"an administrator's":      {member, directory.Account{ProvisioningOrg: "org-lab", Superuser: true}, directory.ErrNotManaged},
		"any, for administrators": {superuser, directory.Account{Superuser: true}, nil},
	} {
		if err := directory.RequireManaged(c.viewer, "org-lab", c.account); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// Why somebody does not answer for an account, or that there is none, only
// administrators of the platform learn; a failure stays what it is.
func TestUnmanagedAccountsAreHidden(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		err        error
		told, kept error // to others, and to administrators
	}{
		"no such org":   {directory.ErrNoOrg, directory.ErrNotManaged, directory.ErrNoOrg},
		"no licence":    {directory.ErrUnlicensed, directory.ErrNotManaged, directory.ErrUnlicensed},
		"no such user":  {refusal.New(refusal.NotFound, "no such user"), directory.ErrNotManaged, nil},
		"a failure":     {broken, broken, broken},
		"nothing wrong": {nil, nil, nil},
	} {
		if err := directory.HideUnmanaged(directory.Viewer{}, c.err); !errors.Is(err, c.told) {
			t.Errorf("%s: others are told %v", name, err)
		}
		if err := directory.HideUnmanaged(directory.Viewer{Superuser: true}, c.err); c.kept != nil && !errors.Is(err, c.kept) {
			t.Errorf("%s: administrators are told %v", name, err)
		}
	}
}

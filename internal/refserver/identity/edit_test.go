package identity_test

import (
	"errors"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/identity"
)

func TestEditCheck(t *testing.T) {
	yes, no := true, false
	for name, c := range map[string]struct {
		edit identity.Edit
		want error
	}{
		"own names":                       {identity.Edit{IsOwn: true}, nil},
		"own password":                    {identity.Edit{IsOwn: true, Credentials: true}, nil},
		"own account enabled":             {identity.Edit{IsOwn: true, Active: &yes}, nil},
		"own account disabled":            {identity.Edit{IsOwn: true, Active: &no}, identity.ErrOwnAccount},
		"another's names":                 {identity.Edit{}, nil},
		"another's password":              {identity.Edit{Credentials: true}, identity.ErrNotOwner},
		"another account disabled":        {identity.Edit{Active: &no}, nil},
		"another's password, and enabled": {identity.Edit{Credentials: true, Active: &yes}, identity.ErrNotOwner},
	} {
		if err := c.edit.Check(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

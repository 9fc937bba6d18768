package identity_test

import (
	"errors"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/identity"
)

func TestWhatMayBeEditedOfAnAccount(t *testing.T) {
	yes, no := true, false
	for name, c := range map[string]struct {
		edit identity.Edit
		want error
	}{
		"the own names":              {identity.Edit{IsOwn: true}, nil},
		"the own password":           {identity.Edit{IsOwn: true, Credentials: true}, nil},
		"oneself made active":        {identity.Edit{IsOwn: true, Active: &yes}, nil},
		"oneself disabled":           {identity.Edit{IsOwn: true, Active: &no}, identity.ErrOwnAccount},
		"another's names":            {identity.Edit{}, nil},
		"another's password":         {identity.Edit{Credentials: true}, identity.ErrNotOwner},
		"another disabled":           {identity.Edit{Active: &no}, nil},
		"another's, and made active": {identity.Edit{Credentials: true, Active: &yes}, identity.ErrNotOwner},
	} {
		if err := c.edit.Check(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

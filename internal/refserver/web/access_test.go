package web_test

import (
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/web"
)

// TestAccess checks the meaning of each access level.
func TestAccess(t *testing.T) {
	type meaning struct {
		need              access.Need
		needsOne, ignores bool
	}
	for allowed, want := range map[web.Access]meaning{
		web.Nobody:               {access.WholeAccount, true, false},
		web.Anyone:               {access.WholeAccount, false, false},
		web.OptionalToken:        {access.WithinScope, false, false},
		web.Visitor:              {access.WithinScope, false, true},
		web.SignInForm:           {access.WithinScope, false, true},
		web.Token:                {access.WithinScope, true, false},
		web.WholeAccount:         {access.WholeAccount, true, false},
		web.WholeAccountOrTicket: {access.WholeAccount, false, false},
	} {
		if got := (meaning{allowed.Need(), allowed.NeedsCredential(), allowed.IgnoresBad()}); got != want {
			t.Errorf("%d: got %+v, want %+v", allowed, got, want)
		}
	}
	var zero web.Access
	if zero != web.Nobody {
		t.Error("the zero value allows a call")
	}
}

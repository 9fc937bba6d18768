package access_test

import (
	"errors"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/access"
)

func TestActorSeesOnlyTokensItManages(t *testing.T) {
	full := access.Token{Signature: "aa", Scope: access.FullScope()}
	narrow := access.Token{Signature: "bb"}
	user := access.Actor{UserID: "user-alice", Token: full}
	administrator := access.Actor{UserID: "user-admin", IsSuperuser: true, Token: full}
	narrowed := access.Actor{UserID: "user-admin", IsSuperuser: true, Token: narrow}
	for name, c := range map[string]struct {
		actor access.Actor
		asked string
		want  string
		some  bool
	}{
		"all, by a user":                      {user, "", "user-alice", true},
		"own":                                 {user, "user-alice", "user-alice", true},
		"another user's":                      {user, "user-bob", "user-bob", false},
		"all, by an administrator":            {administrator, "", "", true},
		"another user's, by an administrator": {administrator, "user-bob", "user-bob", true},
		"all, by an administrator's narrow token": {narrowed, "", "user-admin", true},
		"another user's, by such a token":         {narrowed, "user-bob", "user-bob", false},
	} {
		query, some := c.actor.Limit(access.Query{UserID: c.asked})
		if query.UserID != c.want || some != c.some {
			t.Errorf("%s: %q, %v; want %q, %v", name, query.UserID, some, c.want, c.some)
		}
	}
	if err := narrowed.RequireAdministrator(); !errors.Is(err, access.ErrNotSuperuser) {
		t.Errorf("a narrow token administers: %v", err)
	}
	for signature, want := range map[string]error{"bb": nil, "aa": access.ErrBeyondScope} {
		if err := narrowed.RequireRevoke(access.Ref{Signature: signature}); !errors.Is(err, want) {
			t.Errorf("a narrow token revokes %s: %v, want %v", signature, err, want)
		}
	}
}

package platform

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refusal"
)

func TestClassicTokens(t *testing.T) {
	f := newFakeMOLGENIS(t, map[string]said{
		"GET /app-ui-context":                         {body: isAlice},
		"GET /api/v2/sys_sec_User":                    {body: `{"items":[{"id":"u1","username":"alice"}]}`},
		"POST /api/v1/sys_sec_Token":                  {status: 201, to: "/api/v1/sys_sec_Token/t9"},
		"GET /api/v2/sys_sec_Token/t9":                {body: `{"id":"t9","expirationDate":"2026-03-31T12:00:00.000Z"}`},
		"DELETE /api/v1/sys_sec_Token/t9":             {status: 204},
		"PUT /api/v1/sys_sec_Token/t9/expirationDate": {},
		"GET /api/v2/sys_sec_Token": {body: `{"total":5,"items":[
			{"id":"t1","User":{"username":"alice"},"description":"ci","token":"tok","creationDate":"2026-02-01T00:00:00Z"},
			{"id":"t2","User":{"username":"bob"},"description":"ci"},
			{"id":"t3","User":{"username":"alice"},"expirationDate":"2026-02-28T00:00:00+0000"},
			{"id":"t4","User":{"username":"alice"},"description":"nightly","expirationDate":"2026-04-01T00:00:00Z","narrow":true}]}`},
	})
	made, err := f.classic().NewToken(t.Context(), TokenOrder{Name: "ci", Scope: Scope{Full: true}})
	if err != nil || made.ID != "t9" || made.Secret.Reveal() != strings.Repeat("ab", 16) || !made.Expires.Equal(noon.AddDate(0, 0, 30)) {
		t.Errorf("made %+v, %v", made, err)
	}
	f.wantAsked(t, "GET /app-ui-context", "GET /api/v2/sys_sec_User",
		`POST /api/v1/sys_sec_Token {"User":"u1","token":"abababababababababababababababab","description":"ci","expirationDate":"2026-03-31T12:00:00Z"}`,
		"GET /api/v2/sys_sec_Token/t9")

	ids := func(query TokenQuery) []string {
		page, next, err := f.classic().ListTokens(t.Context(), query, nil)
		if err != nil || string(next) != "4" {
			t.Errorf("next %s, %v", next, err)
		}
		var ids []string
		for _, token := range page {
			ids = append(ids, strings.TrimSpace(fmt.Sprintf("%s %s %s", token.ID, token.Name, map[bool]string{true: "in use"}[token.Current])))
		}
		return ids
	}
	for _, tt := range []struct {
		query TokenQuery
		want  []string
	}{
		{TokenQuery{}, []string{"t1 ci in use", "t4 nightly"}}, // one's own
		{TokenQuery{Name: "ci"}, []string{"t1 ci in use"}},
		{TokenQuery{ID: "t4"}, []string{"t4 nightly"}},
		{TokenQuery{Expired: true}, []string{"t3"}},
	} {
		if diff := cmp.Diff(tt.want, ids(tt.query)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.query, diff)
		}
	}
	page, _, err := f.classic().ListTokens(t.Context(), TokenQuery{}, nil)
	if err != nil || !page[0].Scope.Full || page[1].Scope.Full {
		t.Errorf("which are narrow: %+v, %v", page, err)
	}
	if err := f.classic().RevokeToken(t.Context(), "t9"); err != nil {
		t.Error(err)
	}
	if err := f.classic().RevokeToken(t.Context(), "t8"); !errors.Is(err, ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
	later, earlier := noon.AddDate(0, 2, 0), noon.Add(time.Hour)
	if err := f.classic().ChangeToken(t.Context(), "t9", TokenChange{Expires: &later}); err == nil {
		t.Error("a token was lengthened")
	}
	if err := f.classic().ChangeToken(t.Context(), "t9", TokenChange{Expires: &earlier}); err != nil {
		t.Error(err)
	}
}

// A sign-in of some time ago makes tokens of a day that reach less. Nobody gets
// one who asked for another.
func TestATokenThatIsLessThanWasAskedFor(t *testing.T) {
	f := newFakeMOLGENIS(t, map[string]said{
		"GET /app-ui-context": {body: isAlice}, "GET /api/v2/sys_sec_User": {body: `{"items":[{"id":"u1","username":"alice"}]}`},
		"POST /api/v1/sys_sec_Token": {status: 201, to: "/api/v1/sys_sec_Token/t9"}, "DELETE /api/v1/sys_sec_Token/t9": {status: 204},
		"GET /api/v2/sys_sec_Token/t9": {body: `{"id":"t9","expirationDate":"2026-03-02T12:00:00Z"}`},
	})
	if _, err := f.classic().NewToken(t.Context(), TokenOrder{Scope: Scope{Full: true}}); !errors.Is(err, ErrReauthenticate) {
		t.Errorf("got %v", err)
	}
	if last := f.asked[len(f.asked)-1]; last != "DELETE /api/v1/sys_sec_Token/t9" {
		t.Errorf("it was left: %q", f.asked)
	}
	made, err := f.classic().ScriptToken(t.Context(), "x", 24*time.Hour)
	if err != nil || made.ID != "t9" || !made.Expires.Equal(noon.Add(24*time.Hour)) {
		t.Errorf("for a script: %+v, %v", made, err)
	}
}

// A real classic server lets only administrators near tokens; it refuses a dead
// token in the same words.
func TestClassicTokensRefused(t *testing.T) {
	for name, who := range map[string]string{"no right": isAlice, "a dead token": isNobody} {
		t.Run(name, func(t *testing.T) {
			f := newFakeMOLGENIS(t, map[string]said{
				"GET /app-ui-context": {body: who}, "GET /api/v2/sys_sec_User": {status: 401, body: noRight}, "DELETE /api/v1/sys_sec_Token/t1": {status: 401, body: noRight},
			})
			err := f.classic().RevokeToken(t.Context(), "t1")
			if isSignedOut(err) != (who == isNobody) {
				t.Errorf("got %v", err)
			}
			if who == isAlice && !strings.Contains(err.Error(), "only an administrator") {
				t.Errorf("got %v", err)
			}
			if _, err := f.classic().ScriptToken(t.Context(), "x", time.Hour); who == isAlice && !errors.Is(err, ErrNoScriptToken) {
				t.Errorf("a token for a script: %v", err)
			}
		})
	}
	narrow := TokenOrder{Scope: Scope{Projects: map[string]string{"project-1": "VIEW"}}}
	for _, tokens := range []Tokens{newFakeMOLGENIS(t, nil).classic(), newFakeMOLGENIS(t, nil).emx2()} {
		if _, err := tokens.NewToken(t.Context(), narrow); !isUnsupported(err) {
			t.Errorf("a scope: %v", err)
		}
	}
}

func isUnsupported(err error) bool {
	return refusal.CodeOf(err) == refusal.Usage
}

// With a password, the token is made in a sign-in of its own, which ends.
func TestATokenForWhoeverGivesThePassword(t *testing.T) {
	f := newFakeMOLGENIS(t, map[string]said{
		"GET /app-ui-context": {body: isAlice}, "POST /api/v1/login": {body: `{"token":"fresh","username":"alice"}`},
		"GET /api/v2/sys_sec_User":   {body: `{"items":[{"id":"u1","username":"alice"}]}`},
		"POST /api/v1/sys_sec_Token": {status: 201, to: "/api/v1/sys_sec_Token/t9"}, "POST /api/v1/logout": {},
	})
	order := TokenOrder{Scope: Scope{Full: true}, Credentials: alice(""), Expires: noon.Add(time.Hour)}
	made, err := f.classic().NewToken(t.Context(), order)
	if err != nil || made.ID != "t9" || !made.Expires.Equal(noon.Add(time.Hour)) {
		t.Errorf("made %+v, %v", made, err)
	}
	if last := f.asked[len(f.asked)-1]; last != "POST /api/v1/logout" {
		t.Errorf("asked %q", f.asked)
	}
	f.answers["POST /api/v1/sys_sec_Token"] = said{status: 401, body: `{"errors":[{"message":"again","code":"ReauthenticationRequired"}]}`}
	if _, err := f.classic().NewToken(t.Context(), TokenOrder{Scope: Scope{Full: true}}); !errors.Is(err, ErrReauthenticate) {
		t.Errorf("got %v", err)
	}
}

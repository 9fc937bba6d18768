package platform

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/molgenis"
)

// jwtOf is a token in the form of EMX2's.
func jwtOf(name string, expires time.Time) string {
	payload := fmt.Sprintf(`{"sub":"alice","jti":%q,"exp":%d}`, name, expires.Unix())
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
}

func data(field, value string) said { return said{body: fmt.Sprintf(`{"data":{%q:%s}}`, field, value)} }

func TestEMX2SignIn(t *testing.T) {
	temporary := jwtOf("temporary", noon.Add(20*time.Minute))
	for token, expires := range map[string]time.Time{temporary: noon.Add(20 * time.Minute), "opaque": noon.Add(30 * time.Minute)} {
		f := newFakeMOLGENIS(t, map[string]said{"signin": data("signin", `{"status":"SUCCESS","token":"`+token+`"}`)})
		pass, err := f.emx2().SignIn(t.Context(), alice(""))
		if err != nil || pass.Token.Reveal() != token || !pass.Expires.Equal(expires) || pass.User.Name != "alice" {
			t.Errorf("got %+v, %v", pass, err)
		}
	}
	f := newFakeMOLGENIS(t, map[string]said{"signin": data("signin", `{"status":"FAILED","message":"no such user"}`)})
	if _, err := f.emx2().SignIn(t.Context(), alice("")); !errors.Is(err, ErrWrongPassword) || strings.Contains(err.Error(), "no such user") {
		t.Errorf("got %v", err)
	}
	f = newFakeMOLGENIS(t, map[string]said{"signin": data("signin", `{"status":"FAILED","message":"two factor authentication is enabled"}`)})
	if _, err := f.emx2().SignIn(t.Context(), alice("")); errors.Is(err, ErrWrongPassword) || errors.Is(err, ErrCodeRequired) || !strings.Contains(err.Error(), "TwoFactorRequired") {
		t.Errorf("a second factor: %v", err)
	}
}

const sessionOfAlice = `{"email":"alice","settings":[{"key":"theme","value":"dark"},{"key":"access-tokens","value":"ci-0a1b2c3d, nightly,"}]}`

func TestEMX2Tokens(t *testing.T) {
	f := newFakeMOLGENIS(t, map[string]said{
		"_session": data("_session", sessionOfAlice), "change": data("change", `{"message":"ok"}`),
		"createToken": data("createToken", `{"status":"SUCCESS","token":"`+jwtOf("ci-abababab", noon.AddDate(100, 0, 0))+`"}`),
	})
	list, next, err := f.emx2().ListTokens(t.Context(), TokenQuery{}, nil)
	want := []Token{
		{ID: "ci-0a1b2c3d", Name: "ci", Scope: Scope{Full: true}, UseUnknown: true}, {ID: "nightly", Name: "nightly", Scope: Scope{Full: true}, UseUnknown: true},
	}
	if diff := cmp.Diff(want, list); err != nil || next != nil || diff != "" {
		t.Errorf("%v, next %s (-want +got):\n%s", err, next, diff)
	}
	if list, _, err := f.emx2().ListTokens(t.Context(), TokenQuery{Expired: true}, nil); err != nil || len(list) > 0 {
		t.Errorf("expired ones: %v, %v", list, err)
	}

	// A name is never used again: that would revive every token that had it.
	made, err := f.emx2().NewToken(t.Context(), TokenOrder{Name: "ci", Scope: Scope{Full: true}})
	if err != nil || made.ID != "ci-abababab" || made.Expires.Year() != 2126 {
		t.Errorf("made %+v, %v", made, err)
	}
	if last := f.asked[len(f.asked)-1]; !strings.Contains(last, `"tokenName":"ci-abababab"`) {
		t.Errorf("asked %s", last)
	}
	for _, order := range []TokenOrder{{Name: "a,b"}, {Name: " a"}, {Name: "a\nb"}, {Name: "ci", Expires: noon.Add(time.Hour)}} {
		order.Scope.Full = true
		if _, err := f.emx2().NewToken(t.Context(), order); !isUnsupported(err) {
			t.Errorf("%+v: %v", order, err)
		}
	}

	// What else is among the settings is sent back as it was.
	if err := f.emx2().RevokeToken(t.Context(), "nightly"); err != nil {
		t.Error(err)
	}
	var sent molgenis.GraphQLRequest
	_, body, _ := strings.Cut(f.asked[len(f.asked)-1], "/api/graphql ")
	if err := json.Unmarshal([]byte(body), &sent); err != nil {
		t.Fatal(err)
	}
	settings := map[string]any{"email": "alice", "key0": "theme", "value0": "dark", "key1": "access-tokens", "value1": "ci-0a1b2c3d"}
	if diff := cmp.Diff(settings, sent.Variables); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if err := f.emx2().RevokeToken(t.Context(), "ci"); !errors.Is(err, ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
	if err := f.emx2().ChangeToken(t.Context(), "nightly", TokenChange{}); !isUnsupported(err) {
		t.Errorf("changed: %v", err)
	}
}

// The token in use says when it was made and ends; the others say nothing.
func TestEMX2ListsWhatTheTokenInUseSays(t *testing.T) {
	f := newFakeMOLGENIS(t, map[string]said{"_session": data("_session", sessionOfAlice)})
	payload := fmt.Sprintf(`{"sub":"alice","jti":"nightly","iat":%d,"exp":%d}`, noon.Unix(), noon.Add(time.Hour).Unix())
	token := "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
	list, _, err := newEMX2(f.access(token, molgenis.CredentialToken)).ListTokens(t.Context(), TokenQuery{}, nil)
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	if other := list[0]; other.Current || !other.Created.IsZero() || !other.Expires.IsZero() {
		t.Errorf("another token: %+v", other)
	}
	if own := list[1]; !own.Current || !own.Created.Equal(noon) || !own.Expires.Equal(noon.Add(time.Hour)) {
		t.Errorf("the token in use: %+v", own)
	}
}

// What is a session decides whether a logout asks first.
func TestIsSessionOfMOLGENIS(t *testing.T) {
	f := newFakeMOLGENIS(t, nil)
	for name, tt := range map[string]struct {
		server Authenticator
		want   bool
	}{
		"EMX2, of a sign-in":       {newEMX2(f.access(jwtOf("temporary", noon), molgenis.CredentialToken)), true},
		"EMX2, a lasting token":    {newEMX2(f.access(jwtOf("nightly", noon), molgenis.CredentialToken)), false},
		"EMX2, that says nothing":  {newEMX2(f.access("opaque", molgenis.CredentialToken)), false},
		"EMX2, a broken JWT":       {newEMX2(f.access("a.b.c", molgenis.CredentialToken)), false},
		"classic, of the web page": {newClassic(f.access("JSESSIONID=a", molgenis.CredentialCookie)), true},
		"classic, a token":         {newClassic(f.access("0123456789abcdef", molgenis.CredentialToken)), false},
	} {
		if got, err := tt.server.IsSession(t.Context()); err != nil || got != tt.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	f.wantAsked(t) // nothing
}

// brokenAfter lets the platform fail once it got a call.
type brokenAfter struct {
	platform *fakeMOLGENIS
	call     string
}

func (b brokenAfter) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if asked := b.platform.asked; strings.Contains(asked[len(asked)-1], b.call) {
		b.platform.answers = nil
	}
	return answer, err
}

// A logout that can't be seen to have ended the session is not taken for a success.
func TestEMX2SignOutThatCannotBeChecked(t *testing.T) {
	f := newFakeMOLGENIS(t, map[string]said{"_session": data("_session", sessionOfAlice), "signout": data("signout", `{"status":"SUCCESS"}`)})
	access := f.access(jwtOf("temporary", noon), molgenis.CredentialToken)
	access.HTTP = &http.Client{Transport: brokenAfter{f, "signout"}}
	if err := newEMX2(access).SignOut(t.Context()); err == nil {
		t.Error("no error")
	}
}

func TestEMX2Verify(t *testing.T) {
	f := newFakeMOLGENIS(t, map[string]said{"_session": data("_session", sessionOfAlice)})
	for token, want := range map[string]time.Time{jwtOf("nightly", noon.Add(time.Hour)): noon.Add(time.Hour), "opaque": {}} {
		holder, err := newEMX2(f.access(token, molgenis.CredentialToken)).Verify(t.Context())
		if err != nil || holder.Name != "alice" || !holder.Expires.Equal(want) {
			t.Errorf("%s is %+v, %v", token, holder, err)
		}
	}
}

// On the real platform a temporary token outlives its logout; SignOut returns an error
// that says so.
func TestEMX2SignOut(t *testing.T) {
	answers := map[string]said{
		"_session": data("_session", sessionOfAlice), "signout": data("signout", `{"status":"SUCCESS"}`), "change": data("change", `{"message":"ok"}`),
	}
	f := newFakeMOLGENIS(t, answers)
	end := noon.Add(30 * time.Minute)
	err := newEMX2(f.access(jwtOf("temporary", end), molgenis.CredentialToken)).SignOut(t.Context())
	if until, ok := refusal.DetailsOf[time.Time](err); !ok || !errors.Is(err, ErrCannotRevoke) || !until.Equal(end) || !strings.Contains(err.Error(), "2026-03-01T12:30:00Z") {
		t.Errorf("got %v", err)
	}
	if err := newEMX2(f.access(jwtOf("nightly", end), molgenis.CredentialToken)).SignOut(t.Context()); err != nil {
		t.Errorf("a lasting token: %v", err)
	}
	if last := f.asked[len(f.asked)-1]; !strings.Contains(last, `"value1":"ci-0a1b2c3d"`) {
		t.Errorf("a lasting token is not taken off the list: %s", last)
	}
	gone := newFakeMOLGENIS(t, map[string]said{"_session": {status: 400, body: `{"errors":[{"message":"Invalid token or token expired"}]}`}})
	if err := gone.emx2().SignOut(t.Context()); !isSignedOut(err) {
		t.Errorf("a dead one: %v", err)
	}
}

// A script gets half an hour, whatever is asked for, and never a lasting token.
func TestEMX2ScriptToken(t *testing.T) {
	f := newFakeMOLGENIS(t, map[string]said{"_session": data("_session", `{"email":"alice","token":"opaque"}`)})
	made, err := f.emx2().ScriptToken(t.Context(), "x", 2*time.Hour)
	if err != nil || made.ID != "" || made.Secret.Reveal() != "opaque" || !made.Expires.Equal(noon.Add(30*time.Minute)) {
		t.Errorf("made %+v, %v", made, err)
	}
	f.wantAsked(t, `POST /api/graphql {"query":"{_session{email token}}"}`)
}

func TestEMX2Call(t *testing.T) {
	f := newFakeMOLGENIS(t, map[string]said{"_session": data("_session", `{}`)})
	answer, err := f.emx2().Call(t.Context(), "api", "graphql", json.RawMessage(`{"query":"{_session{email}}"}`))
	if err != nil || string(answer) != `{"data":{"_session":{}}}` {
		t.Errorf("%s, %v", answer, err)
	}
	for _, resource := range []string{"", "a/b", "..", "a?b"} {
		if _, err := f.emx2().Call(t.Context(), resource, "graphql", nil); !isUnsupported(err) {
			t.Errorf("%q: %v", resource, err)
		}
	}
	if _, err := f.emx2().Call(t.Context(), "system", "whoami", nil); !isUnsupported(err) {
		t.Errorf("a method of another platform: %v", err)
	}
}

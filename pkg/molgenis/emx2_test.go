package molgenis_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// graphql is a platform that gives these answers in turn.
func graphql(t *testing.T, bodies ...string) *platform {
	t.Helper()
	var turns []answer
	for _, body := range bodies {
		turns = append(turns, answer{status: 200, body: body})
	}
	return newPlatform(t, map[string][]answer{"POST /api/graphql": turns})
}

func TestSignIn(t *testing.T) {
	p := graphql(t, `{"data":{"signin":{"status":"SUCCESS","message":"Signed in","token":"a.b.c"}}}`)
	token, err := p.asAlice().SignIn(t.Context(), "alice", secret.New(`"}) {x`))
	if err != nil || token.Reveal() != "a.b.c" {
		t.Fatalf("got %q, %v", token.Reveal(), err)
	}
	var sent molgenis.GraphQLRequest
	if err := json.Unmarshal([]byte(p.last(t).body), &sent); err != nil {
		t.Fatal(err)
	}
	// The password is a variable, never part of the query.
	if diff := cmp.Diff(map[string]any{"email": "alice", "password": `"}) {x`}, sent.Variables); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	if got := p.last(t).header.Get("X-Molgenis-Token"); got != "" {
		t.Errorf("a sign-in carried the token %q", got)
	}
}

func TestRefusalsOfEMX2(t *testing.T) {
	tests := map[string]struct {
		answer answer
		want   error
	}{
		"wrong password":        {answer{status: 200, body: `{"data":{"signin":{"status":"FAILED","message":"wrong","token":null}}}`}, molgenis.ErrWrongPassword},
		"a second factor":       {answer{status: 200, body: `{"data":{"signin":{"status":"FAILED","message":"two factor authentication is enabled","token":null}}}`}, molgenis.ErrTwoFactor},
		"a dead token":          {answer{status: 400, body: `{"errors":[{"message":"Invalid token or token expired"}]}`}, molgenis.ErrSignedOut},
		"a dead token with 200": {answer{status: 200, body: `{"errors":[{"message":"Invalid token or token expired"}]}`}, molgenis.ErrSignedOut},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t, map[string][]answer{"POST /api/graphql": {tt.answer}})
			if _, err := p.client().SignIn(t.Context(), "alice", secret.New("x")); !errors.Is(err, tt.want) {
				t.Errorf("got %v", err)
			}
			if calls := p.calls(); len(calls) != 1 {
				t.Errorf("a sign-in was sent %d times", len(calls))
			}
		})
	}
	wait := newPlatform(t, map[string][]answer{"POST /api/graphql": {{status: 200, retry: "7", body: `{"data":{"signin":{"status":"FAILED","message":"Too many"}}}`}}})
	var refusal *molgenis.Error
	if _, err := wait.client().SignIn(t.Context(), "alice", secret.New("x")); !errors.As(err, &refusal) || refusal.Retry != 7*time.Second || refusal.Kind != nil {
		t.Errorf("a wait: %v", err)
	}
	for name, body := range map[string]string{
		"no data": `{}`, "no field": `{"data":{}}`, "a null field": `{"data":{"signin":null}}`, "no token": `{"data":{"signin":{"status":"SUCCESS"}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := graphql(t, body).client().SignIn(t.Context(), "alice", secret.New("x")); !isUnexpected(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSession(t *testing.T) {
	p := graphql(t, `{"data":{"_session":{"email":"alice","settings":[{"key":"access-tokens","value":"ci,nightly"}]}}}`,
		`{"data":{"_session":{"email":"alice","token":"d.e.f"}}}`, `{"data":{"_session":{"email":"anonymous"}}}`)
	session, err := p.asAlice().SessionWithSettings(t.Context())
	if err != nil || session.Email != "alice" || session.Settings[0].Value != "ci,nightly" {
		t.Errorf("got %+v, %v", session, err)
	}
	token, err := p.asAlice().TemporaryToken(t.Context())
	if err != nil || token.Reveal() != "d.e.f" {
		t.Errorf("token %q, %v", token.Reveal(), err)
	}
	if _, err := p.asAlice().Session(t.Context()); !errors.Is(err, molgenis.ErrSignedOut) {
		t.Errorf("nobody: %v", err)
	}
}

func TestSetSettings(t *testing.T) {
	p := graphql(t, `{"data":{"change":{"message":"ok"}}}`)
	settings := []molgenis.Setting{{Key: "theme", Value: `a"b`}, {Key: "access-tokens", Value: "ci"}}
	if err := p.asAlice().SetSettings(t.Context(), "alice", settings); err != nil {
		t.Fatal(err)
	}
	var sent molgenis.GraphQLRequest
	if err := json.Unmarshal([]byte(p.last(t).body), &sent); err != nil {
		t.Fatal(err)
	}
	want := molgenis.GraphQLRequest{
		Query:     `mutation($email:String,$key0:String,$value0:String,$key1:String,$value1:String){change(users:[{email:$email,settings:[{key:$key0,value:$value0}{key:$key1,value:$value1}]}]){message}}`,
		Variables: map[string]any{"email": "alice", "key0": "theme", "value0": `a"b`, "key1": "access-tokens", "value1": "ci"},
	}
	if sent.Query != want.Query || cmp.Diff(want.Variables, sent.Variables) != "" {
		t.Errorf("sent %q with %v", sent.Query, sent.Variables)
	}
}

func jwt(payload string) secret.Text {
	return secret.New("e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln")
}

func TestReadClaims(t *testing.T) {
	claims, err := molgenis.ReadClaims(jwt(`{"sub":"alice","jti":"temporary","iat":1,"exp":1893456000}`))
	if want := (molgenis.Claims{Name: "temporary", Created: time.Unix(1, 0).UTC(), Expires: time.Unix(1893456000, 0).UTC()}); err != nil || claims != want {
		t.Errorf("got %+v, %v", claims, err)
	}
	if claims, err := molgenis.ReadClaims(jwt(`{"jti":"ci"}`)); err != nil || !claims.Expires.IsZero() || !claims.Created.IsZero() {
		t.Errorf("without an end: %+v, %v", claims, err)
	}
	for _, opaque := range []secret.Text{{}, secret.New(aliceToken), secret.New("a.b.c"), secret.New("e30.!!.x"), jwt("[]")} {
		if claims, err := molgenis.ReadClaims(opaque); err == nil {
			t.Errorf("%q tells %+v", opaque.Reveal(), claims)
		}
	}
}

func FuzzReadClaims(f *testing.F) {
	testfuzz.Add(f, "e30.eyJqdGkiOiJjaSIsImV4cCI6MX0.x")
	testfuzz.Add(f, "..")
	f.Fuzz(func(_ *testing.T, token string) { _, _ = molgenis.ReadClaims(secret.New(token)) })
}

func TestPublicCalls(t *testing.T) {
	p := newPlatform(t, map[string][]answer{
		"POST /api/graphql":   {{status: 200, body: `{"data":{"_manifest":{"SpecificationVersion":"11"}}}`}, {status: 200, body: `{"data":{"_manifest":{}}}`}},
		"GET /api/v2/version": {{status: 200, body: `{"molgenisVersion":"8.7.2"}`}, {status: 200, body: `{}`}},
	})
	manifest, err := p.asAlice().Manifest(t.Context())
	if err != nil || manifest.SpecificationVersion != "11" {
		t.Errorf("%+v, %v", manifest, err)
	}
	version, err := p.asAlice().Version(t.Context())
	if err != nil || version.MolgenisVersion != "8.7.2" {
		t.Errorf("%+v, %v", version, err)
	}
	if _, err := p.asAlice().Manifest(t.Context()); !isUnexpected(err) {
		t.Errorf("without a version: %v", err)
	}
	if _, err := p.asAlice().Version(t.Context()); !isUnexpected(err) {
		t.Errorf("without a version: %v", err)
	}
	for _, a := range p.asked {
		if a.header.Get("X-Molgenis-Token") != "" {
			t.Errorf("%s carried a token", a.call)
		}
	}
}

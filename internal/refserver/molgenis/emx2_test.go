package molgenis_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

func asEMX2(c *refserver.Config) { c.Type = refserver.TypeEMX2 }

// query sends a GraphQL request with a token, or without one if it is empty.
func (p *platform) query(token, document string, variables map[string]any) reply {
	p.Helper()
	body, err := json.Marshal(wire.GraphQLRequest{Query: document, Variables: variables})
	if err != nil {
		p.Fatal(err)
	}
	return p.with(token, "POST /api/graphql", string(body))
}

// data decodes a field of the response's data.
func (r reply) data(name string, into any) {
	r.t.Helper()
	var got wire.GraphQLResponse
	r.is(http.StatusOK).into(&got)
	if err := json.Unmarshal(got.Data[name], into); err != nil {
		r.t.Fatalf("%s: %v", r.Body, err)
	}
}

const signinMutation = `mutation($email:String, $password:String){signin(email:$email, password:$password){status,message,token}}`

// signin returns the result of the mutation.
func (p *platform) signin(name, password string) (got wire.SignInResult) {
	p.Helper()
	p.query("", signinMutation, map[string]any{"email": name, "password": password}).data("signin", &got)
	return got
}

// mustSignIn returns the token of a sign-in that must succeed.
func (p *platform) mustSignIn(name string) string {
	p.Helper()
	got := p.signin(name, name+"-2026")
	if got.Status != wire.StatusSuccess || got.Token == nil {
		p.Fatalf("%+v", got)
	}
	return got.Token.Text().Reveal()
}

func (p *platform) session(token string) (got wire.SessionResult) {
	p.Helper()
	p.query(token, `{_session{email admin roles schemas settings{key value}}}`, nil).data("_session", &got)
	return got
}

// The requests of the Python client of EMX2: it checks for the server, requests
// the schemas, signs in, uses the cookie and signs out.
func TestEMX2PythonClient(t *testing.T) {
	p := newPlatform(t, asEMX2)
	b := p.browse()
	b.do("HEAD /", "").is(http.StatusOK)
	post := func(path, document string) reply {
		b.Helper()
		body, _ := json.Marshal(map[string]any{"query": document})
		header := map[string]string{"Content-Type": "application/json"}
		if b.cookie != "" {
			header["Cookie"] = b.cookie
		}
		answer := p.send(request{"POST " + path, header, string(body)})
		for _, cookie := range answer.Result().Cookies() {
			b.cookie = cookie.Name + "=" + cookie.Value
			if cookie.MaxAge < 0 {
				b.cookie = ""
			}
		}
		return answer
	}
	var schemas []any
	post("/api/graphql", `{_schemas{id name label description}}`).data("_schemas", &schemas)
	var manifest wire.ManifestResult
	post("/api/graphql", `{_manifest{SpecificationVersion}}`).data("_manifest", &manifest)
	if manifest.SpecificationVersion == "" {
		t.Errorf("%+v", manifest)
	}
	var signin wire.SignInResult
	post("/api/graphql", `mutation { signin(email: "alice", password: "alice-2026") { status message } }`).data("signin", &signin)
	if signin.Status != wire.StatusSuccess || signin.Token != nil || b.cookie == "" {
		t.Fatalf("%+v, cookie %s", signin, b.cookie)
	}
	var who wire.SessionResult
	for _, path := range []string{"/api/graphql", "/api/graphql/", "/pet%20store/graphql", "/apps/central/graphql/"} {
		post(path, `{_session{email}}`).data("_session", &who)
		if who.Email != "alice" {
			t.Errorf("%s: %+v", path, who)
		}
	}
	post("/api/graphql", `mutation { signout { status message } }`).data("signout", &signin)
	if signin.Status != wire.StatusSuccess || b.cookie != "" {
		t.Errorf("%+v, cookie %s", signin, b.cookie)
	}
}

func TestEMX2SignIn(t *testing.T) {
	p := newPlatform(t, asEMX2)
	token := p.mustSignIn("alice")
	if got := p.session(token); got.Email != "alice" || got.Admin || got.Roles == nil || got.Schemas == nil {
		t.Errorf("%+v", got)
	}
	if got := p.session(""); got.Email != "anonymous" {
		t.Errorf("%+v", got)
	}
	for _, header := range []string{"x-molgenis-token", "auth-key"} {
		answer := p.send(request{"POST /api/graphql", map[string]string{header: token}, `{"query":"{_session{email}}"}`})
		if !strings.Contains(answer.is(200).Body.String(), "alice") {
			t.Errorf("%s: %s", header, answer.Body)
		}
		p.send(request{"POST /api/graphql", map[string]string{header: noToken}, `{"query":"{_session{email}}"}`}).refused(400, "Invalid token or token expired")
	}
	if who := whoIs(p, token); who != "alice" {
		t.Errorf("on classic the token is %s", who)
	}
	var out wire.SignInResult
	p.query(token, `mutation{signout{status message}}`, nil).data("signout", &out)
	p.query(token, `{_session{email}}`, nil).refused(400, "Invalid token or token expired")
	p.query("", `mutation{signout{status}}`, nil).refused(400, "signed in")

	for range 2 {
		p.Advance(14 * time.Minute)
		token = p.mustSignIn("alice")
	}
	p.Advance(15 * time.Minute)
	p.query(token, `{_session{email}}`, nil).refused(400, "Invalid token or token expired")
}

// A refused sign-in has the status 200 and the result failed.
func TestEMX2RefusedSignIn(t *testing.T) {
	p := newPlatform(t, asEMX2)
	for _, name := range []string{"alice", "nobody", "carol", "", "dave"} {
		got := p.signin(name, "wrong")
		want := "Sign in as '" + name + "' failed: user or password unknown"
		if got.Status != wire.StatusFailed || got.Message != want || got.Token != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := p.signin("bob", "bob-2026"); got.Status != wire.StatusFailed || !strings.Contains(got.Message, "two factor authentication") {
		t.Errorf("%+v", got)
	}
	for range 5 {
		p.signin("admin", "wrong")
	}
	answer := p.query("", signinMutation, map[string]any{"email": "admin", "password": "admin-2026"})
	if answer.Code != 200 || answer.Header().Get("Retry-After") != "1" || !strings.Contains(answer.Body.String(), "FAILED") {
		t.Errorf("%d %v %s", answer.Code, answer.Header(), answer.Body)
	}
}

// A cookie has precedence over a token, and a bad cookie is ignored.
func TestEMX2CookieAndToken(t *testing.T) {
	p := newPlatform(t, asEMX2)
	alice, admin := p.mustSignIn("alice"), p.mustSignIn("admin")
	ask := func(cookie, token string) reply {
		header := map[string]string{"Cookie": "JSESSIONID=" + cookie}
		if token != "" {
			header["x-molgenis-token"] = token
		}
		return p.send(request{"POST /api/graphql", header, `{"query":"{_session{email}}"}`})
	}
	for cookieAndToken, want := range map[[2]string]string{
		{alice, admin}: "alice", {alice, noToken}: "alice", {noToken, admin}: "admin", {noToken, ""}: "anonymous", {"", admin}: "admin",
	} {
		if answer := ask(cookieAndToken[0], cookieAndToken[1]).is(200); !strings.Contains(answer.Body.String(), want) {
			t.Errorf("%v: %s", cookieAndToken, answer.Body)
		}
	}
	ask(noToken, noToken).refused(400, "Invalid token")
}

const createMutation = `mutation($email:String,$tokenName:String){createToken(email:$email,tokenName:$tokenName){status message token}}`

func (p *platform) createToken(bearer, email, name string) reply {
	p.Helper()
	return p.query(bearer, createMutation, map[string]any{"email": email, "tokenName": name})
}

// Named tokens are listed, a name cannot be used twice, and a revoked token
// stays revoked.
func TestEMX2NamedTokens(t *testing.T) {
	p := newPlatform(t, asEMX2)
	alice := p.mustSignIn("alice")
	var made wire.SignInResult
	p.createToken(alice, "alice", "laptop").data("createToken", &made)
	laptop := made.Token.Text().Reveal()
	if got := p.session(laptop); got.Email != "alice" || got.Settings[0] != (wire.Setting{Key: "access-tokens", Value: "ci,laptop,scoped"}) {
		t.Errorf("%+v", got)
	}
	p.createToken(alice, "alice", "laptop").refused(400, "exists")
	for _, name := range []string{"", "a,b", "temporary", " a", strings.Repeat("x", 256)} {
		p.createToken(alice, "", name).refused(400, "tokenName must be")
	}
	p.createToken(alice, "admin", "x").refused(400, "administrator")
	p.createToken("", "alice", "x").refused(400, "signed in")
	p.createToken(scopedToken, "alice", "x").refused(400, "does not reach")

	keep := func(bearer, email, names string) reply {
		return p.query(bearer, `mutation($e:String,$n:String){change(users:[{email:$e,settings:[{key:"access-tokens",value:$n}]}]){message}}`,
			map[string]any{"e": email, "n": names})
	}
	keep(alice, "alice", "ci, scoped").is(200)
	p.query(laptop, `{_session{email}}`, nil).refused(400, "Invalid token")
	p.createToken(alice, "alice", "laptop").data("createToken", &made)
	p.query(laptop, `{_session{email}}`, nil).refused(400, "Invalid token")
	if got := p.session(made.Token.Text().Reveal()); got.Email != "alice" {
		t.Errorf("%+v", got)
	}
	keep(alice, "admin", "").refused(400, "administrator")
	keep(p.mustSignIn("admin"), "alice", "").is(200)
	p.query(aliceToken, `{_session{email}}`, nil).refused(400, "Invalid token")
	if got := p.session(alice); got.Settings[0].Value != "" {
		t.Errorf("%+v", got)
	}
	p.Advance(6 * time.Minute)
	p.createToken(alice, "alice", "late").refused(400, "Log in again")
}

// A token is revoked together with those made with it.
func TestEMX2RevokesATree(t *testing.T) {
	p := newPlatform(t, asEMX2)
	alice := p.mustSignIn("alice")
	var made wire.SignInResult
	p.createToken(alice, "alice", "parent").data("createToken", &made)
	p.createToken(made.Token.Text().Reveal(), "alice", "child").data("createToken", &made)
	p.query(alice, `mutation{change(users:[{email:"alice",settings:[{key:"access-tokens",value:""}]}]){message}}`, nil).is(200)
	p.query(made.Token.Text().Reveal(), `{_session{email}}`, nil).refused(400, "Invalid token")
}

// The token of a session is for scripts: it lasts half an hour, cannot reach the
// account, and ends with the session.
func TestEMX2TemporaryToken(t *testing.T) {
	p := newPlatform(t, asEMX2)
	alice := p.mustSignIn("alice")
	p.Advance(10 * time.Minute)
	var got wire.SessionResult
	p.query(alice, `{_session{email token}}`, nil).data("_session", &got)
	script := got.Token.Text().Reveal()
	if who := p.session(script); who.Email != "alice" || len(who.Settings) != 0 {
		t.Errorf("%+v", who)
	}
	p.createToken(script, "alice", "x").refused(400, "does not reach")
	if names := p.session(alice).Settings[0].Value; strings.Contains(names, "temporary") {
		t.Errorf("the temporary token is in the list: %s", names)
	}
	p.query(alice, `mutation{signout{status}}`, nil).is(200)
	p.query(script, `{_session{email}}`, nil).refused(400, "Invalid token")
	var anonymous map[string]any
	p.query("", `{_session{email token}}`, nil).data("_session", &anonymous)
	if anonymous["token"] != nil {
		t.Errorf("%v", anonymous)
	}
}

func TestEMX2Password(t *testing.T) {
	p := newPlatform(t, asEMX2)
	alice := p.mustSignIn("alice")
	const mutation = `mutation($p:String){changePassword(password:$p){status message}}`
	p.query(alice, mutation, map[string]any{"p": "short"}).refused(400, "shorter than 8")
	p.query(alice, mutation, map[string]any{"p": "spin the wheel 77"}).is(200)
	if got := p.signin("alice", "spin the wheel 77"); got.Status != wire.StatusSuccess {
		t.Errorf("%+v", got)
	}
	p.query(p.mustSignIn("admin"), `mutation{changePassword(email:"alice",password:"spin the wheel 78"){status}}`, nil).refused(400, "owner only")
	p.Advance(6 * time.Minute)
	p.query(alice, mutation, map[string]any{"p": "spin the wheel 79"}).refused(400, "Log in again")
}

func TestEMX2SignUp(t *testing.T) {
	const mutation = `mutation{signup(email:"erin",password:"spin the wheel 77"){status message}}`
	t.Parallel()
	for mode, want := range map[identity.SignUpMode][2]string{
		identity.SignUpClosed:    {"FAILED", "ask the administrator"},
		identity.SignUpModerated: {"SUCCESS", "administrator has to activate"},
		identity.SignUpOpen:      {"SUCCESS", "User 'erin' added"},
	} {
		p := platformOf(t, asEMX2, signUps(mode))
		var got wire.SignInResult
		p.query("", mutation, nil).data("signup", &got)
		if got.Status != want[0] || !strings.Contains(got.Message, want[1]) {
			t.Errorf("%s: %+v", mode, got)
		}
		signedIn := p.signin("erin", "spin the wheel 77").Status == wire.StatusSuccess
		if signedIn != (mode == identity.SignUpOpen) {
			t.Errorf("%s: the new user can sign in: %v", mode, signedIn)
		}
		p.query("", mutation, nil).data("signup", &got)
		if got.Status != wire.StatusFailed {
			t.Errorf("%s: twice: %+v", mode, got)
		}
	}
}

func TestEMX2Users(t *testing.T) {
	p := newPlatform(t, asEMX2)
	alice, admin := p.mustSignIn("alice"), p.mustSignIn("admin")
	p.query(alice, `mutation{change(users:[{email:"alice",enabled:false}]){message}}`, nil).refused(400, "administrator")
	p.query(admin, `mutation{change(users:[{email:"alice",enabled:false}]){message}}`, nil).is(200)
	p.query(alice, `{_session{email}}`, nil).refused(400, "Invalid token")
	p.query(admin, `mutation{change(users:[{email:"alice",enabled:true}]){message}}`, nil).is(200)
	p.mustSignIn("alice")
	p.query(admin, `mutation{change(users:[{email:"nobody",enabled:true}]){message}}`, nil).refused(400, "Unknown user")
	p.query(admin, `mutation{change(users:[{email:"admin",settings:[{key:"colour",value:"red"}]}]){message}}`, nil).refused(400, "only setting")
	p.query(admin, `mutation{change(schemas:[{name:"x"}]){message}}`, nil).refused(400, "users only")
	p.query(admin, `mutation{change(users:"x"){message}}`, nil).refused(400, "must be a list")
}

// A GET reads and changes nothing.
func TestEMX2ByGet(t *testing.T) {
	p := newPlatform(t, asEMX2)
	get := func(document, variables string) reply {
		return p.send(request{line: "GET /api/graphql?" + url.Values{"query": {document}, "variables": {variables}}.Encode()})
	}
	if answer := get(`{_session{email}}`, "").is(200); !strings.Contains(answer.Body.String(), "anonymous") {
		t.Errorf("%s", answer.Body)
	}
	get(signinMutation, `{"email":"alice","password":"alice-2026"}`).refused(405, "needs POST")
	get(`{_session{email}}`, `{`).refused(400, "JSON")
	signedIn := map[string]string{"Cookie": "JSESSIONID=" + p.mustSignIn("alice")}
	for _, method := range []string{"GET", "HEAD"} {
		answer := p.send(request{line: method + " /api/graphql?" + url.Values{"query": {`{_session{token}}`}}.Encode(), header: signedIn})
		if answer.is(405); answer.Header().Get("Allow") != "POST" {
			t.Errorf("%s: Allow: %q", method, answer.Header().Get("Allow"))
		}
	}
	p.send(request{line: "DELETE /api/graphql"}).refused(405, "not a method")
}

// An operation on the account needs a token with a scope for all of it.
func TestEMX2OperationsNeedTheAccount(t *testing.T) {
	p := newPlatform(t, asEMX2)
	for name, document := range map[string]string{
		"createToken":    `mutation{createToken(tokenName:"x"){status}}`,
		"changePassword": `mutation{changePassword(password:"spin the wheel 77"){status}}`,
		"change":         `mutation{change(users:[]){message}}`,
	} {
		p.query("", document, nil).refused(400, "signed in")
		p.query(scopedToken, document, nil).refused(400, "does not reach")
		if answer := p.query(noToken, document, nil); answer.Code != 400 {
			t.Errorf("%s with no good token: %d", name, answer.Code)
		}
	}
	p.query(scopedToken, `mutation{signout{status}}`, nil).is(200)
	p.query(scopedToken, `{_session{email}}`, nil).refused(400, "Invalid token")
}

// S-39: a sign-in ends the session whose cookie it replaces.
func TestEMX2SignInEndsTheOldSession(t *testing.T) {
	p := newPlatform(t, asEMX2)
	before := p.mustSignIn("alice")
	again := func(password string) reply {
		return p.send(request{"POST /api/graphql", map[string]string{"Cookie": "JSESSIONID=" + before},
			`{"query":"mutation{signin(email:\"alice\",password:\"` + password + `\"){status}}"}`})
	}
	again("wrong").is(200)
	if got := p.session(before); got.Email != "alice" {
		t.Fatalf("a refused sign-in ends the session: %+v", got)
	}
	again("alice-2026").is(200)
	p.query(before, `{_session{email}}`, nil).refused(400, "Invalid token")
}

// The number of fields of a request is bounded.
func TestEMX2AtOnce(t *testing.T) {
	p := newPlatform(t, asEMX2)
	many := func(n int) string { return "{" + strings.Repeat("a:_manifest{SpecificationVersion} ", n) + "}" }
	p.query("", many(20), nil).is(200)
	p.query("", many(21), nil).refused(400, "at most 20")
}

// Another site cannot make a browser sign in or use its cookie.
func TestEMX2OtherSites(t *testing.T) {
	p := newPlatform(t, asEMX2)
	token := p.mustSignIn("alice")
	header := map[string]string{"Cookie": "JSESSIONID=" + token, "Sec-Fetch-Site": "cross-site"}
	p.send(request{"POST /api/graphql", header, `{"query":"mutation{signout{status}}"}`}).is(403)
	p.form("POST /api/graphql", "query=x", nil).refused(400, "application/json")
	if got := p.session(token); got.Email != "alice" {
		t.Errorf("%+v", got)
	}
}

// Any invalid document gives one error with the status 400.
func TestEMX2Errors(t *testing.T) {
	p := newPlatform(t, asEMX2)
	for document, want := range map[string]string{
		"":                          "document is empty",
		"{":                         "a name is missing",
		"{nothing}":                 "Field 'nothing' in type 'query' is undefined",
		"mutation{_session{email}}": "Field '_session' in type 'mutation' is undefined",
		"{signin{status}}":          "Field 'signin' in type 'query' is undefined",
		"{_session{nothing}}":       "Field 'nothing' in '_session' is undefined",
		"{_session}":                "needs a selection",
		"{_session{email{x}}}":      "has no fields",
		"query A{_session{email}} query B{_session{email}}": "several operations",
		"mutation{signin(email:1){status}}":                 "must be a String",
		"query($a:Int!){_session{email}}":                   "has no value",
		"{...F}":                                            "fragments",
		strings.Repeat("{a", 50):                            "nested too deeply",
	} {
		p.query("", document, nil).refused(400, want)
	}
	p.send(request{line: "POST /api/graphql", body: `{`}).refused(400, "JSON")
	p.send(request{line: "POST /api/graphql", body: `{"query":7}`}).refused(400, "query")
}

// Clients such as Apollo ask every object for its type.
func TestEMX2TypeNames(t *testing.T) {
	p := newPlatform(t, asEMX2)
	for query, want := range map[string]string{
		`{__typename}`:                 `{"data":{"__typename":"Query"}}`,
		`{kind: __typename}`:           `{"data":{"kind":"Query"}}`,
		`{_session{__typename email}}`: `{"data":{"_session":{"__typename":"MolgenisSession","email":"anonymous"}}}`,
		`{_settings{key __typename}}`:  `{"data":{"_settings":[{"__typename":"MolgenisSettings","key":"isOidcEnabled"}]}}`,
		`mutation{__typename}`:         `{"data":{"__typename":"Save"}}`,
		`mutation{signin(email:"x",password:"y"){__typename status}}`: `{"data":{"signin":{"__typename":"MolgenisResult","status":"FAILED"}}}`,
	} {
		body, err := json.Marshal(map[string]string{"query": query})
		if err != nil {
			t.Fatal(err)
		}
		answer := p.send(request{line: "POST /api/graphql", body: string(body)}).is(200)
		if got := answer.Body.String(); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

// However often a request selects the session, it is read once and makes one token.
func TestASessionSelectedOften(t *testing.T) {
	p := newPlatform(t)
	session := p.mustSignIn("alice")
	var document strings.Builder
	for i := range 20 {
		fmt.Fprintf(&document, "s%d: _session{email token} ", i)
	}
	var got struct {
		Data map[string]wire.SessionResult
	}
	p.query(session, "{"+document.String()+"}", nil).is(200).into(&got)
	tokens := map[string]bool{}
	for _, one := range got.Data {
		tokens[one.Token.Text().Reveal()] = true
	}
	if len(got.Data) != 20 || len(tokens) != 1 || tokens[""] {
		t.Errorf("%d sessions with %d tokens", len(got.Data), len(tokens))
	}
}

// A result is not much larger than what it is made of.
func TestAResultIsBounded(t *testing.T) {
	p := newPlatform(t)
	session := p.mustSignIn("alice")
	for i := range 10 {
		p.createToken(session, "alice", fmt.Sprint(strings.Repeat("x", 200), i)).is(200)
	}
	selecting := func(times int) string {
		var document strings.Builder
		for i := range times {
			fmt.Fprintf(&document, "a%d: value ", i)
		}
		return "{_session{settings{" + document.String() + "}}}"
	}
	p.query(session, selecting(100), nil).is(200)
	p.query(session, selecting(900), nil).refused(400, "the result would be larger than 1 MiB")
}

// One mutation changes few users, each setting once.
func TestAChangeIsBounded(t *testing.T) {
	p := newPlatform(t)
	session := p.mustSignIn("alice")
	setting := `{key: "access-tokens", value: "ci"}`
	for arguments, want := range map[string]string{
		strings.Repeat(`{email: "alice"} `, 21):                         "at most 20 users can be changed at once",
		`{email: "alice", settings: [` + setting + " " + setting + `]}`: "a setting of a user can be given once",
	} {
		p.query(session, "mutation{change(users: ["+arguments+"]){message}}", nil).refused(400, want)
	}
}

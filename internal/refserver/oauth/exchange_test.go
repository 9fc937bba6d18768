package oauth_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/oauth"
	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
	"github.com/dxauth/dxauth/internal/testissuer"
	wire "github.com/dxauth/dxauth/pkg/oauth"
)

// jobsWorld has an org with a project and an account for jobs.
const jobsWorld = `
users:
  - {username: alice, password: alice-pass-2026, email: alice@example.org}
  - {username: lab_ci, email: ci@example.org, provisioningOrg: org-lab}
  - {username: eve, password: eve-pass-2026, email: eve@example.org}
orgs:
  - {handle: lab, name: Lab, admins: [alice], members: [lab_ci]}
  - {handle: evil, name: Evil, admins: [eve]}
projects:
  - {id: ` + labProject + `, name: Exome, createdBy: alice, billTo: org-lab, permissions: {alice: ADMINISTER, lab_ci: CONTRIBUTE}}
  - {id: ` + evilProject + `, name: Bait, createdBy: eve, billTo: org-evil, permissions: {eve: ADMINISTER}}
`

const (
	labProject  = "project-Exome0000000000000000001"
	evilProject = "project-Bait00000000000000000001"
	ownURL      = "https://dxauth.example.org"
)

// jobs is a world with CI systems that it trusts.
type jobs struct {
	world
	issuers *testissuer.Issuers
}

func newJobs(t *testing.T, options ...func(*refserver.Config)) jobs {
	t.Helper()
	t.Parallel()
	clock := testclock.New(testpages.Start())
	issuers, err := testissuer.Start(clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(issuers.Close)
	trusting := func(c *refserver.Config) {
		c.URL, c.Now = ownURL, clock.Now
		for _, system := range testissuer.Systems() {
			replay := sso.ReplayUntilExpiry
			if system == testissuer.GitHub {
				replay = sso.ReplayOnce
			}
			c.SSO.Workloads = append(c.SSO.Workloads, sso.Workload{Name: system, Issuer: issuers.URL(system), Replay: replay})
		}
	}
	server := testpages.Open(t, jobsWorld, append([]func(*refserver.Config){trusting}, options...)...)
	server.Clock = clock
	return jobs{world{server}, issuers}
}

// call calls a route of the platform.
func (j jobs) call(route, token string, body any) (status int, members map[string]any) {
	j.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		j.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080"+route, strings.NewReader(string(text)))
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	recorder := httptest.NewRecorder()
	j.Handler().ServeHTTP(recorder, request)
	if err := json.Unmarshal(recorder.Body.Bytes(), &members); err != nil {
		j.Fatalf("%s: %s", route, recorder.Body)
	}
	return recorder.Code, members
}

func (j jobs) signIn(user string) string {
	j.Helper()
	_, members := j.call("/system/newAuthToken", "", map[string]any{"username": user, "password": testpages.Password(user)})
	token, _ := members["access_token"].(string)
	return token
}

// add adds a rule, and returns its ID.
func (j jobs) add(user, org string, rule map[string]any) string {
	j.Helper()
	status, members := j.call("/"+org+"/addTrustRule", j.signIn(user), rule)
	id, _ := members["id"].(string)
	if status != http.StatusOK || id == "" {
		j.Fatalf("%d %v", status, members)
	}
	return id
}

// nightly is a rule about an environment of a repository.
func nightly() map[string]any {
	return map[string]any{
		"issuer": "github", "claims": map[string]string{"repository_id": "74", "environment": "prod"},
		"user": "user-lab_ci", "projects": map[string]string{labProject: "CONTRIBUTE"},
	}
}

// idToken returns the ID token of a job, with other claims; nil leaves one out.
func (j jobs) idToken(system string, changes map[string]any) string {
	j.Helper()
	claims := j.issuers.Claims(system, ownURL)
	for name, value := range changes {
		claims[name] = value
		if value == nil {
			delete(claims, name)
		}
	}
	token, err := j.issuers.Sign(claims)
	if err != nil {
		j.Fatal(err)
	}
	return token
}

// exchange returns the form of an exchange, with changes as for request.
func exchange(idToken string, changes ...string) url.Values {
	return changed(url.Values{
		"grant_type": {wire.GrantExchange}, "subject_token": {idToken}, "subject_token_type": {wire.TypeIDToken},
	}, changes)
}

// The response has what RFC 8693, section 2.2.1, asks for, and the token what the rule
// says. Jobs of every system get one.
func TestAJobGetsAToken(t *testing.T) {
	j := newJobs(t)
	j.add("alice", "org-lab", nightly())
	for system, claims := range map[string]map[string]string{
		testissuer.GitLab:     {"project_id": "74", "ref_path": "refs/heads/*", "ref_protected": "true"},
		testissuer.Kubernetes: {"sub": "system:serviceaccount:pipelines:nightly", "kubernetes.io/pod/name": "nightly-*"},
		testissuer.Jenkins:    {"sub": "https://jenkins.example.org/job/nightly/"},
	} {
		rule := nightly()
		rule["issuer"], rule["claims"] = system, claims
		j.add("alice", "org-lab", rule)
	}
	for _, system := range testissuer.Systems() {
		answer := j.post(oauth.PathToken, exchange(j.idToken(system, nil)))
		token := answer.token()
		lifetime := time.Hour
		if system == testissuer.GitHub {
			lifetime = 10 * time.Minute // that of its ID token
		}
		for name, want := range map[string]any{
			"issued_token_type": "urn:ietf:params:oauth:token-type:access_token", "token_type": "Bearer", "expires_in": lifetime.Seconds(),
			"scope": labProject + "=CONTRIBUTE", "user": "user-lab_ci", "expires": float64(j.Now().Add(lifetime).UnixMilli()),
			"refresh_token": nil, "idle_timeout": nil,
		} {
			if got := answer.members[name]; got != want {
				t.Errorf("%s: %s is %v, want %v", system, name, got, want)
			}
		}
		status, project := j.call("/"+labProject+"/describe", token, map[string]any{})
		if status != http.StatusOK || project["level"] != "CONTRIBUTE" {
			t.Errorf("%s: %d %v", system, status, project)
		}
		if status, _ := j.call("/org-lab/listTrustRules", token, map[string]any{}); status != http.StatusUnauthorized {
			t.Errorf("%s: the token of a job lists rules: %d", system, status)
		}
	}
}

// On a server of another type, the token has the form of its platform.
func TestTheTokenOfAJobOnMOLGENIS(t *testing.T) {
	j := newJobs(t, func(c *refserver.Config) { c.Type = refserver.TypeMOLGENIS })
	j.add("alice", "org-lab", nightly())
	token := j.post(oauth.PathToken, exchange(j.idToken(testissuer.GitHub, nil))).token()
	if len(token) != 32 || strings.Trim(token, "0123456789abcdef") != "" {
		t.Errorf("the token has another form: %d characters", len(token))
	}
}

// The parameters of an exchange and its errors.
func TestErrorsOfAnExchange(t *testing.T) {
	j := newJobs(t)
	rule := j.add("alice", "org-lab", nightly())
	const (
		jwt     = "urn:ietf:params:oauth:token-type:jwt"
		access  = "urn:ietf:params:oauth:token-type:access_token"
		refresh = "urn:ietf:params:oauth:token-type:refresh_token"
		other   = "https://other.example.org"
	)
	for name, test := range map[string]struct {
		claims  map[string]any
		changes []string // of the form; TOKEN is the ID token
		code    string   // empty: a token
	}{
		"RFC 8693, 2.1: grant_type, subject_token, subject_token_type":      {nil, nil, ""},
		"RFC 8693, 2.1: client_id":                                          {nil, []string{"client_id", "dxauth-cli"}, ""},
		"RFC 8693, 2.1: another client_id":                                  {nil, []string{"client_id", "other"}, "invalid_client"},
		"RFC 8693, 2.1: no subject_token":                                   {nil, []string{"subject_token", ""}, "invalid_request"},
		"RFC 8693, 2.1: no subject_token_type":                              {nil, []string{"subject_token_type", ""}, "invalid_request"},
		"RFC 8693, 3: subject_token_type jwt":                               {nil, []string{"subject_token_type", jwt}, ""},
		"RFC 8693, 3: subject_token_type access_token":                      {nil, []string{"subject_token_type", access}, "invalid_request"},
		"RFC 8693, 2.1: requested_token_type":                               {nil, []string{"requested_token_type", access}, ""},
		"RFC 8693, 2.1: requested_token_type refresh_token":                 {nil, []string{"requested_token_type", refresh}, "invalid_request"},
		"RFC 8693, 2.1: actor_token":                                        {nil, []string{"actor_token", "x", "actor_token_type", jwt}, "invalid_request"},
		"RFC 8693, 2.1: actor_token_type without actor_token":               {nil, []string{"actor_token_type", jwt}, "invalid_request"},
		"RFC 8693, 2.1: resource":                                           {nil, []string{"resource", ownURL + "/"}, ""},
		"RFC 8693, 2.1: audience":                                           {nil, []string{"audience", ownURL}, ""},
		"RFC 8693, 2.2.2: another resource":                                 {nil, []string{"resource", other}, "invalid_target"},
		"RFC 8693, 2.2.2: another audience":                                 {nil, []string{"audience", other}, "invalid_target"},
		"RFC 8693, 2.1: scope":                                              {nil, []string{"scope", labProject + "=VIEW"}, ""},
		"RFC 6749, 5.2: an unknown scope":                                   {nil, []string{"scope", "everything"}, "invalid_scope"},
		"RFC 6749, 5.2: a scope with a project twice":                       {nil, []string{"scope", labProject + "=VIEW " + labProject + "=UPLOAD"}, "invalid_scope"},
		"RFC 6749, 5.2: a scope beyond the rule":                            {nil, []string{"scope", labProject + "=ADMINISTER"}, "invalid_scope"},
		"RFC 8693, 2.2.2: a scope that no rule has":                         {nil, []string{"scope", evilProject + "=VIEW"}, "invalid_request"},
		"our own: the org":                                                  {nil, []string{"org", "Lab"}, ""},
		"our own: the org by its ID":                                        {nil, []string{"org", "org-lab"}, ""},
		"our own: another org":                                              {nil, []string{"org", "evil"}, "invalid_request"},
		"our own: what is not an org":                                       {nil, []string{"org", "no/org"}, "invalid_request"},
		"our own: the rule":                                                 {nil, []string{"rule", rule}, ""},
		"our own: another rule":                                             {nil, []string{"rule", "0000000000000000"}, "invalid_request"},
		"RFC 8693, 2.2.2: a subject token that is not an ID token":          {nil, []string{"subject_token", "0123456789"}, "invalid_request"},
		"RFC 8693, 2.2.2: a subject token for another audience":             {map[string]any{"aud": other}, nil, "invalid_request"},
		"RFC 8693, 2.2.2: for another audience, too":                        {map[string]any{"aud": []string{ownURL, other}}, nil, "invalid_request"},
		"RFC 8693, 2.2.2: for the address in the request":                   {map[string]any{"aud": "http://127.0.0.1:8080"}, nil, "invalid_request"},
		"RFC 8693, 2.2.2: of an issuer that is not trusted":                 {map[string]any{"iss": other}, nil, "invalid_request"},
		"RFC 8693, 2.2.2: of a system whose issuer is not trusted":          {map[string]any{"iss": "https://token.actions.githubusercontent.com"}, nil, "invalid_request"},
		"RFC 8693, 2.2.2: expired":                                          {map[string]any{"exp": testpages.Start().Add(-time.Hour).Unix()}, nil, "invalid_request"},
		"RFC 8693, 2.2.2: expired within the skew of clocks":                {map[string]any{"exp": testpages.Start().Add(-time.Second).Unix()}, nil, "invalid_request"},
		"RFC 8693, 2.2.2: not valid yet, within the skew":                   {map[string]any{"nbf": testpages.Start().Add(50 * time.Second).Unix()}, nil, ""},
		"RFC 8693, 2.2.2: not valid yet":                                    {map[string]any{"nbf": testpages.Start().Add(70 * time.Second).Unix()}, nil, "invalid_request"},
		"RFC 8693, 2.2.2: a claim that nearly matches":                      {map[string]any{"environment": "prod "}, nil, "invalid_request"},
		"RFC 8693, 2.2.2: a claim that is missing":                          {map[string]any{"environment": nil}, nil, "invalid_request"},
		"RFC 8693, 2.2.2: a repository renamed, registered again by others": {map[string]any{"repository_id": "75", "repository_owner_id": "66"}, nil, "invalid_request"},
		"RFC 8693, 2.2.2: the same ID from another CI system":               {map[string]any{"iss": j.issuers.URL("gitlab")}, nil, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := j.in(t).post(oauth.PathToken, exchange(j.idToken(testissuer.GitHub, test.claims), test.changes...))
			if test.code == "" {
				answer.token()
				return
			}
			status := http.StatusBadRequest
			if test.code == "invalid_client" {
				status = http.StatusUnauthorized
			}
			answer.refused(status, test.code)
		})
	}
}

// The ID token of a job in many groups is large. Nothing else on that endpoint can be.
func TestLargeIDTokens(t *testing.T) {
	j := newJobs(t)
	j.add("alice", "org-lab", nightly())
	withGroups := func(bytes int) url.Values {
		return exchange(j.idToken(testissuer.GitHub, map[string]any{"groups": strings.Repeat("a", bytes*3/4)})) // as base64
	}
	j.post(oauth.PathToken, withGroups(30<<10)).token()
	j.post(oauth.PathToken, withGroups(32<<10)).refused(http.StatusBadRequest, "invalid_request")

	j.post(oauth.PathToken, redeem("unknown")).refused(http.StatusBadRequest, "invalid_grant")
	j.post(oauth.PathToken, redeem("unknown", "other", strings.Repeat("a", 8<<10))).refused(http.StatusBadRequest, "invalid_request")
}

// A job whose CI system makes a token for each request exchanges it once, however many
// try at the same time.
func TestAnExchangeHappensOnce(t *testing.T) {
	j := newJobs(t)
	j.add("alice", "org-lab", nightly())
	form := exchange(j.idToken(testissuer.GitHub, nil))
	var all sync.WaitGroup
	var mutex sync.Mutex
	results := map[int]int{}
	for range 8 {
		all.Go(func() {
			answer := j.post(oauth.PathToken, form)
			mutex.Lock()
			defer mutex.Unlock()
			results[answer.Code]++
		})
	}
	all.Wait()
	if results[http.StatusOK] != 1 || results[http.StatusBadRequest] != 7 {
		t.Errorf("results %v", results)
	}
	j.add("alice", "org-lab", map[string]any{
		"issuer": "gitlab", "claims": map[string]string{"project_id": "74", "ref": "main"}, "projects": map[string]string{labProject: "VIEW"},
	})
	shared := exchange(j.idToken(testissuer.GitLab, nil))
	for range 2 {
		j.post(oauth.PathToken, shared).token()
	}
}

// Anybody can make an org and a rule about anybody's repository. A job that names its org
// gets nothing of others; one that does not is refused, not led astray.
func TestARuleOfAnotherOrg(t *testing.T) {
	j := newJobs(t)
	j.add("alice", "org-lab", nightly())
	bait := nightly()
	delete(bait, "user")
	bait["projects"] = map[string]string{evilProject: "ADMINISTER"}
	j.add("eve", "org-evil", bait)
	j.post(oauth.PathToken, exchange(j.idToken(testissuer.GitHub, nil))).refused(http.StatusBadRequest, "invalid_request")
	answer := j.post(oauth.PathToken, exchange(j.idToken(testissuer.GitHub, nil), "org", "lab"))
	if answer.token(); answer.members["user"] != "user-lab_ci" {
		t.Errorf("a token of %v", answer.members["user"])
	}
}

// A token ends with its rule, with the membership of the rule's maker, and by RFC 7009.
func TestTheTokenOfAJobEnds(t *testing.T) {
	j := newJobs(t)
	for _, step := range []struct {
		name string
		end  func(rule, token string)
	}{
		{"the rule is removed", func(rule, _ string) {
			j.call("/org-lab/removeTrustRule", j.signIn("alice"), map[string]any{"id": rule})
		}},
		{"RFC 7009, 2.1: the job revokes it", func(_, token string) {
			j.post(oauth.PathRevoke, url.Values{"client_id": {"dxauth-cli"}, "token": {token}})
		}},
		{"the maker leaves the org", func(string, string) {
			j.call("/account/leaveOrg", j.signIn("alice"), map[string]any{"org": "org-lab"})
		}},
	} {
		rule := j.add("alice", "org-lab", nightly())
		form := exchange(j.idToken(testissuer.GitHub, nil), "rule", rule)
		token := j.post(oauth.PathToken, form).token()
		if status, _ := j.call("/system/whoami", token, map[string]any{}); status != http.StatusOK {
			t.Errorf("%s: the token is not good before: %d", step.name, status)
		}
		step.end(rule, token)
		if status, _ := j.call("/system/whoami", token, map[string]any{}); status != http.StatusUnauthorized {
			t.Errorf("%s: the token is good: %d", step.name, status)
		}
	}
}

// A server that trusts no CI system has no such grant.
func TestNoExchange(t *testing.T) {
	w := newWorld(t)
	w.post(oauth.PathToken, exchange("a.b.c")).refused(http.StatusBadRequest, "unsupported_grant_type")
	for server, want := range map[*testpages.Server]bool{w.Server: false, newExchanging(t): true} {
		recorder := httptest.NewRecorder()
		server.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+wire.RouteMetadata, nil))
		if listed := strings.Contains(recorder.Body.String(), wire.GrantExchange); listed != want {
			t.Errorf("RFC 8414, 2: the grant is listed: %v, want %v", listed, want)
		}
	}
}

func newExchanging(t *testing.T) *testpages.Server {
	return testpages.Open(t, jobsWorld, func(c *refserver.Config) {
		c.URL = ownURL
		c.SSO.Workloads = []sso.Workload{{Name: "ci", Issuer: "https://ci.example.org", Replay: sso.ReplayOnce}}
	})
}

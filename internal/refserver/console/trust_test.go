package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
	"github.com/dxauth/dxauth/internal/testissuer"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

const (
	trustRules = genomics + "/trust"
	newRule    = trustRules + "/new"
	exomeLevel = "level:project-Exome0000000000000000001"
)

// ruleForm is the form for a rule about jobs of a repository in an environment.
func ruleForm() url.Values {
	return url.Values{"issuer": {"ci"}, "claims": {"repository_id=74\r\nenvironment=prod\r\n"}, exomeLevel: {"CONTRIBUTE"}, "lifetime": {"30m"}}
}

// addTrustRule does what the command for a rule does.
func addTrustRule(t *testing.T, c *dnanexus.Client) dnanexus.TrustRule {
	t.Helper()
	added, err := c.AddTrustRule(t.Context(), "org-genomics", dnanexus.AddTrustRuleRequest{
		Issuer: "ci", Claims: map[string]string{"repository_id": "74", "environment": "prod"}, Lifetime: 1_800_000,
		Projects: map[string]dnanexus.Level{"project-Exome0000000000000000001": dnanexus.LevelContribute},
	})
	must(t, err)
	return added
}

// addRuleOnPage adds a rule, and returns the path of its page.
func addRuleOnPage(b *testpages.Browser, form url.Values) string {
	b.Helper()
	path, _, _ := strings.Cut(b.Get(newRule).Submit(newRule, form).Is(http.StatusSeeOther).Header().Get("Location"), "?")
	return path
}

// An admin of an org adds a rule, compares the ID token of a job with it, and removes it.
func TestTrustRules(t *testing.T) {
	t.Parallel()
	issuers, err := testissuer.Start(testpages.Start)
	must(t, err)
	t.Cleanup(issuers.Close)
	s := testpages.Open(t, orgWorld, func(c *refserver.Config) {
		c.Audience = "https://platform.example.org"
		c.SSO.Workloads = []sso.Workload{{Name: "ci", Issuer: issuers.URL(testissuer.GitHub), Replay: sso.ReplayOnce}}
	})
	b := s.SignedIn("alice")
	b.Get(genomics).Has(`href="` + trustRules + `"`)
	b.Get(trustRules).Has("has no trust rules", `href="`+newRule+`"`)
	path := addRuleOnPage(b, ruleForm())
	b.Get(path+"?done=added").Has("The trust rule is added.", "ci, "+issuers.URL(testissuer.GitHub), "environment=prod", "repository_id=74",
		"Exome 2026: CONTRIBUTE", "at most 30 minutes", "excluded", "https://platform.example.org", "never")
	b.Get(trustRules).Has(`href="`+path+`"`, "environment=prod, repository_id=74", "project-Exome0000000000000000001: CONTRIBUTE", "alice")

	compare := trustRules + "/test"
	claims := issuers.Claims(testissuer.GitHub, "https://platform.example.org")
	token, err := issuers.Sign(claims)
	must(t, err)
	b.Get(compare).Submit(compare, url.Values{"token": {token + "\n"}}).Is(http.StatusOK).
		Has("ID token of ci: valid. A trust rule matches it.", "matches: a token of alice for project-Exome0000000000000000001: CONTRIBUTE", "repository_id=74\n").HasNot(token, "iss=")
	claims["environment"], claims["aud"] = "staging", "https://elsewhere.example.org"
	token, err = issuers.Sign(claims)
	must(t, err)
	b.Get(compare).Submit(compare, url.Values{"token": {token}}).Is(http.StatusOK).
		Has("No trust rule of the org matches it.", "elsewhere.example.org", "does not match", "environment must be “prod”, but is “staging”").HasNot(token)
	for _, wrong := range []string{"", "secret-of-something-else", "a.b.c"} {
		b.Get(compare).Submit(compare, url.Values{"token": {wrong}}).Is(http.StatusForbidden).Has("not an ID token").HasNot("secret-of-something-else")
	}

	b.Get(path+"/remove").Has("environment=prod, repository_id=74").Submit(path+"/remove", nil).LeadsTo(trustRules+"?done=removed").Follow().Has("The trust rule is removed", "has no trust rules")
	b.Get(path).Is(http.StatusNotFound)
	b.Post(path+"/remove", nil).Is(http.StatusNotFound)
}

// A server that trusts no CI system says so, and offers no form.
func TestTrustRulesWithoutACISystem(t *testing.T) {
	t.Parallel()
	b := testpages.Open(t, orgWorld).SignedIn("alice")
	b.Get(trustRules).Has("This server trusts no CI system.").HasNot(newRule)
	b.Get(newRule).Has("This server trusts no CI system.").HasNot("<textarea")
	b.Post(newRule, ruleForm()).Is(http.StatusUnprocessableEntity)
}

// The form for a rule says what is wrong with it, as the command does, and keeps what was
// filled in.
func TestRefusedTrustRules(t *testing.T) {
	b := openOrgs(t).SignedIn("alice")
	page := b.Get(newRule).Is(http.StatusOK).Has("Exome 2026")
	for name, c := range map[string]struct {
		field, value string
		says         string
		status       int
	}{
		"no claim":              {"claims", " \n", "The claims must name from 1 to 10 claims.", http.StatusUnprocessableEntity},
		"not a claim":           {"claims", "repository_id", `"repository_id" must be NAME=VALUE`, http.StatusUnprocessableEntity},
		"a claim twice":         {"claims", "ref=a\nref=b", "ref is given twice", http.StatusUnprocessableEntity},
		"a name that is reused": {"claims", "repository=acme/tools\nref=refs/heads/main", "The claims of GitHub must name repository_id or repository_owner_id exactly", http.StatusUnprocessableEntity},
		"any job":               {"claims", "repository_id=*", "leave the claim out if its value", http.StatusUnprocessableEntity},
		"no such user":          {"user", "nobody", "must be yourself, or an account that the org made", http.StatusUnprocessableEntity},
		"a user of another org": {"user", "erin", "must be yourself, or an account that the org made", http.StatusUnprocessableEntity},
		"no project":            {exomeLevel, "", "must name from 1 to 20 projects", http.StatusUnprocessableEntity},
		"no such level":         {exomeLevel, "ALL", "Choose a level from the list.", http.StatusUnprocessableEntity},
		"another lifetime":      {"lifetime", "2h", "Choose a time from the list.", http.StatusUnprocessableEntity},
		"another CI system":     {"issuer", "elsewhere", "must be one of those that this server trusts: ci", http.StatusUnprocessableEntity},
	} {
		t.Run(name, func(t *testing.T) {
			form := ruleForm()
			form.Set("user", "bob")
			form.Set(c.field, c.value)
			reply := page.Submit(newRule, form).Is(c.status).Has(c.says)
			if c.field != "claims" {
				reply.Has(">repository_id=74\r\nenvironment=prod")
			}
			if c.field != "user" {
				reply.Has(`value="bob"`)
			}
			if c.field != "lifetime" {
				reply.Has(`value="30m" selected`)
			}
		})
	}
	form := ruleForm()
	form.Set("level:project-Other0000000000000000001", "VIEW")
	b.Post(newRule, form).Is(http.StatusNotFound)
	b.Get(trustRules).Has("has no trust rules")
}

// To add a rule needs a recent sign-in; to remove one does not.
func TestWhatTrustRulesConfirm(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("alice")
	later(s, b)
	page := b.Get(newRule).Has("Confirm that it is you")
	page.Submit(newRule, ruleForm()).Is(http.StatusForbidden).Has("Confirm that it is you to continue.", "repository_id=74")
	form := ruleForm()
	form.Set("password", testpages.Password("alice"))
	path, _, _ := strings.Cut(page.Submit(newRule, form).Is(http.StatusSeeOther).Header().Get("Location"), "?")
	later(s, b)
	b.Get(path+"/remove").Submit(path+"/remove", nil).LeadsTo(trustRules + "?done=removed")
}

// Nobody but admins of the org sees, tests or removes a rule, nor by the path of an org of
// their own.
func TestTrustRulesOfOthers(t *testing.T) {
	s := openOrgs(t)
	path := addRuleOnPage(s.SignedIn("alice"), ruleForm())
	before := orgState(t, s)
	bob, erin := signInWithCode(s, "bob"), signInWithCode(s, "erin")
	for _, b := range []*testpages.Browser{bob, erin} {
		for _, page := range []string{trustRules, newRule, path, path + "/remove", trustRules + "/test"} {
			b.Get(page).Is(http.StatusForbidden).HasNot("repository_id")
		}
		b.Post(path+"/remove", nil).Is(http.StatusForbidden)
	}
	elsewhere := strings.Replace(path, "org-genomics", "org-ward", 1)
	erin.Get(elsewhere).Is(http.StatusNotFound)
	erin.Post(elsewhere+"/remove", nil).Is(http.StatusNotFound)
	erin.Post(strings.Replace(newRule, "org-genomics", "org-ward", 1), ruleForm()).Is(http.StatusUnprocessableEntity) // the ward does not pay for the project
	// An administrator of the platform may remove it, and is not the maker of one.
	s.SignedIn("admin").Post(newRule, ruleForm()).Is(http.StatusForbidden)
	if after := orgState(t, s); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	s.SignedIn("admin").Post(path+"/remove", nil).Is(http.StatusSeeOther)
}

// What claims say is text on every page.
func TestHostileTrustRules(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("alice")
	form := ruleForm()
	form.Set("claims", "sub=x\n"+hostile+"="+hostile)
	path := addRuleOnPage(b, form)
	for _, page := range []string{trustRules, path, path + "/remove"} {
		answer := b.Get(page).Is(http.StatusOK).Has("<script>alert(1)</script>") // unescaped by Has
		if body := answer.Body.String(); strings.Contains(body, "<script>alert") || strings.Contains(body, "<img") {
			t.Errorf("%s: %s", page, body)
		}
	}
}

// A long list of rules has pages, each with a part of them, however long the claims are.
func TestManyTrustRules(t *testing.T) {
	const count = 60
	s := openOrgs(t)
	c := clientOf(t, s, "alice")
	for i := range count {
		_, err := c.AddTrustRule(t.Context(), "org-genomics", dnanexus.AddTrustRuleRequest{
			Issuer: "ci", Claims: map[string]string{"sub": fmt.Sprintf("job-%02d", i), "long": strings.Repeat("<", 500)},
			Projects: map[string]dnanexus.Level{"project-Exome0000000000000000001": dnanexus.LevelView},
		})
		must(t, err)
	}
	b, pages, seen := s.SignedIn("alice"), 0, map[string]bool{}
	for page := trustRules; page != ""; pages++ {
		answer := b.Get(page).Is(http.StatusOK)
		if answer.Body.Len() > maxPage {
			t.Errorf("%s has %d bytes", page, answer.Body.Len())
		}
		for _, path := range regexp.MustCompile(`href="`+trustRules+`/[0-9a-f]{16}"`).FindAllString(answer.Body.String(), -1) {
			seen[path] = true
		}
		page = linkOn(answer, "Next page")
	}
	if len(seen) != count || pages != 3 {
		t.Errorf("%d rules on %d pages", len(seen), pages)
	}
}

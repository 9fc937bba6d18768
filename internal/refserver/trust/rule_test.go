package trust

import (
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

const gitHub = "https://token.actions.githubusercontent.com"

// Nothing of a rule is filled in, and a rule about a repository cannot be met by others.
func TestRulesThatSayTooLittle(t *testing.T) {
	many := map[string]string{}
	for i := range MaxClaims + 1 {
		many["claim"+strconv.Itoa(i)] = "x"
	}
	for name, test := range map[string]struct {
		issuer string // empty: an issuer of nobody's
		claims map[string]string
		want   string // in the refusal; empty: the rule is good
	}{
		"none":                            {"", nil, "from 1 to 10 claims"},
		"too many":                        {"", many, "from 1 to 10 claims"},
		"an empty value":                  {"", map[string]string{"sub": ""}, "must have 1 to 512 bytes"},
		"an empty name":                   {"", map[string]string{"": "x"}, "must have names"},
		"what is checked anyway":          {"", map[string]string{"aud": "x", "sub": "y"}, "must not name aud"},
		"any value":                       {"", map[string]string{"sub": "x", "job": "*"}, "must not consist of * alone"},
		"any value in parts":              {"", map[string]string{"sub": "x", "job": "*/*:*"}, "must not consist of * alone"},
		"patterns alone":                  {"", map[string]string{"sub": "system:serviceaccount:*:bot"}, "at least one claim exactly"},
		"a service account of Kubernetes": {"", map[string]string{"sub": "system:serviceaccount:lab:bot"}, ""},
		"a job of Jenkins":                {"", map[string]string{"sub": "https://jenkins.example.org/job/nightly/"}, ""},

		"GitHub: the name of a repository":    {gitHub, map[string]string{"repository": "acme/tools", "ref": "refs/heads/main"}, "repository_id or repository_owner_id exactly"},
		"GitHub: the subject":                 {gitHub, map[string]string{"sub": "repo:acme/tools:ref:refs/heads/main"}, "repository_id or repository_owner_id exactly"},
		"GitHub: an ID as a pattern":          {gitHub, map[string]string{"repository_id": "4*", "sub": "x", "ref": "refs/heads/main"}, "repository_id or repository_owner_id exactly"},
		"GitHub: an ID without a place":       {gitHub, map[string]string{"repository_id": "42", "actor": "alice"}, "environment, ref or job_workflow_ref"},
		"GitHub: an ID and a branch":          {gitHub, map[string]string{"repository_id": "42", "ref": "refs/heads/main"}, ""},
		"GitHub: an owner and an environment": {gitHub, map[string]string{"repository_owner_id": "7", "environment": "prod-*"}, ""},
		"GitHub: a workflow":                  {gitHub, map[string]string{"repository_id": "42", "job_workflow_ref": "acme/ci/.github/workflows/x.yml@refs/heads/main"}, ""},
		"GitHub: the issuer of an enterprise": {gitHub + "/acme", map[string]string{"sub": "anything"}, "repository_id"},
		"GitHub elsewhere, by a claim":        {"", map[string]string{"repository": "acme/tools", "sub": "x"}, "repository_id"},
		"GitHub elsewhere, by the subject":    {"", map[string]string{"sub": "repo:acme/tools:environment:prod"}, "repository_id"},
		"an issuer that begins alike":         {gitHub + ".example.org", map[string]string{"sub": "x"}, ""},

		"GitLab: the path of a project":    {"https://gitlab.com", map[string]string{"project_path": "acme/tools", "ref": "main"}, "project_id or namespace_id exactly"},
		"GitLab: an ID without a place":    {"https://gitlab.example.org", map[string]string{"project_id": "42"}, "ref_protected"},
		"GitLab: an ID and a branch":       {"https://gitlab.example.org", map[string]string{"project_id": "42", "ref": "main", "ref_protected": "true"}, ""},
		"GitLab elsewhere, by the subject": {"", map[string]string{"sub": "project_path:acme/tools:ref_type:branch:ref:main"}, "project_id"},
	} {
		rule := goodRule()
		rule.Issuer, rule.Claims = test.issuer, test.claims
		if test.issuer == "" {
			rule.Issuer = "https://ci.example.org"
		}
		err := rule.Check()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
		if err != nil && refusal.ReasonOf(err) != refusal.WrongInput {
			t.Errorf("%s: reason %s", name, refusal.ReasonOf(err))
		}
	}
}

func goodRule() Rule {
	return Rule{
		Issuer: "https://ci.example.org", Claims: map[string]string{"sub": "job"},
		Projects: map[string]directory.Level{"project-1": directory.View}, Lifetime: time.Hour,
	}
}

func TestLimitsOfRules(t *testing.T) {
	for name, change := range map[string]func(*Rule){
		"no project":          func(r *Rule) { r.Projects = nil },
		"too many projects":   func(r *Rule) { r.Projects = manyProjects(MaxProjects + 1) },
		"no level":            func(r *Rule) { r.Projects = map[string]directory.Level{"project-1": directory.None} },
		"no such level":       func(r *Rule) { r.Projects = map[string]directory.Level{"project-1": directory.Administer + 1} },
		"too long a lifetime": func(r *Rule) { r.Lifetime = time.Hour + 1 },
		"too short a one":     func(r *Rule) { r.Lifetime = time.Minute - 1 },
	} {
		rule := goodRule()
		change(&rule)
		if err := rule.Check(); refusal.ReasonOf(err) != refusal.WrongInput {
			t.Errorf("%s: %v", name, err)
		}
	}
	rule := goodRule()
	rule.Projects = manyProjects(MaxProjects)
	if err := rule.Check(); err != nil {
		t.Error(err)
	}
}

func manyProjects(count int) map[string]directory.Level {
	projects := map[string]directory.Level{}
	for i := range count {
		projects["project-"+strconv.Itoa(i)] = directory.Administer
	}
	return projects
}

// The key of a rule is a claim that few others want.
func TestKeysOfRules(t *testing.T) {
	for want, claims := range map[string]map[string]string{
		"repository_id=42": {"repository_id": "42", "repository_owner_id": "7", "sub": "x", "actor": "alice"},
		"project_id=3":     {"project_id": "3", "ref": "main"},
		"sub=x":            {"sub": "x", "actor": "alice"},
		"actor=alice":      {"sub": "x*", "actor": "alice", "branch": "b"},
		"":                 {"sub": "x*"},
	} {
		rule := Rule{Claims: claims}
		if rule.Key() != want {
			t.Errorf("%v: key %q, want %q", claims, rule.Key(), want)
		}
		token := Claims(maps.Clone(claims))
		if found := strings.Contains("\n"+strings.Join(token.Keys(), "\n")+"\n", "\n"+want+"\n"); want != "" && !found {
			t.Errorf("%v does not have the key %q", token.Keys(), want)
		}
	}
}

// A use is remembered by the claim jti and, without one, by what is signed.
func TestKeysOfUses(t *testing.T) {
	ci := Issuer{URL: "https://ci.example.org"}
	token := func(text, id string) IDToken { return IDToken{Issuer: ci, Token: secret.New(text), ID: id} }
	for name, test := range map[string]struct {
		a, b IDToken
		same bool
	}{
		"one jti in two tokens":              {token("h.a.s", "1"), token("h.b.s", "1"), true},
		"two of them":                        {token("h.a.s", "1"), token("h.a.s", "2"), false},
		"another signature of the same":      {token("h.a.s", ""), token("h.a.t", ""), true},
		"other claims":                       {token("h.a.s", ""), token("h.b.s", ""), false},
		"a jti that looks like a signed one": {token("h.a.s", ""), token("h.b.s", "h.a"), false},
		"another issuer":                     {token("h.a.s", "1"), IDToken{Issuer: Issuer{URL: ci.URL + "/x"}, ID: "1"}, false},
	} {
		if same := UseKey(test.a) == UseKey(test.b); same != test.same {
			t.Errorf("%s: same key: %v", name, same)
		}
	}
}

func TestIDsOfRules(t *testing.T) {
	id, err := NewID(strings.NewReader("\x00\x01\x02\x03\xff\xfe\xfd\xfc"))
	if id != "00010203fffefdfc" || err != nil {
		t.Error(id, err)
	}
	if _, err := NewID(strings.NewReader("short")); err == nil {
		t.Error("an ID without enough randomness")
	}
}

package trustrules

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service/projects"
	rules "github.com/dxauth/dxauth/internal/refserver/trust"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/refusal"
)

// newRuleData is what the form for a rule shows.
type newRuleData struct {
	kit.Notes
	kit.Proof
	kit.Projects
	Path, List   string // paths of the form and of the list
	OrgName      string
	Issuers      kit.Choices
	Claims, User string
	PHI          bool
	Lifetimes    kit.Choices
}

// newRuleFields are the fields of the form for a rule.
func newRuleFields() []string {
	return []string{"issuer", "claims", "user", "phi", "lifetime", kit.LevelField}
}

// newRule shows the form for a rule.
func (p *Pages) newRule(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	form := r.PostForm
	if !v.Returned {
		form = url.Values{"find": {kit.TextIn(r, "find")}, "lifetime": {longest}}
	}
	p.showNewRule(w, r, v, form, nil)
}

// showNewRule shows the form with what was filled in, and with a refusal if there is one.
func (p *Pages) showNewRule(w http.ResponseWriter, r *http.Request, v browser.Visitor, form url.Values, problem error) {
	org, err := p.AdministeredOrg(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	n, status, ok := p.Noted(w, r, v, problem)
	if !ok {
		return
	}
	data := newRuleData{
		Notes: n, Path: pathOf(org) + "/new", List: pathOf(org), OrgName: org.Name, Issuers: p.issuerChoices(form.Get("issuer")),
		Claims: form.Get("claims"), User: form.Get("user"), PHI: form.Has("phi"), Lifetimes: lifetimes(form.Get("lifetime")),
	}
	if data.Proof, err = p.RecentProof(r, v, "new"); err == nil {
		data.Projects, err = kit.Offer(func(query directory.Query) (directory.Page, error) {
			return projects.FindOfOrg(r.Context(), p.Service, v.Caller, org.ID, query)
		}, form)
	}
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Show(w, r, v, status, "newrule", "New trust rule", data)
}

func (p *Pages) issuerChoices(chosen string) (choices kit.Choices) {
	for _, issuer := range p.trust.Issuers() {
		choices = append(choices, kit.Choice{Text: issuer.Name, Chosen: issuer.Name == chosen})
	}
	return choices
}

// longest is the choice of the longest life of a token.
const longest = "1h"

func lifetimes(chosen string) kit.Choices {
	return kit.Choose(chosen, kit.Choices{
		{Value: "5m", Text: "5 minutes"}, {Value: "15m", Text: "15 minutes"}, {Value: "30m", Text: "30 minutes"}, {Value: longest, Text: "1 hour"},
	})
}

// addRule adds a rule to an org.
func (p *Pages) addRule(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, err := p.AdministeredOrg(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	draft, err := draftIn(r)
	if err == nil {
		v, err = p.Confirm(w, r, v)
	}
	var added rules.Rule
	if err == nil {
		draft.OrgID = org.ID
		added, err = p.trust.Add(r.Context(), v.Caller, kit.Recently(), draft)
	}
	if err != nil {
		p.showNewRule(w, r, v, r.PostForm, inWords(err))
		return
	}
	p.Browser.Redirect(w, pathOf(org)+"/"+added.ID+"?done=added")
}

// draftIn reads the form for a rule.
func draftIn(r *http.Request) (draft rules.Rule, err error) {
	draft.Issuer, draft.PHI = r.PostForm.Get("issuer"), r.PostForm.Has("phi")
	if name := kit.Trimmed(r, "user"); name != "" {
		draft.UserID = "user-" + strings.ToLower(strings.TrimPrefix(name, "user-"))
	}
	if draft.Claims, err = claimsIn(r.PostForm.Get("claims")); err != nil {
		return draft, err
	}
	if draft.Projects, err = kit.LevelsIn(r.PostForm); err != nil {
		return draft, err
	}
	draft.Lifetime, err = kit.SpanIn(r.PostForm.Get("lifetime"), lifetimes(""))
	return draft, err
}

// inWords returns a refusal of a part of a rule in the words of the form.
func inWords(err error) error {
	input, isInput := refusal.DetailsOf[refusal.Input](err)
	if !isInput {
		return err
	}
	part := "the " + input.Key
	if key, name, isOne := strings.Cut(input.Key, "."); isOne {
		part = "the " + strings.TrimSuffix(key, "s") + " " + name
	}
	return refusal.New(refusal.Invalid, "%s %s", part, input.Problem)
}

// maxQuoted bounds the bytes of a line that a message quotes.
const maxQuoted = 60

// claimsIn reads claims, of which a text has one on each line.
func claimsIn(text string) (map[string]string, error) {
	claims := map[string]string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		switch {
		case !found || name == "" || value == "":
			return nil, refusal.New(refusal.Invalid, "the claim %q must be NAME=VALUE, one on each line", strings.ToValidUTF8(line[:min(len(line), maxQuoted)], ""))
		case claims[name] != "":
			return nil, refusal.New(refusal.Invalid, "the claim %s is given twice", strings.ToValidUTF8(name[:min(len(name), maxQuoted)], ""))
		}
		claims[name] = value
	}
	return claims, nil
}

package trustrules

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	rules "github.com/dxauth/dxauth/internal/refserver/trust"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// rulesOnPage is how many rules a page lists.
const rulesOnPage = 25

// listData is what the list of rules shows.
type listData struct {
	kit.Notes
	Path, Org, OrgName string // paths of this page and of the org's
	Rules              []ruleRow
	Issuers            []string // names of those that the server trusts
	Next               string   // path of the next page; empty: this is the last
}

// ruleRow is a rule in the list.
type ruleRow struct{ Path, ID, Issuer, Claims, User, Projects, Used string }

// list lists the rules of an org, the oldest first.
func (p *Pages) list(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, err := p.AdministeredOrg(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	found, err := p.trust.List(r.Context(), v.Caller, org.ID)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	data := listData{Notes: p.Notice(r), Path: pathOf(org), Org: kit.PathOrgs + "/" + org.ID, OrgName: org.Name}
	for _, issuer := range p.trust.Issuers() {
		data.Issuers = append(data.Issuers, issuer.Name)
	}
	found = following(found, r.URL.Query().Get("after"))
	for _, rule := range found[:min(rulesOnPage, len(found))] {
		data.Rules = append(data.Rules, p.rowOf(data.Path, rule))
	}
	if len(found) > rulesOnPage {
		data.Next = data.Path + "?after=" + found[rulesOnPage-1].ID
	}
	p.Show(w, r, v, http.StatusOK, "rules", "Trust rules", data)
}

// following returns the rules after the one with an ID; all of them if there is none.
func following(list []rules.Rule, id string) []rules.Rule {
	at := slices.IndexFunc(list, func(rule rules.Rule) bool { return rule.ID == id })
	return list[at+1:]
}

func (p *Pages) rowOf(path string, rule rules.Rule) ruleRow {
	return ruleRow{
		Path: path + "/" + rule.ID, ID: rule.ID, Issuer: cmp.Or(p.issuerName(rule.Issuer), rule.Issuer+" (no longer trusted)"),
		Claims: shortList(claimTexts(rule.Claims), "claims"), User: userText(rule.UserID), Projects: shortList(levelTexts(rule.Projects, nil), "projects"),
		Used: usedText(rule),
	}
}

// claimTexts returns claims as the form takes them, such as "ref=refs/heads/main".
func claimTexts(claims map[string]string) (texts []string) {
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		texts = append(texts, name+"="+claims[name])
	}
	return texts
}

// levelTexts returns levels on projects, by their names as far as they are known.
func levelTexts(levels map[string]directory.Level, names map[string]string) (texts []string) {
	for _, id := range slices.Sorted(maps.Keys(levels)) {
		texts = append(texts, cmp.Or(names[id], id)+": "+levels[id].String())
	}
	return texts
}

// maxShown bounds the bytes of a list in one cell.
const maxShown = 300

// shortList joins a list for one cell, or counts it if it is long.
func shortList(texts []string, kind string) string {
	if joined := strings.Join(texts, ", "); len(joined) <= maxShown {
		return joined
	}
	return fmt.Sprintf("%d %s", len(texts), kind)
}

func userText(id string) string { return strings.TrimPrefix(id, "user-") }

func usedText(rule rules.Rule) string {
	switch rule.Uses {
	case 0:
		return "never"
	case 1:
		return "once, " + kit.TimeText(rule.LastUsed)
	default:
		return strconv.FormatInt(rule.Uses, 10) + " times, last " + kit.TimeText(rule.LastUsed)
	}
}

// ruleData is what the page of a rule shows.
type ruleData struct {
	kit.Notes
	Path, List, OrgName                            string // paths of this page and of the list
	Issuer, IssuerName                             string // no name: the server no longer trusts it
	Claims, Projects                               []string
	User, Maker, Created, Used, Lifetime, Audience string
	PHI, IsOnce                                    bool
}

// rule shows a rule, and what its jobs have to do.
func (p *Pages) rule(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, rule, err := p.ruleIn(r, v)
	var names map[string]string
	if err == nil {
		names, err = p.ProjectNames(r.Context(), v, slices.Collect(maps.Keys(rule.Projects)))
	}
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Show(w, r, v, http.StatusOK, "rule", "Trust rule "+rule.ID, ruleData{
		Notes: p.Notice(r), Path: pathOf(org) + "/" + rule.ID, List: pathOf(org), OrgName: org.Name,
		Issuer: rule.Issuer, IssuerName: p.issuerName(rule.Issuer), Claims: claimTexts(rule.Claims), Projects: levelTexts(rule.Projects, names),
		User: userText(rule.UserID), Maker: userText(rule.Maker), Created: kit.TimeText(rule.Created), Used: usedText(rule),
		Lifetime: duration.Format(rule.Lifetime), Audience: p.trust.Audience(), PHI: rule.PHI,
	})
}

// removePage asks whether a rule is to be removed.
func (p *Pages) removePage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, rule, err := p.ruleIn(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Ask(w, r, v, kit.Question{
		Title:  "Remove this trust rule?",
		Text:   "It is about " + cmp.Or(p.issuerName(rule.Issuer), rule.Issuer) + ", with " + shortList(claimTexts(rule.Claims), "claims") + ". The tokens that jobs got by it end at once. This cannot be undone.",
		Button: "Remove", Back: pathOf(org) + "/" + rule.ID,
	})
}

// remove removes a rule, which ends the tokens that came from it.
func (p *Pages) remove(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, rule, err := p.ruleIn(r, v)
	if err == nil {
		err = p.trust.Remove(r.Context(), v.Caller, org.ID, rule.ID)
	}
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Browser.Redirect(w, pathOf(org)+"?done=removed")
}

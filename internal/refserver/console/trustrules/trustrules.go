// Package trustrules has the pages about the trust rules of an org: which jobs of a CI system
// get a token of the server for their ID token.
//
// It promises that only admins of the org see its rules, that a rule is added after a recent
// sign-in only, and that an ID token which is compared with the rules is in no address and
// in no response.
//
// Package trust decides which rules are good, and what a job gets.
package trustrules

import (
	"embed"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/trust"
	rules "github.com/dxauth/dxauth/internal/refserver/trust"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

//go:embed templates/*.html
var files embed.FS

// Pages serves the pages.
type Pages struct {
	*kit.Kit
	trust *trust.Service
}

// New returns the pages of a server.
func New(s *service.Service, pages *browser.Pages, trusts *trust.Service) *Pages {
	done := map[string]string{
		"added":   "The trust rule is added. Jobs that it matches get a token from now on.",
		"removed": "The trust rule is removed, and the tokens that jobs got by it have ended.",
	}
	return &Pages{kit.New(kit.Config{Service: s, Browser: pages, Files: files, Done: done}), trusts}
}

// Rows returns the table of the pages and forms.
func (p *Pages) Rows() []browser.Row {
	return []browser.Row{
		{Pattern: "GET /console/orgs/{org}/trust", Who: browser.SignedIn, Handle: p.list},
		{Pattern: "GET /console/orgs/{org}/trust/new", Who: browser.SignedIn, Handle: p.newRule},
		{Pattern: "POST /console/orgs/{org}/trust/new", Who: browser.SignedIn, Handle: p.addRule, Keeps: newRuleFields()},
		{Pattern: "GET /console/orgs/{org}/trust/test", Who: browser.SignedIn, Handle: p.testPage},
		{Pattern: "POST /console/orgs/{org}/trust/test", Who: browser.SignedIn, Handle: p.test},
		{Pattern: "GET /console/orgs/{org}/trust/{rule}", Who: browser.SignedIn, Handle: p.rule},
		{Pattern: "GET /console/orgs/{org}/trust/{rule}/remove", Who: browser.SignedIn, Handle: p.removePage},
		{Pattern: "POST /console/orgs/{org}/trust/{rule}/remove", Who: browser.SignedIn, Handle: p.remove},
	}
}

// pathOf returns the path of the rules of an org.
func pathOf(org directory.OrgView) string { return kit.PathOrgs + "/" + org.ID + "/trust" }

// issuerName returns the name of an issuer; "" if the server no longer trusts it.
func (p *Pages) issuerName(url string) string {
	for _, issuer := range p.trust.Issuers() {
		if issuer.URL == url {
			return issuer.Name
		}
	}
	return ""
}

// ruleIn returns the rule in the path, and its org. It returns rules.ErrNoRule.
func (p *Pages) ruleIn(r *http.Request, v browser.Visitor) (directory.OrgView, rules.Rule, error) {
	org, err := p.AdministeredOrg(r, v)
	if err != nil {
		return org, rules.Rule{}, err
	}
	list, err := p.trust.List(r.Context(), v.Caller, org.ID)
	for _, rule := range list {
		if rule.ID == r.PathValue("rule") {
			return org, rule, err
		}
	}
	if err == nil {
		err = rules.ErrNoRule
	}
	return org, rules.Rule{}, err
}

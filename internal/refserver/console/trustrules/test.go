package trustrules

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/service/trust"
	rules "github.com/dxauth/dxauth/internal/refserver/trust"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/pkg/secret"
)

// fieldToken is the ID token of a job, which no response has.
const fieldToken = "token"

// testData is what the page shows that compares an ID token with the rules.
type testData struct {
	kit.Notes
	Path, List string // paths of the form and of the list
	Report     *report
}

// report says what an ID token gets.
type report struct {
	Issuer, Problem string
	Claims          []string
	Rules           []ruleResult
	Matches         bool // one of them
}

// ruleResult says what keeps an ID token from being exchanged by a rule.
type ruleResult struct {
	Path, ID, Result string
	Mismatches       []string
}

// testPage shows the form for an ID token.
func (p *Pages) testPage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	p.showTest(w, r, v, nil, nil)
}

func (p *Pages) showTest(w http.ResponseWriter, r *http.Request, v browser.Visitor, tested *report, problem error) {
	org, err := p.AdministeredOrg(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	n, status, ok := p.Noted(w, r, v, problem)
	if !ok {
		return
	}
	p.Show(w, r, v, status, "testrule", "Compare an ID token", testData{n, pathOf(org) + "/test", pathOf(org), tested})
}

// test compares an ID token with the rules of an org. It spends nothing.
func (p *Pages) test(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, err := p.AdministeredOrg(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	compared, err := p.trust.Test(r.Context(), v.Caller, org.ID, secret.New(kit.Trimmed(r, fieldToken)))
	if err != nil {
		p.showTest(w, r, v, nil, err)
		return
	}
	p.showTest(w, r, v, reportOf(pathOf(org), compared), nil)
}

func reportOf(path string, compared trust.Report) *report {
	shown := &report{Issuer: cmp.Or(compared.Name, compared.Issuer, "an unknown issuer"), Problem: compared.Problem}
	maps.DeleteFunc(compared.Claims, func(name, _ string) bool { return slices.Contains(rules.StandardClaims(), name) })
	shown.Claims = claimTexts(compared.Claims)
	for _, e := range compared.Rules {
		result := ruleResult{Path: path + "/" + e.Rule.ID, ID: e.Rule.ID, Result: resultText(e)}
		for _, mismatch := range e.Mismatches {
			result.Mismatches = append(result.Mismatches, mismatchText(mismatch))
		}
		shown.Rules = append(shown.Rules, result)
		shown.Matches = shown.Matches || e.Matches()
	}
	return shown
}

func resultText(e rules.Explanation) string {
	switch {
	case e.Matches():
		return "matches: a token of " + userText(e.Rule.UserID) + " for " + strings.Join(levelTexts(e.Levels, nil), ", ")
	case e.OtherIssuer:
		return "is about another issuer"
	case len(e.Mismatches) > 0:
		return "does not match"
	case e.Ended:
		return "has ended: its maker is no longer an admin of the org, or its user no longer belongs to it"
	default:
		return "matches, but reaches no project: its maker and its user need access to projects that the org pays for"
	}
}

func mismatchText(m rules.Mismatch) string {
	if m.Missing {
		return m.Claim + " must be “" + m.Want + "”, but the token does not have it"
	}
	return m.Claim + " must be “" + m.Want + "”, but is “" + m.Got + "”"
}

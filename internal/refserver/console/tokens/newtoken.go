package tokens

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/projects"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/refusal"
)

// newTokenData is what the form for a token shows.
type newTokenData struct {
	kit.Notes
	kit.Proof
	kit.Projects
	Owner owner // a token for another user reaches the whole account
	Name  string
	Days  kit.Choices // until it expires
	Reach string      // reachAccount or reachProjects
	NoPHI bool
}

// What a token reaches, by the field "reach".
const (
	reachAccount  = "account"
	reachProjects = "projects"
)

// newToken shows the form for a token.
func (p *Pages) newToken(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	if v.Returned {
		p.showNewToken(w, r, v, r.PostForm, nil)
		return
	}
	form := url.Values{"days": {"30"}, "reach": {reachAccount}}
	if find := r.URL.Query().Get("find"); find != "" {
		form.Set("find", find)
		form.Set("reach", reachProjects)
	}
	p.showNewToken(w, r, v, form, nil)
}

// showNewToken shows the form with what was filled in, and with a refusal if there is
// one.
func (p *Pages) showNewToken(w http.ResponseWriter, r *http.Request, v browser.Visitor, form url.Values, problem error) {
	owner, err := p.ownerOf(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	n, status, ok := p.Noted(w, r, v, problem)
	if !ok {
		return
	}
	data := newTokenData{Notes: n, Owner: owner, Name: form.Get("name"), Days: dayChoices(form.Get("days")), Reach: form.Get("reach"), NoPHI: form.Has("nophi")}
	if data.Proof, err = p.RecentProof(r, v, "new"); err == nil && !owner.IsOther {
		data.Projects, err = kit.Offer(func(query directory.Query) (directory.Page, error) {
			return projects.Find(r.Context(), p.Service, v.Caller, query)
		}, form)
	}
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Show(w, r, v, status, "newtoken", owner.titled("New Token", "for"), data)
}

func dayChoices(chosen string) kit.Choices {
	return kit.Choose(chosen, kit.Choices{
		{Value: "1", Text: "1 day"}, {Value: "7", Text: "1 week"}, {Value: "30", Text: "1 month"}, {Value: "90", Text: "3 months"}, {Value: "365", Text: "1 year"},
	})
}

// newTokenFields are the fields of the form for a token.
func newTokenFields() []string { return []string{"name", "days", "reach", "nophi", kit.LevelField} }

// makeToken makes a token, and shows it in this one response.
func (p *Pages) makeToken(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	owner, err := p.ownerOf(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	order, err := p.orderIn(r, v)
	if err == nil {
		v, err = p.Confirm(w, r, v)
	}
	var made []access.Issued
	if err == nil {
		made, err = p.Service.MakeTokens(r.Context(), v.Caller, service.TokenDraft{UserID: owner.ID, Order: order, Unique: true})
	}
	if err != nil {
		p.showNewToken(w, r, v, r.PostForm, err)
		return
	}
	p.showMade(w, r, v, owner, made[0])
}

// madeData is what the page with a new token shows.
type madeData struct {
	Owner                       owner
	Value, Name, Scope, Expires string
}

func (p *Pages) showMade(w http.ResponseWriter, r *http.Request, v browser.Visitor, owner owner, made access.Issued) {
	names, err := p.projectNames(r.Context(), v, []access.Token{made.Token})
	if err != nil {
		names = nil // the token is shown once: rather without names
	}
	p.Show(w, r, v, http.StatusOK, "madetoken", "Your new token", madeData{
		Owner: owner, Value: made.Secret.Reveal(), Name: made.Token.Label, Scope: scopeText(made.Token.Scope, names), Expires: kit.TimeText(made.Token.Expires),
	})
}

// orderIn reads the form for a token.
func (p *Pages) orderIn(r *http.Request, v browser.Visitor) (access.Order, error) {
	form := r.PostForm
	name := strings.TrimSpace(form.Get("name"))
	days, err := strconv.Atoi(form.Get("days"))
	switch {
	case name == "" || len(name) > kit.MaxName:
		return access.Order{}, refusal.New(refusal.Invalid, "the name must have 1 to %d bytes", kit.MaxName)
	case err != nil || days < 1 || days > 366:
		return access.Order{}, refusal.New(refusal.Invalid, "choose when the token expires")
	}
	scope, err := scopeIn(form)
	if err != nil {
		return access.Order{}, err
	}
	for id := range scope.Projects {
		if err := projects.RequireVisible(r.Context(), p.Service, v.Caller, id); err != nil {
			return access.Order{}, err
		}
	}
	return access.Order{Label: name, Scope: &scope, Independent: true, Expires: p.Service.Now().Add(time.Duration(days) * 24 * time.Hour)}, nil
}

// scopeIn reads what the token shall reach.
func scopeIn(form url.Values) (access.Scope, error) {
	scope := access.Scope{NoPHI: form.Has("nophi")}
	if form.Get("reach") == reachAccount {
		scope.Full = true
		return scope, nil
	}
	levels, err := kit.LevelsIn(form)
	if err != nil {
		return access.Scope{}, err
	}
	if len(levels) == 0 || len(levels) > kit.ProjectsOnForm {
		return access.Scope{}, refusal.New(refusal.Invalid, "choose at least one project, or the whole account")
	}
	scope.Projects = levels
	return scope, nil
}

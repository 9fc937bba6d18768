package account

import (
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service/overview"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// securityData is what the page Account Security shows.
type securityData struct {
	kit.Notes
	kit.Proof
	HasFactor    bool // two-factor authentication is on
	Since        string
	Disabled     bool // this server has no second factors
	Enforced     bool // this server requires one
	CodesLeft    string
	FewCodes     bool
	Sessions     []sessionRow
	More         bool // there are more sessions
	HasProviders bool // with which users sign in
}

// sessionRow is a session in the list.
type sessionRow struct {
	ID, Client, From, Since, LastUsed string
	IsCurrent                         bool
}

// sessionsOnPage is how many sessions the page lists.
const sessionsOnPage = 100

// fewCodes is how many recovery codes are so few that the page says so.
const fewCodes = 3

// security shows the second factor and the sessions of the visitor.
func (p *Pages) security(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	p.showSecurity(w, r, v, nil)
}

func (p *Pages) showSecurity(w http.ResponseWriter, r *http.Request, v browser.Visitor, problem error) {
	n, status, ok := p.Noted(w, r, v, problem)
	if !ok {
		return
	}
	data := securityData{Notes: n}
	if err := p.readSecurity(r, v, &data); err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Show(w, r, v, status, "security", "Account Security", data)
}

func (p *Pages) readSecurity(r *http.Request, v browser.Visitor, data *securityData) error {
	account, err := overview.ReadAccount(r.Context(), p.Service, v.Caller)
	if err != nil {
		return err
	}
	mode := p.Service.FactorMode()
	data.Disabled, data.Enforced = mode == identity.FactorsDisabled, mode == identity.FactorsEnforced
	data.HasFactor, data.Since = account.HasFactor, kit.TimeText(account.FactorSince)
	data.CodesLeft = browser.CodesLeftText(account.CodesLeft)
	data.FewCodes = account.HasFactor && account.CodesLeft <= fewCodes
	data.Proof = kit.ProofFor(v, account, "everywhere")
	query := access.Query{UserID: v.Caller.User.ID, Kind: access.Session, Limit: sessionsOnPage}
	page, err := p.Service.FindTokens(r.Context(), v.Caller, query)
	if err != nil {
		return err
	}
	data.Sessions, data.More = sessionRows(page.Tokens, v), page.Next != nil
	data.HasProviders = len(p.linking.Providers()) > 0
	return nil
}

func sessionRows(list []access.Token, v browser.Visitor) (rows []sessionRow) {
	for _, session := range list {
		rows = append(rows, sessionRow{
			ID: audit.ShortSignature(session.Signature), Client: kit.ClientText(session.Client),
			From: kit.FromText(session.LastAddress), Since: kit.TimeText(session.Created), LastUsed: kit.TimeText(session.LastUsed),
			IsCurrent: session.Signature == v.Caller.Token.Signature,
		})
	}
	return rows
}

// endSession signs one session of the visitor out.
func (p *Pages) endSession(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	id := r.PathValue("id")
	if !kit.IsTokenID(id) {
		p.showSecurity(w, r, v, access.ErrNoSession)
		return
	}
	if err := p.Service.EndSessions(r.Context(), v.Caller, []string{id}); err != nil {
		p.showSecurity(w, r, v, err)
		return
	}
	p.Browser.Redirect(w, "/console/security?done=session-ended")
}

// endEverySession signs the visitor out everywhere.
func (p *Pages) endEverySession(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	shown := kit.ProofOf(r)
	if err := p.Service.EndEverySession(r.Context(), v.Caller, shown.Password, shown.Code); err != nil {
		p.showSecurity(w, r, v, err)
		return
	}
	p.Browser.SignedOut(w, r)
}

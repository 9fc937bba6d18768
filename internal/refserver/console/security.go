package console

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// securityData is what the page Account Security shows.
type securityData struct {
	notes
	proof
	Factor       identity.FactorStatus
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
func (c *Console) security(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	c.showSecurity(w, r, v, nil)
}

func (c *Console) showSecurity(w http.ResponseWriter, r *http.Request, v browser.Visitor, problem error) {
	n, status, ok := c.noted(w, r, v, problem)
	if !ok {
		return
	}
	data := securityData{notes: n}
	if err := c.readSecurity(r, v, &data); err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	c.show(w, r, v, status, "security", "Account Security", data)
}

func (c *Console) readSecurity(r *http.Request, v browser.Visitor, data *securityData) error {
	factor, err := c.service.TwoFactorStatus(r.Context(), v.Caller)
	if err != nil {
		return err
	}
	data.Factor, data.Since = factor, timeText(factor.Since)
	data.Disabled, data.Enforced = factor.Mode == identity.FactorsDisabled, factor.Mode == identity.FactorsEnforced
	data.CodesLeft = browser.CodesLeftText(factor.CodesLeft)
	data.FewCodes = factor.On && factor.CodesLeft <= fewCodes
	if data.proof, err = c.proofWith(r, v, "everywhere", factor); err != nil {
		return err
	}
	query := access.Query{UserID: v.Caller.User.ID, Kind: access.Session, Limit: sessionsOnPage}
	page, err := c.service.FindTokens(r.Context(), v.Caller, query)
	if err != nil {
		return err
	}
	data.Sessions, data.More = sessionRows(page.Tokens, v), page.Next != nil
	data.HasProviders = len(c.linking.Providers()) > 0
	return nil
}

func sessionRows(list []access.Token, v browser.Visitor) (rows []sessionRow) {
	for _, session := range list {
		rows = append(rows, sessionRow{
			ID: audit.ShortSignature(session.Signature), Client: clientText(session.Client),
			From: fromText(session.LastAddress), Since: timeText(session.Created), LastUsed: timeText(session.LastUsed),
			IsCurrent: session.Signature == v.Caller.Token.Signature,
		})
	}
	return rows
}

// clientText names the program of a session: browsers by their own name and the system,
// others as they call themselves.
func clientText(client string) string {
	if !strings.HasPrefix(client, "Mozilla/") {
		return cmp.Or(client, "Unknown program")
	}
	return firstIn(client, [][2]string{
		{"Firefox/", "Firefox"}, {"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"", "Browser"},
	}) + firstIn(client, [][2]string{
		{"Android", " on Android"}, {"iPhone", " on iPhone"}, {"iPad", " on iPad"}, {"Windows", " on Windows"},
		{"Mac OS X", " on macOS"}, {"Linux", " on Linux"}, {"", ""},
	})
}

// firstIn returns the name that belongs to the first word that a text has.
func firstIn(text string, names [][2]string) string {
	for _, name := range names {
		if strings.Contains(text, name[0]) {
			return name[1]
		}
	}
	return ""
}

// endSession signs one session of the visitor out.
func (c *Console) endSession(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	id := r.PathValue("id")
	if !isHex(id, idLength) {
		c.showSecurity(w, r, v, access.ErrNoSession)
		return
	}
	if err := c.service.EndSessions(r.Context(), v.Caller, []string{id}); err != nil {
		c.showSecurity(w, r, v, err)
		return
	}
	c.pages.Redirect(w, "/console/security?done=session-ended")
}

// endEverySession signs the visitor out everywhere.
func (c *Console) endEverySession(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	shown := proofOf(r)
	if err := c.service.EndEverySession(r.Context(), v.Caller, shown.Password, shown.Code); err != nil {
		c.showSecurity(w, r, v, err)
		return
	}
	c.pages.SignedOut(w, r)
}

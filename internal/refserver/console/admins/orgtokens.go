package admins

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// memberTokensOnPage is how many tokens of members a page lists.
const memberTokensOnPage = 50

// orgTokensData is what the list of members' tokens shows.
type orgTokensData struct {
	kit.Notes
	Org, OrgName string // path and name
	Tokens       []memberTokenRow
	Next         string // path of the next page; empty: this is the last
}

// memberTokenRow is a token of a member. The org learns no more of it.
type memberTokenRow struct {
	Exclude                    string // path
	ID, User, Name             string
	Created, LastUsed, Expires string
}

// orgTokens lists the API tokens of members that name projects of the org.
func (p *Pages) orgTokens(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, err := p.AdministeredOrg(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	query := access.MemberQuery{OrgID: org.ID, After: memberPositionIn(r.URL.Query()), Limit: memberTokensOnPage}
	page, err := p.Service.MemberTokens(r.Context(), v.Caller, query)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	data := orgTokensData{Notes: p.Notice(r), Org: kit.PathOrgs + "/" + org.ID, OrgName: org.Name}
	for _, token := range page.Tokens {
		data.Tokens = append(data.Tokens, memberTokenRow{
			Exclude: data.Org + "/tokens/" + token.Signature + "/exclude", ID: audit.ShortSignature(token.Signature),
			User: strings.TrimPrefix(token.UserID, "user-"), Name: token.Label,
			Created: kit.TimeText(token.Created), LastUsed: kit.TimeText(token.LastUsed), Expires: kit.TimeText(token.Expires),
		})
	}
	if page.Next != nil {
		data.Next = data.Org + "/tokens?" + memberPositionText(*page.Next)
	}
	p.Show(w, r, v, http.StatusOK, "orgtokens", "Tokens of members", data)
}

// memberPositionIn reads the position of a page of members' tokens; anything else is the
// first page.
func memberPositionIn(query url.Values) access.MemberPosition {
	millis, err := strconv.ParseInt(query.Get("expires"), 10, 64)
	if err != nil || !kit.IsSignature(query.Get("after")) || !kit.IsUserID(query.Get("user")) {
		return access.MemberPosition{}
	}
	position := access.Position{Expires: time.UnixMilli(millis), Signature: query.Get("after")}
	return access.MemberPosition{UserID: query.Get("user"), Position: position}
}

func memberPositionText(position access.MemberPosition) string {
	return url.Values{
		"user": {position.UserID}, "expires": {strconv.FormatInt(position.Expires.UnixMilli(), 10)}, "after": {position.Signature},
	}.Encode()
}

// excludePage asks whether the org is to be excluded from a token of a member.
func (p *Pages) excludePage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, err := p.AdministeredOrg(r, v)
	signature := r.PathValue("signature")
	if err == nil && !kit.IsSignature(signature) {
		err = access.ErrNoSuchToken
	}
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Ask(w, r, v, kit.Question{
		Title:  "Exclude " + org.Name + " from this token?",
		Text:   "The token " + audit.ShortSignature(signature) + " no longer reaches projects of the org from then on. What else it reaches stays. This cannot be undone.",
		Button: "Exclude the org", Back: kit.PathOrgs + "/" + org.ID + "/tokens",
	})
}

// excludeOrg ends the access of a member's token to the projects of the org.
func (p *Pages) excludeOrg(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	id, err := kit.OrgIn(r)
	signature := r.PathValue("signature")
	if err == nil && !kit.IsSignature(signature) {
		err = access.ErrNoSuchToken
	}
	if err == nil {
		err = p.Service.RevokeMemberToken(r.Context(), v.Caller, id, signature)
	}
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Browser.Redirect(w, kit.PathOrgs+"/"+id+"/tokens?done=excluded")
}

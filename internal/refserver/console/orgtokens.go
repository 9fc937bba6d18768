package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// orgTokensData is what the list of members' tokens shows.
type orgTokensData struct {
	notes
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
func (c *Console) orgTokens(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, err := c.administered(r, v)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	query := access.MemberQuery{OrgID: org.ID, After: memberPositionIn(r.URL.Query()), Limit: tokensOnPage}
	page, err := c.service.MemberTokens(r.Context(), v.Caller, query)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	data := orgTokensData{notes: notes{Notice: doneText(r.URL.Query().Get("done"))}, Org: pathOrgs + "/" + org.ID, OrgName: org.Name}
	for _, token := range page.Tokens {
		data.Tokens = append(data.Tokens, memberTokenRow{
			Exclude: data.Org + "/tokens/" + token.Signature + "/exclude", ID: audit.ShortSignature(token.Signature),
			User: strings.TrimPrefix(token.UserID, "user-"), Name: token.Label,
			Created: timeText(token.Created), LastUsed: timeText(token.LastUsed), Expires: timeText(token.Expires),
		})
	}
	if page.Next != nil {
		data.Next = data.Org + "/tokens?" + memberPositionText(*page.Next)
	}
	c.show(w, r, v, http.StatusOK, "orgtokens", "Tokens of members", data)
}

// memberPositionIn reads the position of a page of members' tokens; anything else is the
// first page.
func memberPositionIn(query url.Values) access.MemberPosition {
	millis, err := strconv.ParseInt(query.Get("expires"), 10, 64)
	if err != nil || !isSignature(query.Get("after")) || !isUserID(query.Get("user")) {
		return access.MemberPosition{}
	}
	position := access.Position{Expires: time.UnixMilli(millis), Signature: query.Get("after")}
	return access.MemberPosition{UserID: query.Get("user"), Position: position}
}

func memberPositionText(position access.MemberPosition) string {
	return url.Values{"user": {position.UserID}}.Encode() + "&" + positionText(position.Position)
}

// excludePage asks whether the org is to be excluded from a token of a member.
func (c *Console) excludePage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	org, err := c.administered(r, v)
	signature := r.PathValue("signature")
	if err == nil && !isSignature(signature) {
		err = access.ErrNoSuchToken
	}
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	c.ask(w, r, v, question{
		Title:  "Exclude " + org.Name + " from this token?",
		Text:   "The token " + audit.ShortSignature(signature) + " no longer reaches projects of the org from then on. What else it reaches stays. This cannot be undone.",
		Button: "Exclude the org", Back: pathOrgs + "/" + org.ID + "/tokens",
	})
}

// excludeOrg ends the access of a member's token to the projects of the org.
func (c *Console) excludeOrg(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	id, err := orgIn(r)
	signature := r.PathValue("signature")
	if err == nil && !isSignature(signature) {
		err = access.ErrNoSuchToken
	}
	if err == nil {
		err = c.service.RevokeMemberToken(r.Context(), v.Caller, id, signature)
	}
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	c.pages.Redirect(w, pathOrgs+"/"+id+"/tokens?done=excluded")
}

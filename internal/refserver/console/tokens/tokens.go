package tokens

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// tokensOnPage is how many tokens a page lists.
const tokensOnPage = 50

// tokensData is what the list of API tokens shows.
type tokensData struct {
	kit.Notes
	Owner  owner
	Tokens []tokenRow
	Next   string // path of the next page; empty: this is the last
}

// tokenRow is a token as pages show it.
type tokenRow struct {
	Path, ID, Name, Scope            string
	Created, LastUsed, From, Expires string
}

// tokens lists the API tokens of a user, those that expire first at the top.
func (p *Pages) tokens(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	owner, err := p.ownerOf(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	query := access.Query{UserID: owner.ID, Kind: access.APIToken, After: positionIn(r.URL.Query()), Limit: tokensOnPage}
	page, err := p.Service.FindTokens(r.Context(), v.Caller, query)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	rows, err := p.tokenRows(r, v, owner, page.Tokens)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	data := tokensData{Owner: owner, Notes: p.Notice(r), Tokens: rows}
	if page.Next != nil {
		data.Next = owner.Path + "?" + positionText(*page.Next)
	}
	p.Show(w, r, v, http.StatusOK, "tokens", owner.titled("API Tokens", "of"), data)
}

func (p *Pages) tokenRows(r *http.Request, v browser.Visitor, owner owner, tokens []access.Token) ([]tokenRow, error) {
	names, err := p.projectNames(r.Context(), v, tokens)
	rows := make([]tokenRow, len(tokens))
	for i, token := range tokens {
		rows[i] = rowOf(owner, token, names)
	}
	return rows, err
}

func rowOf(owner owner, token access.Token, names map[string]string) tokenRow {
	id := audit.ShortSignature(token.Signature)
	return tokenRow{
		Path: owner.Path + "/" + id, ID: id, Name: token.Label, Scope: scopeText(token.Scope, names),
		Created: kit.TimeText(token.Created), LastUsed: kit.TimeText(token.LastUsed), From: kit.FromText(token.LastAddress), Expires: kit.TimeText(token.Expires),
	}
}

// positionIn reads the position of a page of tokens; anything else is the first page.
func positionIn(query url.Values) access.Position {
	millis, err := strconv.ParseInt(query.Get("expires"), 10, 64)
	if err != nil || !kit.IsSignature(query.Get("after")) {
		return access.Position{}
	}
	return access.Position{Expires: time.UnixMilli(millis), Signature: query.Get("after")}
}

func positionText(position access.Position) string {
	return url.Values{"expires": {strconv.FormatInt(position.Expires.UnixMilli(), 10)}, "after": {position.Signature}}.Encode()
}

package console

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// tokensOnPage is how many tokens a page lists.
const tokensOnPage = 50

// tokensData is what the list of API tokens shows.
type tokensData struct {
	notes
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
func (c *Console) tokens(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	owner, err := c.ownerOf(r, v)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	query := access.Query{UserID: owner.ID, Kind: access.APIToken, After: positionIn(r.URL.Query()), Limit: tokensOnPage}
	page, err := c.service.FindTokens(r.Context(), v.Caller, query)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	rows, err := c.tokenRows(r, v, owner, page.Tokens)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	data := tokensData{Owner: owner, notes: notes{Notice: doneText(r.URL.Query().Get("done"))}, Tokens: rows}
	if page.Next != nil {
		data.Next = owner.Path + "?" + positionText(*page.Next)
	}
	c.show(w, r, v, http.StatusOK, "tokens", owner.titled("API Tokens", "of"), data)
}

func (c *Console) tokenRows(r *http.Request, v browser.Visitor, owner owner, tokens []access.Token) ([]tokenRow, error) {
	names, err := c.projectNames(r.Context(), v, tokens)
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
		Created: timeText(token.Created), LastUsed: timeText(token.LastUsed), From: fromText(token.LastAddress), Expires: timeText(token.Expires),
	}
}

// positionIn reads the position of a page of tokens; anything else is the first page.
func positionIn(query url.Values) access.Position {
	millis, err := strconv.ParseInt(query.Get("expires"), 10, 64)
	if err != nil || !isSignature(query.Get("after")) {
		return access.Position{}
	}
	return access.Position{Expires: time.UnixMilli(millis), Signature: query.Get("after")}
}

func positionText(position access.Position) string {
	return url.Values{"expires": {strconv.FormatInt(position.Expires.UnixMilli(), 10)}, "after": {position.Signature}}.Encode()
}

// Lengths of a signature and of the ID that pages show of it, in hexadecimal digits.
const (
	signatureLength = 64
	idLength        = 12
)

func isSignature(text string) bool { return isHex(text, signatureLength) }

// isHex reports whether a text has a number of lower-case hexadecimal digits.
func isHex(text string, length int) bool {
	for _, digit := range text {
		if (digit < '0' || digit > '9') && (digit < 'a' || digit > 'f') {
			return false
		}
	}
	return len(text) == length
}

package console

import (
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/refusal"
)

// tokenData is what the page of one API token shows.
type tokenData struct {
	notes
	proof
	Owner   owner
	Token   tokenRow
	NewName string // in the form
	Earlier []choice
	Grace   []choice // how long the old token stays valid after a rotation
}

// token shows one API token, with what can be done with it.
func (c *Console) token(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	owner, token, err := c.findToken(r, v)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	c.showToken(w, r, v, owner, token, nil)
}

// findToken returns the API token whose ID is in the path, and its owner.
func (c *Console) findToken(r *http.Request, v browser.Visitor) (owner, access.Token, error) {
	owner, err := c.ownerOf(r, v)
	if err != nil {
		return owner, access.Token{}, err
	}
	token, err := c.tokenOf(r, v, owner)
	return owner, token, err
}

func (c *Console) tokenOf(r *http.Request, v browser.Visitor, owner owner) (access.Token, error) {
	id := r.PathValue("id")
	if !isHex(id, idLength) {
		return access.Token{}, access.ErrNoSuchToken
	}
	query := access.Query{UserID: owner.ID, Kind: access.APIToken, Prefix: id, Limit: 2}
	page, err := c.service.FindTokens(r.Context(), v.Caller, query)
	switch {
	case err != nil:
		return access.Token{}, err
	case len(page.Tokens) > 1:
		return access.Token{}, access.ErrAmbiguousID
	case len(page.Tokens) == 0:
		return access.Token{}, access.ErrNoSuchToken
	default:
		return page.Tokens[0], nil
	}
}

func (c *Console) showToken(w http.ResponseWriter, r *http.Request, v browser.Visitor, owner owner, token access.Token, problem error) {
	n, status, ok := c.noted(w, r, v, problem)
	if !ok {
		return
	}
	data := tokenData{notes: n, Owner: owner, Earlier: chosen(earlierChoices(), r, "expires"), Grace: chosen(graceChoices(), r, "grace")}
	rows, err := c.tokenRows(r, v, owner, []access.Token{token})
	if err == nil {
		data.Token, data.NewName = rows[0], rows[0].Name
		data.proof, err = c.recentProof(r, v, "rotate")
	}
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	if r.PostForm.Has("name") {
		data.NewName = r.PostForm.Get("name")
	}
	c.show(w, r, v, status, "token", owner.titled("API token", "of"), data)
}

func earlierChoices() []choice {
	return []choice{{Value: "", Text: "Leave it", Chosen: true}, {Value: "1h", Text: "In 1 hour"}, {Value: "24h", Text: "In 1 day"}, {Value: "168h", Text: "In 1 week"}, {Value: "720h", Text: "In 1 month"}}
}

func graceChoices() []choice {
	return []choice{{Value: "0s", Text: "At once"}, {Value: "1h", Text: "In 1 hour", Chosen: true}, {Value: "24h", Text: "In 1 day"}}
}

// chosen marks the choice in a field of the form, if there is one.
func chosen(choices []choice, r *http.Request, field string) []choice {
	if !r.PostForm.Has(field) {
		return choices
	}
	for i := range choices {
		choices[i].Chosen = choices[i].Value == r.PostForm.Get(field)
	}
	return choices
}

// spanIn reads a choice of a duration.
func spanIn(text string, choices []choice) (time.Duration, error) {
	for _, c := range choices {
		if c.Value == text && text != "" {
			return time.ParseDuration(text)
		}
	}
	return 0, refusal.New(refusal.Invalid, "choose a time from the list")
}

// editToken changes the name of a token, or makes it expire earlier.
func (c *Console) editToken(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	owner, token, err := c.findToken(r, v)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	change, err := c.changeIn(r)
	if err == nil {
		err = c.service.UpdateToken(r.Context(), v.Caller, owner.ref(token), change)
	}
	if err != nil {
		c.showToken(w, r, v, owner, token, err)
		return
	}
	c.pages.Redirect(w, owner.Path+"?done=changed")
}

func (c *Console) changeIn(r *http.Request) (access.Change, error) {
	name := strings.TrimSpace(r.PostForm.Get("name"))
	if name == "" || len(name) > maxName {
		return access.Change{}, refusal.New(refusal.Invalid, "the name must have 1 to %d bytes", maxName)
	}
	change := access.Change{Label: &name}
	if text := r.PostForm.Get("expires"); text != "" {
		span, err := spanIn(text, earlierChoices())
		if err != nil {
			return access.Change{}, err
		}
		expires := c.service.Now().Add(span)
		change.Expires = &expires
	}
	return change, nil
}

// ref returns the reference to a token of the owner.
func (o owner) ref(token access.Token) access.Ref {
	return access.Ref{Signature: token.Signature, UserID: o.ID}
}

// revokePage asks whether a token is to be revoked.
func (c *Console) revokePage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	owner, token, err := c.findToken(r, v)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	data := tokenData{Owner: owner, Token: rowOf(owner, token, nil)}
	c.show(w, r, v, http.StatusOK, "revoketoken", "Revoke this token?", data)
}

// revokeToken ends a token.
func (c *Console) revokeToken(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	owner, token, err := c.findToken(r, v)
	if err == nil {
		err = c.service.RevokeTokens(r.Context(), v.Caller, owner.ref(token))
	}
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	c.pages.Redirect(w, owner.Path+"?done=revoked")
}

// rotateToken makes a token like another one, which ends after a while.
func (c *Console) rotateToken(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	owner, old, err := c.findToken(r, v)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	grace, err := spanIn(r.PostForm.Get("grace"), graceChoices())
	if err == nil {
		v, err = c.confirm(w, r, v)
	}
	var made []access.Issued
	if err == nil {
		made, err = c.service.MakeTokens(r.Context(), v.Caller, service.TokenDraft{Order: c.orderLike(old)})
	}
	if err != nil {
		c.showToken(w, r, v, owner, old, err)
		return
	}
	if err := c.letEnd(r, v, owner, old, grace); err != nil {
		c.pages.Refuse(w, r, v, errors.Join(err, c.service.RevokeTokens(r.Context(), v.Caller, owner.ref(made[0].Token))))
		return
	}
	c.showMade(w, r, v, owner, made[0])
}

// orderLike orders a token with the name, scope and lifetime of another one.
func (c *Console) orderLike(old access.Token) access.Order {
	scope, expires := old.Scope, c.service.Now().Add(old.Expires.Sub(old.Created))
	return access.Order{Label: old.Label, Description: old.Description, Scope: &scope, Independent: true, Expires: expires}
}

// letEnd makes a token that was replaced end after a while, and calls it so until then.
func (c *Console) letEnd(r *http.Request, v browser.Visitor, owner owner, old access.Token, grace time.Duration) error {
	if grace == 0 {
		return c.service.RevokeTokens(r.Context(), v.Caller, owner.ref(old))
	}
	name := replacedName(old.Label)
	change := access.Change{Label: &name}
	if end := c.service.Now().Add(grace); end.Before(old.Expires) {
		change.Expires = &end
	}
	return c.service.UpdateToken(r.Context(), v.Caller, owner.ref(old), change)
}

// replacedName returns the name of a token that was replaced, within the length that
// names have.
func replacedName(name string) string {
	const suffix = " (replaced)"
	for len(name)+len(suffix) > maxName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name + suffix
}

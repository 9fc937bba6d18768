package tokens

import (
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/refusal"
)

// tokenData is what the page of one API token shows.
type tokenData struct {
	kit.Notes
	kit.Proof
	Owner   owner
	Token   tokenRow
	NewName string // in the form
	Earlier kit.Choices
	Grace   kit.Choices // how long the old token stays valid after a rotation
}

// token shows one API token, with what can be done with it.
func (p *Pages) token(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	owner, token, err := p.findToken(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.showToken(w, r, v, owner, token, nil)
}

// findToken returns the API token whose ID is in the path, and its owner.
func (p *Pages) findToken(r *http.Request, v browser.Visitor) (owner, access.Token, error) {
	owner, err := p.ownerOf(r, v)
	if err != nil {
		return owner, access.Token{}, err
	}
	token, err := p.tokenOf(r, v, owner)
	return owner, token, err
}

func (p *Pages) tokenOf(r *http.Request, v browser.Visitor, owner owner) (access.Token, error) {
	id := r.PathValue("id")
	if !kit.IsTokenID(id) {
		return access.Token{}, access.ErrNoSuchToken
	}
	query := access.Query{UserID: owner.ID, Kind: access.APIToken, Prefix: id, Limit: 2}
	page, err := p.Service.FindTokens(r.Context(), v.Caller, query)
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

func (p *Pages) showToken(w http.ResponseWriter, r *http.Request, v browser.Visitor, owner owner, token access.Token, problem error) {
	n, status, ok := p.Noted(w, r, v, problem)
	if !ok {
		return
	}
	data := tokenData{Notes: n, Owner: owner, Earlier: chosen(earlierChoices(), r, "expires"), Grace: chosen(graceChoices(), r, "grace")}
	rows, err := p.tokenRows(r, v, owner, []access.Token{token})
	if err == nil {
		data.Token, data.NewName = rows[0], rows[0].Name
		data.Proof, err = p.RecentProof(r, v, "rotate")
	}
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	if r.PostForm.Has("name") {
		data.NewName = r.PostForm.Get("name")
	}
	p.Show(w, r, v, status, "token", owner.titled("API token", "of"), data)
}

func earlierChoices() kit.Choices {
	return kit.Choices{{Value: "", Text: "Leave it", Chosen: true}, {Value: "1h", Text: "In 1 hour"}, {Value: "24h", Text: "In 1 day"}, {Value: "168h", Text: "In 1 week"}, {Value: "720h", Text: "In 1 month"}}
}

func graceChoices() kit.Choices {
	return kit.Choices{{Value: "0s", Text: "At once"}, {Value: "1h", Text: "In 1 hour", Chosen: true}, {Value: "24h", Text: "In 1 day"}}
}

// chosen marks the choice in a field of the form, if there is one.
func chosen(choices kit.Choices, r *http.Request, field string) kit.Choices {
	if !r.PostForm.Has(field) {
		return choices
	}
	return kit.Choose(r.PostForm.Get(field), choices)
}

// editToken changes the name of a token, or makes it expire earlier.
func (p *Pages) editToken(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	owner, token, err := p.findToken(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	change, err := p.changeIn(r)
	if err == nil {
		err = p.Service.UpdateToken(r.Context(), v.Caller, owner.ref(token), change)
	}
	if err != nil {
		p.showToken(w, r, v, owner, token, err)
		return
	}
	p.Browser.Redirect(w, owner.Path+"?done=changed")
}

func (p *Pages) changeIn(r *http.Request) (access.Change, error) {
	name := strings.TrimSpace(r.PostForm.Get("name"))
	if name == "" || len(name) > kit.MaxName {
		return access.Change{}, refusal.New(refusal.Invalid, "the name must have 1 to %d bytes", kit.MaxName)
	}
	change := access.Change{Label: &name}
	if text := r.PostForm.Get("expires"); text != "" {
		span, err := kit.SpanIn(text, earlierChoices())
		if err != nil {
			return access.Change{}, err
		}
		expires := p.Service.Now().Add(span)
		change.Expires = &expires
	}
	return change, nil
}

// ref returns the reference to a token of the owner.
func (o owner) ref(token access.Token) access.Ref {
	return access.Ref{Signature: token.Signature, UserID: o.ID}
}

// revokePage asks whether a token is to be revoked.
func (p *Pages) revokePage(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	owner, token, err := p.findToken(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	data := tokenData{Owner: owner, Token: rowOf(owner, token, nil)}
	p.Show(w, r, v, http.StatusOK, "revoketoken", "Revoke this token?", data)
}

// revokeToken ends a token.
func (p *Pages) revokeToken(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	owner, token, err := p.findToken(r, v)
	if err == nil {
		err = p.Service.RevokeTokens(r.Context(), v.Caller, owner.ref(token))
	}
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	p.Browser.Redirect(w, owner.Path+"?done=revoked")
}

// rotateToken makes a token like another one, which ends after a while.
func (p *Pages) rotateToken(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	owner, old, err := p.findToken(r, v)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	grace, err := kit.SpanIn(r.PostForm.Get("grace"), graceChoices())
	if err == nil {
		v, err = p.Confirm(w, r, v)
	}
	var made []access.Issued
	if err == nil {
		made, err = p.Service.MakeTokens(r.Context(), v.Caller, service.TokenDraft{Order: p.orderLike(old)})
	}
	if err != nil {
		p.showToken(w, r, v, owner, old, err)
		return
	}
	if err := p.letEnd(r, v, owner, old, grace); err != nil {
		p.Browser.Refuse(w, r, v, errors.Join(err, p.Service.RevokeTokens(r.Context(), v.Caller, owner.ref(made[0].Token))))
		return
	}
	p.showMade(w, r, v, owner, made[0])
}

// orderLike orders a token with the name, scope and lifetime of another one.
func (p *Pages) orderLike(old access.Token) access.Order {
	scope, expires := old.Scope, p.Service.Now().Add(old.Expires.Sub(old.Created))
	return access.Order{Label: old.Label, Description: old.Description, Scope: &scope, Independent: true, Expires: expires}
}

// letEnd makes a token that was replaced end after a while, and calls it so until then.
func (p *Pages) letEnd(r *http.Request, v browser.Visitor, owner owner, old access.Token, grace time.Duration) error {
	if grace == 0 {
		return p.Service.RevokeTokens(r.Context(), v.Caller, owner.ref(old))
	}
	name := replacedName(old.Label)
	change := access.Change{Label: &name}
	if end := p.Service.Now().Add(grace); end.Before(old.Expires) {
		change.Expires = &end
	}
	return p.Service.UpdateToken(r.Context(), v.Caller, owner.ref(old), change)
}

// replacedName returns the name of a token that was replaced, within the length that
// names have.
func replacedName(name string) string {
	const suffix = " (replaced)"
	for len(name)+len(suffix) > kit.MaxName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name + suffix
}

package browser

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// A form that is sent after the end of its session is kept in a cookie, until its user has
// signed in again: then the page of the form shows it filled in, and nothing is sent by
// itself. The cookie is sealed for the user, and no other user's page opens it.
const (
	formCookie = "dxauth-form" // SameSite=Strict
	keptLife   = 15 * time.Minute
	maxKept    = 3800 // bytes of the cookie's value; browsers drop cookies of more than 4096
)

// A form with this field is not sent to its page: it is kept while its user signs in
// again. The buttons of users without a password have it, and the script of pages adds it
// at the end of a session.
const (
	fieldSignIn = "sign-in"
	signInAgain = "again"
)

// keptForm is a form that waits for its user.
type keptForm struct {
	Path   string     `json:"p"`
	Fields url.Values `json:"f"`
	Made   int64      `json:"t"` // in seconds
}

func keptPlace(userID string) seal.Place {
	return seal.Place{Table: "cookie", Column: formCookie, Row: userID}
}

// keep keeps the form of a request, as far as its row says. A form that is too long is
// lost, as is one whose user is not known.
func (p *Pages) keep(w http.ResponseWriter, r *http.Request, v Visitor, row Row) {
	userID := p.userOf(r, v)
	cookie := p.base.CookieOf(r, formCookie).Strict()
	if r.Method != http.MethodPost || len(row.Keeps) == 0 || userID == "" || !cookie.IsPossible() {
		return
	}
	form := keptForm{Path: r.URL.Path, Fields: url.Values{}, Made: p.service.Now().Unix()}
	for field, values := range r.PostForm {
		if row.keeps(field) {
			form.Fields[field] = values
		}
	}
	text, err := json.Marshal(form)
	if err != nil { // cannot happen: texts and numbers
		panic(err)
	}
	sealed, err := p.seal.Seal(rand.Reader, text, keptPlace(userID))
	if value := base64.RawURLEncoding.EncodeToString(sealed); err == nil && len(value) <= maxKept {
		http.SetCookie(w, cookie.With(secret.New(value), keptLife))
	}
}

// userOf returns the ID of the user of a request, whose session may have ended; "" for
// nobody.
func (p *Pages) userOf(r *http.Request, v Visitor) string {
	if v.IsSignedIn() || v.ended == "" {
		return v.Caller.User.ID
	}
	user, err := p.service.TokenUser(r.Context(), p.base.CookieOf(r, sessionCookie).Value())
	if err != nil {
		return "" // the session is gone for good
	}
	return user.ID
}

// restore puts the form that waits for a visitor into a request for its page. It is there
// once: the cookie is removed when the form is shown or sent, and by other users.
func (p *Pages) restore(w http.ResponseWriter, r *http.Request, v Visitor) Visitor {
	cookie := p.base.CookieOf(r, formCookie)
	if cookie.Value().IsZero() {
		return v
	}
	form, ok := p.openKept(cookie.Value(), v.Caller.User.ID)
	if ok && form.Path != r.URL.Path {
		return v // it may still be asked for
	}
	http.SetCookie(w, cookie.Removed())
	if ok && r.Method != http.MethodPost {
		r.PostForm, v.Returned = form.Fields, true
	}
	return v
}

func (p *Pages) openKept(value secret.Text, userID string) (form keptForm, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(value.Reveal())
	if err != nil {
		return form, false
	}
	text, err := p.seal.Open(sealed, keptPlace(userID))
	if err != nil || json.Unmarshal(text, &form) != nil {
		return form, false
	}
	made := time.Unix(form.Made, 0)
	valid := clock.Span{Made: made, Ends: made.Add(keptLife)}
	return form, valid.Contains(p.service.Now())
}

// keeps reports whether a field of the row's form is kept.
func (row Row) keeps(field string) bool {
	return slices.ContainsFunc(row.Keeps, func(kept string) bool {
		return field == kept || strings.HasSuffix(kept, ":") && strings.HasPrefix(field, kept)
	})
}

package browser

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/service/idle"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/pkg/secret"
)

// A form that is sent after the end of its session is kept in a cookie, until its user has
// signed in again: then the page of the form shows it filled in, and nothing is sent by
// itself. The cookie is sealed for the user, and no other user's page opens it.
//
// Each window of a browser may lose a form, so there are several of these cookies, with a
// bound for all: a request with more than 16 KiB of headers is refused.
const (
	formCookie = "dxauth-form" // SameSite=Strict; the others have a number at the end
	maxForms   = 4
	keptLife   = 15 * time.Minute
	maxKept    = 3800 // bytes of a cookie's value; browsers drop cookies of more than 4096
	maxAllKept = 7600 // bytes of the values of all
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

// keptCookie is the place of a form. The form has no path if there is none that the visitor
// may see.
type keptCookie struct {
	web.Cookie
	form keptForm
}

// keptNames returns the names of the cookies.
func keptNames() []string {
	names := []string{formCookie}
	for number := 2; number <= maxForms; number++ {
		names = append(names, formCookie+"-"+strconv.Itoa(number))
	}
	return names
}

// keptCookies returns the places of forms, with those of a user.
func (p *Pages) keptCookies(r *http.Request, userID string) (list []keptCookie) {
	for _, name := range keptNames() {
		kept := keptCookie{Cookie: p.base.CookieOf(r, name).Strict()}
		if !kept.Value().IsZero() && userID != "" {
			kept.form = p.openKept(kept.Value(), userID)
		}
		list = append(list, kept)
	}
	return list
}

// keep keeps the form of a request, as far as its row says. A form that is too long is
// lost, as is one whose user is not known.
func (p *Pages) keep(w http.ResponseWriter, r *http.Request, v Visitor, row Row) {
	userID := p.userOf(r, v)
	if r.Method != http.MethodPost || len(row.Keeps) == 0 || userID == "" || !p.base.CookieOf(r, formCookie).IsPossible() {
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
		place := makeRoom(w, p.keptCookies(r, userID), form.Path, maxAllKept-len(value))
		http.SetCookie(w, place.With(secret.New(value), keptLife))
	}
}

// makeRoom returns a place for the form of a path. Of the others the newest stay that have
// room; the rest is removed, and an earlier form of the path, and what is not the user's.
func makeRoom(w http.ResponseWriter, list []keptCookie, path string, room int) web.Cookie {
	slices.SortStableFunc(list, func(a, b keptCookie) int { return cmp.Compare(b.form.Made, a.form.Made) })
	var free []web.Cookie
	for i, kept := range list {
		size := kept.Value().Len()
		stays := kept.form.Path != "" && kept.form.Path != path && size <= room
		if isLast := i == len(list)-1 && free == nil; !stays || isLast {
			free = append(free, kept.Cookie)
			continue
		}
		room -= size
	}
	for _, cookie := range free[1:] {
		if !cookie.Value().IsZero() {
			http.SetCookie(w, cookie.Removed())
		}
	}
	return free[0]
}

// userOf returns the ID of the user of a request, whose session may have ended; "" for
// nobody.
func (p *Pages) userOf(r *http.Request, v Visitor) string {
	if v.IsSignedIn() || v.ended == "" {
		return v.Caller.User.ID
	}
	user, err := idle.UserOf(r.Context(), p.service, p.base.CookieOf(r, sessionCookie).Value())
	if err != nil {
		return "" // the session is gone for good
	}
	return user.ID
}

// restore puts the form that waits for a visitor into a request for its page. It is there
// once: the cookie is removed when the form is shown or sent, and by other users.
func (p *Pages) restore(w http.ResponseWriter, r *http.Request, v Visitor) Visitor {
	if !p.hasKept(r) {
		return v
	}
	for _, kept := range p.keptCookies(r, v.Caller.User.ID) {
		isOther := kept.form.Path != "" && kept.form.Path != r.URL.Path // it may still be asked for
		if kept.Value().IsZero() || isOther {
			continue
		}
		http.SetCookie(w, kept.Removed())
		if kept.form.Path != "" && r.Method != http.MethodPost {
			r.PostForm, v.Returned = kept.form.Fields, true
		}
	}
	return v
}

// hasKept reports whether a form waits for somebody. Most requests have none of the cookies,
// and are not read for each of their names.
func (p *Pages) hasKept(r *http.Request) bool {
	isNamed := slices.ContainsFunc(r.Header["Cookie"], func(line string) bool { return strings.Contains(line, formCookie) })
	return isNamed && slices.ContainsFunc(keptNames(), func(name string) bool { return !p.base.CookieOf(r, name).Value().IsZero() })
}

// openKept returns the form in a cookie, or one without a path if it is not the user's or
// too old.
func (p *Pages) openKept(value secret.Text, userID string) (form keptForm) {
	sealed, err := base64.RawURLEncoding.DecodeString(value.Reveal())
	if err != nil {
		return keptForm{}
	}
	text, err := p.seal.Open(sealed, keptPlace(userID))
	if err != nil || json.Unmarshal(text, &form) != nil {
		return keptForm{}
	}
	made := time.Unix(form.Made, 0)
	if valid := (clock.Span{Made: made, Ends: made.Add(keptLife)}); !valid.Contains(p.service.Now()) {
		return keptForm{}
	}
	return form
}

// keeps reports whether a field of the row's form is kept.
func (row Row) keeps(field string) bool {
	return slices.ContainsFunc(row.Keeps, func(kept string) bool {
		return field == kept || strings.HasSuffix(kept, ":") && strings.HasPrefix(field, kept)
	})
}

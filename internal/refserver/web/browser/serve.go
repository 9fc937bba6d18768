package browser

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Who says who may see a page. The zero value is nobody.
type Who int

// The levels.
const (
	Nobody           Who = iota
	Anyone               // with a session or without one
	SignedIn             // others sign in first
	SignedInRecently     // others sign in first, or again
)

// Row is a page, or a form of one. Its pattern is one of http.ServeMux with
// a method. A page that is reached by GET changes nothing.
type Row struct {
	Pattern string
	Who     Who
	Handle  func(http.ResponseWriter, *http.Request, Visitor)

	// Keeps has the fields of a form that is kept if its user has to sign in before it can
	// be sent, and none with a secret. A name that ends in a colon stands for all that begin
	// with it. The page at the same path shows the form, see Visitor.Returned.
	Keeps []string
}

// Serve returns a handler for pages. It reads the forms, which are in
// r.PostForm. What no row has is refused with a page.
func (p *Pages) Serve(rows []Row) http.Handler {
	mux := http.NewServeMux()
	for _, row := range rows {
		mux.Handle(row.Pattern, p.guard(row))
	}
	return httpkit.Recover(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := mux.Handler(r)
		if pattern == "" {
			p.refuseRoute(mux, w, r)
			return
		}
		_, path, _ := strings.Cut(pattern, " ")
		httpkit.NoteRoute(r.Context(), path)
		if err := readForm(w, r); err != nil {
			p.Refuse(w, r, Visitor{}, err)
			return
		}
		mux.ServeHTTP(w, r)
	}), p.log, p.ServePanic)
}

// guard serves a row to those who may see it. Others sign in first, and come back to the
// path and query that they asked for.
func (p *Pages) guard(row Row) http.Handler {
	switch row.Who {
	case Anyone:
		return p.withVisitor(row.Handle)
	case SignedIn, SignedInRecently:
		return p.withVisitor(func(w http.ResponseWriter, r *http.Request, v Visitor) {
			switch {
			case !v.IsSignedIn():
				p.sendToSignIn(w, r, v, row, v.endedQuery())
			case row.Who == SignedInRecently && !v.Recent, r.PostForm.Get(fieldSignIn) == signInAgain:
				p.sendToSignIn(w, r, v, row, url.Values{fieldConfirm: {"1"}})
			default:
				row.Handle(w, r, p.restore(w, r, v))
			}
		})
	default:
		return http.HandlerFunc(p.notFound)
	}
}

// refuseRoute refuses a path or a method that no row has.
func (p *Pages) refuseRoute(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		other := *r
		other.Method = method
		if _, pattern := mux.Handler(&other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if allowed == nil {
		p.notFound(w, r)
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	p.message(w, r, http.StatusMethodNotAllowed, "Not possible here", "This address does not take requests with the method "+knownMethod(r.Method)+".")
}

// knownMethod returns a method for a message, which says nothing that a client made up.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	default:
		return "of the request"
	}
}

func (p *Pages) notFound(w http.ResponseWriter, r *http.Request) {
	p.message(w, r, http.StatusNotFound, "Page not found", "There is no page at this address.")
}

// ServePanic is the page after a panic.
func (p *Pages) ServePanic(w http.ResponseWriter, r *http.Request) {
	p.Refuse(w, r, Visitor{}, errors.New("panic"))
}

const formType = "application/x-www-form-urlencoded"

// readForm reads the body of a POST. Names and values with NUL or with text that is not UTF-8 are
// refused, because no field has them and stores differ about them.
func readForm(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		return nil
	}
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != formType {
		return httpkit.Malformedf("the content type must be %s", formType)
	}
	r.Body = http.MaxBytesReader(w, r.Body, httpkit.BodyLimit(r.Header.Get("Cookie") != ""))
	if err := r.ParseForm(); err != nil {
		return httpkit.Malformedf("the form is too large, or malformed")
	}
	for field, values := range r.PostForm {
		if !isText(field) || !isAllText(values) {
			return refusal.New(refusal.Invalid, "a field of the form has characters that are not text").Because(refusal.WrongText)
		}
	}
	return nil
}

func isAllText(values []string) bool {
	return !slices.ContainsFunc(values, func(value string) bool { return !isText(value) })
}

func isText(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

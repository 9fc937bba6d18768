package browser

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/dxauth/dxauth/pkg/secret"
)

// PathCodesFile is where recovery codes are sent to be saved as a file.
const PathCodesFile = "/console/recovery-codes.txt"

// Enrollment has the paths of the forms that enroll a second factor: of a visitor, or of
// somebody whose sign-in requires that.
type Enrollment struct {
	Confirm  string // takes a code of the new secret
	Activate string // takes one of the recovery codes
	Next     string // where the visitor continues; may be empty
}

// offerData is what the page with a new secret shows.
type offerData struct {
	Enrollment
	Error, URI, Key string
	QR              template.HTML
}

// ShowOffer shows the secret of a new second factor, which an authenticator app reads,
// and asks for a code.
func (p *Pages) ShowOffer(w http.ResponseWriter, r *http.Request, v Visitor, e Enrollment, uri secret.Text) {
	p.showOffer(w, r, v, http.StatusOK, e, uri, "")
}

// ShowOfferAgain is ShowOffer after a refused code. The secret is the one in the form:
// the server does not show it a second time.
func (p *Pages) ShowOfferAgain(w http.ResponseWriter, r *http.Request, v Visitor, e Enrollment, err error) {
	said := ExplainForm(r, err)
	if said.Status == http.StatusInternalServerError {
		p.Refuse(w, r, v, err)
		return
	}
	said.SetRetryAfter(w)
	p.showOffer(w, r, v, said.Status, e, uriIn(r.PostForm), said.Text)
}

// uriIn returns the address of a secret in a form, or nothing if the field has another text.
func uriIn(form url.Values) secret.Text {
	const longest = 1000
	text := form.Get("uri")
	if !strings.HasPrefix(text, "otpauth://totp/") || len(text) > longest {
		return secret.Text{}
	}
	return secret.New(text)
}

func (p *Pages) showOffer(w http.ResponseWriter, r *http.Request, v Visitor, status int, e Enrollment, uri secret.Text, problem string) {
	data := offerData{Enrollment: e, Error: problem, URI: uri.Reveal()}
	if address, err := url.Parse(uri.Reveal()); err == nil && !uri.IsZero() {
		data.Key, data.QR = grouped(address.Query().Get("secret")), qrCode(uri)
	}
	p.Render(w, r, status, Page{Title: "Set up two-factor authentication: step 2 of 3", Content: p.templates["offer"], Data: data, Visitor: v})
}

// grouped writes a key in groups of four, which are easier to type.
func grouped(key string) string {
	var groups []string
	for len(key) > 4 {
		groups, key = append(groups, key[:4]), key[4:]
	}
	return strings.Join(append(groups, key), " ")
}

// codesData is what the page with recovery codes shows.
type codesData struct {
	Enrollment
	Error string
	Codes []secret.Text
	File  string
	Back  string // path after the codes, if there is nothing to activate
}

// ShowCodes shows new recovery codes, and asks for one of them, to be sure that they were
// saved.
func (p *Pages) ShowCodes(w http.ResponseWriter, r *http.Request, v Visitor, e Enrollment, codes []secret.Text) {
	p.showCodes(w, r, v, http.StatusOK, "Set up two-factor authentication: step 3 of 3", codesData{Enrollment: e, Codes: codes})
}

// AskForCodeAgain asks for one of the recovery codes again, which it does not show again.
func (p *Pages) AskForCodeAgain(w http.ResponseWriter, r *http.Request, v Visitor, e Enrollment, err error) {
	said := ExplainForm(r, err)
	if said.Status == http.StatusInternalServerError {
		p.Refuse(w, r, v, err)
		return
	}
	said.SetRetryAfter(w)
	p.showCodes(w, r, v, said.Status, "Set up two-factor authentication: step 3 of 3", codesData{Enrollment: e, Error: said.Text})
}

// ShowNewCodes shows recovery codes that replaced earlier ones.
func (p *Pages) ShowNewCodes(w http.ResponseWriter, r *http.Request, v Visitor, codes []secret.Text, back string) {
	p.showCodes(w, r, v, http.StatusOK, "New recovery codes", codesData{Codes: codes, Back: back})
}

func (p *Pages) showCodes(w http.ResponseWriter, r *http.Request, v Visitor, status int, title string, data codesData) {
	data.File = PathCodesFile
	p.Render(w, r, status, Page{Title: title, Content: p.templates["codes"], Data: data, Visitor: v})
}

// maxCodes limits how many codes a file has.
const maxCodes = 20

// codesFile sends the recovery codes in a form back as a file. It knows no account.
func (p *Pages) codesFile(w http.ResponseWriter, r *http.Request, _ Visitor) {
	codes := strings.Fields(r.PostForm.Get("codes"))
	if len(codes) == 0 || len(codes) > maxCodes || strings.ContainsFunc(strings.Join(codes, ""), isNoCode) {
		p.message(w, r, http.StatusUnprocessableEntity, "Not possible", "These are not recovery codes.")
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("Content-Disposition", `attachment; filename="recovery-codes.txt"`)
	_, _ = w.Write([]byte("Recovery codes for " + plainName(p.name) + ". Each works once.\n\n" + strings.Join(codes, "\n") + "\n")) // #nosec G705 -- plain text, of letters, digits and dashes
}

// isNoCode reports whether a character is in no recovery code.
func isNoCode(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' }

// plainName returns a name for a line of text.
func plainName(name string) string { return strings.Join(strings.Fields(name), " ") }

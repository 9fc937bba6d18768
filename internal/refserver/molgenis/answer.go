package molgenis

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/web"
)

// answer is the response of a handler: JSON, a page, text or nothing, with an
// optional redirect and cookie.
type answer struct {
	status   int
	json     []byte // empty if there is none
	text     string
	textType string    // content type of the text
	page     *web.Page // instead of JSON and text
	location string    // a path of the server
	cookie   *http.Cookie
	signsOut bool
	wait     int64 // seconds until the server accepts another try; 0 for no wait
}

// inJSON returns a response with a value as JSON.
func inJSON(status int, value any) (answer, error) {
	encoded, err := json.Marshal(value)
	return answer{status: status, json: encoded}, err
}

// redirect returns a redirect with the status that the platform uses after a
// form.
func redirect(location string) answer { return answer{status: http.StatusFound, location: location} }

// redirectError is an error that becomes a redirect.
type redirectError struct{ location string }

func (e *redirectError) Error() string { return "redirect to " + e.location }

// silent returns a response without a body.
func silent(status int) answer { return answer{status: status} }

// write sends the response of a server below a path.
func (a answer) write(w http.ResponseWriter, base web.BasePath) {
	header := w.Header()
	if a.location != "" {
		header.Set("Location", base.Of(a.location))
	}
	if a.cookie != nil {
		http.SetCookie(w, a.cookie)
	}
	if a.signsOut {
		base.ClearSite(header)
	}
	httpkit.SetRetryAfter(w, a.wait)
	switch {
	case a.json != nil:
		httpkit.WriteJSON(w, a.status, a.json)
		return
	case a.page != nil:
		base.WritePage(w, *a.page)
		return
	}
	if a.textType != "" {
		header.Set("Content-Type", a.textType)
	}
	if a.status != http.StatusNoContent {
		header.Set("Content-Length", strconv.Itoa(len(a.text)))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(a.text)) // on failure the client has gone
}

package molgenis

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/web"
)

// response is what a handler sends: JSON, a page, text or nothing, with an
// optional redirect and cookie.
type response struct {
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
func inJSON(status int, value any) (response, error) {
	encoded, err := json.Marshal(value)
	return response{status: status, json: encoded}, err
}

// redirect returns a redirect with the status that the platform uses after a
// form.
func redirect(location string) response {
	return response{status: http.StatusFound, location: location}
}

// redirectError is an error that becomes a redirect.
type redirectError struct{ location string }

func (e *redirectError) Error() string { return "redirect to " + e.location }

// silent returns a response without a body.
func silent(status int) response { return response{status: status} }

// write sends the response of a server below a path.
func (r response) write(w http.ResponseWriter, base web.BasePath) {
	header := w.Header()
	if r.location != "" {
		header.Set("Location", base.Of(r.location))
	}
	if r.cookie != nil {
		http.SetCookie(w, r.cookie)
	}
	if r.signsOut {
		base.ClearSite(header)
	}
	httpkit.SetRetryAfter(w, r.wait)
	switch {
	case r.json != nil:
		httpkit.WriteJSON(w, r.status, r.json)
		return
	case r.page != nil:
		base.WritePage(w, *r.page)
		return
	}
	if r.textType != "" {
		header.Set("Content-Type", r.textType)
	}
	if r.status != http.StatusNoContent {
		header.Set("Content-Length", strconv.Itoa(len(r.text)))
	}
	w.WriteHeader(r.status)
	_, _ = w.Write([]byte(r.text)) // on failure the client has gone
}

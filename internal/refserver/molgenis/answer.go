package molgenis

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/web"
)

// answer is what a handler says: JSON, text or nothing, perhaps with a place to
// go to and a cookie.
type answer struct {
	status   int
	json     []byte // empty: none
	text     string
	textType string    // content type of the text
	page     *web.Page // in place of JSON and text; nil: none
	location string
	cookie   *http.Cookie
	wait     int64 // seconds until the next try is looked at; 0: none
}

// inJSON answers with a value.
func inJSON(status int, value any) (answer, error) {
	encoded, err := json.Marshal(value)
	return answer{status: status, json: encoded}, err
}

// redirect leads to another place, as the platform does it after a form.
func redirect(location string) answer { return answer{status: http.StatusFound, location: location} }

// redirectError is an error that leads to another place.
type redirectError struct{ location string }

func (e *redirectError) Error() string { return "go on at " + e.location }

// silent answers with a status and no body.
func silent(status int) answer { return answer{status: status} }

func (a answer) write(w http.ResponseWriter) {
	header := w.Header()
	if a.location != "" {
		header.Set("Location", a.location)
	}
	if a.cookie != nil {
		http.SetCookie(w, a.cookie)
	}
	httpkit.SetRetryAfter(w, a.wait)
	switch {
	case a.json != nil:
		httpkit.WriteJSON(w, a.status, a.json)
		return
	case a.page != nil:
		a.page.Write(w)
		return
	}
	if a.textType != "" {
		header.Set("Content-Type", a.textType)
	}
	if a.status != http.StatusNoContent {
		header.Set("Content-Length", strconv.Itoa(len(a.text)))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(a.text)) // the client is gone; there is nobody to tell
}

package browserlogin

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/dxauth/dxauth/pkg/oauth"
	"github.com/dxauth/dxauth/pkg/secret"
	"github.com/dxauth/dxauth/pkg/secret/redact"
)

// receiver receives the browser's redirect.
type receiver struct {
	host        string // address of the listener
	state       secret.Text
	issuer      string
	namesIssuer bool // the server promises to name itself in each response

	server    *http.Server
	closing   sync.Once
	responses chan response // holds the first one
}

// response is what an authorization response says: a code or an error.
type response struct {
	code secret.Text
	err  error
}

func (r *receiver) address() string { return "http://" + r.host + callbackPath }

// closeTime is how long a page may take to reach the browser after the response.
const closeTime = time.Second

// close stops to listen. The page that the browser is shown is sent first.
func (r *receiver) close() {
	r.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTime)
		defer cancel()
		if r.server.Shutdown(ctx) != nil {
			_ = r.server.Close() // a browser holds a connection without a request
		}
	})
}

// Texts of the pages in the browser.
const (
	pageDone      = "dxauth has the response. Go back to the terminal; you can close this page."
	pageFailed    = "The sign-in has failed. Go back to the terminal, which says why; you can close this page."
	pageOtherUser = "The sign-in that waits here belongs to another user of this machine. If it is yours, use dxauth login --device instead."
	pageForeign   = "This page does not belong to the sign-in that waits in the terminal. Open the address that the terminal shows."
)

// ServeHTTP takes the response to the sign-in, and refuses anything else: pages of other
// sites can send requests to this address, too.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	switch {
	case request.Host != r.host: // a name that leads here (DNS rebinding)
		show(w, http.StatusMisdirectedRequest, pageForeign)
	case request.URL.Path != callbackPath:
		show(w, http.StatusNotFound, pageForeign)
	case request.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		show(w, http.StatusMethodNotAllowed, pageForeign)
	case isOfOtherUser(r.host, request.RemoteAddr):
		show(w, http.StatusForbidden, pageOtherUser)
	default:
		r.take(w, request.URL.RawQuery)
	}
}

// take shows a page before it passes the response on: then nothing listens any more.
func (r *receiver) take(w http.ResponseWriter, query string) {
	got, ok := r.read(query)
	switch {
	case !ok:
		show(w, http.StatusBadRequest, pageForeign)
		return
	case got.err != nil:
		show(w, http.StatusBadRequest, pageFailed)
	default:
		show(w, http.StatusOK, pageDone)
	}
	select {
	case r.responses <- got:
	default: // the browser has loaded the page again
	}
}

// read reads an authorization response (RFC 6749, section 4.1.2). It returns false for
// one that is not of this sign-in, so that nobody but the server can end it.
func (r *receiver) read(query string) (response, bool) {
	values, err := url.ParseQuery(query)
	if err != nil || !r.state.Equal(secret.New(values.Get("state"))) {
		return response{}, false
	}
	for _, name := range []string{"state", "code", "error", "iss"} {
		if len(values[name]) > 1 { // RFC 6749, section 3.1
			return response{}, false
		}
	}
	switch code, refused := values.Get("code"), values.Get("error"); {
	case (values.Has("iss") || r.namesIssuer) && values.Get("iss") != r.issuer:
		return response{err: ErrIssuer}, true
	case refused != "":
		return response{err: explain(&oauth.Error{Code: redact.Clean(refused), Description: redact.Clean(values.Get("error_description"))})}, true
	case code == "":
		return response{}, false
	default:
		return response{code: secret.New(code)}, true
	}
}

// show writes a page that loads nothing and that no other page can hold.
func show(w http.ResponseWriter, status int, text string) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	header.Set("Referrer-Policy", "no-referrer") // the address of the page has the code
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	const page = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>dxauth</title></head><body><h1>dxauth</h1><p>"
	_, _ = io.WriteString(w, page+text+"</p></body></html>\n") // the browser may be gone
}

// noLog drops what package http says about connections that were given up.
func noLog() *log.Logger { return log.New(io.Discard, "", 0) }

package dxtest

import (
	"bytes"
	"io"
	"net/http"
	"sync"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/pkg/secret/redact"
)

// Request is one that came to the server, with [secret.Redacted] in the place of
// each secret.
type Request struct {
	Method string
	Path   string // without a query
	Header http.Header
	Body   string // compact JSON with sorted keys; of anything else only its length in words
	User   string // the name of the user whose token was sent, valid or ended; "": none
	Status int    // HTTP status code; 0: no answer, or none yet
}

// Requests returns what was asked so far, in the order of arrival. A request
// whose answer arrived is among them.
func (s *Server) Requests() []Request { return s.record.all() }

// maxNoted is how much of a body is kept, in bytes: more than the platform
// reads.
const maxNoted = 1 << 20

// note puts a request on record, and its status when that is known. The answer
// has to be written to what it returns.
func (s *Server) note(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	// What came before an error is kept; reading on returns the error again.
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxNoted))
	r.Body = readCloser{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}

	// Neither a malformed header nor a store that can't be read is anybody's
	// token; the platform itself answers with the error.
	token, _ := httpkit.Bearer(r.Header)
	user, _ := s.platform.UserOf(r.Context(), token)
	hide := redact.New(token)
	return &witness{ResponseWriter: w, record: &s.record, index: s.record.add(Request{
		Method: r.Method,
		Path:   hide.Text(r.URL.Path),
		Header: hide.Header(r.Header),
		Body:   hide.Body(body),
		User:   user,
	})}
}

type readCloser struct {
	io.Reader
	io.Closer
}

// record holds the requests.
type record struct {
	mu       sync.Mutex
	requests []Request
}

// add returns under which index the request is found.
func (r *record) add(request Request) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, request)
	return len(r.requests) - 1
}

// answered notes the first status of an answer.
func (r *record) answered(index, status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if request := &r.requests[index]; request.Status == 0 {
		request.Status = status
	}
}

func (r *record) all() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	copies := make([]Request, len(r.requests))
	for i, request := range r.requests {
		copies[i] = request
		copies[i].Header = request.Header.Clone()
	}
	return copies
}

// witness notes the status of an answer before the client can know of it.
type witness struct {
	http.ResponseWriter
	record *record
	index  int
}

func (w *witness) WriteHeader(status int) {
	w.record.answered(w.index, status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *witness) Write(body []byte) (int, error) {
	w.record.answered(w.index, http.StatusOK)
	return w.ResponseWriter.Write(body)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *witness) Unwrap() http.ResponseWriter { return w.ResponseWriter }
